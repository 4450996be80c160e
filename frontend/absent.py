"""Says what a name that symc does not have would be: planned, or meant otherwise."""

from __future__ import annotations

from collections.abc import Iterable
from importlib import import_module

from symc.compiler.errors import NotSupported

PLANNED = frozenset(
    {
        *("sparse", "typed_list", "misc", "scalar"),
        *("conv2d", "conv3d", "signal", "abstract_conv", "batch_normalization", "h_softmax"),
        *("fft", "unique"),
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


class Missing(AttributeError):
    """Report a name that a module does not have.

    The nearest name is searched for when the text is read: an import of a module that is not loaded
    yet asks its package for the name first, and nobody reads that answer.
    """

    def __init__(self, module: str, name: str, known: Iterable[str]) -> None:
        super().__init__(module, name)
        self.module, self.missing, self.known = module, name, known

    def __str__(self) -> str:
        from difflib import get_close_matches

        text = f"{self.module} has no {self.missing!r}"
        parts = PARTS.get(self.module, ())
        inner = next((p for p in parts if hasattr(import_module(p), self.missing)), None)
        if inner:
            return f"{text}; it is {inner}.{self.missing}"
        near = get_close_matches(self.missing, self.known, n=1)
        return text + (f"; did you mean {near[0]!r}?" if near else "")


def absent(module: str, name: str, known: Iterable[str]) -> AttributeError:
    """Return the error for a name that a module does not have."""
    if name in PLANNED:
        return NotThere(f"{module}.{name} is not there yet")
    return Missing(module, name, known)
