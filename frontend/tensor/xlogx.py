"""Terms of entropies, under Theano's names."""

from symc.tensor.elementwise import xlogx, xlogy0

__all__ = ["xlogx", "xlogy0"]
