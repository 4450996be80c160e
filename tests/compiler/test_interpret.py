"""The interpreter: binding, checks, order of states, kernels, and folding of constants."""

import numpy as np
import pytest
from generated import arrays_for, generated

from symc.compiler.errors import InternalError, ShapeMismatch, TypeMismatch
from symc.compiler.interpret import fold, interpret
from symc.compiler.kernel.contraction import Contraction
from symc.compiler.kernel.record import (
    Affine,
    Buffer,
    Kernel,
    Picked,
    Read,
    Scalar,
    Stage,
    Write,
)
from symc.compiler.location import Location
from symc.compiler.module import Module, make_parameter
from symc.compiler.op import find
from symc.compiler.types import TensorType
from symc.compiler.value import Context


def vectors(*kinds):
    """Return a context and one float64 vector parameter of each kind."""
    context = Context()
    parameters = tuple(
        make_parameter(context, k, "float64", (False,), f"x{k}", kind)
        for k, kind in enumerate(kinds)
    )
    return context, parameters, [p.value for p in parameters]


def finish(context, parameters, outputs, updates=(), sites=()):
    return Module("f", context, parameters, tuple(outputs), updates, tuple(context.checks), sites)


def test_states_read_the_old_values():
    context, parameters, (x, a, b) = vectors("input", "state", "state")
    module = finish(context, parameters, [a], ((1, b + x), (2, a)))
    (y,), (new_a, new_b) = interpret(
        module, [np.array([1.0])], [np.array([10.0]), np.array([20.0])]
    )
    assert (y, new_a, new_b) == (10.0, 21.0, 10.0)


def test_states_without_update_stay():
    context, parameters, _ = vectors("input", "state")
    _, (state,) = interpret(finish(context, parameters, []), [np.zeros(1)], [np.arange(2.0)])
    np.testing.assert_array_equal(state, [0.0, 1.0])


def test_results_share_no_memory():
    context, parameters, (x, a) = vectors("input", "state")
    given, state = np.arange(3.0), np.arange(3.0)
    outputs, states = interpret(finish(context, parameters, [x, a, x]), [given], [state])
    arrays = [given, state, *outputs, *states]
    pairs = [(p, q) for k, p in enumerate(arrays) for q in arrays[:k]]
    assert not any(np.shares_memory(p, q) for p, q in pairs)


def test_checks_come_first_and_show_the_line():
    context, parameters, (x, y) = vectors("input", "input")
    with context.at(1):
        total = x + y
    inside = find("bounded")(context.constant(5, "int64"), x.type.shape[0])
    sites = (Location(()), Location((("model.py", 7, "f"),)))
    module = finish(context, parameters, [inside, total], (), sites)
    with pytest.raises(ShapeMismatch, match=r"add: .*: 2 is not 3 \(model.py:7\)"):
        interpret(module, [np.zeros(2), np.zeros(3)])
    with pytest.raises(IndexError, match="5 is out of bounds for size 2"):
        interpret(module, [np.zeros(2), np.zeros(2)])


@pytest.mark.parametrize(
    ("array", "error", "words"),
    [
        (np.zeros(2, "float32"), TypeMismatch, "x0: float32 of rank 1 is not float64"),
        (np.zeros((2, 2)), TypeMismatch, "x0: float64 of rank 2"),
    ],
)
def test_arguments_must_fit(array, error, words):
    context, parameters, (x,) = vectors("input")
    with pytest.raises(error, match=words):
        interpret(finish(context, parameters, [x]), [array])


def test_fixed_sizes_must_fit():
    context = Context()
    x = make_parameter(context, 0, "float64", (True,))
    with pytest.raises(ShapeMismatch, match="parameter 0: dimension 0 is 2, not 1"):
        interpret(finish(context, (x,), [x.value]), [np.zeros(2)])


def test_the_number_of_arguments_must_fit():
    context, parameters, (x,) = vectors("input")
    with pytest.raises(TypeMismatch, match="takes 1 arrays, not 0"):
        interpret(finish(context, parameters, [x]), [])


def test_a_type_that_lies_is_found():
    context, parameters, (x,) = vectors("input")
    liar = context.restore(find("exp"), (x,), (), TensorType("float64", (7,)))
    with pytest.raises(InternalError, match=r"exp is float64\[2\], but its type says float64\[7\]"):
        interpret(finish(context, parameters, [liar]), [np.zeros(2)])


