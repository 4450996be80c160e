"""Each way to spoil a module is caught, and the error names the value and its line."""

import numpy as np
import pytest
from generated import generated
from msgspec.structs import replace

from symc.compiler.errors import InternalError
from symc.compiler.module import Module, make_parameter
from symc.compiler.op import find
from symc.compiler.ops.loop import Leaves
from symc.compiler.types import TensorType
from symc.compiler.value import Check, Context, Literal, Value
from symc.compiler.verify import verify


class Sound:
    """A sound module, made of named parts, to be spoilt in one place."""

    def __init__(self):
        self.context = context = Context()
        self.x = make_parameter(context, 0, "float32", (False, False), "x")
        self.w = make_parameter(context, 1, "float32", (False,), "w", "state")
        self.total = find("sum")(self.x.value, axes=(1,), dtype="float32", acc_dtype="float64")
        self.y = self.total + self.w.value
        self.module = Module(
            "f",
            context,
            (self.x, self.w),
            (self.y,),
            ((1, self.y),),
            tuple(context.checks),
        )

    def returning(self, value):
        return replace(self.module, outputs=(value,))

    def restored(self, name, operands, type, attributes=(), results=()):
        return self.context.restore(find(name), operands, attributes, type, results)


@pytest.mark.parametrize("seed", range(10))
def test_sound_modules_pass(seed):
    verify(generated(seed))


def wrong_dtype(s):
    return s.returning(replace(s.total, type=replace(s.total.type, dtype="float64")))


def wrong_rank(s):
    return s.returning(replace(s.total, type=s.x.value.type))


def wrong_size(s):
    other = s.x.value.type.shape[1]
    return s.returning(replace(s.total, type=TensorType("float32", (other,))))


def no_dtype(s):
    return s.returning(replace(s.total, type=TensorType("float12", s.total.type.shape)))


def ranks_differ(s):
    return s.returning(s.restored("add", (s.x.value, s.w.value), s.x.value.type))


def dtypes_not_promoted(s):
    wide = find("cast")(s.w.value, dtype="float64")
    return s.returning(s.restored("add", (wide, s.w.value), wide.type))


def operand_count(s):
    return s.returning(s.restored("exp", (s.y, s.y), s.y.type))


def bool_subtracted(s):
    true = s.context.constant(np.array([True]))
    return s.returning(s.restored("subtract", (true, true), true.type))


def negative_size(s):
    return s.returning(replace(s.total, type=TensorType("float32", (-1,))))


def unknown_size(s):
    return s.returning(replace(s.total, type=TensorType("float32", (None,))))


def size_of_a_float(s):
    scalar = find("sum")(s.y, axes=(0,), dtype="float32", acc_dtype="float64")
    return s.returning(replace(s.total, type=TensorType("float32", (scalar,))))


def missing_check(s):
    return replace(s.module, checks=())


def unknown_to_the_context(s):
    """The sizes differ, and nothing demands that they be equal."""
    x = s.x.value
    square = TensorType("float32", (x.type.shape[1],) * 2)
    return s.returning(s.restored("broadcast", (x, *square.shape), square))


def check_of_nothing(s):
    check = Check(None, 3, -1, "odd")
    s.context.checks.append(check)
    return replace(s.module, checks=(*s.module.checks, check))


def check_of_an_inner_size(s):
    inner = Leaves(s.context, 0).make(TensorType("int64"))
    check = Check(inner, 3, -1, "inner")
    s.context.checks.append(check)
    return replace(s.module, checks=(*s.module.checks, check))


def made_later(s):
    return s.returning(replace(s.y, number=0))


def other_context(s):
    return s.returning(Sound().y)


def unsorted_attributes(s):
    return s.returning(replace(s.total, attributes=tuple(reversed(s.total.attributes))))


def unknown_attribute_value(s):
    attributes = (("acc_dtype", "float64"), ("axes", (7,)), ("dtype", "float32"))
    return s.returning(s.restored("sum", (s.x.value,), s.total.type, attributes))


def parameter_index(s):
    return replace(s.module, parameters=(s.w, s.x))


def parameter_missing(s):
    return replace(s.module, parameters=(s.x,), updates=())


def parameter_replaced(s):
    again = replace(s.x.value, type=s.x.value.type)
    return replace(s.module, parameters=(replace(s.x, value=again), s.w))


def state_before_input(s):
    flipped = replace(s.x, kind="state"), replace(s.w, kind="input")
    return replace(s.module, parameters=flipped, updates=())


