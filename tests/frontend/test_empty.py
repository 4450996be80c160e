"""Arrays of no elements: native code gives what NumPy gives, each axis empty in turn."""

import numpy as np
import pytest

import symc
import symc.tensor as T

x, y = T.dmatrices("x", "y")
SHAPES = [(0, 3), (2, 0), (0, 0)]
PRINTERS = ["mlir", "llvm"]

REDUCED = {
    f"{name} over {axis}": (
        lambda t, name=name, axis=axis: getattr(T, name)(t, axis=axis),
        lambda a, name=name, axis=axis: getattr(np, name)(a, axis=axis),
    )
    for name in ("sum", "prod", "all", "any", "cumsum", "cumprod", "sort", "argsort")
    for axis in (0, 1)
}
SINGLE = {
    **REDUCED,
    "exp": (T.exp, np.exp),
    "transposed": (lambda t: t.T, lambda a: a.T),
    "reversed": (lambda t: t[::-1, ::-1], lambda a: a[::-1, ::-1]),
    "flat": (lambda t: t.flatten(), np.ravel),
    "reshaped": (lambda t: t.reshape(t.shape[::-1]), lambda a: a.reshape(a.shape[::-1])),
    "diagonal": (T.diag, np.diag),
    "lower": (T.tril, np.tril),
    "nonzero": (lambda t: T.nonzero(t)[1], lambda a: np.nonzero(a)[1]),
    "masked": (lambda t: t[t > 0], lambda a: a[a > 0]),
    "repeated": (lambda t: T.repeat(t, 2, axis=1), lambda a: np.repeat(a, 2, axis=1)),
    "tiled": (lambda t: T.tile(t, (2, 3)), lambda a: np.tile(a, (2, 3))),
    "rolled": (lambda t: T.roll(t, 1, axis=0), lambda a: np.roll(a, 1, axis=0)),
    "differences": (lambda t: T.extra_ops.diff(t, axis=0), lambda a: np.diff(a, axis=0)),
    "norm": (lambda t: t.norm(2), np.linalg.norm),
    "by nothing": (lambda t: t[T.zeros((0,), "int64")], lambda a: a[np.zeros(0, int)]),
    "written": (lambda t: T.set_subtensor(t[:, :1], 1.0), lambda a: a),
    "gradient": (lambda t: T.grad((T.exp(t) * t).sum(), t), lambda a: a),
    "gradient of softmax": (lambda t: T.grad((T.nnet.softmax(t) ** 2).sum(), t), lambda a: a),
    "softmax": (T.nnet.softmax, lambda a: a),
    "log of softmax": (T.nnet.logsoftmax, lambda a: a),
    "log of sums": (lambda t: T.log(T.exp(t).sum(axis=1)), lambda a: np.log(a.sum(axis=1))),
    "log of sum": (
        lambda t: T.logsumexp(t, axis=0),
        lambda a: np.logaddexp.reduce(a, axis=0, initial=-np.inf),
    ),
}
PAIRS = {
    "sum": (lambda t, u: t + u, np.add),
    "product": (lambda t, u: T.dot(t, u.T), lambda a, b: a @ b.T),
    "joined": (lambda t, u: T.concatenate([t, u], axis=1), lambda a, b: np.hstack([a, b])),
    "stacked": (lambda t, u: T.stack([t, u]), lambda a, b: np.stack([a, b])),
    "outer": (lambda t, u: T.outer(t[:1].T, u[:, :1]), lambda a, b: np.outer(a[:1].T, b[:, :1])),
}


@pytest.mark.parametrize("printer", PRINTERS)
def test_results_are_numpys(printer):
    results = [build(x) for build, _ in SINGLE.values()]
    results += [build(x, y) for build, _ in PAIRS.values()]
    f = symc.function([x, y], results, mode=symc.Mode(printer=printer))
    for shape in SHAPES:
        a = np.zeros(shape)
        with np.errstate(divide="ignore"):
            expected = [numpy(a) for _, numpy in SINGLE.values()]
            expected += [numpy(a, a) for _, numpy in PAIRS.values()]
        for name, got, want in zip([*SINGLE, *PAIRS], f(a, a), expected, strict=True):
            np.testing.assert_array_equal(got, want, strict=True, err_msg=f"{name} of {shape}")


@pytest.mark.parametrize("printer", [*PRINTERS, "INTERPRET"])
@pytest.mark.parametrize("name", ["max", "min", "argmax", "argmin"])
def test_nothing_has_no_extreme_even_where_the_result_is_empty(name, printer):
    mode = "INTERPRET" if printer == "INTERPRET" else symc.Mode(printer=printer)
    f = symc.function([x], getattr(T, name)(x, axis=1), mode=mode)
    assert f(np.zeros((0, 3))).shape == (0,)
    for shape in ((2, 0), (0, 0)):
        with pytest.raises(ValueError, match=f"{name}: there is no element to choose from"):
            f(np.zeros(shape))
