"""Binds a built function to what runs it: native code, or NumPy value by value."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from msgspec import Struct, field
from msgspec.structs import replace

from symc.arguments import describe_value, fit
from symc.build import Built
from symc.compiler.errors import LoopNotCompiled, NotSupported
from symc.compiler.text import python_calls
from symc.config import config
from symc.exceptions import BadArgument
from symc.extension.type import is_tensor
from symc.failure import Reporter
from symc.io import In
from symc.mode import Mode
from symc.processors import processors
from symc.report import label as label_of
from symc.report import mistake

if TYPE_CHECKING:  # what few functions need
    from symc.overwriting import Overwriting

Convert = Callable[[int, Any], np.ndarray[Any, Any]]


class Call(Struct, frozen=True):
    """How a function is run.

    run        takes the values of all inputs and returns the outputs in the form asked for
    artifact   the native code, or None where the interpreter runs
    straight   whether `run` is native code itself, not Python around it
    reason     why the interpreter runs it though native code was asked for; '' where it does not
    """

    run: Callable[..., Any]
    artifact: Any = field(default=None)
    straight: bool = True
    reason: str = ""


def converter(inputs: Sequence[In], allow_downcast: bool | None, name: str | None) -> Convert:
    """Return what turns the value of an input into an array, or raises BadArgument."""

    def convert(index: int, value: Any) -> np.ndarray[Any, Any]:
        entry = inputs[index]
        if not is_tensor(entry.variable.type):
            return np.asarray(value)  # the handle of an object
        own = entry.allow_downcast
        label = entry.name or f"input {index}"
        if name:
            label = f"{label} of function {name!r}"
        array = fit(
            entry.variable.type,
            value,
            label,
            entry.strict,
            allow_downcast if own is None else own,
        )
        if array.flags.c_contiguous and array.flags.aligned:
            return array
        return np.array(array, order="C")

    return convert


def bind_call(
    built: Built,
    mode: Mode,
    inputs: Sequence[In],
    form: str,
    allow_downcast: bool | None,
    name: str | None,
) -> Call:
    """Return how to run a built function in a mode, of arrays and of other objects."""
    call = _bound(built, mode, inputs, form, allow_downcast, name)
    numbers = [k for k, x in enumerate(inputs) if x.strict and getattr(x.variable, "ndim", 1) == 0]
    if numbers:
        convert = converter(inputs, allow_downcast, name)
        run = _refusing_numbers(call.run, numbers, convert)
        call = replace(call, run=run, straight=False)
    if all(is_tensor(x.variable.type) for x in inputs) and not python_calls(built.module):
        return call  # without the import of what follows
    return _carrying(call, built, inputs, form)


def _carrying(call: Call, built: Built, inputs: Sequence[In], form: str) -> Call:
    """Return a call that takes and returns objects that are no arrays, where there are any."""
    from symc.extension.objects import carrying, has_objects, is_object

    gives = [is_object(built.module, inputs, value) for value in built.module.outputs]
    if not any(gives) and not has_objects(built.module, inputs):
        return call
    takes = [None if is_tensor(x.variable.type) else _filter(x) for x in inputs]
    run = carrying(call.run, takes, gives, form)
    return replace(call, run=run, straight=False)


def _refusing_numbers(
    run: Callable[..., Any], places: Sequence[int], convert: Convert
) -> Callable[..., Any]:
    """Return a call whose strict scalars take arrays alone: native code takes Python's numbers."""

    def strict(*values: Any) -> Any:
        for place in places:
            convert(place, values[place])
        return run(*values)

    return strict


def _filter(entry: In) -> Callable[[Any], Any]:
    """Return what makes an object of an argument, or raises BadArgument."""
    label = entry.name or label_of(entry.variable)

    def filtered(value: Any) -> Any:
        try:
            return entry.variable.type.filter(value, strict=entry.strict, allow_downcast=None)
        except (TypeError, ValueError) as error:
            raise mistake(
                BadArgument,
                f"a value does not fit {label}: {error}",
                expected=str(entry.variable.type),
                got=describe_value(value),
            ) from None

    return filtered


def _bound(
    built: Built,
    mode: Mode,
    inputs: Sequence[In],
    form: str,
    allow_downcast: bool | None,
    name: str | None,
) -> Call:
    convert = converter(inputs, allow_downcast, name)
    reporter = Reporter(built, inputs)
    if mode.linker == "interpret":
        return Call(_interpreted(built, convert, form, reporter, len(inputs)))
    try:
        return _compiled(built, mode, inputs, convert, form, reporter, allow_downcast, name)
    except LoopNotCompiled as error:
        run = _after_passes(built, mode, convert, form, reporter, len(inputs))
        return Call(run, reason=str(error))


