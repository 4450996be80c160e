"""The verifier: what must hold of every module, whichever pass made it."""

from __future__ import annotations

from typing import NoReturn

from symc.compiler import sizes
from symc.compiler.checks import needed
from symc.compiler.errors import Error, InternalError
from symc.compiler.kernel import verify as kernel_verify
from symc.compiler.kernel.record import Kernel
from symc.compiler.module import Module, walk_with_sizes
from symc.compiler.text import Naming
from symc.compiler.types import DTYPES, Size, TensorType
from symc.compiler.value import Value
from symc.compiler.verify_bodies import verify_bodies


def verify(module: Module) -> None:
    """Raise InternalError, naming the value and its line of text, unless a module is well formed.

    Each value's type is inferred once more and compared, with what the operations demand of their
    operands; then the parameters, updates and checks are.
    """
    _Verifier(module).run()


class _Verifier:
    def __init__(self, module: Module) -> None:
        self.module = module
        self.context = module.context
        self.measured = {**module.context.definitions, **module.measured()}

    def run(self) -> None:
        """Verify everything, operands before what reads them."""
        for index, parameter in enumerate(self.module.parameters):
            self._parameter(index, parameter.value)
        self._kinds()
        roots = (*(p.value for p in self.module.parameters), *self.module.roots())
        order = list(walk_with_sizes(roots))
        for value in order:
            self._value(value)
        for value in verify_bodies(order, self.measured, self._fail):
            self._value(value)
        self._checks()
        self._updates()

    def _fail(self, value: Value, reason: str, *shown: Value | TensorType) -> NoReturn:
        """Raise the error; shown values and types fill the reason's braces, by their names."""
        try:
            names = Naming(self.module)
            text = names.line(value), reason.format(*map(names.show, shown))
        except (LookupError, Error):  # the text itself cannot be made of it
            text = repr(value), reason.format(*shown)
        raise InternalError(f"{self.module.name}: {value.op.name}: {text[1]}\n    {text[0]}")

    def _fail_module(self, reason: str) -> NoReturn:
        raise InternalError(f"{self.module.name}: {reason}")

    # Parameters, updates and checks ---------------------------------------------------------------

    def _parameter(self, index: int, value: Value) -> None:
        if value.op.name != "parameter" or value.attribute("index") != index:
            self._fail(value, f"is not the leaf of parameter {index}")

    def _kinds(self) -> None:
        kinds = [p.kind for p in self.module.parameters]
        if kinds != sorted(kinds):  # 'input' sorts before 'state'
            self._fail_module("inputs come before states")

    def _checks(self) -> None:
        if self.module.checks != tuple(self.context.checks):
            self._fail_module("the checks are not those that its sizes rely on")
        for check in self.module.checks:
            for size in (check.left, check.right):
                self._size(size, f"the check {check.what!r}")
            read = needed((check.left, check.right), self.measured)
            if any(v.op.name == "bound" for v in read):
                self._fail_module(f"the check {check.what!r} is of sizes inside of a body")

    def _updates(self) -> None:
        done: set[int] = set()
        for index, value in self.module.updates:
            parameters = self.module.parameters
            if index in done or not 0 <= index < len(parameters):
                self._fail(value, f"updates parameter {index}, which there is not, or twice")
            done.add(index)
            state, kind = parameters[index].value.type, parameters[index].kind
            fits = (state.dtype, state.ndim) == (value.type.dtype, value.type.ndim)
            if kind != "state" or not fits:
                self._fail(value, f"{{}} cannot be the new value of the {kind} {{}}", value, state)

    # Values ---------------------------------------------------------------------------------------

    def _value(self, value: Value) -> None:
        for operand in value.operands:
            if operand.number >= value.number:
                self._fail(value, "reads {}, which is made later", operand)
        if value.context is not self.context:
            self._fail(value, "is of another context")
        names = [name for name, _ in value.attributes]
        if names != sorted(set(names)):
            self._fail(value, "its attributes are not in order")
        for type in (value.type, *value.results):
            self._type(value, type)
        if value.op.family == "leaf":
            self._leaf(value)
        else:
            self._inferred(value)

    def _type(self, value: Value, type: TensorType) -> None:
        if type.dtype not in DTYPES:
            self._fail(value, f"there is no dtype {type.dtype!r}")
        for size in type.shape:
            self._size(size, "its type", value)

    def _size(self, size: Size, owner: str, value: Value | None = None) -> None:
        good = isinstance(size, int) and size >= 0
        if isinstance(size, Value):
            good = size.context is self.context and size.type == TensorType("int64")
        if not good:
            reason = _plain(f"{size!r} of {owner} is no size")
            self._fail(value, reason) if value is not None else self._fail_module(reason)

    def _leaf(self, value: Value) -> None:
        match value.op.name:
            case "constant":
                if value.type != TensorType(str(value.data.dtype), value.data.shape):
                    self._fail(value, "its array is of another type")
            case "parameter":
                self._known_parameter(value, value.attribute("index"))
            case "dimension":
                self._dimension(value)
            case "measured":
                self._measured(value)
            case "kernel":
                self._kernel(value)
            case "result":
                self._result(value)

    def _kernel(self, value: Value) -> None:
        if not value.results or value.type != value.results[0]:
            self._fail(value, "its type is not that of its first result")
        record = dict(value.attributes).get("kernel")
        if isinstance(record, Kernel):
            try:
                kernel_verify.verify(record)
            except InternalError as error:
                self._fail(value, _plain(str(error)))

    def _known_parameter(self, value: Value, index: int) -> None:
        parameters = self.module.parameters
        if not 0 <= index < len(parameters):
            self._fail(value, f"there is no parameter {index}")
        if value.op.name == "parameter" and parameters[index].value is not value:
            self._fail(value, f"is not the value of parameter {index}")

    def _dimension(self, value: Value) -> None:
        index, axis = value.attribute("parameter"), value.attribute("axis")
        self._known_parameter(value, index)
        if not 0 <= axis < self.module.parameters[index].value.type.ndim:
            self._fail(value, f"parameter {index} has no dimension {axis}")
        if value.type != TensorType("int64"):
            self._fail(value, "a dimension is a 0-d int64")

    def _measured(self, value: Value) -> None:
        definition = self.measured.get(value)
        if definition is None:
            self._fail(value, "nothing computes it")
        if not value.type == definition.type == TensorType("int64"):
            self._fail(value, "is computed by {}, not by a 0-d int64", definition)

    def _result(self, value: Value) -> None:
        (whole,), index = value.operands, value.attribute("index")
        if not 0 <= index < len(whole.results) or whole.results[index] != value.type:
            self._fail(value, f"is not result {index} of {{}}", whole)

    def _inferred(self, value: Value) -> None:
        """Infer a type again; the rules also test ranks and sizes."""
        if value.results:
            self._fail(value, "only kernels have several results")
        known = len(self.context.checks)
        try:
            type = value.op.infer(*value.operands, **dict(value.attributes))
        except Error as error:
            self._fail(value, _plain(str(error)))
        if len(self.context.checks) > known:
            self._fail(value, f"needs a check: {self.context.checks[-1].what}")
        same = len(type.shape) == len(value.type.shape) and all(
            map(sizes.implied, type.shape, value.type.shape)
        )
        if type.dtype != value.type.dtype or not same:
            self._fail(value, "its type is {}, but {} is inferred", value.type, type)
        if value.op.promote is not None:
            self._promoted(value)

    def _promoted(self, value: Value) -> None:
        assert value.op.promote is not None
        given = tuple(x.type.dtype for x in value.operands)
        takes, _ = value.op.promote(given, dict(value.attributes))
        if takes != given:
            self._fail(value, f"takes {', '.join(takes)}, not {', '.join(given)}")


def _plain(text: str) -> str:
    return text.replace("{", "{{").replace("}", "}}")
