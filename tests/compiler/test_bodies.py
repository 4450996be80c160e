"""Bodies of loops and arms of branches: printed, read back, verified, run alike."""

import numpy as np
import pytest
from msgspec.structs import replace

import symc
import symc.tensor as T
from symc.build import build_module
from symc.compiler.errors import InternalError
from symc.compiler.interpret import interpret
from symc.compiler.op import find
from symc.compiler.ops.branch import arms_of
from symc.compiler.ops.loop import body_of
from symc.compiler.parse import parse
from symc.compiler.text import canonical, literals, to_text
from symc.compiler.verify import verify
from symc.ifelse import ifelse
from symc.scan_module import until

x, m, k = T.dvector("x"), T.dmatrix("m"), T.lscalar("b0")
ROWS = np.arange(1.0, 5.0)
TABLE = np.arange(12.0).reshape(4, 3)


def sums():
    return symc.scan(lambda a, s: s + a, x, [np.float64(0)])[0]


def stopped():
    return symc.scan(lambda a, s: (s * a, until(s > 2)), x, [np.float64(1)])[0]


def nested():
    def row(r, s):
        inner, _ = symc.scan(lambda e, t: t + e * s, r, [np.float64(0)])
        return s + inner[-1]

    return symc.scan(row, m, [np.float64(1)])[0]


def fixed():
    return symc.scan(lambda r, w: r * w + T.zeros_like(w), m, None, [x[:3]])[0]


def chosen():
    return ifelse(k, T.exp(x), x[1:] * x[1:])


def both():
    def step(a, s):
        return ifelse(a > 2, s + a, T.sqrt(s))

    return ifelse(k, symc.scan(step, x, [np.float64(0)])[0], x)


def selected():
    return ifelse(k, x[x > 2].sum(), ifelse(k > -1, x[0], m.sum()))


def in_blocks():
    return symc.scan_checkpoints(lambda a, s: s + a, x, [np.float64(0)], save_every_N=3)[0]


def varying():
    return symc.scan(lambda r: r[r > 4].sum() + x.sum(), m)[0]


CASES = [sums, stopped, nested, fixed, chosen, both, selected, in_blocks, varying]
cases = pytest.mark.parametrize("make", CASES)


def module_of(make):
    return build_module([x, m, k], [make()], name=make.__name__)


@cases
def test_text_reads_back(make):
    module = module_of(make)
    again = parse(canonical(module), literals(module))
    assert canonical(again) == canonical(module)
    assert (
        to_text(parse(to_text(module), literals(module))).splitlines()[0]
        == (to_text(module).splitlines()[0])
    )


@cases
def test_what_is_read_back_computes_the_same(make):
    module = module_of(make)
    again = parse(canonical(module), literals(module))
    for choice in (0, 1):
        arrays = [ROWS, TABLE, np.array(choice)]
        (found,), _ = interpret(again, arrays)
        (wanted,), _ = interpret(module, arrays)
        np.testing.assert_array_equal(found, wanted)


@cases
def test_what_the_front_end_makes_is_well_formed(make):
    verify(module_of(make))


def loop_of(module):
    return next(v for v in module.outputs[0].operands if v.op.name == "loop")


def broken(module, **changes):
    """Return the module with another body in its loop."""
    value = loop_of(module)
    body = replace(body_of(value), **changes)
    context = module.context
    made = context.restore(value.op, value.operands, (("body", body),), value.type)
    result = module.outputs[0]
    output = context.restore(result.op, (made,), result.attributes, result.type)
    return replace(module, outputs=(output,))


def test_a_body_reads_nothing_outside():
    module = module_of(sums)
    outside = module.parameters[0].value
    total = find("sum")(outside, axes=(0,), dtype="float64", acc_dtype="float64")
    with pytest.raises(InternalError, match="outside"):
        verify(broken(module, next=(total,)))


def test_a_body_keeps_the_types_of_its_states():
    module = module_of(sums)
    counter = body_of(loop_of(module)).counter
    with pytest.raises(InternalError, match="state 0"):
        verify(broken(module, next=(counter,)))


def test_an_arm_reads_nothing_outside():
    module = module_of(chosen)
    value = module.outputs[0].operands[0]
    then, other = arms_of(value)
    wrong = replace(then, results=(module.parameters[0].value,))
    made = module.context.restore(
        value.op, value.operands, (("other", other), ("then", wrong)), value.type
    )
    result = module.outputs[0]
    output = module.context.restore(
        result.op, (made, *result.operands[1:]), result.attributes, result.type
    )
    with pytest.raises(InternalError, match="outside"):
        verify(replace(module, outputs=(output,)))
