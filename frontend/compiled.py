"""Compiled functions: how they are called, copied, and travel through pickle."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from symc.build import Built
from symc.call import Call, bind_call
from symc.compiler.errors import NotSupported
from symc.exceptions import BadArgument, BadReplacement, BadValue
from symc.io import In
from symc.maker import Maker
from symc.mode import Mode
from symc.report import describe, mistake
from symc.runtime import Caller, release_memory
from symc.runtime import repeat as repeat_call
from symc.shared import SharedVariable
from symc.transfer import Packed, pack, unpack


@dataclass(frozen=True, slots=True)
class Definition:
    """All that a function is made from.

    inputs   the In records; built the Module and its origin; mode; name
    form     'none', 'single', 'list' or 'dict', in which outputs are returned
    names    the outputs' names, or the keys of a dict; '' for none
    allow_downcast   what arguments the function takes
    """

    inputs: tuple[In, ...]
    built: Built
    mode: Mode
    name: str | None
    form: str
    names: tuple[str, ...]
    allow_downcast: bool | None

    @property
    def kept(self) -> list[int]:
        """Return the places of the inputs with an update, whose new defaults are the last outputs.

        They follow the user's outputs in the Module.
        """
        return [k for k, entry in enumerate(self.inputs) if entry.update is not None]

    def without_updates(self) -> Definition:
        """Return what computes the same outputs and changes no state."""
        module = self.built.module
        outputs = module.outputs[: len(self.names)]
        built = replace(self.built, module=replace(module, outputs=outputs, updates=()))
        inputs = tuple(entry.without_update() for entry in self.inputs)
        return replace(self, inputs=inputs, built=built)

    def swapped(self, swap: Mapping[Any, Any]) -> Definition:
        """Return the same function of other shared variables."""
        states = list(self.built.states)
        for old, new in swap.items():
            place = self._state(old)
            states[place] = _fitting(old, new)
        containers = {id(state.container) for state in states}
        if len(containers) != len(states):
            raise mistake(BadReplacement, "copy: swap makes two shared variables one")
        return replace(self, built=replace(self.built, states=tuple(states)))

    def _state(self, variable: Any) -> int:
        for place, state in enumerate(self.built.states):
            if isinstance(variable, SharedVariable) and variable.container is state.container:
                return place
        raise mistake(BadReplacement, f"copy: {variable!r} is no shared variable of the function")


def _fitting(old: SharedVariable, new: Any) -> SharedVariable:
    if not isinstance(new, SharedVariable) or new.type != old.type:
        raise mistake(
            BadReplacement,
            f"copy: {describe(old)} cannot be swapped for {new!r}",
            expected=f"a shared variable of type {old.type}",
        )
    return new


class Function(Caller):
    """A compiled function; calling it computes its outputs and applies its updates.

    definition   what it is made from; call how it is run
    trust_input  for programs that set it: arguments that fit pass unchecked by Python either way
    """

    def __init__(self, definition: Definition, defaults: Sequence[Any] | None = None) -> None:
        self.definition = definition
        self.trust_input = False
        self.call = _bound(definition)
        entries = self.inputs
        self._defaults = [e.value for e in entries] if defaults is None else list(defaults)
        self._finish = _finish(self)
        self._places = _places(entries)
        if self._finish is None:
            self.call_straight(self.call.run, len(entries))

    @property
    def inputs(self) -> tuple[In, ...]:
        """Return the In records."""
        return self.definition.inputs

    @property
    def output_names(self) -> tuple[str, ...]:
        """Return the outputs' names, or the keys of a dict of outputs; '' for none."""
        return self.definition.names

    @property
    def built(self) -> Built:
        """Return the Module that the function was compiled from, and its origin."""
        return self.definition.built

    @property
    def module(self) -> Any:
        """Return the Module that the function was compiled from."""
        return self.built.module

    @property
    def mode(self) -> Mode:
        """Return how it was compiled."""
        return self.definition.mode

    @property
    def name(self) -> str | None:
        """Return the function's name."""
        return self.definition.name

    def get_shared(self) -> tuple[SharedVariable, ...]:
        """Return the shared variables that the function reads or updates."""
        return self.built.states

    @property
    def defaults(self) -> list[tuple[bool, bool, Any]]:
        """Return for each input whether a call must give it, False, and its value if not given.

        The second is Theano's for inputs whose value must be given back after a call; none has.
        """
        return [(value is None, False, value) for value in self._defaults]

    @property
    def maker(self) -> Maker:
        """Return a read-only view of what the function was made from."""
        return Maker(self.built, self.mode, self.inputs)

    # --- calls

    def call_general(self, *args: Any, **named: Any) -> Any:
        """Do what a call does, with arguments by name and defaults; plain calls never come here."""
        if named or len(args) != len(self.inputs):
            args = self._arranged(args, named)
        result = self.call.run(*args)
        return result if self._finish is None else self._finish(result)

    def fn(self, *args: Any, n_calls: int = 1) -> Any:
        """Call `n_calls` times with the same arguments, and return the last result.

        The loop runs in native code, unless the mode interprets.
        """
        if n_calls < 1:
            raise mistake(BadValue, f"fn: n_calls is at least 1, not {n_calls}")
        if self.definition.kept:
            raise NotSupported("fn: an input with an update; make it a shared variable")
        values = self._arranged(args, {})
        if self.call.artifact is None or not self.call.straight:
            for _ in range(n_calls - 1):
                self.call.run(*values)
            result = self.call.run(*values)
        else:
            result = repeat_call(self.call.run, n_calls, values)
        return result if self._finish is None else self._finish(result)

    def _arranged(self, args: tuple[Any, ...], named: dict[str, Any]) -> tuple[Any, ...]:
        """Return the values of all inputs, from arguments by place, by name, and defaults."""
        count = len(self.inputs)
        if len(args) > count:
            raise mistake(
                BadArgument,
                f"{self._title()} takes {_counted(count, 'argument')}, not {len(args)}",
                expected=self._wanted(),
            )
        values = [*args, *([None] * (count - len(args)))]
        given = [k < len(args) for k in range(count)]
        for key, value in named.items():
            place = self._place(key)
            if given[place]:
                raise mistake(
                    BadArgument,
                    f"{self._title()} got two values for {key!r}",
                    expected=self._wanted(),
                )
            values[place], given[place] = value, True
        missing = []
        for place, known in enumerate(given):
            if not known:
                values[place] = self._defaults[place]
                if self._defaults[place] is None:
                    missing.append(describe(self.inputs[place].variable))
        if missing:
            raise mistake(
                BadArgument,
                f"{self._title()} misses {_counted(len(missing), 'input')}: {'; '.join(missing)}",
                expected=self._wanted(),
            )
        return tuple(values)

    def _place(self, key: str) -> int:
        if key not in self._places:
            raise mistake(
                BadArgument,
                f"{self._title()} has no input named {key!r}",
                expected=self._wanted(),
            )
        place = self._places[key]
        if place is None:
            raise mistake(
                BadArgument,
                f"{self._title()} has several inputs named {key!r}",
                expected=self._wanted(),
                help="give them by place",
            )
        return place

    def _title(self) -> str:
        return f"function {self.name!r}" if self.name else "the function"

    def _wanted(self) -> str:
        return ", ".join(describe(entry.variable) for entry in self.inputs) or "no arguments"

    # --- copies

    def copy(
        self,
        share_memory: bool = False,
        swap: Mapping[Any, Any] | None = None,
        delete_updates: bool = False,
        name: str | None = None,
        profile: Any = None,
    ) -> Function:
        """Return another function of the same graph and, but for `swap`, the same state.

        share_memory     for programs that pass it: functions keep no memory between calls
        swap             {shared variable: the one of its type that takes its place}
        delete_updates   leave out all updates, those of inputs too
        name             its name; this one's name if not given
        """
        if profile:
            raise NotSupported("copy: profile is not there yet")
        made = self.definition.swapped(swap or {})
        if delete_updates:
            made = made.without_updates()
        return Function(replace(made, name=name or self.name), self._defaults)

    def free(self) -> None:
        """Give the work memory that calls keep for one another back to the system."""
        release_memory()

    def __copy__(self) -> Function:
        return self.copy()

    def __reduce_ex__(self, protocol: Any) -> tuple[Any, ...]:
        """Travel as the text of the Module; where it is opened, it compiles or is in the cache."""
        made = self.definition
        parts = (made.inputs, made.mode, made.name, made.form, made.names, made.allow_downcast)
        return _reopened, (pack(made.built), parts, self._defaults)

    def __repr__(self) -> str:
        names = ", ".join(str(entry.name or entry.variable) for entry in self.inputs)
        return f"<symc.function {self.name or ''}({names})>"