def dimension_missing(s):
    odd = s.context.leaf(find("dimension"), TensorType("int64"), parameter=1, axis=4)
    return s.returning(odd)


def dimension_of_other_type(s):
    odd = s.context.leaf(find("dimension"), TensorType("int32"), parameter=1, axis=0)
    return s.returning(odd if odd.type.dtype == "int32" else replace(odd, type=TensorType("int32")))


def constant_of_other_type(s):
    odd = s.context.leaf(find("constant"), TensorType("int32"), value=Literal(np.array(1.5)))
    return s.returning(odd)


def update_of_an_input(s):
    return replace(s.module, updates=((0, s.y),))


def update_of_nothing(s):
    return replace(s.module, updates=((2, s.y),))


def update_twice(s):
    return replace(s.module, updates=((1, s.y), (1, s.total)))


def update_of_other_type(s):
    return replace(s.module, updates=((1, find("cast")(s.y, dtype="float64")),))


def update_of_other_rank(s):
    return replace(s.module, updates=((1, s.x.value),))


def several_results_without_a_kernel(s):
    return s.returning(s.restored("exp", (s.y,), s.y.type, (), (s.y.type,)))


def kernel_without_results(s):
    return s.returning(s.restored("kernel", (s.y,), s.y.type))


def result_out_of_range(s):
    whole = s.restored("kernel", (s.y,), s.y.type, (), (s.y.type,))
    return s.returning(s.context.leaf_of(find("result"), whole, s.y.type, index=1))


def result_of_other_type(s):
    whole = s.restored("kernel", (s.y,), s.y.type, (), (s.y.type,))
    return s.returning(s.context.leaf_of(find("result"), whole, s.x.value.type, index=0))


CORRUPTIONS = {
    wrong_dtype: r"sum: its type is float64\[%x.0\], but float32\[%x.0\] is inferred",
    wrong_rank: r"its type is float32\[%x.0, %x.1\], but float32\[%x.0\] is inferred",
    wrong_size: r"its type is float32\[%x.1\], but float32\[%x.0\] is inferred",
    no_dtype: "no dtype 'float12'",
    ranks_differ: "ranks differ",
    dtypes_not_promoted: "takes float64, float64, not float64, float32",
    operand_count: "takes 1 operands, not 2",
    bool_subtracted: "bool operands",
    negative_size: "-1 of its type is no size",
    unknown_size: "None of its type is no size",
    size_of_a_float: "of its type is no size",
    missing_check: "the checks are not those",
    unknown_to_the_context: "needs a check",
    check_of_nothing: "None of the check 'odd' is no size",
    check_of_an_inner_size: "'inner' is of sizes inside of a body",
    made_later: "which is made later",
    other_context: "is of another context",
    unsorted_attributes: "not in order",
    unknown_attribute_value: r"axes \(7,\)",
    parameter_index: "is not the leaf of parameter 0",
    parameter_missing: "there is no parameter 1",
    parameter_replaced: "is not the value of parameter 0",
    state_before_input: "inputs come before states",
    dimension_missing: "parameter 1 has no dimension 4",
    dimension_of_other_type: "is no size|0-d int64",
    constant_of_other_type: "its array is of another type",
    update_of_an_input: "cannot be the new value of the input",
    update_of_nothing: "which there is not",
    update_twice: "or twice",
    update_of_other_type: "cannot be the new value of the state",
    update_of_other_rank: "cannot be the new value of the state",
    several_results_without_a_kernel: "only kernels",
    kernel_without_results: "that of its first result",
    result_out_of_range: "is not result 1 of",
    result_of_other_type: "is not result 0 of",
}


@pytest.mark.parametrize("corrupt", CORRUPTIONS, ids=lambda f: f.__name__)
def test_corruption_is_caught(corrupt):
    sound = Sound()
    verify(sound.module)
    with pytest.raises(InternalError, match=CORRUPTIONS[corrupt]) as error:
        verify(corrupt(sound))
    assert str(error.value).startswith("f: ")


def test_the_error_shows_the_line():
    sound = Sound()
    with pytest.raises(InternalError) as error:
        verify(wrong_dtype(sound))
    assert str(error.value).splitlines()[1].strip() == (
        "%0: float64[%x.0] = sum(%x) {acc_dtype='float64', axes=(1,), dtype='float32'}"
    )


def test_nothing_of_the_module_is_changed():
    sound = Sound()
    checks = list(sound.context.checks)
    verify(sound.module)
    assert sound.context.checks == checks
    assert isinstance(sound.module.outputs[0], Value)
