"""The native runtime: mapped code, state, and the call path."""

from collections.abc import Callable
from typing import Any, Self, final

import numpy as np

from symc.runtime.signature import Signature

class Caller:
    """The base of compiled functions: calls by place go straight to a builtin.

    Other calls (by name, with defaults left out) go to the method `call_general` of the subclass.
    """

    def call_straight(self, run: Callable[..., Any], count: int) -> None:
        """Hand calls with `count` arguments by place to run."""

    def __call__(self, *args: Any, **named: Any) -> Any:
        """Call."""

@final
class Code:
    """Executable memory holding position-independent machine code; unmapped when collected."""

    def __new__(cls, blob: bytes) -> Self: ...
    @classmethod
    def from_address(cls, address: int, keepalive: object) -> Code:
        """Refer to code that is mapped already and that keepalive, never a cycle, keeps mapped."""

    def address(self, offset: int = 0) -> int:
        """Return the address of an offset; IndexError when it is outside the mapping."""

@final
class Container:
    """The storage of one shared variable: an array in C order whose dtype and rank never change."""

    def __new__(cls, array: np.ndarray[Any, Any]) -> Self: ...
    def get(self) -> np.ndarray[Any, Any]:
        """Return the array itself; a function that writes the container writes into it."""

    def copy(self) -> np.ndarray[Any, Any]:
        """Return a copy that no call running in another thread is halfway through writing."""

    def set(self, array: np.ndarray[Any, Any]) -> None:
        """Make array the storage, without copying it.

        Raises TypeError unless it is a writeable ndarray of the same dtype and rank, in C order,
        aligned and native. Waits for the calls of other threads that use the container.
        """

def bind(code: Code, offset: int, signature: Signature) -> Callable[..., Any]:
    """Return the builtin function that calls the entry point at code.address(offset)."""

def repeat(bound: Callable[..., Any], times: int, arguments: tuple[Any, ...]) -> Any:
    """Call what `bind` returned that many times in a native loop; return the last result.

    Each call is whole: one that fails ends the loop and leaves the state of the call before. The
    result is None for no call. TypeError for any other callable.
    """

def release_memory() -> int:
    """Give the memory kept for later calls and results back to the system; return its bytes."""

def keep_results(most: int) -> int:
    """Set how many bytes of results that died are kept for later ones; return the number before.

    It is 512 MiB at first. With 0 none are kept.
    """

def inject_fault(site: int | None) -> None:
    """Make the fallible host hook called as number site (from 1) from now on fail, once.

    The hooks are alloc, output and poll. With 0 they are counted and none fails; with None the
    counting ends. Meant for tests: all threads are counted together.
    """

def fault_sites_seen() -> int:
    """Return how many fallible hooks were called since inject_fault."""

def set_poll_interval(seconds: float) -> float:
    """Set how often at most a call looks for signals; return the interval before."""
