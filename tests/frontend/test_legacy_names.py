"""Names that programs written for Theano use: numbers' types, flags, files, texts."""

import pickle
import types

import numpy as np
import pytest

import symc
import symc.tensor as T
from symc.compat import python, six
from symc.compat.config import AddConfigVar, BoolParam, EnumStr, FloatParam, IntParam, StrParam
from symc.compat.finder import find
from symc.compat.table import MODULES
from symc.config import Config, ConfigError, UnknownFlag
from symc.informative import TagGenerator, min_informative_str, var_descriptor
from symc.mode import MODES, register_mode
from symc.tensor import inplace


@pytest.fixture
def scalar():
    from symc.compat import scalar

    return scalar


# --- numbers


def test_types_of_numbers(scalar):
    x = scalar.float32("x")
    assert (x.name, x.dtype, x.ndim) == ("x", "float32", 0)
    assert [t.dtype for t in scalar.all_types][:2] == ["bool", "int8"]
    assert len(scalar.all_types) == 14
    assert scalar.Scalar("int16") == scalar.int16
    assert set(scalar.discrete_dtypes) | set(scalar.continuous_dtypes) == set(scalar.TYPES)


def test_operations_on_numbers(scalar):
    x = scalar.float64("x")
    made = scalar.true_div(scalar.mul(scalar.add(x, 1, x), 2), scalar.as_scalar(4))
    assert scalar.identity(made).eval({x: 3.0}) == 3.5
    assert scalar.upcast("int8", "float16") == "float16"
    with pytest.raises(TypeError, match=r"as_scalar: .* is no scalar: float64 vector"):
        scalar.as_scalar(T.dvector())


def test_names_that_overwrite():
    x, y = T.dvector("x"), T.dvector("y")
    given = np.ones(2)
    assert symc.function([x, y], inplace.add_inplace(x, y))(given, given).tolist() == [2, 2]
    assert given.tolist() == [1, 1]
    assert inplace.exp_inplace is T.exp
    with pytest.raises(AttributeError, match="did you mean 'tanh_inplace'"):
        _ = inplace.tanhh_inplace


# --- flags


def test_flags_in_sections():
    with symc.config.change_flags(**{"warn.subtensor_merge_bug": True}):
        assert symc.config.warn.subtensor_merge_bug is True
    symc.config.warn.subtensor_merge_bug = False
    assert symc.config.warn.subtensor_merge_bug is False
    with pytest.raises(UnknownFlag, match=r"there is no flag 'warn\.nonsense'"):
        _ = symc.config.warn.nonsense
    assert not hasattr(symc.config.warn, "__nonsense__")


def test_flags_of_the_default_mode():
    with symc.config.change_flags(mode="Mode", linker="py", optimizer="fast_compile"):
        assert symc.get_default_mode() == symc.Mode("py", "fast_compile")
        assert symc.function([], []).mode.linker == "interpret"
    flags = symc.config.change_flags(mode="Mode", linker="gpu")
    with flags, pytest.raises(ConfigError, match="no linker"):
        symc.get_default_mode()


def test_other_flags():
    assert symc.config.compiledir == symc.config.cache_dir
    with pytest.raises(ConfigError, match="read-only"):
        symc.config.compiledir = "x"
    with pytest.raises(ConfigError, match="flag profile is not there yet and takes False"):
        symc.config.profile = True
    symc.config.profile = False
    x = T.dscalar("x")
    x.tag.test_value = 3.0
    with symc.config.change_flags(print_test_value=True):
        assert repr(x) == "x\n3.0"
    assert repr(x) == "x"


def test_flags_of_a_program():
    config = Config()
    AddConfigVar("mine.text", "A text.", StrParam("a"), root=config)
    AddConfigVar("mine.count", "A number.", IntParam(3, lambda n: n > 0), root=config)
    AddConfigVar("mine.rate", "A number.", FloatParam(lambda: 0.5), root=config)
    AddConfigVar("mine.on", "A truth.", BoolParam(True, allow_override=False), root=config)
    AddConfigVar("kind", "A word.", EnumStr("x", "y"), root=config)
    assert (config.mine.text, config.mine.rate, config.mine.on) == ("a", 0.5, True)
    config.mine.count = "5"
    assert config.mine.count == 5
    config.kind = "y"
    for name, value in (("mine.count", 0), ("kind", "z"), ("mine.on", False)):
        with pytest.raises(ConfigError):
            setattr(config, name, value)
    with pytest.raises(ConfigError, match=r"there is a flag 'mine\.text' already"):
        AddConfigVar("mine.text", "", StrParam(""), root=config)


