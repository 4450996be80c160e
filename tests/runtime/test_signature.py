"""A wrong signature is refused when the function is bound."""

from typing import Any

import numpy as np
import pytest
from entries import Library, float64

from symc.runtime import RETURNED, Container, bind

W = Container(np.zeros(3))
VECTOR = (float64, 1, RETURNED)


@pytest.mark.parametrize(
    ("changes", "error", "match"),
    [
        ({"inputs": ()}, TypeError, "'inputs' of the signature must be a list"),
        ({"inputs": [[float64, 1, 0]]}, TypeError, "must be tuples"),
        ({"inputs": [(float64, 1)]}, TypeError, "type number, rank, broadcast"),
        ({"inputs": [(float64, -1, 0)]}, ValueError, "rank -1"),
        ({"inputs": [(float64, 33, 0)]}, ValueError, "rank 33"),
        ({"inputs": [(float64, 2, 0b100)]}, ValueError, "broadcast bits 4 exceed rank 2"),
        ({"inputs": [(np.dtype(object).num, 1, 0)]}, TypeError, "no element type"),
        ({"inputs": [(np.dtype("U3").num, 1, 0)]}, TypeError, "no element type"),
        ({"inputs": [(-5, 1, 0)]}, ValueError, "Invalid data-type"),
        ({"containers": [1]}, TypeError, "list of Container"),
        ({"containers": [W, W]}, ValueError, "given twice"),
        ({"written": [0]}, ValueError, "no container 0"),
        ({"containers": [W], "written": [-1]}, ValueError, "no container -1"),
        ({"containers": [W], "written": ["0"]}, TypeError, "integer"),
        ({"outputs": [(float64, 1, 0)]}, ValueError, "no container 0"),
        ({"outputs": [(float64, 1, 0)], "containers": [W]}, ValueError, "not written"),
        (
            {"outputs": [(float64, 2, 0)], "containers": [W], "written": [0]},
            ValueError,
            "differs in dtype or rank",
        ),
        ({"outputs": [VECTOR]}, ValueError, "result 'none' does not suit 1"),
        ({"outputs": [VECTOR, VECTOR], "result": "single"}, ValueError, "'single' does not suit 2"),
        ({"result": "dict"}, ValueError, "'dict'"),
        ({"result": 1}, TypeError, "text"),
        ({"name": None}, TypeError, "text"),
        ({"doc": 3}, TypeError, "text"),
        ({"convert": None}, TypeError, "'convert' of the signature must be callable"),
        ({"fail": "x"}, TypeError, "'fail' of the signature must be callable"),
    ],
    ids=str,
)
def test_refused(library: Library, changes: dict[str, Any], error: type[Exception], match: str):
    with pytest.raises(error, match=match):
        library.bind("nothing", **changes)


def test_refused_whole(library: Library):
    code = library.code("nothing")
    with pytest.raises(ValueError, match="the signature lacks 'name'"):
        bind(code, 0, {})
    with pytest.raises(TypeError, match="must be a dictionary"):
        bind(code, 0, [])
    with pytest.raises(TypeError, match="must be a Code"):
        bind(b"", 0, {})
