"""Why a peer is ahead of symc in some cases, for the page; only those that are behind are shown."""

from __future__ import annotations

LIBRARIES = "the libraries of NumPy and PyTorch are nearer to the speed of multiply-adds"

BEHIND = {
    "sort 10^6": "NumPy has sorting networks of vectors throughout",
    "10^4 products of 8 x 8": (
        "most of the 80 ns a matrix go into deciding how it is cut, anew for each matrix"
    ),
    "dense 4096 x 64 x 64": "the packed operand is as large as the output",
    "dense 64 x 256 x 256": LIBRARIES,
    "dense 512 x 1024 x 1024": LIBRARIES,
    "product of 1024 x 1024": LIBRARIES,
    "mlp, batch 600": LIBRARIES,
    "deep, batch 600": LIBRARIES,
}
