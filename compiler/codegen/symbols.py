"""What printers call: the names of functions, and the operating system."""

from __future__ import annotations

from msgspec import Struct

SHORT = {"float32": "f32", "float64": "f64"}

DOT = "llvm.x86.avx512bf16.dpbf16ps.512"
"""LLVM's name of AVX512-BF16's instruction."""

SYSTEM_CALL = '"syscall", "={rax},{rax},{rdi},{rsi},~{rcx},~{r11},~{memory}"'
"""Linux's system call on x86-64: the number and two arguments, and what it changes."""


TWINS = ("sin_and_cos",)
"""Elementary functions of two results, which lie side by side in a register twice as wide."""


class MathBody(Struct, frozen=True):
    """One elementary function for one type of register."""

    name: str
    dtype: str
    lanes: int

    @property
    def width(self) -> int:
        """Return the lanes of the result."""
        return 2 * self.lanes if self.name in TWINS else self.lanes

    @property
    def symbol(self) -> str:
        """Return the function's name in a module, such as symc_exp_v8f32."""
        vector = f"v{self.lanes}" if self.lanes else ""
        return f"symc_{self.name}_{vector}{SHORT[self.dtype]}"
