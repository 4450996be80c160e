"""Writes NAME.h: the artefact's functions and state with their C types."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator

from msgspec import Struct

from symc.compiler.artifact.descriptor import signature_text
from symc.compiler.artifact.failures import type_text
from symc.compiler.artifact.flat import flat_parameters, work_parameters
from symc.compiler.artifact.interface import Interface, Signature
from symc.compiler.codegen.register import ITEMSIZE

C_TYPES = {
    "bool": "uint8_t",
    "float16": "uint16_t",
    "bfloat16": "uint16_t",
    "float32": "float",
    "float64": "double",
    **{name: f"{name}_t" for name in ITEMSIZE if "int" in name},
}
"""C's types of elements: a bool is a byte of 0 or 1, a short float its bits."""

WIDTH = 100

LICENCE = """\
 * SPDX-License-Identifier: MIT-0. This file and the code it declares may be used, copied, changed
 * and passed on without any condition and without notice; they come without any warranty.
"""

TENSORS = """\
 * The functions that take tensors check them; host may be NULL if each output has its memory and
 * no workspace is needed, which {name}_work tells. On failure host->error says what and where.
 * The functions with flat in their names take plain pointers, in C order, and check sizes alone.
 * Outputs overlap neither each other nor the inputs.
"""


def to_header(interface: Interface, version: str, target: str) -> str:
    """Return the header's text, C99 and C++11."""
    return "\n".join(_lines(interface, version, target)) + "\n"


def _lines(interface: Interface, version: str, target: str) -> Iterator[str]:
    guard = f"{interface.name.upper()}_H_"
    yield f"/* {interface.name}.h - written by symc {version} for {target}.\n *"
    for function in interface.functions:
        yield from _comment(signature_text(function), 4)
    yield " *\n" + TENSORS.format(name=interface.functions[0].name) + " *\n" + LICENCE + " */"
    yield f"#ifndef {guard}\n#define {guard}\n"
    yield '#include "symc.h"\n'
    yield '#ifdef __cplusplus\nextern "C" {\n#endif\n'
    if interface.state:
        yield from _state(interface)
    for function in interface.functions:
        yield from _function(function, interface)
    yield f"/* Describe all of the above. */\nconst symc_module *{interface.name}_module(void);\n"
    yield "#ifdef __cplusplus\n}\n#endif\n"
    yield f"#endif /* {guard} */"


def _state(interface: Interface) -> Iterator[str]:
    name = interface.name
    yield "/* The shared variables. It holds numbers only: it may be copied, kept and sent. */"
    yield f"typedef struct {name}_state {{"
    for array in interface.state:
        dimensions = "".join(f"[{size or 1}]" for size in array.sizes) or "[1]"
        if array.count == 0:
            dimensions = "[1]"
        if array.label not in ("", array.name):
            yield from (f"    /*{line[2:]} */" for line in _comment(array.label, 0))
        yield f"    {C_TYPES[array.dtype]} {array.name}{dimensions};"
    yield f"}} {name}_state;"
    yield f"#define {name.upper()}_STATE_BYTES {interface.state_bytes}\n"
    yield "/* Give memory of that many bytes, aligned to 8, the values at the time of compiling. */"
    yield f"{state_prototype(interface)}\n"


def _function(function: Signature, interface: Interface) -> Iterator[str]:
    name = function.name
    yield f"/* {name}"
    for line in _roles(function):
        yield from _comment(line, 2)
    yield " */"
    if function.work is not None:
        yield f"#define {name.upper()}_WORK_BYTES {function.work}"
    yield from map(str, prototypes(function, interface))
    yield ""


class Prototype(Struct, frozen=True):
    """A function as C declares it; each parameter is a type and a name."""

    result: str
    name: str
    parameters: tuple[tuple[str, str], ...]

    def head(self, end: str) -> str:
        """Return the declaration up to `end`, wrapped where it is long."""
        space = "" if self.result.endswith("*") else " "
        head = f"{self.result}{space}{self.name}("
        lines, line = [], head
        texts = [f"{kind}{name}" for kind, name in self.parameters] or ["void"]
        for k, text in enumerate(texts):
            last = k == len(texts) - 1
            text += f"){end}" if last else ","
            if len(line) + len(text) + 1 > WIDTH and line != head:
                lines.append(line.rstrip())
                line = " " * len(head)
            line += text + ("" if last else " ")
        return "\n".join([*lines, line])

    def __str__(self) -> str:
        return self.head(";")


def prototypes(function: Signature, interface: Interface) -> Iterator[Prototype]:
    """Yield the declarations of a function: on tensors, of sizes and workspace, on pointers."""
    name, status = function.name, "symc_status"
    state = f"{interface.name}_state *" if function.states else "void *"
    call = (HOST, (state, "state"), INPUTS, ("symc_tensor *const *", "out"))
    yield Prototype(status, name, call)
    for suffix, result in (("infer", "sizes"), ("work", "bytes")):
        parameters = (HOST, (f"const {state}", "state"), INPUTS, ("int64_t *", result))
        yield Prototype(status, f"{name}_{suffix}", parameters)
    flat = _c_parameters(function, interface, flat_parameters(function))
    yield Prototype(status, f"{name}_flat", tuple(flat))
    sizes = _c_parameters(function, interface, work_parameters(function))
    yield Prototype("int64_t", f"{name}_flat_work", tuple(sizes))


def state_prototype(interface: Interface) -> Prototype:
    """Return the declaration of the function that gives the state its first values."""
    parameters = (("void *", "memory"), ("size_t ", "bytes"))
    return Prototype("symc_status", f"{interface.name}_state_init", parameters)


HOST = ("const symc_host *", "host")
INPUTS = ("const symc_tensor *const *", "in")


def _roles(function: Signature) -> Iterator[str]:
    """Tell what each argument is."""
    for role, arrays in (("in", function.inputs), ("out", function.outputs)):
        for k, array in enumerate(arrays):
            label = f" ({array.label})" if array.label not in ("", array.name) else ""
            yield f"{role}[{k}] {array.name}{label}: {type_text(array)}"
    if function.states:
        yield "state: shared variables; what the function updates is written when it succeeds"
    else:
        yield "state: none, pass NULL"
    if function.work is None:
        yield f"work: as many bytes as {function.name}_flat_work says, aligned to 64"
    elif function.work:
        yield f"work: {function.name.upper()}_WORK_BYTES bytes, aligned to 64"
    else:
        yield "work: none is needed, NULL will do"


def _comment(text: str, indent: int) -> Iterator[str]:
    """Yield the lines of a text inside a comment, which no name of the user's can end."""
    text = " ".join(text.split()).replace("*/", "* /").replace("/*", "/ *")
    for k, line in enumerate(textwrap.wrap(text, WIDTH - indent - 6)):
        yield f" * {' ' * (indent + 2 * bool(k))}{line}"


def _c_parameters(
    function: Signature, interface: Interface, names: Iterable[tuple[str, str]]
) -> Iterator[tuple[str, str]]:
    """Yield type and name of each parameter of a function on plain pointers."""
    dtypes = {array.name: array.dtype for array in (*function.inputs, *function.outputs)}
    kinds = {"size": "int64_t ", "state": f"{interface.name}_state *", "work": "void *"}
    for what, name in names:
        if what in kinds:
            yield kinds[what], name
        else:
            yield f"{'const ' if what == 'input' else ''}{C_TYPES[dtypes[name]]} *", name
