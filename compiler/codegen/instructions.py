"""What each printer supplies: instructions, control flow, calls and data, as text."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Literal

from symc.compiler.codegen.register import Register
from symc.compiler.codegen.symbols import MathBody
from symc.compiler.target.isa import Target

Body = Callable[[Register, list[Register]], list[Register]]
Block = Callable[[], Sequence[Register] | None]
Parameters = Sequence[tuple[str, str]]
Intent = Literal["read", "write"]


class Instructions(ABC):
    """Be the part of the kernel builder that is abstract; callers use KernelBuilder's methods."""

    def __init__(self, target: Target) -> None:
        self.target = target

    @abstractmethod
    def emit(self, opcode: str, *operands: Register, dtype: str | None = None) -> Register:
        """Print one instruction (LLVM's name for it); `dtype` is the result's where it changes."""

    @abstractmethod
    def compare(self, predicate: str, x: Register, y: Register) -> Register:
        """Print a comparison with one of LLVM's predicates."""

    @abstractmethod
    def constant(self, dtype: str, value: float, lanes: int = 0) -> Register:
        """Return a number (the same in each lane); for 'ptr' the null pointer."""

    @abstractmethod
    def constants(self, dtype: str, values: Sequence[int]) -> Register:
        """Return integers, one a lane."""

    @abstractmethod
    def is_constant(self, x: Register) -> bool:
        """Tell whether a register is what `constant` gave."""

    @abstractmethod
    def select(self, condition: Register, x: Register, y: Register) -> Register:
        """Return x where the condition holds, else y."""

    @abstractmethod
    def broadcast(self, x: Register, lanes: int) -> Register:
        """Return a scalar in each of `lanes` > 0 lanes."""

    @abstractmethod
    def extract_lane(self, x: Register, lane: int) -> Register:
        """Return one lane of a vector."""

    @abstractmethod
    def insert_lane(self, x: Register, value: Register, lane: int) -> Register:
        """Return a vector with one lane replaced."""

    @abstractmethod
    def shuffle(self, x: Register, y: Register, lanes: Sequence[int]) -> Register:
        """Return lanes picked from x followed by y."""

    @abstractmethod
    def compress(self, x: Register, mask: Register) -> Register:
        """Return the lanes where the mask holds, in order from the first lane on, then zeros.

        They are integers of 32 or 64 bits. One instruction where the target `has_compress`;
        elsewhere it goes through memory.
        """

    @abstractmethod
    def count(self, mask: Register) -> Register:
        """Return in how many lanes a mask holds, as int64."""

    @abstractmethod
    def element(self, pointer: Register, dtype: str, index: Register) -> Register:
        """Return the address of element `index` of an array of `dtype`."""

    @abstractmethod
    def load_raw(
        self, pointer: Register, dtype: str, lanes: int, mask: Register | None
    ) -> Register:
        """Load elements; lanes outside the mask are not touched and give 0. `dtype` is no bool."""

    @abstractmethod
    def store_raw(self, value: Register, pointer: Register, mask: Register | None) -> None:
        """Store elements where the mask holds. The value is no bool."""

    def stream_raw(self, value: Register, pointer: Register) -> None:
        """Store a whole vector past the caches, to a place aligned to its bytes, at most 64."""
        self.store_raw(value, pointer, None)

    @abstractmethod
    def prefetch(self, pointer: Register, intent: Intent) -> None:
        """Say that memory, which need not exist, is soon read or written."""

    @abstractmethod
    def atomic_add(self, pointer: Register, value: Register) -> Register:
        """Add to an int64 in memory, as one step for all threads; return what was there."""

    @abstractmethod
    def gather_raw(
        self, pointer: Register, dtype: str, index: Register, mask: Register | None
    ) -> Register:
        """Load element index[lane] for each lane; lanes outside the mask give 0."""

    @abstractmethod
    def scatter_raw(
        self, value: Register, pointer: Register, index: Register, mask: Register | None
    ) -> None:
        """Store each lane to element index[lane], the highest lane last."""

    @abstractmethod
    def loop(
        self,
        lower: Register,
        upper: Register,
        step: Register,
        carried: Sequence[Register],
        body: Body,
    ) -> list[Register]:
        """Run body(i, carried) for i in range(lower, upper, step), int64 with step > 0.

        Return the registers that the last round returned, or `carried` if there was none.
        """

    @abstractmethod
    def loop_while(
        self,
        carried: Sequence[Register],
        condition: Callable[[list[Register]], Register],
        body: Callable[[list[Register]], list[Register]],
    ) -> list[Register]:
        """Run body(carried) as long as condition(carried), a scalar bool, holds."""

    @abstractmethod
    def when(
        self, condition: Register, then: Block, otherwise: Block | None = None
    ) -> list[Register]:
        """Run one of two blocks by a scalar bool; return what it returned."""

    @abstractmethod
    def call_symbol(
        self, name: str, result: tuple[str, int] | None, arguments: Sequence[Register]
    ) -> list[Register]:
        """Call a function of the module; `result` is (dtype, lanes)."""

    @abstractmethod
    def call_pointer(
        self, pointer: Register, result: str | None, arguments: Sequence[Register]
    ) -> Register | None:
        """Call a function by its address, with C's calling convention."""

    @abstractmethod
    def add_pairs(self, total: Register, x: Register, y: Register) -> Register:
        """Add to 16 float32 the products of 16 pairs of bfloat16, which are words: AVX512-BF16."""

    @abstractmethod
    def system_call(self, number: Register, first: Register, second: Register) -> Register:
        """Call Linux on x86-64 with two int64; return its answer."""

    @abstractmethod
    def address(self, name: str) -> Register:
        """Return the address of a function of the module that is not exported."""

    @abstractmethod
    def data(self, content: bytes, align: int = 8) -> Register:
        """Return the address of read-only bytes of the module."""

    @abstractmethod
    def stack(self, words: int) -> Register:
        """Return the address of int64 words that are the function's own, made where it begins.

        It is aligned to 64 bytes where lanes are.
        """

    @abstractmethod
    def function(
        self, name: str, parameters: Parameters, result: str | None = None, *, export: bool = True
    ) -> AbstractContextManager[list[Register]]:
        """Open a function; the context gives its parameters. What is not exported is internal."""

    @abstractmethod
    def ret(self, x: Register | None = None) -> None:
        """Return from the function: the last call in it."""

    @abstractmethod
    def comment(self, text: str) -> None:
        """Print a line for the reader."""

    @abstractmethod
    def define_math(self, body: MathBody, build: Callable[..., Register], operands: int) -> None:
        """Define the function that calls of `body` refer to, as build(builder, *operands)."""

    @abstractmethod
    def text(self) -> str:
        """Return the module."""