def test_arithmetic_does_not_warn():
    context, parameters, (x,) = vectors("input")
    n = context.constant([1, 2], "int64")
    module = finish(context, parameters, [1 / x, find("log")(-x - 1), n // 0, n % 0])
    (inverse, nan, quotient, rest), _ = interpret(module, [np.zeros(2)])
    assert np.isinf(inverse).all()
    assert np.isnan(nan).all()
    assert not quotient.any()
    assert not rest.any()


@pytest.mark.parametrize("seed", range(10))
def test_random_modules_run_with_any_size(seed):
    module = generated(seed)
    for size in (1, 2):
        outputs, states = interpret(module, *arrays_for(module, seed, size))
        for value, array in zip(module.outputs, outputs, strict=True):
            assert (str(array.dtype), array.ndim) == (value.type.dtype, value.type.ndim)
        assert len(states) == 2


# Kernels ----------------------------------------------------------------------------------------


def pick():
    """Return a kernel that reads a vector at one checked place, into two results."""
    place = Scalar("read", (), "int64", Read(1, ()))
    found = Scalar("read", (), "float64", Read(0, (Picked(0, check=0),)))
    return Kernel(
        sizes=1,
        buffers=(
            Buffer("float64", ("s0",), "in"),
            Buffer("int64", (), "in"),
            Buffer("float64", (), "out"),
            Buffer("float64", ("s0",), "inout"),
        ),
        outer=(),
        stages=(
            Stage(
                axes=(),
                scalars=(place, found),
                writes=(Write(2, (), 1), Write(3, (Affine(constant=0),), 1)),
            ),
        ),
        checks=1,
    )


def test_kernels_with_several_results():
    context, parameters, (x, a) = vectors("input", "state")
    operands = (x, context.constant(-1, "int64"), a, x.type.shape[0])
    types = (TensorType("float64"), a.type)
    attributes = (("kernel", pick()), ("sites", (-1,)))
    whole = context.kernel(find("kernel"), operands, attributes, types)
    parts = [context.leaf_of(find("result"), whole, t, index=k) for k, t in enumerate(types)]
    module = finish(context, parameters, parts)
    state = np.arange(3.0)
    (scalar, vector), (kept,) = interpret(module, [np.array([5.0, 6.0, 7.0])], [state])
    assert scalar == 7.0
    np.testing.assert_array_equal(vector, [7.0, 1.0, 2.0])
    np.testing.assert_array_equal(kept, [0.0, 1.0, 2.0])


def test_a_failed_check_of_a_kernel_is_an_error():
    context, parameters, (x, a) = vectors("input", "state")
    operands = (x, context.constant(-4, "int64"), a, x.type.shape[0])
    attributes = (("kernel", pick()), ("sites", (-1,)))
    types = (TensorType("float64"), a.type)
    whole = context.kernel(find("kernel"), operands, attributes, types)
    with pytest.raises(IndexError, match="-4 is out of bounds"):
        interpret(finish(context, parameters, [whole]), [np.zeros(3)], [np.zeros(3)])


@pytest.mark.parametrize("turned", [False, True])
def test_contractions(turned):
    context = Context()
    x = make_parameter(context, 0, "float64", (False, False))
    y = make_parameter(context, 1, "float64", (False, False))
    m, k = x.value.type.shape[:: -1 if turned else 1]
    n = y.value.type.shape[1]
    operands = (x.value, y.value, context.constant(1, "int64"), m, n, k)
    attributes = (("kernel", Contraction("float64", turned)), ("sites", ()))
    types = (TensorType("float64", (m, n)),)
    product = context.kernel(find("kernel"), operands, attributes, types)
    left, right = np.arange(6.0).reshape(2, 3), np.arange(12.0).reshape(3, 4)
    given = np.ascontiguousarray(left.T) if turned else left
    (found,), _ = interpret(finish(context, (x, y), [product]), [given, right])
    np.testing.assert_array_equal(found, left @ right)


# Folding ----------------------------------------------------------------------------------------


def test_fold_computes_what_is_constant():
    context = Context()
    x = context.constant([1.0, 4.0])
    folded = fold(find("sqrt")(x))
    assert folded is context.constant([1.0, 2.0])
    assert fold(find("cast")(x, dtype="int8")) is context.constant([1, 4], "int8")


def test_fold_leaves_the_rest():
    context, _, (x,) = vectors("input")
    n = x.type.shape[0]
    assert fold(x) is None
    assert fold(find("exp")(x)) is None
    assert fold(context.constant(1.0)) is None
    assert fold(find("broadcast")(context.constant([1.0]), n)) is None


def test_fold_leaves_what_fails():
    context = Context()
    index = context.constant(5, "int64")
    assert fold(find("bounded")(index, context.constant(3, "int64"))) is None
    empty = context.constant(np.zeros((0,)))
    assert fold(find("max")(empty, axes=(0,))) is None
