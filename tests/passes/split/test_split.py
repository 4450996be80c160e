"""Complex arrays, compiled: moves, sums and products over layouts, states, and what is refused."""

import numpy as np
import pytest

import symc
import symc.tensor as T
from symc.compiler.errors import NotSupported
from symc.compiler.module import walk
from symc.compiler.ops.trigonometric import tanh
from symc.compiler.types import COMPLEX
from symc.passes.split import split
from symc.passes.split.driver import RULES
from tests.passes.graphs import build, compute

RNG = np.random.default_rng(11)


def array(*shape, dtype="complex128"):
    return (RNG.normal(size=shape) + 1j * RNG.normal(size=shape)).astype(dtype)


LAYOUTS = {
    "c": array(4, 6),
    "fortran": np.asfortranarray(array(4, 6)),
    "strided": array(8, 12)[::2, ::-2],
    "no_rows": array(0, 6),
    "no_columns": array(4, 0),
    "one": array(1, 1),
}
EXPRESSIONS = {
    "same": lambda x, np: x,
    "transposed": lambda x, np: x.T,
    "reversed": lambda x, np: x[::-1, 1:],
    "real": lambda x, np: x.real,
    "imag": lambda x, np: x.imag,
    "conj": lambda x, np: x.conj(),
    "sum_of_columns": lambda x, np: x.sum(axis=0),
    "sum": lambda x, np: x.sum(),
    "prod": lambda x, np: x.prod(axis=1),
    "added_up": lambda x, np: x.cumsum(axis=1),
    "joined": lambda x, np: np.concatenate([x, 2 * x], axis=1),
    "stacked": lambda x, np: np.stack([x, x * x]),
    "reshaped": lambda x, np: x.reshape((-1,)),
    "chosen": lambda x, np: np.where(x.real > 0, x, -x),
    "stretched": lambda x, np: x[:, :, None] * x[:, None, :],
    "compared": lambda x, np: np.equal(x, x) if np is not T else T.eq(x, x),
    "differs": lambda x, np: np.not_equal(x, 0) if np is not T else T.neq(x, 0),
    "any": lambda x, np: np.any(x),
    "all": lambda x, np: np.all(x, axis=0),
    "cast": lambda x, np: x.astype("complex64"),
    "product": lambda x, np: np.dot(x, x.T.conj()),
    "half_real": lambda x, np: np.dot(x.real, x.T),
    "vectors": lambda x, np: np.dot(x.reshape((-1,)), x.reshape((-1,))),
}


@pytest.fixture(scope="module")
def functions():
    made = {}
    for dtype in COMPLEX:
        x = T.TensorType(dtype, (False, False))("x")
        made[dtype] = symc.function([x], [e(x, T) for e in EXPRESSIONS.values()])
    return made


@pytest.mark.parametrize("dtype", COMPLEX)
@pytest.mark.parametrize("layout", LAYOUTS)
def test_arrays_are_numpys(functions, dtype, layout):
    x = LAYOUTS[layout].astype(dtype)
    tolerance = 20 * np.finfo(dtype).eps
    for (name, e), got in zip(EXPRESSIONS.items(), functions[dtype](x), strict=True):
        wanted = np.asarray(e(x, np))
        assert (got.shape, got.dtype) == (wanted.shape, wanted.dtype), name
        np.testing.assert_allclose(got, wanted, rtol=tolerance, atol=tolerance * 10, err_msg=name)


def test_both_printers_give_the_same_bits():
    x, xs = T.zmatrix("x"), LAYOUTS["c"]
    outputs = [e(x, T) for e in EXPRESSIONS.values()]
    one, two = (
        [r.tobytes() for r in symc.function([x], outputs, mode=symc.Mode(printer=p))(xs)]
        for p in ("mlir", "llvm")
    )
    assert one == two


def test_indices():
    x, i, y = T.zmatrix("x"), T.lvector("i"), T.zmatrix("y")
    f = symc.function([x, i, y], [x[i], T.inc_subtensor(x[i], y), T.set_subtensor(x[1:3], y)])
    xs, rows, ys = array(5, 3), np.array([4, -2]), array(2, 3)
    more, other = xs.copy(), xs.copy()
    more[rows] += ys
    other[1:3] = ys
    for got, wanted in zip(f(xs, rows, ys), (xs[rows], more, other), strict=True):
        np.testing.assert_array_equal(got, wanted)
    with pytest.raises(IndexError):
        f(xs, [5, 0], ys)


UPDATES = {
    "elementwise": (lambda s, x: s * s.conj() + x[0], lambda s, x: s * s.conj() + x[0]),
    "region_added": (lambda s, x: T.inc_subtensor(s[1:3], x), lambda s, x: _with(s, s[1:3] + x)),
    "region_set": (lambda s, x: T.set_subtensor(s[1:3], x * x), lambda s, x: _with(s, x * x)),
    "reduced": (lambda s, x: s - s.mean(axis=0), lambda s, x: s - s.mean(axis=0)),
    "moved": (lambda s, x: s[::-1], lambda s, x: s[::-1]),
    "grown": (lambda s, x: T.concatenate([s, x]), lambda s, x: np.concatenate([s, x])),
}


def _with(s, rows):
    new = s.copy()
    new[1:3] = rows
    return new


@pytest.mark.parametrize("name", UPDATES)
def test_states(name):
    update, reference = UPDATES[name]
    s, x, old = symc.shared(array(5, 3), "s"), T.zmatrix("x"), array(2, 3)
    before = s.get_value()
    f = symc.function([x], s.sum(), updates=[(s, update(s, x))], on_unused_input="ignore")
    np.testing.assert_allclose(f(old), before.sum(), rtol=1e-14)
    np.testing.assert_allclose(s.get_value(), reference(before, old), rtol=1e-13, atol=1e-15)


def test_a_region_of_a_state_is_written_where_it_lies():
    from symc.compiler.target.isa import host_target
    from symc.native import plan_module

    s, x = symc.shared(array(5, 3), "s"), T.zmatrix("x")
    for new in (T.inc_subtensor(s[1:3], x), T.set_subtensor(s[1:3], x * x), s * 2j + abs(s)):
        f = symc.function([x], [], updates=[(s, new)], on_unused_input="ignore")
        definition = f.definition
        program, _ = plan_module(definition.built.module, definition.mode, host_target())
        assert not program.body
        assert not program.slots
        assert [type(step).__name__ for step in program.commit] == ["Launch"]


def test_real_modules_are_left_alone():
    module = build(lambda x: x * 2, ("float64", 1))
    assert split(module) is module


def test_nothing_complex_is_computed():
    module = build(lambda x: x * x + 1j, ("complex128", 1))
    left = [v for v in walk(split(module).roots()) if v.type.dtype in COMPLEX]
    assert {v.op.name for v in left} == {"parameter", "whole"}
    x = array(3)
    np.testing.assert_allclose(compute(split(module), x)[0], x * x + 1j, rtol=1e-15)


def test_what_has_no_rule_is_refused_by_name(monkeypatch):
    monkeypatch.delitem(RULES, "tanh")
    module = build(lambda x: tanh(x), ("complex128", 1))
    with pytest.raises(NotSupported, match="tanh of complex128 is not compiled"):
        split(module)
