"""Host scalars as short text over the names of sizes, for headers and manifests."""

from __future__ import annotations

from collections.abc import Mapping

from symc.compiler.program.record import Compute, Number, Program

SIGNS = {"add": " + ", "multiply": " * ", "subtract": " - ", "floor_divide": " / "}
COMPUTED = "?"
LONGEST = 40
"""Letters of the longest expression that helps a reader."""


class Expressions:
    """Reads host scalars back as arithmetic on the sizes of the inputs.

    dimensions   (input, axis) -> its number, or the name of its size
    """

    def __init__(self, program: Program, dimensions: Mapping[tuple[int, int], int | str]) -> None:
        self._made = {s.name: s for s in program.prologue if isinstance(s, Compute)}
        self._dimensions = dimensions

    def known(self, number: Number | None) -> int | str | None:
        """Return a scalar that is a number or a size by name; None for any other."""
        if isinstance(number, int):
            return number
        made = self._made.get(number) if isinstance(number, str) else None
        return self._dimension(made) if made and made.op == "dimension" else None

    def text(self, number: Number | None) -> str:
        """Return a scalar as text; '?' where it is long or no arithmetic of sizes."""
        text = self._text(number)
        return text if text and len(text) <= LONGEST else COMPUTED

    def _dimension(self, made: Compute) -> int | str | None:
        attributes = dict(made.attributes)
        if attributes["buffer"].place != "input":
            return None
        return self._dimensions[attributes["buffer"].index, attributes["axis"]]

    def _text(self, number: Number | None) -> str | None:
        known = self.known(number)
        if known is not None:
            return str(known)
        made = self._made.get(number) if isinstance(number, str) else None
        if made is None or made.op not in SIGNS:
            return None
        operands = [self._text(x) for x in made.operands]
        texts = [x for x in operands if x is not None]
        if len(texts) < len(operands) or sum(map(len, texts)) > LONGEST:
            return None
        wrapped = [f"({x})" if " " in x and made.op != "add" else x for x in texts]
        return SIGNS[made.op].join(wrapped).replace(" + -", " - ")
