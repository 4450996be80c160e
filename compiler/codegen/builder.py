"""The kernel builder: typed operations on registers, printed as LLVM, MLIR or C by its subclasses.

Every operation is total and gives the same bits from every printer. All that can be said in terms
of the printers' instructions is said once, here and in the modules this one names. At lanes 0 every
operation is scalar, so one piece of kernel code serves both.
"""

from __future__ import annotations

from collections.abc import Sequence

from symc.compiler.codegen import convert, integer, memory, narrow, rounding
from symc.compiler.codegen import lanes as lane_operations
from symc.compiler.codegen.data import Data
from symc.compiler.codegen.instructions import Instructions
from symc.compiler.codegen.register import Register, require_kind, require_same
from symc.compiler.codegen.symbols import MathBody
from symc.compiler.errors import InternalError
from symc.compiler.target.isa import Target

# Instructions by operation and kind of operand, in LLVM's words.
OPCODES = {
    ("add", "float"): "fadd",
    ("add", "signed"): "add",
    ("add", "unsigned"): "add",
    ("add", "bool"): "or",
    ("subtract", "float"): "fsub",
    ("subtract", "signed"): "sub",
    ("subtract", "unsigned"): "sub",
    ("multiply", "float"): "fmul",
    ("multiply", "signed"): "mul",
    ("multiply", "unsigned"): "mul",
    ("multiply", "bool"): "and",
}
PREDICATES = {
    "equal": {"float": "oeq", "signed": "eq", "unsigned": "eq", "bool": "eq", "ptr": "eq"},
    "not_equal": {"float": "une", "signed": "ne", "unsigned": "ne", "bool": "ne", "ptr": "ne"},
    "less": {"float": "olt", "signed": "slt", "unsigned": "ult", "bool": "ult"},
    "less_equal": {"float": "ole", "signed": "sle", "unsigned": "ule", "bool": "ule"},
    "greater": {"float": "ogt", "signed": "sgt", "unsigned": "ugt", "bool": "ugt"},
    "greater_equal": {"float": "oge", "signed": "sge", "unsigned": "uge", "bool": "uge"},
}