def _reopened(packed: Packed, parts: tuple[Any, ...], defaults: list[Any]) -> Function:
    inputs, *rest = parts
    return Function(Definition(inputs, unpack(packed), *rest), defaults)


def _bound(made: Definition) -> Call:
    form = "list" if made.form == "dict" or made.kept else made.form
    return bind_call(made.built, made.mode, made.inputs, form, made.allow_downcast, made.name)


def _finish(function: Function) -> Callable[[list[Any]], Any] | None:
    """Return what makes the user's result of a list of arrays; None where it is that already.

    It keeps the arrays after the user's as new defaults of the inputs with an update.
    """
    made, count = function.definition, len(function.output_names)
    kept = made.kept
    if not kept and made.form != "dict":
        return None
    shape = FORMS[made.form]

    def finished(results: list[Any]) -> Any:
        for place, value in zip(kept, results[count:], strict=True):
            function._defaults[place] = value
        return shape(made.names, results[:count])

    return finished


FORMS: dict[str, Callable[[Sequence[str], list[Any]], Any]] = {
    "none": lambda names, results: None,
    "single": lambda names, results: results[0],
    "list": lambda names, results: results,
    "dict": lambda names, results: dict(zip(names, results, strict=True)),
}
"""From a list of arrays to what the user asked for."""


def _places(inputs: Sequence[In]) -> dict[str, int | None]:
    """Return each input's place by its name; None for a name that several have."""
    places: dict[str, int | None] = {}
    for place, entry in enumerate(inputs):
        if entry.name is not None:
            places[entry.name] = None if entry.name in places else place
    return places


def _counted(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"