def test_modes_get_names():
    try:
        register_mode("OURS", symc.Mode("py"))
        assert symc.function([], [], mode="OURS").mode.linker == "interpret"
        with pytest.raises(ValueError, match="there is a mode 'OURS' already"):
            register_mode("OURS", symc.Mode())
    finally:
        MODES.pop("OURS")


# --- files and texts


def test_function_dump(tmp_path):
    dump = find(MODULES["theano"].own["function_dump"])
    x, w = T.dscalar("x"), symc.shared(2.0, name="w")
    dump(tmp_path / "f.pkl", [x], x * w, updates=[(w, w + 1)], extra_tag_to_remove="trace")
    compute = symc.function(**pickle.loads((tmp_path / "f.pkl").read_bytes()))
    assert (compute(5.0), compute(5.0)) == (10.0, 15.0)
    assert w.get_value() == 2.0
    with pytest.raises(TypeError, match="function has no parameter nonsense"):
        dump(tmp_path / "f.pkl", [x], nonsense=1)


def test_tags():
    tags = TagGenerator()
    assert [tags.get_tag() for _ in range(28)][-3:] == ["Z", "AA", "AB"]


def test_informative_texts():
    x, y = T.dvector("x"), T.dvector("y")
    middle = x * y
    middle.name = "middle"
    text = min_informative_str(T.exp(middle) + T.exp(middle), indent_level=1)
    assert text.splitlines() == [
        "    A. add",
        "        B. exp",
        "            C. middle",
        "        D. exp",
        "            <C>",
    ]
    one = T.exp(x)
    assert var_descriptor((one + y) * one) == "multiply(A=add(B=exp(C=x),D=y),<B>)"


def test_leftovers_of_the_toolchain():
    assert python.allclose(np.float32(1), np.float32(1 + 1e-6))
    assert not python.allclose(1.0, 1.001)
    assert python.allclose(np.float16(1), 1.005)
    assert python.hashtype(1) == python.hashtype(2) != python.hashtype("1")
    assert python.get_lock() is python.release_lock() is None
    assert python.get_lib_extension()
    assert python.render_string("%(a)s", {"a": 1}) == "1"
    with pytest.raises(KeyError, match=r"%\(a\)s %\(b\)<<<< caused exception 'b'"):
        python.render_string("%(a)s %(b)s %(c)s", {"a": 1})
    x = T.dscalar()
    assert x.transfer("cpu") is x
    with pytest.raises(NotImplementedError, match="target 'dev0'"):
        x.transfer("dev0")


def test_six():
    class Meta(type):
        pass

    class Base(six.with_metaclass(Meta, dict)):
        pass

    @six.add_metaclass(Meta)
    class Other:
        pass

    assert type(Base) is type(Other) is Meta
    assert Base.__bases__ == (dict,)
    assert list(six.iteritems({1: 2})) == [(1, 2)]
    assert list(six.iterkeys({1: 2})) + list(six.itervalues({1: 2})) == [1, 2]
    assert isinstance(six.u("x"), six.text_type)
    assert six.b("x") == b"x"
    with pytest.raises(OSError, match="said"):
        six.reraise(OSError, OSError("said"))
    moves = {k: find(v) for k, v in MODULES["theano.compat.six.moves"].own.items()}
    assert moves["xrange"] is range
    assert isinstance(moves["cPickle"], types.ModuleType)


def test_defaults_of_a_function():
    x, y = T.dscalars("x", "y")
    made = symc.function([x, symc.In(y, value=2.0)], x + y)
    assert made.defaults == [(True, False, None), (False, True, 2.0)]
