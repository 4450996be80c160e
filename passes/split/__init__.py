"""Split: complex numbers become pairs of reals, so that kernels, printers and products see none."""

from symc.passes.split.driver import split

__all__ = ["split"]
