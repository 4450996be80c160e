"""Rules and passes of the user's own: how they are written, registered and left out again.

>>> from symc.rewriting import ops, register, rule, unregister
>>> @rule(exact=False)
... def tanh_of_atanh(x):
...     return ops.tanh(ops.arctanh(x)), x
>>> _ = register(tanh_of_atanh, version="1")
>>> unregister("tanh_of_atanh")
"""

from __future__ import annotations

from typing import Any

from symc.compiler.module import Module
from symc.compiler.op import Op, registry
from symc.compiler.text import to_text
from symc.compiler.value import Value
from symc.exceptions import BadUse, BadValue
from symc.passes import registered
from symc.passes.pipeline import ORDER, name_of
from symc.passes.rewrite import Rewriting, rewrite
from symc.passes.rule import Constant, Discrete, Float, Integer, Rule, on, rule
from symc.passes.rules import FAMILIES
from symc.report import mistake

__all__ = [
    "Constant",
    "Discrete",
    "Float",
    "Integer",
    "Module",
    "Rewriting",
    "Rule",
    "Value",
    "on",
    "ops",
    "register",
    "registered_names",
    "rewrite",
    "rule",
    "to_text",
    "unregister",
]


class Operations:
    """All operations by name, to write rules with: `ops.log(1 + ops.exp(x))`."""

    def __getattr__(self, name: str) -> Op:
        for op in registry():
            if op.name == name:
                return op
        raise AttributeError(f"there is no operation {name!r}; docs/operations.md lists them all")

    def __dir__(self) -> list[str]:
        return [op.name for op in registry()]


ops = Operations()


def register(
    step: Any, place: str = "simplify", *, always: bool = True, version: str = "", name: str = ""
) -> Any:
    """Add a rule, or a pass (a function Module -> Module), to what functions are compiled with.

    place     the pass that a rule joins, or that a pass follows: one of docs/rules.md
    always    False: only modes that include it by name take it, `Mode().including(name)`
    version   a text that changes whenever the meaning does. Compiled functions are cached only
              where all that took part have one
    name      its name if not its own

    Returns the step, so that it serves as a decorator too. Raises TypeError for what is neither,
    ValueError for a place that is no pass or a name that symc's own rules and passes have.
    """
    if not isinstance(step, Rule) and not callable(step):
        raise mistake(BadUse, f"{step!r} is neither a rule nor a pass", help="make a rule by @rule")
    name = name or (step.name if isinstance(step, Rule) else step.__name__)
    _require_free(name)
    _require_place(step, place)
    registered.add(registered.Entry(name, step, place, always, version))
    return step


def unregister(name: str) -> None:
    """Take a rule or pass away again; raises ValueError where none has the name."""
    if name not in registered_names():
        raise mistake(BadValue, f"no rule or pass {name!r} is registered")
    registered.remove(name)


def registered_names() -> tuple[str, ...]:
    """Return the names of the rules and passes that have been added, in their order."""
    return tuple(entry.name for entry in registered.entries())


def _require_free(name: str) -> None:
    own = {name_of(step) for step in ORDER} | set(FAMILIES)
    own |= {rule.name for family in FAMILIES.values() for rule in family}
    if name in own:
        raise mistake(
            BadValue,
            f"symc itself has a rule or pass {name!r}",
            help=f"give another name, or exclude that one: Mode().excluding({name!r})",
        )


def _require_place(step: Any, place: str) -> None:
    """Raise where a step cannot stand at a place."""
    takes_rules = [name_of(own) for own in ORDER if isinstance(own, Rewriting)]
    places = takes_rules if isinstance(step, Rule) else [name_of(own) for own in ORDER]
    if place not in places:
        raise mistake(
            BadValue,
            f"there is no place {place!r} for a {'rule' if isinstance(step, Rule) else 'pass'}",
            expected=f"one of {', '.join(places)}",
        )
