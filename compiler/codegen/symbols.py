"""Names of the functions that printers call."""

from __future__ import annotations

from msgspec import Struct

SHORT = {"float32": "f32", "float64": "f64"}


class MathBody(Struct, frozen=True):
    """One elementary function for one type of register."""

    name: str
    dtype: str
    lanes: int

    @property
    def symbol(self) -> str:
        """Return the function's name in a module, such as symc_exp_v8f32."""
        vector = f"v{self.lanes}" if self.lanes else ""
        return f"symc_{self.name}_{vector}{SHORT[self.dtype]}"
