"""Writes the tables and the pictures of docs/performance.md from what `peers.py` measured."""

from __future__ import annotations

import json
import statistics
from collections.abc import Iterator, Mapping
from typing import Any

from peer import HERE
from peer_cases import CASES
from peer_picture import picture
from peer_ratios import best_of, ratio
from peer_reasons import BEHIND
from roofline import roofline

PAGE = HERE.parent / "docs" / "performance.md"
PICTURES = PAGE.parent / "pictures"
MEASURED = HERE / "measured"
LABELS = {
    "numpy": "NumPy",
    "jax": "JAX",
    "torch": "PyTorch",
    "torch_compile": "torch.compile",
    "pytensor": "PyTensor",
    "numba": "Numba",
    "iree": "IREE",
}
WORDS = {1: "one thread", 2: "two threads"}
Known = Mapping[str, Any]


def put(page: str, name: str, text: str) -> str:
    """Return a page with what stands between two markers replaced."""
    begin, end = f"<!-- {name} -->\n", f"\n<!-- end of {name} -->"
    before, found, rest = page.partition(begin)
    _, also, after = rest.partition(end)
    if not (found and also):
        raise ValueError(f"{PAGE.name} has no place for {name!r}")
    return f"{before}{begin}\n{text.strip()}\n{end}{after}"


def machine(known: Known) -> str:
    """Return what was measured, where and when."""
    can = known["limits"]
    begun = f"Measured on {known['date']}, {WORDS[known['threads']]}, {known['processor']}"
    versions = f"Versions: {', '.join(known['versions'].values())}."
    if not can:
        return f"{begun}.\n{versions}"
    functions = [name for name in ("exp", "tanh", "log", "erf", "sin") if name in can]
    rates = ", ".join(f"{can[name] / 1e9:.2g} of {name}" for name in functions)
    copies = {int(size): rate / 1e9 for size, rate in can["copy"].items()}
    copied = ", ".join(
        f"{copies[size]:.0f} of {size >> 10} KiB" for size in sorted(copies) if size >= 1 << 16
    )
    return (
        f"{begun}:\n{can['multiply_adds'] / 1e9:.0f} Gflop/s of float32 multiply-adds; G a second "
        f"of libmvec's functions of float32:\n{rates}; copies in GB/s: {copied}.\n"
        f"{versions}"
    )


def table(known: Known, alone: Known | None) -> str:
    """Return the table of one number of threads; `alone` is what one thread took."""
    names = [name for name in LABELS if name in known["versions"]]
    head = ["", "symc, us", "x roofline", *(["x faster"] if alone else [])]
    head += [*(LABELS[name] for name in names), "best (least-greatest)"]
    rows = [head, ["---"] * len(head)]
    rows += [_row(case, known, alone, names) for case in CASES if case in known["seconds"]]
    mean = f"**{statistics.geometric_mean(_bests(known)):.2f}**"
    rows.append(["geometric mean", *[""] * (len(head) - 2), mean])
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)


def _row(case: str, known: Known, alone: Known | None, names: list[str]) -> list[str]:
    taken = known["seconds"][case]
    mine = statistics.median(taken["symc"])
    faster = []
    if alone:
        before = alone["seconds"].get(case)
        faster = [f"{statistics.median(before['symc']) / mine:.2f}" if before else "-"]
    cells = [f"{ratio(taken, name):.2f}" if name in taken else "-" for name in names]
    best = best_of(taken)
    shown = f"**{best.ratio:.2f}**" if best else "-"
    if best and len(taken["symc"]) > 1:
        shown += f" ({best.least:.2f}-{best.greatest:.2f})"
    can = known["limits"]
    above = f"{mine / roofline(CASES[case], can):.1f}" if can else "-"
    return [case, _microseconds(mine), above, *faster, *cells, shown]


def _microseconds(seconds: float) -> str:
    """Return a time in three figures, or whole."""
    found = seconds * 1e6
    return f"{found:,.0f}" if found >= 1000 else f"{found:.3g}"


def _bests(known: Known) -> list[float]:
    found = (best_of(known["seconds"][case]) for case in CASES if case in known["seconds"])
    return [best.ratio for best in found if best]


def behind(all_known: Mapping[int, Known]) -> str:
    """Return the rows in which a peer is ahead, with the reason."""
    rows = [["row", "behind", "why"], ["---"] * 3]
    for case in CASES:
        places = list(_behind(case, all_known))
        if places:
            rows.append([case, "; ".join(places), BEHIND.get(case, "not looked into yet")])
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)


def _behind(case: str, all_known: Mapping[int, Known]) -> Iterator[str]:
    for threads, known in all_known.items():
        best = best_of(known["seconds"].get(case, {}))
        if best and best.ratio < 1:
            yield f"{LABELS[best.name]} {best.ratio:.2f} ({WORDS[threads]})"


def main() -> None:
    """Write the page and its pictures."""
    known = {n: json.loads((MEASURED / f"threads_{n}.json").read_text()) for n in WORDS}
    page = PAGE.read_text()
    for threads, found in known.items():
        word = WORDS[threads]
        page = put(page, f"machine of {word}", machine(found))
        page = put(page, f"table of {word}", table(found, known[1] if threads > 1 else None))
        PICTURES.mkdir(exist_ok=True)
        title = f"Time of peers over symc's, {word}"
        (PICTURES / f"threads_{threads}.svg").write_text(picture(title, found["seconds"], LABELS))
    PAGE.write_text(put(page, "rows behind", behind(known)))


if __name__ == "__main__":
    main()
