"""Types, broadcast patterns, forms and errors are Theano's, expression by expression."""

import json
from pathlib import Path

import numpy as np
import pytest

import symc
import symc.tensor as T

TABLES = json.loads((Path(__file__).parent / "theano_types.json").read_text())
PATTERNS = TABLES["patterns"].split()
ERRORS = (IndexError, TypeError, NotImplementedError, ValueError, AssertionError)

ONLY_HERE = {
    "T.nnet.softmax(x)": "works along the last axis of any rank",
    "T.nnet.logsoftmax(x)": "works along the last axis of any rank",
    "T.smallest(x, 1, 2)": "takes numbers of any rank",
}
"""Where Theano refuses and symc answers."""

REFUSED_HERE = {
    "T.grad((x > 0).sum(), x)": "an integer cost has no derivative worth having",
    "x.shape[0]": "a scalar has no size; Theano finds out when the function runs",
    "T.diag(x)": "of a stack of matrices, which NumPy refuses too",
    "x.trace()": "the trace of a stack, which Theano adds up over the stack and NumPy does not",
    "T.set_subtensor(T.lvector()[0], 1.5)": "would lose what is after the point",
    "T.concatenate([T.vector()], axis=1)": "there is no axis 1",
}
"""Where Theano answers and symc refuses."""

SHARPER = {
    "x.shape[1:]",
    "T.take(x, 0, axis=0)",
    "T.take(x, T.lmatrix(), axis=0)",
}
"""Where symc knows more sizes of 1 than Theano."""

OWN_ANSWERS = {
    "(T.wscalar() << 2).dtype": "'int16'",
    "S.function([T.scalar()], T.scalar())": "TypeError",  # the missing input is told first
    "S.function([T.scalar()], 1)": "ValueError",
    "S.function([], T.scalar())": "TypeError",
    "S.function(T.scalar(), 1)": "TypeError",
    "S.function([], 1, mode='FOO')": "ValueError",
    "S.function([], [1.0, 2])()": "list(arrayf4()1.0,arrayi1()2)",
    "S.function([], 1.0)()": "arrayf4()1.0",
    "T.cast(T.scalar(), 'foo')": "TypeError",
    "T.stack([])": "ValueError",
    "T.grad(T.lscalar() * 2, T.lscalar())": "TypeError",
    **dict.fromkeys(REFUSED_HERE, "TypeError"),
    "T.concatenate([T.vector()], axis=1)": "IndexError",
}


def letters(dtype):
    return "?" if dtype == "bool" else np.dtype(dtype).str[1:]


def described(made):
    """Return what an expression makes, as the table writes it."""
    if hasattr(made, "broadcastable"):
        return letters(made.dtype) + "".join(".1"[b] for b in made.broadcastable)
    if isinstance(made, np.ndarray):
        text = f"array{letters(str(made.dtype))}{made.shape}{made.tolist()}"
    elif isinstance(made, (list, tuple)):
        text = f"{type(made).__name__}({','.join(map(described, made))})"
    elif isinstance(made, dict):
        text = f"dict({','.join(f'{k}:{described(v)}' for k, v in sorted(made.items()))})"
    else:
        text = repr(made)
    return text.replace(" ", "")


def answer(expression, **names):
    try:
        return described(eval(expression, {"T": T, "S": symc, "np": np, **names}))
    except (symc.Error, *ERRORS) as error:
        return next((k.__name__ for k in ERRORS if isinstance(error, k)), "Error")


def variable(pattern):
    flags = [] if pattern == "scalar" else [flag == "1" for flag in pattern]
    return T.TensorType("float64", flags)()


def is_met(expression, wanted, got):
    """Tell whether symc's answer is Theano's, or the one it is meant to give."""
    if wanted == "-":
        return got.endswith("Error") or expression in ONLY_HERE
    if got.endswith("Error"):
        return expression in REFUSED_HERE
    if expression in SHARPER:
        return len(got) == len(wanted) and got.replace("1", ".") == wanted.replace("1", ".")
    return got == wanted


def differences(expression, row, ask):
    cells = zip(PATTERNS, row.split(), strict=True)
    return [
        (pattern, wanted, got)
        for pattern, wanted in cells
        if not is_met(expression, wanted, got := ask(variable(pattern)))
    ]


@pytest.mark.parametrize("expression", TABLES["one"])
def test_expression_of_one_variable(expression):
    row = TABLES["one"][expression]
    assert differences(expression, row, lambda x: answer(expression, x=x)) == []


@pytest.mark.parametrize("expression", TABLES["two"])
def test_expression_of_two_variables(expression):
    for pattern, row in TABLES["two"][expression].items():
        x = variable(pattern)
        found = differences(expression, row, lambda y, x=x: answer(expression, x=x, y=y))
        assert found == [], pattern


@pytest.mark.parametrize("expression", TABLES["none"])
def test_closed_expression(expression):
    wanted = OWN_ANSWERS.get(expression, TABLES["none"][expression])
    assert answer(expression) == wanted
