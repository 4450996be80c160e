"""Fuse: elementwise chains, broadcasts, reductions and products' epilogues become kernels."""
