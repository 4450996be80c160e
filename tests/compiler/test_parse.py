"""What is printed is read back, and printed again as it was."""

import numpy as np
import pytest
from generated import arrays_for, generated
from hypothesis import given
from hypothesis import strategies as st

from symc.compiler.errors import InternalError, ShapeMismatch
from symc.compiler.interpret import interpret
from symc.compiler.kernel.combine import combine_for
from symc.compiler.kernel.contraction import Contraction
from symc.compiler.kernel.record import Affine, Axis, Buffer, Kernel, Read, Reduction, Scalar, Stage
from symc.compiler.module import Module, make_parameter
from symc.compiler.op import find
from symc.compiler.parse import parse
from symc.compiler.text import canonical, literals, to_text
from symc.compiler.value import Context
from symc.compiler.verify import verify


@given(st.integers(0, 10**6))
def test_round_trip(seed):
    module = generated(seed)
    for form in (to_text, canonical):
        again = parse(form(module), literals(module))
        verify(again)
        assert form(again) == form(module)
    assert canonical(again) == canonical(module)


@pytest.mark.parametrize("seed", range(5))
def test_what_is_read_computes_the_same(seed):
    module = generated(seed)
    inputs, states = arrays_for(module, seed)
    again = parse(to_text(module), literals(module))
    wanted, got = (interpret(m, inputs, states) for m in (module, again))
    for left, right in zip(wanted[0] + wanted[1], got[0] + got[1], strict=True):
        np.testing.assert_array_equal(left, right)


def test_names_kinds_sites_and_checks_come_back():
    module = parse(to_text(generated(1)), literals(generated(1)))
    assert [p.name for p in module.parameters] == ["x", "weights__L1_", "x_1", "p0", "p4", "été"]
    assert [p.kind for p in module.parameters] == ["input"] * 4 + ["state"] * 2
    assert {str(site) for site in module.sites} <= {"?"} | {f"model.py:{k}" for k in range(10, 35)}
    assert module.name == "f25"
    assert [c.what for c in module.checks] == [c.what for c in generated(1).checks]


def test_a_check_is_known_again():
    text = """\
func @f(%x: float64[%x.0], %y: float64[%y.0]) -> (float64[%x.0]) {
  check %x.0 == %y.0 #3 'sizes of "x" and \\'y\\''
  %0: float64[%x.0] = add(%x, %y) #3
  return %0
}
"""
    module = parse(text)
    verify(module)
    assert to_text(module) == text
    with pytest.raises(ShapeMismatch, match="sizes of \"x\" and 'y': 2 is not 3"):
        interpret(module, [np.zeros(2), np.zeros(3)])


def row_sum():
    cell = (Affine((("i0", 1),)), Affine((("j0", 1),)))
    return Kernel(
        sizes=2,
        buffers=(Buffer("float32", ("s0", "s1"), "in"), Buffer("float32", ("s0",), "out")),
        outer=(Axis("i0", "s0"),),
        stages=(
            Stage(
                axes=(Axis("j0", "s1"),),
                scalars=(Scalar("read", (), "float32", Read(0, cell)),),
                reductions=(Reduction(combine_for("sum", "float32", "float64", "float32"), (0,)),),
            ),
        ),
    )


@pytest.mark.parametrize("record", [row_sum(), Contraction("float32", True)])
def test_records_of_kernels_come_back(record):
    context = Context()
    x = make_parameter(context, 0, "float32", (False, False))
    sizes = tuple(context.constant(n, "int64") for n in (2, 3))
    attributes = (("kernel", record), ("sites", ()))
    types = (x.value.type, x.value.type)
    whole = context.kernel(find("kernel"), (x.value, *sizes), attributes, types)
    part = context.leaf_of(find("result"), whole, types[1], index=1)
    module = Module("f", context, (x,), (whole, part))
    again = parse(to_text(module))
    assert to_text(again) == to_text(module)
    assert again.outputs[0].attribute("kernel") == record
    assert again.outputs[0].results == tuple(
        type(t)(t.dtype, again.parameters[0].value.type.shape) for t in types
    )


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("  %0: float64[%x.0] = exp(%1)", "%1 is used before"),
        ("  %0: float64[%x.0] = exp(%x) {a=b}", "'b' is no literal"),
        ("  %0: float64[%x.0] exp(%x)", "expected ="),
        ("  %0: float64[%x.0] = exp(%x) ?", "cannot read"),
        ("  %0: float64[%x.0] = exp(%x) %x", "expected"),
        ("  %0: float64[%x.0] = frobnicate(%x)", "no operation 'frobnicate'"),
        ("  %0: float64[%x.0] = add(%x, float64[2](1.0))", "1 elements do not fill"),
        ("  %0: float64[%x.0] = add(%x, float12[1](1.0))", "no dtype 'float12'"),
        ("  %0: float64[%x.0] = add(%x, float64[9]data<00>)", "data<00> is not among"),
        ("  %0: float64[%y.0] = exp(%x)", "no parameter %y"),
        ("  %0: float32[%x.0] = exp(%x)", "not what the head says"),
        ("  %0: float64[%x.0] = exp(%x) {kernel=@k7}", "no record @k7"),
    ],
)
def test_mistakes_name_the_line(line, words):
    text = "func @f(%x: float64[%x.0]) -> (float64[%x.0]) {\n" + line + "\n  return %0\n}\n"
    with pytest.raises(InternalError) as error:
        parse(text)
    assert words in str(error.value)


def test_text_that_ends_too_early():
    with pytest.raises(InternalError, match="ends inside"):
        parse("func @f() -> () {\n  return\n")
