"""Lets what a function is compiled from travel as text: the Module, its constants, its lines."""

from __future__ import annotations

from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from symc.build import Built
from symc.compiler.location import Location
from symc.compiler.ops.foreign import Callee
from symc.location import Capture
from symc.shared import SharedVariable


class Packed(Struct, frozen=True):
    """A Built without its graph and its code.

    text, literals   the Module, and the constants outside its text
    name, names      the Module's name and those of its parameters, which the text leaves out
    sites, captures  the user's lines
    states           the shared variables
    callees          the Python functions that it calls
    """

    text: str
    literals: dict[str, Any]
    name: str
    names: tuple[str, ...]
    sites: tuple[Location, ...]
    captures: tuple[Capture, ...]
    states: tuple[SharedVariable, ...]
    callees: tuple[Callee, ...]


def pack(built: Built) -> Packed:
    """Return what is needed to compile the same elsewhere."""
    from symc.compiler.text import callees, canonical, literals

    module = built.module
    names = tuple(p.name for p in module.parameters)
    return Packed(
        canonical(module),
        literals(module),
        module.name,
        names,
        tuple(module.sites),
        built.captures,
        built.states,
        tuple(callees(module)),
    )


def unpack(packed: Packed) -> Built:
    """Return what was packed, in a context of its own; the user's graph stays behind."""
    from symc.compiler.parse import parse

    module = parse(packed.text, packed.literals, packed.callees)
    parameters = tuple(
        replace(p, name=name) for p, name in zip(module.parameters, packed.names, strict=True)
    )
    module = replace(module, name=packed.name, parameters=parameters, sites=packed.sites)
    return Built(module, packed.states, packed.captures, frozenset())