class KernelBuilder(Instructions):
    """Build one module of functions; the abstract methods it inherits are the printers'."""

    def __init__(self, target: Target) -> None:
        super().__init__(target)
        self.pool = Data()
        self.math_bodies: dict[MathBody, None] = {}  # those called so far, in order of first use

    # Arithmetic ---------------------------------------------------------------------------------

    def _arithmetic(self, operation: str, x: Register, y: Register) -> Register:
        require_same(operation, x, y)
        opcode = OPCODES.get((operation, x.kind))
        if opcode is None:
            raise InternalError(f"no {operation} of {x.dtype}")
        return self.emit(opcode, x, y)

    def _bitwise(self, operation: str, opcode: str, x: Register, y: Register) -> Register:
        require_same(operation, x, y)
        require_kind(operation, x, "bool", "signed", "unsigned")
        return self.emit(opcode, x, y)

    def add(self, x: Register, y: Register) -> Register:
        """Return x + y; of bools x or y."""
        return self._arithmetic("add", x, y)

    def subtract(self, x: Register, y: Register) -> Register:
        """Return x - y."""
        return self._arithmetic("subtract", x, y)

    def multiply(self, x: Register, y: Register) -> Register:
        """Return x * y; of bools x and y."""
        return self._arithmetic("multiply", x, y)

    def divide(self, x: Register, y: Register) -> Register:
        """Return x / y: floats truly, integers rounded down with x / 0 = 0."""
        require_same("divide", x, y)
        if x.kind == "float":
            return self.emit("fdiv", x, y)
        return integer.floor_divide(self, x, y)

    def floor_divide(self, x: Register, y: Register) -> Register:
        """Return x // y as NumPy does; of integers with x // 0 = 0."""
        return self.math("floor_divide", x, y) if x.kind == "float" else self.divide(x, y)

    def remainder(self, x: Register, y: Register) -> Register:
        """Return x % y with y's sign, exactly; of integers with x % 0 = 0."""
        require_same("remainder", x, y)
        if x.kind == "float":
            return self.math("remainder", x, y)
        return integer.remainder(self, x, y)

    def negate(self, x: Register) -> Register:
        """Return -x."""
        if x.kind == "float":
            return self.emit("fneg", x)
        return self.subtract(self.constant(x.dtype, 0, x.lanes), x)

    def absolute(self, x: Register) -> Register:
        """Return |x|; the least integer stays itself."""
        if x.kind == "float":
            return self.emit("fabs", x)
        if x.kind == "narrow":
            return narrow.absolute(self, x)
        return integer.absolute(self, x) if x.kind == "signed" else x

    def minimum(self, x: Register, y: Register) -> Register:
        """Return the lesser, or the first NaN."""
        return self._extreme("less", x, y)

    def maximum(self, x: Register, y: Register) -> Register:
        """Return the greater, or the first NaN."""
        return self._extreme("greater", x, y)

    def _extreme(self, relation: str, x: Register, y: Register) -> Register:
        takes_x = self._relation(relation, x, y)
        if x.kind == "float":
            takes_x = self.bit_or(takes_x, self.is_nan(x))
        return self.select(takes_x, x, y)

    def fma(self, x: Register, y: Register, z: Register) -> Register:
        """Return x * y + z, rounded once where the target can and twice where it cannot."""
        require_same("fma", x, y, z)
        require_kind("fma", x, "float")
        if self.target.has_fma:
            return self.emit("fma", x, y, z)
        return self.add(self.multiply(x, y), z)

    # Bits ---------------------------------------------------------------------------------------

    def bit_and(self, x: Register, y: Register) -> Register:
        """Return the bits set in both."""
        return self._bitwise("bit_and", "and", x, y)

    def bit_or(self, x: Register, y: Register) -> Register:
        """Return the bits set in either."""
        return self._bitwise("bit_or", "or", x, y)

    def bit_xor(self, x: Register, y: Register) -> Register:
        """Return the bits set in one of both."""
        return self._bitwise("bit_xor", "xor", x, y)

    def bit_not(self, x: Register) -> Register:
        """Return all bits turned over; of a bool its opposite."""
        ones = {"bool": 1, "signed": -1, "unsigned": (1 << x.bits) - 1}[x.kind]
        return self.bit_xor(x, self.constant(x.dtype, ones, x.lanes))

    def shift_left(self, x: Register, y: Register) -> Register:
        """Return x << y; an amount outside 0..bits-1 shifts everything out."""
        require_same("shift_left", x, y)
        require_kind("shift_left", x, "signed", "unsigned")
        return integer.shift_left(self, x, y)

    def shift_right(self, x: Register, y: Register) -> Register:
        """Return x >> y; an amount outside 0..bits-1 leaves only the sign."""
        require_same("shift_right", x, y)
        require_kind("shift_right", x, "signed", "unsigned")
        return integer.shift_right(self, x, y)

    def shift_left_by(self, x: Register, amount: int) -> Register:
        """Return x << amount for a known amount in 0..bits-1."""
        return self.emit("shl", x, self.constant(x.dtype, amount, x.lanes))

    def shift_right_by(self, x: Register, amount: int) -> Register:
        """Return x >> amount for a known amount in 0..bits-1."""
        opcode = "ashr" if x.kind == "signed" else "lshr"
        return self.emit(opcode, x, self.constant(x.dtype, amount, x.lanes))

    def shift_right_logically(self, x: Register, amount: int) -> Register:
        """Return x >> amount with zeros shifted in, for a known amount in 0..bits-1."""
        return self.emit("lshr", x, self.constant(x.dtype, amount, x.lanes))

    # Comparison ---------------------------------------------------------------------------------

    def _relation(self, relation: str, x: Register, y: Register) -> Register:
        require_same(relation, x, y)
        predicate = PREDICATES[relation].get(x.kind)
        if predicate is None:
            raise InternalError(f"no comparison {relation} of {x.dtype}")
        return self.compare(predicate, x, y)

    def equal(self, x: Register, y: Register) -> Register:
        """Return x == y."""
        return self._relation("equal", x, y)

    def not_equal(self, x: Register, y: Register) -> Register:
        """Return x != y, true if either is NaN."""
        return self._relation("not_equal", x, y)

    def less(self, x: Register, y: Register) -> Register:
        """Return x < y."""
        return self._relation("less", x, y)

    def less_equal(self, x: Register, y: Register) -> Register:
        """Return x <= y."""
        return self._relation("less_equal", x, y)

    def greater(self, x: Register, y: Register) -> Register:
        """Return x > y."""
        return self._relation("greater", x, y)

    def greater_equal(self, x: Register, y: Register) -> Register:
        """Return x >= y."""
        return self._relation("greater_equal", x, y)

    def is_nan(self, x: Register) -> Register:
        """Return whether a float is NaN."""
        require_kind("is_nan", x, "float")
        return self.compare("uno", x, x)

    # Functions of floats ------------------------------------------------------------------------

    def sqrt(self, x: Register) -> Register:
        """Return the square root, correctly rounded."""
        require_kind("sqrt", x, "float")
        return self.emit("sqrt", x)

    def copysign(self, x: Register, y: Register) -> Register:
        """Return |x| with y's sign."""
        require_same("copysign", x, y)
        require_kind("copysign", x, "float")
        return self.emit("copysign", x, y)

    def _round(self, operation: str, x: Register) -> Register:
        if x.kind != "float":
            return x
        if self.target.has_rounding:
            return self.emit(operation, x)
        return rounding.EMULATED[operation](self, x)

    def floor(self, x: Register) -> Register:
        """Return x rounded down to a whole number."""
        return self._round("floor", x)

    def ceil(self, x: Register) -> Register:
        """Return x rounded up to a whole number."""
        return self._round("ceil", x)

    def trunc(self, x: Register) -> Register:
        """Return x rounded towards zero."""
        return self._round("trunc", x)

    def rint(self, x: Register) -> Register:
        """Return x rounded to nearest, ties to even."""
        return self._round("rint", x)

    def math(self, name: str, *operands: Register) -> Register:
        """Call an elementary function ('exp', 'atan2', ...), to be inlined."""
        require_same(name, *operands)
        require_kind(name, operands[0], "float")
        body = MathBody(name, operands[0].dtype, operands[0].lanes)
        self.math_bodies[body] = None
        (result,) = self.call_symbol(body.symbol, (body.dtype, body.lanes), operands)
        return result

    def twins(self, name: str, x: Register) -> Register:
        """Call an elementary function of a vector with two results: they lie side by side."""
        require_kind(name, x, "float")
        body = MathBody(name, x.dtype, x.lanes)
        self.math_bodies[body] = None
        (both,) = self.call_symbol(body.symbol, (body.dtype, body.width), [x])
        return both

    def half(self, x: Register, place: int) -> Register:
        """Return the lower (0) or the upper (1) half of the lanes."""
        lanes = x.lanes // 2
        return self.shuffle(x, x, range(place * lanes, (place + 1) * lanes))

    # Types --------------------------------------------------------------------------------------

    def cast(self, x: Register, dtype: str) -> Register:
        """Convert numerically, defined for every input (convert.cast says how)."""
        return convert.cast(self, x, dtype)

    def bitcast(self, x: Register, dtype: str) -> Register:
        """Return the same bits as another dtype of the same width; a pointer is 64 bits wide."""
        return convert.bitcast(self, x, dtype)

    # Lanes --------------------------------------------------------------------------------------

    def splat(self, x: Register, lanes: int) -> Register:
        """Return a scalar in each lane; at lanes 0 itself."""
        return self.broadcast(x, lanes) if lanes else x

    def lane_index(self, lanes: int, dtype: str = "int64") -> Register:
        """Return 0, 1, 2, ... in the lanes."""
        return lane_operations.lane_index(self, lanes, dtype)

    def mask_below(self, count: Register, lanes: int) -> Register:
        """Return which lanes have an index below an int64 scalar."""
        return self.less(self.lane_index(lanes), self.splat(count, lanes))

    def extract(self, x: Register, lane: int) -> Register:
        """Return one lane as a scalar."""
        return lane_operations.extract(self, x, lane)

    def insert(self, x: Register, value: Register, lane: int) -> Register:
        """Return x with one lane replaced by a scalar."""
        return lane_operations.insert(self, x, value, lane)

    def horizontal(self, operation: str, x: Register) -> Register:
        """Reduce the lanes to a scalar in a fixed order: upper half onto lower half, repeated."""
        return lane_operations.horizontal(self, operation, x)

    # Memory -------------------------------------------------------------------------------------

    def offset(self, pointer: Register, dtype: str, index: Register | int) -> Register:
        """Return the address of element `index` (int64 or a number) of an array of `dtype`."""
        if isinstance(index, int):
            index = self.constant("int64", index)
        return self.element(pointer, "uint8" if dtype == "bool" else dtype, index)

    def load(
        self, pointer: Register, dtype: str, lanes: int = 0, mask: Register | None = None
    ) -> Register:
        """Load elements that lie side by side; where the mask is false, 0 without touching them."""
        return memory.load(self, pointer, dtype, lanes, mask)

    def store(self, value: Register, pointer: Register, mask: Register | None = None) -> None:
        """Store elements side by side where the mask is true."""
        memory.store(self, value, pointer, mask)

    def stream(self, value: Register, pointer: Register) -> None:
        """Store a whole vector past the caches; `pointer` is aligned to its bytes, at most 64.

        Other threads see it in order after the next `fence` only.
        """
        memory.stream(self, value, pointer)

    def fence(self) -> None:
        """Let what was stored past the caches be seen before what is stored from now on."""
        if self.target.fence:
            self.call_symbol(self.target.fence, None, [])

    def gather(
        self, pointer: Register, dtype: str, index: Register, mask: Register | None = None
    ) -> Register:
        """Load element index[lane] (int64) for each lane; where the mask is false, 0."""
        return memory.gather(self, pointer, dtype, index, mask)

    def scatter(
        self, value: Register, pointer: Register, index: Register, mask: Register | None = None
    ) -> None:
        """Store each lane to element index[lane]; of equal indices the highest lane's stays."""
        memory.scatter(self, value, pointer, index, mask)

    # Calls --------------------------------------------------------------------------------------

    def call(self, name: str, result: str | None, arguments: Sequence[Register]) -> Register | None:
        """Call another function of the module, defined before or after this one."""
        results = self.call_symbol(name, (result, 0) if result else None, arguments)
        return results[0] if results else None
