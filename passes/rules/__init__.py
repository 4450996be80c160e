"""The equations of the compiler, by family; each family is a tuple in the order of its file."""

from types import ModuleType

from symc.passes.rule import Rule
from symc.passes.rules import (
    casts,
    choices,
    collect,
    fold,
    indexing,
    matrices,
    moves,
    products,
    reduce,
    simplify,
    stabilize,
)


def _rules(family: ModuleType) -> tuple[Rule, ...]:
    return tuple(x for x in vars(family).values() if isinstance(x, Rule))


FAMILIES: dict[str, tuple[Rule, ...]] = {
    family.__name__.rpartition(".")[2]: _rules(family)
    for family in (
        *(fold, casts, moves, collect, choices, reduce, products),
        *(stabilize, matrices, simplify, indexing),
    )
}

CANONICAL = tuple(
    r
    for name in ("fold", "casts", "moves", "collect", "choices", "reduce", "products")
    for r in FAMILIES[name]
)
STABILIZE = (*FAMILIES["stabilize"], *FAMILIES["matrices"])
SIMPLIFY = (*FAMILIES["simplify"], *FAMILIES["indexing"])
EXACT = tuple(r for r in (*CANONICAL, *SIMPLIFY) if r.exact)
ALL = (*CANONICAL, *STABILIZE, *SIMPLIFY)
