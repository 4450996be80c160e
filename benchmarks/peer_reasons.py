"""Why a peer is ahead of symc in some cases, for the page; only those that are behind are shown."""

from __future__ import annotations

LIBRARIES = (
    "with vectors and loads all busy the clock falls from 3.4 GHz to 3.1 or 2.9, which leaves "
    "198 or 186 of 217 Gflop/s; packing takes 5 to 12 % of the time, the libraries' a little less"
)

BEHIND = {
    "mean and variance of rows": (
        "Numba's loop adds float32 in float32; symc in float64, as Theano does, twice a row"
    ),
    "sum over axes 0 and 2": "level: both take a tenth longer than a copy of the bytes",
    "product of 1024 x 1024, bfloat16": (
        "half of the time is in the tiles of AMX; the rest packs operands and rounds sums"
    ),
    "recurrence of 10^5 steps": "the same chain of dependent instructions: level",
    "sort 10^6": (
        "both part vectors about a pivot; networks here take 256 elements where a part has 170"
    ),
    "10^4 products of 8 x 8": (
        "the matrices come from memory; a strip of 8 x 8 takes 26 ns where they are near"
    ),
    "dense 4096 x 64 x 64": "sums of 64 products: tiles begin and end as long as they add",
    "dense 64 x 256 x 256": LIBRARIES,
    "dense 512 x 1024 x 1024": LIBRARIES,
    "product of 1024 x 1024": LIBRARIES,
    "mlp, batch 600": LIBRARIES,
    "deep, batch 600": LIBRARIES,
}
