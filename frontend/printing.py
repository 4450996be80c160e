"""Shows graphs as text: on one line, or as a tree."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator, Sequence
from itertools import count
from typing import TYPE_CHECKING, Any, TextIO

from symc.exceptions import BadUse, BadValue
from symc.extension.from_graph import OpFromGraph
from symc.extension.views import Print
from symc.function import Function
from symc.report import mistake
from symc.scan_module.operation import Scan
from symc.tensor.template import Array, Index, Mask, NewAxis, Slice, Template, bounds, parts
from symc.tensor.variable import TensorConstant
from symc.variable import Apply, Variable, ancestors

if TYPE_CHECKING:  # what explains a function imports all passes
    from symc.explanation import Explanation

__all__ = ["Print", "compiled_text", "debugprint", "explain", "pp"]

INFIX = {
    "add": "+",
    "subtract": "-",
    "multiply": "*",
    "true_divide": "/",
    "floor_divide": "//",
    "remainder": "%",
    "power": "**",
    "dot": "\\dot",
    "less": "<",
    "less_equal": "<=",
    "greater": ">",
    "greater_equal": ">=",
    "equal": "==",
    "not_equal": "!=",
    "bit_and": "&",
    "bit_or": "|",
    "bit_xor": "^",
    "shift_left": "<<",
    "shift_right": ">>",
}
"""The operations written between their operands."""

HOLE = re.compile("\0([0-9]+)\0")
"""Stands for the text of an operand."""

PREFIX = {"negate": "-", "bit_not": "~"}

# --- on one line


def pp(*variables: Any) -> str:
    """Return expressions as text on one line.

    >>> from symc.tensor import dmatrix, dot, dvector, tanh
    >>> pp(tanh(dot(dmatrix("x"), dvector("y"))) * 2)
    '(tanh((x \\\\dot y)) * 2)'
    """
    return ", ".join(_expression(variable) for variable in variables)


def _expression(variable: Any) -> str:
    written: list[str] = []
    stack = [variable]
    while stack:
        node = stack.pop()
        if isinstance(node, str):
            written.append(node)
        elif node.owner is None or (node.name is not None and node is not variable):
            written.append(_leaf(node))
        else:
            stack.extend(reversed(_pieces(node.owner)))
    return "".join(written)


def _pieces(owner: Apply) -> list[Any]:
    """Return the text around an application's operands, and the operands between it.

    The text of a whole operand would be copied at every level above it.
    """
    found = HOLE.split(_applied(owner, [f"\0{place}\0" for place in range(owner.nin)]))
    return [owner.inputs[int(text)] if k % 2 else text for k, text in enumerate(found)]


def _leaf(variable: Any) -> str:
    if variable.name is not None:
        return str(variable.name)
    if isinstance(variable, TensorConstant):
        return str(variable.data) if variable.ndim == 0 else str(variable)
    return f"<{variable.type!r}>"


def _applied(owner: Apply, inside: list[str]) -> str:
    name = owner.kind
    if name in INFIX and len(inside) > 1:
        return f"({f' {INFIX[name]} '.join(inside)})"
    if name in PREFIX:
        return f"({PREFIX[name]}{inside[0]})"
    if name == "dimshuffle":
        return _shuffled(owner, inside[0])
    if name == "subtensor":
        return f"{inside[0]}[{_index(owner.attributes['items'], inside[1:])}]"
    if name == "size":
        return f"{inside[0]}.shape[{owner.attributes['axis']}]"
    if name == "cast":
        return f"{owner.attributes['dtype']}({inside[0]})"
    attributes = _attributes(owner)
    return f"{owner.title}{attributes}({', '.join(inside)})"


def _shuffled(owner: Apply, inside: str) -> str:
    """Leave out the axes that broadcasting adds in front, and write a reversal as .T."""
    order = owner.attributes["order"]
    kept = [axis for axis in order if axis != "x"]
    ndim = owner.inputs[0].ndim
    if kept == list(range(ndim)) and order == ("x",) * (len(order) - ndim) + tuple(kept):
        return inside
    if list(order) == list(range(ndim))[::-1]:
        return f"{inside}.T"
    return f"{inside}.dimshuffle({', '.join(map(str, order))})"


def _index(items: Template, inside: list[str]) -> str:
    texts = []
    for item, own in parts(items, inside):
        match item:
            case NewAxis():
                texts.append("None")
            case Index() | Array() | Mask():
                texts.append(own[0])
            case Slice():
                start, stop, step = bounds(item, own)
                tail = "" if step == 1 else f":{step}"
                texts.append(f"{start or ''}:{stop or ''}{tail}")
    return ", ".join(texts)


def _attributes(owner: Apply) -> str:
    shown = {k: v for k, v in owner.attributes.items() if k not in ("items", "acc_dtype")}
    if not shown:
        return ""
    return "{" + ", ".join(f"{key}={_plain(value)}" for key, value in shown.items()) + "}"


def _plain(value: Any) -> str:
    if isinstance(value, tuple):
        return f"({', '.join(map(str, value))})"
    return str(value)


# --- as a tree


def _letters(number: int) -> str:
    """Return A, B, ... Z, AA, AB, ... for 0, 1, ..."""
    text = ""
    number += 1
    while number:
        number, letter = divmod(number - 1, 26)
        text = chr(ord("A") + letter) + text
    return text


STYLES: dict[str, Callable[[int, Any], str]] = {
    "CHAR": lambda number, node: f"[id {_letters(number)}]",
    "int": lambda number, node: f"[id {number}]",
    "id": lambda number, node: f"[id {id(node)}]",
    "": lambda number, node: "",
}


class Tree:
    """Writes variables as a tree, each once; where it comes again, only its line."""

    def __init__(self, depth: int, print_type: bool, ids: str, stop_on_name: bool) -> None:
        if ids not in STYLES:
            raise mistake(BadValue, f"debugprint: ids is one of {', '.join(map(repr, STYLES))}")
        self.depth = depth
        self.print_type = print_type
        self.style = STYLES[ids]
        self.stop_on_name = stop_on_name
        self._numbers = count()
        self._known: dict[Any, int] = {}

    def lines(self, root: Any) -> Iterator[str]:
        """Yield the lines of one variable's tree."""
        stack = [(root, "", "", 0)]
        while stack:
            node, lead, below, level = stack.pop()
            key = node.owner or node
            first = key not in self._known
            if first:
                self._known[key] = next(self._numbers)
            yield lead + self._line(node, self._known[key])
            deeper = self.depth < 0 or level + 1 < self.depth
            stopped = self.stop_on_name and node.name is not None and level > 0
            if node.owner is None or not first or not deeper or stopped:
                continue
            last = len(node.owner.inputs) - 1
            for place in range(last, -1, -1):
                stem = f"{below} |" if place < last else f"{below}  "
                stack.append((node.owner.inputs[place], f"{below} |", stem, level + 1))

    def _line(self, node: Any, number: int) -> str:
        identity = self.style(number, node)
        type = f" <{node.type!r}>" if self.print_type else ""
        spaced = f" {identity}" if identity else ""
        if node.owner is None:
            return f"{node}{spaced}{type}"
        name = f" '{node.name or ''}'"
        place = f".{node.index}" if node.owner.nout > 1 else ""
        return f"{node.owner.title}{_attributes(node.owner)}{place}{spaced}{type}{name}"


