"""An artefact as one C99 source, for tool-chains that take nothing else.

It has scalar code alone, which a C compiler may turn into vectors, and needs of the C library what
its first lines include.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial

from msgspec.structs import replace

from symc.compiler.artifact.descriptor import abi_size, signature_text
from symc.compiler.artifact.header import Prototype, prototypes, state_prototype
from symc.compiler.artifact.interface import Array, Interface, Signature
from symc.compiler.artifact.library import Prepared, emit
from symc.compiler.codegen import abi
from symc.compiler.codegen.c_printer import CPrinter
from symc.compiler.codegen.compile import c_source
from symc.compiler.codegen.instructions import Parameters
from symc.compiler.codegen.register import Register
from symc.compiler.target.isa import TARGETS, Target

C99 = replace(TARGETS["x86-64"], name="c99", vector_bytes=0)
"""What C is printed for: one lane, products and sums apart."""

PREFIX = "symc_c_"
SHORT = 40
"""Letters of the items that fit on one line of a definition."""

EXPLAINED = """\
/* {name}.c - written by symc {version}; {name}.h tells what is in it.
 *
 * Compile it without options that change the meaning of arithmetic (-ffast-math), and link it with
 * the C library's mathematical functions (-lm).
 *
 * SPDX-License-Identifier: MIT-0
 */
#if defined(__GNUC__)
#pragma GCC diagnostic ignored "-Wunused-variable"
#pragma GCC diagnostic ignored "-Wunused-but-set-variable"
#pragma GCC diagnostic ignored "-Wunused-function"
#pragma GCC diagnostic ignored "-Wunused-parameter"
#pragma GCC diagnostic ignored "-Wtautological-compare"
#endif

