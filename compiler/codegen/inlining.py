"""Decides which elementary functions of a module are inlined, and which are called.

A call costs about a nanosecond, since all vector registers are the caller's to keep. An inlined
body costs its instructions at each place, of which LLVM generates about twenty in a millisecond,
fewer the more there are. Where there are many, calls are as fast: a kernel of 16 functions loses
1 to 5 %, and 150 hyperbolic tangents compile in a twentieth of the time.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from msgspec import Struct

from symc.compiler.codegen.symbols import MathBody

LARGEST = 2500
"""Instructions of elementary functions that are inlined into one module."""


class MathModule(Struct, frozen=True, eq=False):
    """One elementary function as LLVM's text, which is kept.

    called         the elementary functions that it calls
    instructions   how many it has, with those of what it calls
    """

    body: MathBody
    text: str
    called: tuple[MathModule, ...]
    instructions: int


def math_module(body: MathBody, text: str, called: Iterable[MathModule]) -> MathModule:
    """Return the record of an elementary function that LLVM's text defines."""
    called = tuple(called)
    own = text.count(" = ")
    inside = sum(sites(text, x.body) * x.instructions for x in called)
    return MathModule(body, text, called, own + inside)


def sites(text: str, body: MathBody) -> int:
    """Return from how many places LLVM's text calls a function that it declares."""
    return text.count(f"@{body.symbol}(") - 1


def called_apart(text: str, modules: Iterable[MathModule]) -> frozenset[str]:
    """Return the symbols of the functions to be called where all together are too large.

    Those that would add most are called, as many as it takes.
    """
    added: Mapping[MathBody, int] = {
        x.body: sites(text, x.body) * x.instructions for x in modules if sites(text, x.body) > 1
    }
    total, apart = sum(added.values()), set[str]()
    for body in sorted(added, key=lambda body: (-added[body], body.symbol)):
        if total <= LARGEST:
            break
        total -= added[body]
        apart.add(body.symbol)
    return frozenset(apart)