def debugprint(
    obj: Any,
    depth: int = -1,
    print_type: bool = False,
    file: TextIO | str | None = None,
    ids: str = "CHAR",
    stop_on_name: bool = False,
) -> str | TextIO:
    """Write a graph as a tree: variables, applications, or lists of them.

    A compiled function is shown as what it was compiled to: its kernels.

    depth         how many levels are shown; -1 for all
    print_type    whether types are shown
    file          where to write; 'str' returns the text, None writes to standard output
    ids           'CHAR', 'int', 'id' or '' for none
    stop_on_name  whether what is made of a named variable is left out
    """
    text = _text(obj, Tree(depth, print_type, ids, stop_on_name))
    if file == "str":
        return text
    stream = sys.stdout if file is None else file
    assert not isinstance(stream, str)
    stream.write(text)
    return stream


def _text(obj: Any, tree: Tree) -> str:
    nodes = obj if isinstance(obj, (list, tuple)) else [obj]
    lines: list[str] = []
    for node in nodes:
        if isinstance(node, Function):
            lines.append(compiled_text(node).rstrip("\n"))
            continue
        for variable in node.outputs if isinstance(node, Apply) else [node]:
            if not isinstance(variable, Variable):
                raise mistake(
                    BadUse, f"debugprint: takes variables, applications, functions: {obj!r}"
                )
            lines += tree.lines(variable)
    lines += _inner(nodes, tree)
    return "\n".join(lines) + "\n"


def _inner(nodes: Sequence[Any], tree: Tree) -> Iterator[str]:
    """Yield the trees of the graphs that operations are made of, theirs too."""
    waiting = [x for node in nodes for x in _variables(node)]
    known: set[Any] = set()
    for op in _graphs(waiting):
        if op in known:
            continue
        known.add(op)
        if len(known) == 1:
            yield ""
            yield "Inner graphs:"
        yield ""
        yield str(op)
        inside = op.outputs if isinstance(op, Scan) else op.local_outputs
        for y in inside:
            yield from (f" >{line}" for line in tree.lines(y))
        waiting += inside


def _graphs(waiting: list[Any]) -> Iterator[OpFromGraph | Scan]:
    """Yield the operations that are graphs in expressions, which may become more meanwhile."""
    for root in waiting:
        for x in ancestors([root]):
            if x.owner is not None and isinstance(x.owner.op, (OpFromGraph, Scan)):
                yield x.owner.op


def _variables(node: Any) -> Sequence[Any]:
    if isinstance(node, Function):
        return ()
    return node.outputs if isinstance(node, Apply) else (node,)


def explain(function: Function, *examples: Any) -> Explanation:
    """Return what a compiled function does in a call, what that costs, and why it is done so.

    Its text (`str`, `print`) lists the launches with the lines that they were made of, what each
    reads, writes and computes, why launches are apart, which shared variables are overwritten in
    place, and what lies in the workspace.

    examples   one for each input, an array or a shape: numbers then stand for sizes, which else
               are formulas. Sizes of shared variables are those they have now.

    A function that runs in the interpreter has no launches, and a `reason`.

    Raises TypeError for what is no compiled function and for another number of examples; ValueError
    where an example has another rank.

    >>> from symc import function
    >>> from symc.tensor import exp, fvector
    >>> x = fvector("x")
    >>> explanation = explain(function([x], exp(x) + 1), (1000,))
    >>> len(explanation.entries), explanation.entries[0].bound
    (1, 'arithmetic')
    """
    from symc.explaining import explain as explained

    return explained(function, *examples)


def compiled_text(function: Function) -> str:
    """Return what a function was compiled to: its module of kernels; uncompiled, its module."""
    if function.call.artifact is not None:
        return str(function.call.artifact.texts["kernels"])
    from symc.compiler.text import to_text

    reason = function.call.reason
    return (f"// interpreted: {reason}\n" if reason else "") + to_text(function.module)
