"""Programs as text, for dumps and golden tests."""

from __future__ import annotations

from collections.abc import Iterator

from symc.compiler.kernel.text import to_text as kernel_text
from symc.compiler.program.record import (
    ArraySpec,
    Branch,
    Buffer,
    CallPython,
    CheckEqual,
    CheckIndex,
    CheckSome,
    Clear,
    Compute,
    Copy,
    Factor,
    Inline,
    Launch,
    Loop,
    Multiply,
    Piece,
    Program,
    Receive,
    Sort,
    Statement,
    Store,
    Whole,
)


def to_text(program: Program) -> str:
    """Return the program's statements, one a line, in its three parts."""
    return "\n".join(_lines(program)) + "\n"


def _lines(program: Program) -> Iterator[str]:
    yield f"program @{program.name} {{"
    for kind, specs in (("input", program.inputs), ("state", program.states)):
        for k, spec in enumerate(specs):
            written = " written" if kind == "state" and k in program.written else ""
            yield f"  {kind}{k}: {_spec(spec)}{written}"
    swaps = dict(
        zip(
            range(len(program.outputs) - len(program.swaps), len(program.outputs)),
            program.swaps,
            strict=True,
        )
    )
    for k, spec in enumerate(program.outputs):
        swap = f" swapped into state{swaps[k]}" if k in swaps else ""
        yield f"  output{k}: {_spec(spec)}{swap}"
    for k, size in enumerate(program.slots):
        yield f"  slot{k}: {size} bytes"
    yield f"  work: {program.work} ns"
    yield from _part("prologue", program.prologue)
    yield from _part("body", program.body)
    first = len(program.slots)
    for number, piece in enumerate(program.later, 1):
        yield from _piece(number, piece, first)
        first += len(piece.slots)
    yield from _part("commit", program.commit)
    yield "}"


def _part(name: str, statements: tuple[Statement, ...]) -> Iterator[str]:
    yield f"  {name}:"
    yield from _block(statements, "    ")


def _block(statements: tuple[Statement, ...], indent: str) -> Iterator[str]:
    for statement in statements:
        if isinstance(statement, Loop):
            yield from _loop(statement, indent)
        elif isinstance(statement, Branch):
            yield from _branch(statement, indent)
        elif isinstance(statement, Inline):
            yield from _inline(statement, indent)
        else:
            yield f"{indent}{_statement(statement)}"


def _loop(loop: Loop, indent: str) -> Iterator[str]:
    yield f"{indent}loop {loop.counter} below {loop.count}, {loop.work} ns a step {{"
    for x in loop.carried:
        kept = f" as {x.count} x {x.dtype}" if x.count else ""
        yield f"{indent}  carried{x.index}: {_buffer(x.first)}, then {_buffer(x.next)}{kept}"
    yield from _block(loop.body, f"{indent}  ")
    if loop.stop is not None:
        yield f"{indent}  stop if {_buffer(loop.stop)}"
    yield f"{indent}}} after {loop.ran} steps {{"
    yield from _block(loop.after, f"{indent}  ")
    yield f"{indent}}}"


def _inline(inline: Inline, indent: str) -> Iterator[str]:
    buffers = _list(map(_buffer, inline.buffers))
    yield f"{indent}inline({buffers}; {_list(inline.sizes)}) {{"
    yield from (f"{indent}  {line}" for line in kernel_text(inline.record).splitlines())
    yield f"{indent}}}"


def _branch(branch: Branch, indent: str) -> Iterator[str]:
    yield f"{indent}if {_buffer(branch.condition)} {{"
    yield from _block(branch.then, f"{indent}  ")
    yield f"{indent}}} else {{"
    yield from _block(branch.other, f"{indent}  ")
    yield f"{indent}}}"


def _piece(number: int, piece: Piece, first: int) -> Iterator[str]:
    yield f"  piece {number}:"
    for k in piece.outputs:
        yield f"    output{k} is provided"
    for k, size in enumerate(piece.slots, first):
        yield f"    slot{k}: {size} bytes"
    yield f"    work: {piece.work} ns"
    yield from _part("prologue", piece.prologue)
    yield from _part("body", piece.body)


def _spec(spec: ArraySpec) -> str:
    sizes = ", ".join("?" if size is None else str(size) for size in spec.shape)
    return f"{spec.dtype}[{sizes}]"


def _buffer(buffer: Buffer) -> str:
    at = f" + {buffer.offset}" if buffer.offset else ""
    return f"{buffer.place}{buffer.index}{at}"


def _list(items: object) -> str:
    return ", ".join(map(str, items))  # type: ignore[call-overload]


def _statement(statement: Statement) -> str:
    match statement:
        case Compute():
            return _compute(statement)
        case CheckEqual() | CheckIndex() | CheckSome():
            return _check(statement)
        case Copy():
            target, source = _buffer(statement.target), _buffer(statement.source)
            return f"copy {target} <- {source}, {statement.count} bytes"
        case Clear():
            rows = f"rows {statement.begin} to {statement.end} of {statement.row} bytes"
            return f"clear {_buffer(statement.target)}, {rows}"
        case Store():
            return f"store {_buffer(statement.target)} <- {statement.number}"
        case Launch() | Multiply() | Sort() | Factor():
            return _run(statement)
        case CallPython() | Receive():
            return _foreign(statement)
    return "poll"


def _check(statement: CheckEqual | CheckIndex | CheckSome) -> str:
    if isinstance(statement, CheckEqual):
        return f"check {statement.left} == {statement.right} site {statement.site}"
    if isinstance(statement, CheckSome):
        return f"check {statement.size} >= {statement.least} site {statement.site}"
    bound = f"{statement.index} in {statement.size}"
    return f"{statement.name} = check index {bound} site {statement.site}"


def _run(statement: Launch | Whole) -> str:
    word = type(statement).__name__.lower()
    buffers = _list(map(_buffer, statement.buffers))
    end = ""
    if isinstance(statement, Launch):
        end = f" over {statement.extent} x {statement.inner}"
    if isinstance(statement, Factor):
        end = f" site {statement.site}"
    return f"{word} @{statement.function}({buffers}; {_list(statement.sizes)}){end}"


def _foreign(statement: CallPython | Receive) -> str:
    if isinstance(statement, CallPython):
        operands = _list(_buffer(buffer) for buffer, _ in statement.operands)
        sizes = _buffer(statement.sizes)
        return f"call{statement.number} {statement.name!r}({operands}) -> {sizes}"
    taken = f"result {statement.index} of call{statement.number}"
    return f"receive {_buffer(statement.target)}: {_spec(statement.spec)} <- {taken}"


def _compute(statement: Compute) -> str:
    attributes = {k: _buffer(v) if isinstance(v, Buffer) else v for k, v in statement.attributes}
    shown = f" {attributes}" if attributes else ""
    operands = _list(statement.operands)
    return f"{statement.name} = {statement.op}({operands}){shown} : {statement.dtype}"
