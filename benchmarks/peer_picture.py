"""Draws ratios of peers to symc as dots on a logarithmic scale, a row a case, as SVG."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from html import escape

from peer_ratios import Measured, ratio

COLOURS = {
    "numpy": "#4477aa",
    "jax": "#ee6677",
    "torch": "#228833",
    "torch_compile": "#99bb33",
    "pytensor": "#ccbb44",
    "numba": "#66ccee",
    "iree": "#aa3377",
}
"""After Paul Tol's bright colours, which readers with other eyes tell apart."""
LEFT, WIDTH, ROW, TOP, RADIUS = 250, 560, 18, 64, 4.5
LEAST, GREATEST = 0.4, 64.0
TICKS = (0.5, 1, 2, 4, 8, 16, 32, 64)


def picture(title: str, results: Mapping[str, Measured], labels: Mapping[str, str]) -> str:
    """Return the picture of some cases; right of the line at 1 symc is ahead."""
    names = [name for name in labels if any(name in taken for taken in results.values())]
    height, width = TOP + ROW * len(results) + 28, LEFT + WIDTH + 30
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        f'width="{width}" height="{height}" font-family="sans-serif" font-size="12">',
        f"<title>{escape(title)}</title>",
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
        _text(LEFT, 20, title, 'font-size="14" font-weight="bold"'),
        *_legend(names, labels),
        *_scale(height - 24),
    ]
    for k, (case, taken) in enumerate(results.items()):
        lines += _row(TOP + ROW * k + ROW / 2, case, taken, names, labels)
    return "\n".join([*lines, "</svg>"]) + "\n"


def _place(value: float) -> float:
    inside = min(max(value, LEAST), GREATEST)
    return LEFT + WIDTH * math.log(inside / LEAST) / math.log(GREATEST / LEAST)


def _text(x: float, y: float, text: str, more: str = "") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" fill="#222222" {more}>{escape(text)}</text>'


def _dot(x: float, y: float, colour: str, said: str) -> str:
    shape = f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{RADIUS}" fill="{colour}" stroke="#ffffff"'
    return f'{shape} stroke-width="0.8"><title>{escape(said)}</title></circle>'


def _legend(names: list[str], labels: Mapping[str, str]) -> Iterator[str]:
    x = float(LEFT)
    for name in names:
        yield _dot(x + RADIUS, 38, COLOURS[name], labels[name])
        yield _text(x + 14, 42, labels[name])
        x += 30 + 7 * len(labels[name])


def _scale(bottom: float) -> Iterator[str]:
    for tick in TICKS:
        x = _place(tick)
        look = 'stroke="#222222" stroke-width="1.5"' if tick == 1 else 'stroke="#dddddd"'
        yield f'<line x1="{x:.1f}" y1="{TOP - 8}" x2="{x:.1f}" y2="{bottom:.1f}" {look}/>'
        yield _text(x, bottom + 16, f"{tick:g}", 'text-anchor="middle"')


def _row(
    y: float, case: str, taken: Measured, names: list[str], labels: Mapping[str, str]
) -> Iterator[str]:
    found = {name: ratio(taken, name) for name in names if name in taken}
    behind = min(found.values(), default=1) < 1
    more = 'text-anchor="end"' + (' font-weight="bold"' if behind else "")
    yield _text(LEFT - 10, y + 4, case, more)
    for name, value in sorted(found.items(), key=lambda item: -item[1]):
        yield _dot(_place(value), y, COLOURS[name], f"{labels[name]}: {value:.2f}")
