"""Says what a name that symc does not have would be: planned, or meant otherwise."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from difflib import get_close_matches

from symc.compiler.errors import NotSupported

PLANNED = frozenset(
    {
        *("sparse", "typed_list", "misc", "scalar"),
        *("conv2d", "conv3d", "signal", "abstract_conv", "batch_normalization", "h_softmax"),
        *("slinalg", "nlinalg", "fft", "unique"),
        *("pydotprint", "Elemwise", "Subtensor", "DimShuffle", "Dot"),
    }
)
"""Names of Theano that are to come."""


PARTS = {
    "symc": ("symc.tensor", "symc.gradient", "symc.printing"),
    "symc.tensor": ("symc.tensor.nnet", "symc.tensor.extra_ops"),
}
"""Modules whose names are looked for where the first has none."""


class NotThere(NotSupported, AttributeError):
    """Report a name of Theano that symc does not have yet."""

    code = "E104"


def absent(module: str, name: str, known: Iterable[str]) -> AttributeError:
    """Return the error for a name that a module does not have."""
    if name in PLANNED:
        return NotThere(f"{module}.{name} is not there yet")
    inner = next((p for p in PARTS.get(module, ()) if hasattr(sys.modules[p], name)), None)
    if inner:
        return AttributeError(f"{module} has no {name!r}; it is {inner}.{name}")
    near = get_close_matches(name, known, n=1)
    hint = f"; did you mean {near[0]!r}?" if near else ""
    return AttributeError(f"{module} has no {name!r}{hint}")
