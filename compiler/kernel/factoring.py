"""The factoring record: a matrix factored, or a system solved, as one call."""

from __future__ import annotations

from typing import Any

from msgspec import Struct
from numpy.typing import NDArray

from symc.compiler.errors import InternalError
from symc.compiler.kernel import matrices
from symc.compiler.kernel.matrices import NO_CONVERGENCE, NOT_DEFINITE, SINGULAR

Array = NDArray[Any]
Terms = tuple[tuple[int, str], ...]
"""Sums of products: a number, and the letters of the sizes it is multiplied with."""


class Kind(Struct, frozen=True):
    """What one kind of factoring reads, makes and takes.

    sizes     a letter for each size parameter; operands and result have such sizes, in their order
    operands  the sizes of each matrix that it reads, as letters; '+' after one counts one more
    scratch   elements of scratch memory
    work      picoseconds
    fault     what it reports when it fails; '' for what always succeeds
    product   whether it calls the family of matrix products
    """

    sizes: str
    operands: tuple[tuple[str, str], ...]
    scratch: Terms
    work: Terms
    fault: str = ""
    product: bool = True


SWEEP_LOG = 128
"""Elements in front of a spectrum's scratch memory, in which sweeps are noted."""

PANEL = 32
"""Reflections that are applied as one."""

KEPT = 24
"""Sweeps of a spectrum whose rotations are kept before they are applied."""

MORE = 2 + 2 * KEPT + 3 * PANEL
"""Rows of scratch memory of a spectrum beside its matrix."""

SPECTRUM: Terms = ((SWEEP_LOG + PANEL * PANEL, ""), (MORE, "n"), (1, "nn"))

FAULTS = (NOT_DEFINITE, SINGULAR, NO_CONVERGENCE)
"""What native code reports by its place here, from 1 on."""

KINDS: dict[str, Kind] = {
    "cholesky": Kind("n", (("n", "n"),), (), ((10, "nnn"), (2000, "nn")), NOT_DEFINITE),
    "solve_triangular": Kind(
        "nm", (("n", "n"), ("n", "m")), (), ((30, "nnm"), (1000, "nm")), SINGULAR
    ),
    "lu": Kind("n", (("n", "n"),), (), ((20, "nnn"), (4000, "nn"))),
    "solve_lu": Kind("nm", (("n+", "n"), ("n", "m")), (), ((50, "nnm"), (2000, "nm")), SINGULAR),
    "householder": Kind(
        "mn",
        (("m", "n"),),
        ((PANEL * PANEL, ""), (PANEL, "m"), (2 * PANEL, "n")),
        ((60, "mnn"), (4000, "mn")),
    ),
    "orthogonal": Kind(
        "mnk",
        (("n+", "m"),),
        ((PANEL * PANEL, ""), (PANEL, "m"), (2 * PANEL, "k")),
        ((60, "mnk"), (4000, "mk")),
    ),
    "spectrum": Kind("n", (("n", "n"),), SPECTRUM, ((450, "nnn"), (20000, "nn")), NO_CONVERGENCE),
    "singular": Kind(
        "mnk",
        (("m", "n"),),
        ((SWEEP_LOG + PANEL * PANEL, ""), (MORE, "k"), (3, "kk"), (2, "mn")),
        ((600, "kkk"), (500, "mnk"), (20000, "kk")),
        NO_CONVERGENCE,
    ),
    "expm": Kind("n", (("n", "n"),), ((9, "nn"), (1, "n")), ((500, "nnn"), (10000, "nn"))),
}
"""Every kind by its name, which is that of its operation."""


class Factoring(Struct, frozen=True):
    """A dense matrix made of one or two others by one of the KINDS.

    dtype     of all of them
    options   the operation's attributes, which are words

    `symc.compiler.kernel.matrices` says what each computes.
    """

    kind: str
    dtype: str
    options: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.dtype not in ("float32", "float64"):
            raise InternalError(f"there is no {self.kind} of {self.dtype}")
        if self.kind not in KINDS:
            raise InternalError(f"there is no factoring {self.kind!r}")

    @property
    def rules(self) -> Kind:
        """Return what its kind says."""
        return KINDS[self.kind]

    @property
    def sizes(self) -> int:
        """Return how many size parameters it has."""
        return len(self.rules.sizes)

    @property
    def fails(self) -> bool:
        """Tell whether a call can end with an error."""
        return bool(self.rules.fault) and "nan" not in self.options

    @property
    def fault(self) -> int:
        """Return the number under which it reports its failure."""
        return FAULTS.index(self.rules.fault) + 1


def interpret(factoring: Factoring, *operands: Array) -> Array:
    """Compute a factoring with NumPy. Raises numpy.linalg.LinAlgError."""
    made: Array = matrices.REFERENCES[factoring.kind](*operands, *factoring.options)
    return made.astype(factoring.dtype)


def to_text(factoring: Factoring) -> str:
    """Print a factoring; equal records give equal text."""
    return " ".join(["factoring", factoring.kind, factoring.dtype, *factoring.options]) + "\n"


def parse(text: str) -> Factoring:
    """Read what `to_text` printed."""
    _, kind, dtype, *options = text.split()
    return Factoring(kind, dtype, tuple(options))
