"""What can go wrong in a call, as rows of text that an artefact carries."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePath

from msgspec import Struct

from symc.compiler.artifact.interface import Array, Signature
from symc.compiler.artifact.source import Source
from symc.compiler.codegen import abi
from symc.compiler.kernel.factoring import Factoring
from symc.compiler.location import Location
from symc.compiler.program.record import CheckEqual, CheckIndex, CheckSome, Factor, Launch


class Explanation(Struct, frozen=True):
    """A failure, told by its code and either the argument or the site, and what to say of it.

    where   'model.py:41', or '' where no line of the user's is to blame
    what    one line of text
    """

    code: int
    arg: int
    site: int
    where: str
    what: str


def explanations(source: Source, signature: Signature) -> tuple[Explanation, ...]:
    """Return all that is known before a call about the ways in which it can fail."""
    rows = {
        (row.code, row.arg, row.site): row
        for row in (*_arguments(signature), *_host(signature), *_sites(source, signature))
    }
    return tuple(rows.values())


def _arguments(signature: Signature) -> Iterator[Explanation]:
    count = len(signature.inputs)
    for k, array in enumerate((*signature.inputs, *signature.outputs)):
        role = "input" if k < count else "output"
        name = f"{role} {array.label or array.name}"
        rank = len(array.sizes)
        shape = f"{name} is {type_text(array)}"
        for code, text in (
            (abi.E_NULL, f"{name}, or its data or shape, is NULL"),
            (abi.E_DTYPE, f"{name} has elements of another type; {shape}"),
            (abi.E_RANK, f"{name} has {rank} dimension{'' if rank == 1 else 's'}"),
            (abi.E_SHAPE, f"{name} has another size; {shape}"),
            (abi.E_STRIDE, f"{name} is not in C order"),
            (abi.E_ALIGN, f"{name} is not aligned to its items"),
            (abi.E_DEVICE, f"{name} is not in the CPU's memory"),
        ):
            yield Explanation(code, k, -1, "", text)


def type_text(array: Array) -> str:
    """Return an array's type for a reader, such as float32[x_0, 64]."""
    return f"{array.dtype}[{', '.join(array.shown)}]"


def _host(signature: Signature) -> Iterator[Explanation]:
    memory = f"no memory: the workspace is shorter than {signature.name}_work says and alloc failed"
    for code, text in (
        (abi.E_NOMEM, f"{memory}, or an output has no data and the output hook failed"),
        (abi.E_CANCELLED, "the call was cancelled"),
        (abi.E_STATE, "the state is NULL or not aligned"),
        (abi.E_ABI, "the host was compiled for another version of symc.h"),
        (abi.E_NULL, "the table of inputs or of outputs is NULL"),
    ):
        yield Explanation(code, -1, -1, "", text)


def _sites(source: Source, signature: Signature) -> Iterator[Explanation]:
    """Tell what each checked operation of the user's demands."""
    reasons: dict[int, list[str]] = {}
    for check in source.module.checks:
        reasons.setdefault(check.site, []).append(check.what)
    program = signature.program
    records = {f.name: f.record for f in program.functions}
    for statement in (*program.prologue, *program.whole_body):
        if isinstance(statement, CheckEqual):
            texts = dict.fromkeys(reasons.get(statement.site, ["sizes differ"]))
            yield _row(source, abi.E_SHAPE, statement.site, "; or ".join(texts))
        elif isinstance(statement, CheckSome):
            yield _row(source, abi.E_SHAPE, statement.site, "too few elements")
        elif isinstance(statement, CheckIndex):
            yield _row(source, abi.E_INDEX, statement.site, "an index is out of bounds")
        elif isinstance(statement, Factor):
            record = records[statement.function]
            assert isinstance(record, Factoring)
            yield _row(source, abi.E_DOMAIN, statement.site, record.rules.fault)
        elif isinstance(statement, Launch):
            for site in statement.sites:
                yield _row(source, abi.E_INDEX, site, "an index is out of bounds")


def _row(source: Source, code: int, site: int, reason: str) -> Explanation:
    sites = source.module.sites
    location = sites[site] if 0 <= site < len(sites) else Location(())
    where = f"{PurePath(location.file).name}:{location.line}" if location.frames else ""
    operands = f"({', '.join(location.operands)})" if location.operands else ""
    text = f"{reason}, in {location.operation}{operands}" if location.operation else reason
    return Explanation(code, -1, site, where, text)
