"""The text of modules: readable, canonical, deterministic."""

import subprocess
import sys

import numpy as np
import pytest
from generated import generated
from layout import ROOT

from symc.compiler.errors import InternalError
from symc.compiler.kernel.contraction import Contraction
from symc.compiler.location import Location
from symc.compiler.module import Module, make_parameter
from symc.compiler.op import find
from symc.compiler.text import Naming, canonical, literals, to_text
from symc.compiler.value import Context

LINEAR = """\
func @linear(%x: float32[%x.0, %x.1], %x_1: float32[1] state) -> (float32[%x.0], int64[]) {
  check %x.0 == 5 #1 'a reason'
  %0: float32[%x.0] = sum(%x) {acc_dtype='float64', axes=(1,), dtype='float32'} #0 // model.py:3
  %1: float32[%x.0] = multiply(%0, %x_1) #1
  %2: float32[%x.0] = add(%1, float32[1](0.1)) #1
  return %2, %x.1
  update %x_1 = %x_1
}
"""


def linear():
    context = Context()
    x = make_parameter(context, 0, "float32", (False, False), "x")
    w = make_parameter(context, 1, "float32", (True,), "x", "state")
    with context.at(0):
        total = find("sum")(x.value, axes=(1,), dtype="float32", acc_dtype="float64")
    with context.at(1):
        y = total * w.value + 0.1
        context.equate(x.value.type.shape[0], 5, "a reason")
    sites = (Location((("model.py", 3, "f"),)), Location(()))
    checks = tuple(context.checks)
    outputs, updates = (y, x.value.type.shape[1]), ((1, w.value),)
    return Module("linear", context, (x, w), outputs, updates, checks, sites)


def one(build):
    context = Context()
    x = make_parameter(context, 0, "float64", (False,), "x")
    return Module("f", context, (x,), (build(context, x.value),))


def test_readable_form():
    # The check stands before the values, as it is tested before they are computed.
    assert to_text(linear()) == LINEAR


def test_canonical_form_has_no_names_and_no_lines():
    text = canonical(linear())
    assert text.startswith("func @main(%p0: float32[%p0.0, %p0.1], %p1: float32[1] state)")
    assert "//" not in text
    assert "x" not in text.replace("axes", "")


def test_canonical_form_forgets_values_that_are_not_used():
    spoilt = linear()
    module = Module("other", spoilt.context, spoilt.parameters, spoilt.outputs, spoilt.updates)
    find("exp")(spoilt.parameters[0].value)
    again = linear()
    assert canonical(module) == canonical(
        Module("linear", again.context, again.parameters, again.outputs, again.updates)
    )


@pytest.mark.parametrize("seed", range(5))
def test_canonical_form_is_that_of_the_same_program_built_again(seed):
    assert canonical(generated(seed)) == canonical(generated(seed))
    assert canonical(generated(seed)) != canonical(generated(seed + 1))


PROGRAM = """
from generated import generated
from symc.compiler.text import canonical, to_text
print(*(form(generated(seed)) for seed in range(4) for form in (canonical, to_text)))
"""


def test_text_does_not_depend_on_the_hash_seed():
    runs = [
        subprocess.run(
            [sys.executable, "-c", PROGRAM],
            cwd=ROOT / "tests",
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT / "tests")},
            capture_output=True,
            check=True,
            text=True,
        ).stdout
        for seed in ("0", "1", "77")
    ]
    assert runs[0] == runs[1] == runs[2]
    assert "func @main" in runs[0]


def test_constants_that_differ_in_bits_have_different_text():
    texts = {canonical(one(lambda c, x, n=n: x * n)) for n in (0.0, -0.0, 1.0, np.nan, np.inf)}
    assert len(texts) == 5


@pytest.mark.parametrize(
    ("array", "text"),
    [
        (np.int64(3), "3"),
        (np.int32(3), "int32[](3)"),
        (np.array([True, False]), "bool[2](true, false)"),
        (np.float32([[0.1]]), "float32[1, 1](0.1)"),
        (np.array([1 - 2j]), "complex128[1](1.0, -2.0)"),
        (np.array([], "uint8"), "uint8[0]()"),
        (np.array([np.inf, -np.inf, np.nan]), "float64[3](inf, -inf, nan)"),
        (np.array([0x7FC00001], "uint32").view("float32"), "float32[1](0x7fc00001)"),
    ],
)
def test_constants_stand_where_they_are_used(array, text):
    context = Context()
    module = Module("f", context, (), (context.constant(array),))
    assert f"  return {text}\n" in to_text(module)


def test_large_constants_are_data_beside_the_text():
    small, large = np.zeros(8), np.zeros(9)
    assert "data<" not in to_text(one(lambda c, x: c.constant(small)))
    module = one(lambda c, x: c.constant(large))
    (name,) = literals(module)
    assert f"float64[9]data<{name}>" in to_text(module)
    assert literals(module)[name] is module.outputs[0].data
    assert not literals(one(lambda c, x: c.constant(small)))


def test_kernels_have_names_and_their_text_below():
    context = Context()
    x = make_parameter(context, 0, "float64", (False, False), "x")
    types = (x.value.type,)
    sizes = tuple(context.constant(n, "int64") for n in (1, 2, 2, 2))

    def apply(record, site):
        attributes = (("kernel", record), ("sites", (site,)))
        return context.kernel(find("kernel"), (x.value, x.value, *sizes), attributes, types)

    plain, turned = Contraction("float64"), Contraction("float64", transpose_left=True)
    made = apply(plain, 1), apply(plain, 2), apply(turned, 3)
    text = to_text(Module("f", context, (x,), made))
    assert "%0: (float64[%x.0, %x.1]) = kernel(%x, %x, 1, 2, 2, 2) {kernel=@k0, sites=(1,)}" in text
    assert text.count("{kernel=@k0") == 2
    assert text.count("\ncontraction @k") == 2
    assert text.endswith("contraction @k1 {\n  contraction float64 km,kn -> float64\n}\n")


def test_an_attribute_without_text_is_an_error():
    def odd(context, x):
        return context.restore(find("negate"), (x,), (("odd", object()),), x.type)

    with pytest.raises(InternalError, match="has no text"):
        to_text(one(odd))


def test_names_and_lines_for_messages():
    module = linear()
    names = Naming(module)
    product = module.outputs[0].operands[0]
    total = product.operands[0]
    assert names.show(total) == "%0"
    assert names.show(total.type) == "float32[%x.0]"
    assert names.line(total).startswith("%0: float32[%x.0] = sum(%x)")
    assert names.line(module.parameters[1].value) == "%x_1"
