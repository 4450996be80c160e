"""Prints the functions of an artefact that take tensors: the call, its sizes, its workspace."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from symc.compiler.artifact.explain import describe_symbol, emit_describe
from symc.compiler.artifact.failures import Explanation
from symc.compiler.artifact.guard import call, check_host, check_tensors, in_order, require
from symc.compiler.artifact.interface import Array, Signature
from symc.compiler.codegen import abi
from symc.compiler.codegen.arguments import ArgumentReader, Failure, Fields, Tensor
from symc.compiler.codegen.builder import KernelBuilder
from symc.compiler.codegen.entry import PARAMETERS, EntryPrinter
from symc.compiler.codegen.register import Register

MODES = ("call", "infer", "work")
"""The functions that take tensors: NAME, NAME_infer, NAME_work."""


class PlacedStates:
    """States at known places in one block of memory, which need no test."""

    def __init__(self, reader: ArgumentReader, block: Register, states: Sequence[Array]) -> None:
        self.reader, self.block, self.states = reader, block, states

    def check(self, failure: Failure) -> Failure:
        """Test nothing."""
        return failure

    def read(self, failure: Failure) -> tuple[list[Tensor], Failure]:
        """Return each state's address and sizes."""
        return [placed(self.reader, self.block, state) for state in self.states], failure


def placed(fields: Fields, block: Register, array: Array) -> Tensor:
    """Return the tensor of an array that lies at its offset in a block."""
    sizes = tuple(fields.number(size) for size in array.sizes if isinstance(size, int))
    return Tensor(block, fields.b.offset(block, "uint8", array.offset), sizes)


def emit_tensor_functions(
    b: KernelBuilder,
    signature: Signature,
    state: Sequence[Array],
    explained: Sequence[Explanation],
) -> None:
    """Print NAME, NAME_infer and NAME_work, which take tensors."""
    emit_describe(b, signature, explained)
    states = [state[k] for k in signature.states]
    for mode in MODES:
        _emit_inner(b, signature, states, mode)
        _emit_outer(b, signature, mode)


def symbol(signature: Signature, mode: str) -> str:
    """Return the name of a function behind the tests of its pointers."""
    return f"symc_{mode}_{signature.name}"


def _emit_inner(b: KernelBuilder, signature: Signature, states: list[Array], mode: str) -> None:
    """Print the entry point behind the tests of its pointers."""
    name = symbol(signature, mode)
    with b.function(name, PARAMETERS, "int32", export=False) as (host, state, inputs, result):
        entry = EntryPrinter(b, signature.program, host)
        placed_states = PlacedStates(entry.reader, state, states)
        ends: dict[str, Callable[[Register, Failure], Failure]] = {
            "call": entry.call,
            "infer": partial(_sizes, entry),
            "work": partial(_work, entry),
        }
        b.ret(entry.run(placed_states, inputs, partial(ends[mode], result)))


def _sizes(entry: EntryPrinter, result: Register, failure: Failure) -> Failure:
    """Store the sizes of all outputs, one after the other."""
    sizes = [n for spec in entry.program.outputs for n in spec.shape if n is not None]
    for k, size in enumerate(sizes):
        entry.reader.store(entry.statements.number(size), result, 8 * k)
    return failure


def _work(entry: EntryPrinter, result: Register, failure: Failure) -> Failure:
    """Store the bytes of workspace that the call takes."""
    total = entry.reader.number(0)
    if entry.statements.needs_memory():
        _, total = entry.statements.slot_offsets()
    entry.reader.store(total, result, 0)
    return failure


def _emit_outer(b: KernelBuilder, signature: Signature, mode: str) -> None:
    """Print the function that others call."""
    suffix = "" if mode == "call" else f"_{mode}"
    with b.function(f"{signature.name}{suffix}", PARAMETERS, "int32") as registers:
        host, state, inputs, result = registers
        outputs = signature.outputs if mode == "call" else ()
        arrays = len(signature.inputs)
        steps: list[Callable[[], Register]] = [
            lambda: check_host(b, host),
            lambda: check_tensors(b, host, inputs, signature.inputs, 0, 1),
            lambda: check_tensors(b, host, result, outputs, arrays, 0),
        ]
        if mode != "call":
            steps.append(lambda: require(b, host, result, abi.E_NULL))
        if signature.states:
            steps.append(lambda: require(b, host, state, abi.E_STATE))
        steps.append(lambda: call(b, symbol(signature, mode), registers))
        status = in_order(b, steps)
        bad = b.not_equal(status, b.constant("int32", 0))
        b.when(bad, lambda: _nothing(b.call(describe_symbol(signature), None, [host, status])))
        b.ret(status)


def _nothing(register: Register | None) -> None:
    """Drop the result of a call that returns nothing."""
