"""Fuse: elementwise chains, broadcasts, reductions and products' epilogues become kernels."""

from symc.passes.fuse.emission import fuse

__all__ = ["fuse"]
