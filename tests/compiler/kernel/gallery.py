"""All kernels written by hand, by name."""

from tests.compiler.kernel import maps, places, reductions, rows, sequences  # each adds its own
from tests.compiler.kernel.examples import EXAMPLES

__all__ = ["EXAMPLES", "maps", "places", "reductions", "rows", "sequences"]
