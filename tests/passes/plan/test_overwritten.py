"""Results are computed in the memory of a temporary that nothing reads afterwards."""

import numpy as np
import pytest
from running import native_fused

import symc.tensor as T
from symc.build import build_module
from symc.mode import get_mode
from symc.passes.pipeline import run
from symc.passes.plan import planner

x, w, v = T.fmatrix("x"), T.fmatrix("w"), T.fvector("v")
y = T.dot(x, w)
total = y.sum(axis=1, keepdims=True)

CASES = {
    "a softmax over a product": (T.sort(T.exp(y) / T.exp(y).sum(axis=1, keepdims=True)), 0),
    "two in a row": (T.sort(T.dot(T.exp(T.sort(y) - total), w) * total), 1),
    "a softmax over a sorted product": (T.dot(T.nnet.softmax(T.sort(y)), w), 1),
    "read again later": (T.dot(T.exp(y - total), w) + T.sort(y)[0], 0),
    "read at other places": (T.sort(T.exp(y)[::-1] * total), 0),
    "a result": ([y, T.sort(T.exp(y - total))], 0),
    "other sizes": (T.sort(total * v), 0),
}


def owners(made):
    """Return the temporaries that lie where others lay that they are computed of."""
    places = {}
    for life in made.lives:
        places.setdefault(made.places[life.key], []).append(life)
    return [
        (a, b)
        for mine in places.values()
        for a in mine
        for b in mine
        if a is not b and a.first < b.first <= a.last
    ]


@pytest.mark.parametrize("name", CASES)
def test_where_results_are_computed(name):
    made, count = CASES[name]
    module = build_module([x, w, v], made if isinstance(made, list) else [made])
    made = planner.Planner(run(module, get_mode("FAST_RUN")), lambda record: 1 << 20, ())
    made.program()
    assert len(owners(made)) >= count
    assert count or not owners(made)


@pytest.mark.parametrize("name", CASES)
def test_they_are_what_they_are_elsewhere(name, monkeypatch):
    made, _ = CASES[name]
    module = build_module([x, w, v], made if isinstance(made, list) else [made])
    module = run(module, get_mode("FAST_RUN"))
    rng = np.random.default_rng(1)
    values = [rng.normal(size=shape).astype("float32") / 8 for shape in ((37, 37), (37, 37), (37,))]
    found = native_fused(module)[0](*values)
    monkeypatch.setattr(planner, "overwritten", lambda steps, spans, kept: {})
    for a, b in zip(found, native_fused(module)[0](*values), strict=True):
        np.testing.assert_array_equal(a, b)
