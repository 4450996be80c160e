"""Writes the description of an artefact, symc.h's symc_module, as constants in LLVM's text.

The kernel builder has no data that holds addresses, which this is made of.
"""

from __future__ import annotations

from collections.abc import Sequence

from symc.compiler.artifact.failures import type_text
from symc.compiler.artifact.interface import Array, Interface, Signature
from symc.compiler.codegen import abi

COMPUTED = -(1 << 63)
"""A size that only the infer function knows: SYMC_COMPUTED."""

TYPES = """\
%symc.argument = type { ptr, i32, i32, ptr, i64 }
%symc.function = type { i32, i32, ptr, ptr, i32, i32, i32, i32, ptr, ptr, ptr, ptr, ptr, ptr, ptr }
%symc.module = type { i32, i32, ptr, ptr, ptr, i32, i32, ptr, i64, ptr, ptr }
"""
FUNCTION_BYTES, MODULE_BYTES = 96, 72
ENTRY = "declare i32 @{}(ptr, ptr, ptr, ptr)"


def to_llvm(interface: Interface, version: str, target: str) -> str:
    """Return the text of a module that defines NAME_module and all that it points to."""
    return _Writer(interface, version, target).text()


class _Writer:
    def __init__(self, interface: Interface, version: str, target: str) -> None:
        self.interface, self.version, self.target = interface, version, target
        self.lines: list[str] = []
        self.known: dict[str, str] = {}

    def text(self) -> str:
        interface = self.interface
        functions = [f"ptr {self._function(f)}" for f in interface.functions]
        init = f"{interface.name}_state_init" if interface.state else ""
        module = self._define(
            "%symc.module",
            f"{{ i32 {MODULE_BYTES}, i32 {abi.VERSION}, {self._string(interface.name)}, "
            f"{self._string(self.version)}, {self._string(self.target)}, "
            f"i32 {len(functions)}, i32 {len(interface.state)}, "
            f"ptr {self._array('ptr', functions)}, i64 {interface.state_bytes}, "
            f"ptr {self._arguments(interface.state, ())}, ptr {f'@{init}' if init else 'null'} }}",
        )
        declared = [ENTRY.format(f.name + end) for f in interface.functions for end in ENDS]
        if init:
            declared.append(f"declare i32 @{init}(ptr, i64)")
        getter = f"define ptr @{interface.name}_module() {{\n  ret ptr {module}\n}}"
        return "\n".join([TYPES, *declared, *self.lines, getter]) + "\n"

    def _function(self, function: Signature) -> str:
        name = function.name
        states = [f"i32 {k}" for k in function.states]
        return self._define(
            "%symc.function",
            f"{{ i32 {FUNCTION_BYTES}, i32 0, {self._string(name)}, "
            f"{self._string(signature_text(function))}, "
            f"i32 {len(function.inputs)}, i32 {len(function.outputs)}, "
            f"i32 {len(function.symbols)}, i32 {len(states)}, "
            f"ptr {self._arguments(function.inputs, function.symbols)}, "
            f"ptr {self._arguments(function.outputs, function.symbols)}, "
            f"ptr {self._array('ptr', [self._string(x) for x in function.symbols])}, "
            f"ptr {self._array('i32', states)}, "
            f"ptr @{name}_infer, ptr @{name}_work, ptr @{name} }}",
        )

    def _arguments(self, arrays: Sequence[Array], symbols: Sequence[str]) -> str:
        rows = []
        for array in arrays:
            numbers = [f"i64 {abi_size(size, symbols)}" for size in array.sizes]
            rows.append(
                f"%symc.argument {{ {self._string(array.label or array.name)}, "
                f"i32 {abi.dtype_word(array.dtype)}, i32 {len(numbers)}, "
                f"ptr {self._array('i64', numbers)}, i64 {array.offset} }}"
            )
        return self._array("%symc.argument", rows)

    def _array(self, kind: str, items: Sequence[str]) -> str:
        if not items:
            return "null"
        return self._define(f"[{len(items)} x {kind}]", f"[{', '.join(items)}]")

    def _string(self, text: str) -> str:
        raw = text.encode() + b"\0"
        content = "".join(f"\\{byte:02X}" for byte in raw)
        kind = f"[{len(raw)} x i8]"
        return "ptr " + self._define(kind, f'c"{content}"')

    def _define(self, kind: str, value: str) -> str:
        """Return the name of a constant, the same for equal ones."""
        text = f"{kind} {value}"
        if text not in self.known:
            self.known[text] = f"@symc.{len(self.known)}"
            self.lines.append(f"{self.known[text]} = private constant {text}")
        return self.known[text]


ENDS = ("", "_infer", "_work")


def abi_size(size: int | str | None, symbols: Sequence[str]) -> int:
    """Return a size as symc.h says it: a number, the place of a name below zero, or computed."""
    if size is None:
        return COMPUTED
    return size if isinstance(size, int) else -1 - symbols.index(size)


def signature_text(function: Signature) -> str:
    """Return a function's types on one line: f(x: float32[x_0, 64]) -> (y: float32[x_0])."""
    takes, gives = (
        ", ".join(f"{x.label or x.name}: {type_text(x)}" for x in arrays)
        for arrays in (function.inputs, function.outputs)
    )
    return f"{function.label or function.name}({takes}) -> ({gives})"