def _compiled(
    built: Built,
    mode: Mode,
    inputs: Sequence[In],
    convert: Convert,
    form: str,
    reporter: Reporter,
    allow_downcast: bool | None,
    name: str | None,
) -> Call:
    """Return a call that runs native code, as it is or with what a mode tests around it."""
    if mode.linker == "native" and any(entry.mutable for entry in inputs):
        from symc.overwriting import overwriting

        plan = overwriting(built, inputs)
        if plan is not None:
            return _overwriting(plan, inputs, mode, convert, form, allow_downcast, name)
    call = _native(built, mode, convert, form, reporter, name)
    if mode.linker == "native":
        return call

    def bind(artifact: Any) -> Callable[..., Any]:
        return bind_artifact(built, artifact, convert, "list", reporter, name)

    if mode.linker == "check":
        from symc.checking import checked

        return Call(checked(built, mode, convert, reporter, call.run, bind))
    from symc.checking import probe
    from symc.nanguardmode import guarded
    from symc.passes.pipeline import run

    looked = probe(built, run(built.module, mode), mode.printer, bind)
    return Call(guarded(built, mode, convert, call.run, looked))


def _overwriting(
    plan: Overwriting,
    inputs: Sequence[In],
    mode: Mode,
    convert: Convert,
    form: str,
    allow_downcast: bool | None,
    name: str | None,
) -> Call:
    """Return a call that writes into mutable arguments."""
    from symc.overwriting import Overwriter

    others = converter(plan.inputs, allow_downcast, name)
    reporter = Reporter(plan.built, plan.inputs)
    call = _native(plan.built, mode, others, "list", reporter, name)
    run = Overwriter(plan, inputs, call.run, convert)
    return Call(lambda *values: _shaped(run(*values), form), call.artifact, straight=False)


# --- NumPy


def _interpreted(
    built: Built, convert: Convert, form: str, reporter: Reporter, count: int
) -> Callable[..., Any]:
    from symc.interpreted import Failed
    from symc.interpreted import run as interpret

    def run(*values: Any) -> Any:
        if len(values) != count:
            raise mistake(BadArgument, f"the function takes {count} arguments, not {len(values)}")
        arrays = [convert(index, value) for index, value in enumerate(values)]
        states = [variable.container.get() for variable in built.states]
        try:
            outputs, new = interpret(built.module, arrays, states)
        except Failed as failure:
            raise reporter.interpreted(failure, arrays, states) from None
        for index, array in new.items():
            built.states[index - count].container.set(array)
        return _shaped(outputs, form)

    return run


def _after_passes(
    built: Built, mode: Mode, convert: Convert, form: str, reporter: Reporter, count: int
) -> Callable[..., Any]:
    """Return a call in NumPy of what a mode makes, so that log(1 + exp(x)) is as stable."""
    from symc.passes.pipeline import run_unfused

    made = replace(built, module=run_unfused(built.module, mode))
    run = _interpreted(made, convert, form, reporter, count)
    if mode.linker != "guard":
        return run
    from symc.nanguardmode import guarded, interpreting

    return guarded(built, mode, convert, run, interpreting(made))


def _shaped(outputs: list[Any], form: str) -> Any:
    return outputs[0] if form == "single" else outputs


# --- native code


def _native(
    built: Built,
    mode: Mode,
    convert: Convert,
    form: str,
    reporter: Reporter,
    name: str | None,
) -> Call:
    from symc.native import compile_module

    try:
        artifact = compile_module(built.module, mode)
    except LoopNotCompiled:
        raise
    except NotSupported as error:
        raise reporter.unsupported(error) from None
    return Call(bind_artifact(built, artifact, convert, form, reporter, name), artifact)


def bind_artifact(
    built: Built,
    artifact: Any,
    convert: Convert,
    form: str,
    reporter: Reporter,
    name: str | None,
) -> Callable[..., Any]:
    """Return the function that native code is, of the shared variables of a built function."""
    from symc.compiler.ops.foreign import results_of
    from symc.runtime import RETURNED, Code, Signature, bind

    count = len(built.module.parameters) - len(built.states)
    returned = len(artifact.outputs) - len(artifact.swaps)
    places = [RETURNED] * returned + [index for index in artifact.swaps]
    parameters = built.module.parameters[:count]
    signature = Signature(
        name=name or "function",
        inputs=[
            (_number(p.value.type.dtype), p.value.type.ndim, _mask(p.value.type.broadcastable))
            for p in parameters
        ],
        containers=[variable.container for variable in built.states],
        written=sorted({*artifact.written, *artifact.swaps}),
        outputs=[
            (_number(dtype), ndim, place)
            for (dtype, ndim), place in zip(artifact.outputs, places, strict=True)
        ],
        result=form,  # type: ignore[typeddict-item]  # one of the three words
        convert=convert,
        fail=reporter.native(artifact.sites),
        threads=config.threads or processors(),
        callees=[
            partial(results_of, callee, results) for callee, results in python_calls(built.module)
        ],
    )
    return bind(Code(artifact.blob), artifact.entry, signature)


def _number(dtype: str) -> int:
    return np.dtype(dtype).num


def _mask(broadcastable: Sequence[bool]) -> int:
    return sum(1 << axis for axis, fixed in enumerate(broadcastable) if fixed)
