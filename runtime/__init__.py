"""The native runtime: maps compiled code, holds state, and calls."""

from symc.runtime._native import (
    Caller,
    Code,
    Container,
    bind,
    fault_sites_seen,
    inject_fault,
    keep_results,
    release_memory,
    repeat,
    set_poll_interval,
)
from symc.runtime.signature import RETURNED, Signature

__all__ = [
    "RETURNED",
    "Caller",
    "Code",
    "Container",
    "Signature",
    "bind",
    "fault_sites_seen",
    "inject_fault",
    "keep_results",
    "release_memory",
    "repeat",
    "set_poll_interval",
]