"""


class StaticPrinter(CPrinter):
    """Prints all functions as static; the exported ones under names of their own."""

    def __init__(self, target: Target, exports: frozenset[str]) -> None:
        super().__init__(target)
        self._exports = exports

    @contextmanager
    def function(
        self, name: str, parameters: Parameters, result: str | None = None, *, export: bool = True
    ) -> Iterator[list[Register]]:
        """Print a function that no other source sees."""
        name = PREFIX + name if name in self._exports else name
        with super().function(name, parameters, result, export=False) as registers:
            yield registers


def to_c(prepared: Prepared, version: str) -> str:
    """Return the source of functions that were prepared for the target C99."""
    interface = prepared.interface
    printer = partial(StaticPrinter, exports=frozenset(interface.exports()))
    body = c_source(partial(emit, prepared=prepared), C99, printer)
    return "\n".join(
        [
            EXPLAINED.format(name=interface.name, version=version),
            f'#include "{interface.name}.h"\n',
            body,
            *_wrappers(interface),
            *_Description(interface, version).lines(),
        ]
    )


def _wrappers(interface: Interface) -> Iterator[str]:
    """Yield the functions that others call, with the types that the header gives them."""
    declared = [p for f in interface.functions for p in prototypes(f, interface)]
    if interface.state:
        declared.append(state_prototype(interface))
    for prototype in declared:
        arguments = ", ".join(_passed(kind, name) for kind, name in prototype.parameters)
        yield f"{prototype.head('')} {{\n    return {PREFIX}{prototype.name}({arguments});\n}}\n"


def _passed(kind: str, name: str) -> str:
    if kind.endswith("*"):
        return f"(char *){name}"
    return f"(int64_t){name}"


class _Description:
    """Writes what NAME_module returns, as constants."""

    def __init__(self, interface: Interface, version: str) -> None:
        self.interface, self.version = interface, version

    def lines(self) -> Iterator[str]:
        """Yield the constants and the function."""
        interface = self.interface
        for function in interface.functions:
            yield from self._function(function)
        yield from self._arguments(f"{PREFIX}{interface.name}_state", interface.state, ())
        names = [f"&{PREFIX}{f.name}_function" for f in interface.functions]
        yield from _array("symc_function *const", f"{PREFIX}{interface.name}_functions", names)
        init = f"{interface.name}_state_init" if interface.state else "NULL"
        fields = [
            "sizeof(symc_module)",
            f"{abi.VERSION}u",
            *map(quoted, (interface.name, self.version, C99.name)),
            f"{len(names)}u",
            f"{len(interface.state)}u",
            f"{PREFIX}{interface.name}_functions",
            f"{interface.state_bytes}u",
            f"{PREFIX}{interface.name}_state" if interface.state else "NULL",
            init,
        ]
        yield _record("symc_module", f"{PREFIX}{interface.name}_description", fields)
        getter = Prototype("const symc_module *", f"{interface.name}_module", ()).head("")
        yield f"{getter} {{\n    return &{PREFIX}{interface.name}_description;\n}}"

    def _function(self, function: Signature) -> Iterator[str]:
        base = PREFIX + function.name
        yield from self._arguments(f"{base}_in", function.inputs, function.symbols)
        yield from self._arguments(f"{base}_out", function.outputs, function.symbols)
        symbols = [quoted(name) for name in function.symbols]
        yield from _array("char *const", f"{base}_symbols", symbols)
        yield from _array("int32_t", f"{base}_states", list(map(str, function.states)))
        yield from (
            self._generic(function, p) for p in list(prototypes(function, self.interface))[:3]
        )
        counts = (function.inputs, function.outputs, function.symbols, function.states)
        tables = zip(("in", "out", "symbols", "states"), counts, strict=True)
        fields = [
            "sizeof(symc_function)",
            "0",
            quoted(function.name),
            quoted(signature_text(function)),
            *(f"{len(items)}u" for items in counts),
            *(f"{base}_{name}" if items else "NULL" for name, items in tables),
            *(f"{base}{end}_generic" for end in ("_infer", "_work", "")),
        ]
        yield _record("symc_function", f"{base}_function", fields)

    def _generic(self, function: Signature, prototype: Prototype) -> str:
        """Return a function that takes the state as an address, as the description says."""
        constant = "const " if prototype.name != function.name else ""
        parameters = tuple(
            (f"{constant}void *" if name == "state" else kind, name)
            for kind, name in prototype.parameters
        )
        name = f"{PREFIX}{prototype.name}_generic"
        head = Prototype("static symc_status", name, parameters).head("")
        arguments = ", ".join(_passed(*parameter) for parameter in parameters)
        return f"{head} {{\n    return {PREFIX}{prototype.name}({arguments});\n}}\n"

    def _arguments(
        self, name: str, arrays: Sequence[Array], symbols: Sequence[str]
    ) -> Iterator[str]:
        rows = []
        for k, array in enumerate(arrays):
            numbers = [_number(abi_size(size, symbols)) for size in array.sizes]
            yield from _array("int64_t", f"{name}{k}_sizes", numbers)
            word = abi.dtype_word(array.dtype)
            sizes = f"{name}{k}_sizes" if numbers else "NULL"
            dtype = f"{{{word & 0xFF}, {word >> 8 & 0xFF}, 1}}"
            label = quoted(array.label or array.name)
            rows.append(f"{{{label}, {dtype}, {len(numbers)}, {sizes}, {array.offset}u}}")
        yield from _array("symc_argument", name, rows)


def quoted(text: str) -> str:
    """Return a text as a string of C, in which no letter ends it or makes a trigraph."""

    def spelled(letter: str) -> str:
        plain = letter.isascii() and (letter.isalnum() or letter in " ()[]:,.->*+_/")
        return letter if plain else "".join(f"\\{byte:03o}" for byte in letter.encode())

    return f'"{"".join(map(spelled, text))}"'


def _number(value: int) -> str:
    return "SYMC_COMPUTED" if value == -(1 << 63) else f"INT64_C({value})"


def _array(kind: str, name: str, items: Sequence[str]) -> Iterator[str]:
    """Yield an array; C has none without elements."""
    if items:
        listed = ", ".join(items)
        if len(listed) > SHORT:
            listed = "\n    " + ",\n    ".join(items) + ",\n"
        yield f"static const {kind} {name}[] = {{{listed}}};\n"


def _record(kind: str, name: str, fields: Sequence[str]) -> str:
    listed = ",\n    ".join(fields)
    return f"static const {kind} {name} = {{\n    {listed},\n}};\n"
