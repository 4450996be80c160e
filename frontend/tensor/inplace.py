"""Theano's operations that overwrite their first operand: here, the operations themselves.

What is overwritten is the compiler's to decide, from what is still read afterwards.
"""

from __future__ import annotations

from typing import Any

from symc import tensor
from symc.absent import absent

SUFFIX = "_inplace"


def __getattr__(name: str) -> Any:
    plain = name.removesuffix(SUFFIX)
    if plain == name or plain not in tensor.__all__:
        raise absent(__name__, name, [f"{known}{SUFFIX}" for known in tensor.__all__])
    return getattr(tensor, plain)
