"""Why a peer is ahead of symc in some cases, for the page; only those that are behind are shown."""

from __future__ import annotations

LIBRARIES = (
    "with vectors and loads all busy the clock falls from 3.4 GHz to 3.1 or 2.9, which leaves "
    "198 or 186 of 217 Gflop/s; packing takes 5 to 12 % of the time, the libraries' a little less"
)

BEHIND = {
    "product of 1024 x 1024, bfloat16": (
        "62 % of the time is in the tiles of AMX, which wait for the outer cache; 27 % packs "
        "operands, 6 % rounds sums"
    ),
    "recurrence of 10^5 steps": "the same chain of dependent instructions: level",
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
