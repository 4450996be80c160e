"""Compiled functions: how they are called, copied, and travel through pickle."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from msgspec.structs import replace

from symc.arranging import Arranger
from symc.build import Built
from symc.call import Call, bind_call
from symc.compiler.errors import NotSupported
from symc.defaults import (
    Default,
    Defaults,
    View,
    read_container,
    read_value,
    write_container,
    write_value,
)
from symc.exceptions import BadArgument, BadReplacement, BadValue
from symc.io import In
from symc.mode import Mode
from symc.report import describe, mistake
from symc.runtime import Caller, release_memory
from symc.runtime import repeat as repeat_call
from symc.shared import SharedVariable

if TYPE_CHECKING:  # what is needed when it is asked for
    from symc.maker import Maker
    from symc.transfer import Packed


class Definition(Struct, frozen=True):
    """All that a function is made from.

    inputs   the In records; built the Module and its origin; mode; name
    form     'single', 'list' or 'dict', in which outputs are returned
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
    trust_input  has no effect: what arguments must be for the code to be safe (dtype, rank, sizes
                 of 1, C order) is looked at by each call, in native code and in nanoseconds
    profile      None: there are no profiles yet
    """

    def __init__(self, definition: Definition, defaults: Sequence[Default] | None = None) -> None:
        self.definition = definition
        self.trust_input = False
        self.profile = None
        self.call = _bound(definition)
        entries = self.inputs
        known = [Default.of(entry) for entry in entries] if defaults is None else defaults
        self._defaults = Defaults(known)
        self._finish = _finish(self)
        self._arranger = Arranger(entries, self._defaults, definition.name)
        if self._finish is None and not self._arranger.implicit:
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
    def maker(self) -> Maker:
        """Return a read-only view of what the function was made from."""
        from symc.maker import Maker

        return Maker(self.built, self.mode, self.inputs)

    # --- calls

    def call_general(self, *args: Any, output_subset: Any = None, **named: Any) -> Any:
        """Do what a call does, with arguments by name and defaults; plain calls never come here.

        output_subset   the places, or the keys, of the outputs returned; None for all
        """
        values = self._arranger.arranged(args, named)
        result = self.call.run(*values)
        result = result if self._finish is None else self._finish(result)
        if output_subset is None:
            return result
        return chosen(self.definition.form, self.output_names, result, output_subset)

    def fn(self, *args: Any, n_calls: int = 1) -> Any:
        """Call `n_calls` times with the same arguments, and return the last result.

        The loop runs in native code, unless the mode interprets or an input has an update.
        """
        if n_calls < 1:
            raise mistake(BadValue, f"fn: n_calls is at least 1, not {n_calls}")
        if self.definition.kept or self.call.artifact is None or not self.call.straight:
            for _ in range(n_calls - 1):
                self.call_general(*args)
            return self.call_general(*args)
        values = self._arranger.arranged(args, {})
        result = repeat_call(self.call.run, n_calls, values)
        return result if self._finish is None else self._finish(result)

    # --- defaults

    @property
    def defaults(self) -> list[tuple[bool, bool, Any]]:
        """Return for each input whether a call must give it, whether its value stays, its value."""
        return [(not x.given, x.given and x.entry.update is None, x.value) for x in self._defaults]

    @property
    def value(self) -> View:
        """Return the defaults by name, variable or place: `f.value[x]` is the same as `f[x]`."""
        return View(self._defaults, read_value, write_value)

    @property
    def container(self) -> View:
        """Return what holds the defaults, for `In(value=f.container[x])` of other functions."""
        return View(self._defaults, read_container, write_container)

    def __getitem__(self, key: Any) -> Any:
        return self._defaults.find(key).value

    def __setitem__(self, key: Any, value: Any) -> None:
        self._defaults.find(key).value = value

    def __contains__(self, key: Any) -> bool:
        return key in self._defaults

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
        own = [default.copy() for default in self._defaults]
        return Function(replace(made, name=name or self.name), own)

    def free(self) -> None:
        """Give the work memory that calls keep for one another back to the system."""
        release_memory()

    def __copy__(self) -> Function:
        return self.copy()

    def __reduce_ex__(self, protocol: Any) -> tuple[Any, ...]:
        """Travel as the text of the Module; where it is opened, it compiles or is in the cache."""
        from symc.transfer import pack

        made = self.definition
        parts = (made.inputs, made.mode, made.name, made.form, made.names, made.allow_downcast)
        return _reopened, (pack(made.built), parts, [x.cell for x in self._defaults])

    def __repr__(self) -> str:
        names = ", ".join(str(entry.name or entry.variable) for entry in self.inputs)
        return f"<symc.function {self.name or ''}({names})>"


def _reopened(packed: Packed, parts: tuple[Any, ...], cells: list[Any]) -> Function:
    from symc.transfer import unpack

    inputs, *rest = parts
    defaults = [Default(entry, cell) for entry, cell in zip(inputs, cells, strict=True)]
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
            function._defaults.all[place].cell.set(value)
        return shape(made.names, results[:count])

    return finished


FORMS: dict[str, Callable[[Sequence[str], list[Any]], Any]] = {
    "single": lambda names, results: results[0],
    "list": lambda names, results: results,
    "dict": lambda names, results: dict(zip(names, results, strict=True)),
}
"""From a list of arrays to what the user asked for."""


def chosen(form: str, names: Sequence[str], result: Any, wanted: Sequence[Any]) -> Any:
    """Return some of the outputs: of a dict by their keys, of others as a list by their places."""
    listed = [result] if form == "single" else result
    known = names if form == "dict" else range(len(names))
    unknown = [key for key in wanted if key not in known]
    if unknown:
        raise mistake(
            BadArgument,
            f"output_subset: there is no output {unknown[0]!r}",
            expected=", ".join(map(repr, known)),
        )
    picked = [listed[key] for key in wanted]
    return dict(zip(wanted, picked, strict=True)) if form == "dict" else picked
