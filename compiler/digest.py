"""The hash that names contents, without OpenSSL, which `hashlib` loads beside it for 3 ms."""

from __future__ import annotations

try:
    from _blake2 import blake2b  # the same function, as CPython has it built in
except ImportError:
    from hashlib import blake2b

__all__ = ["blake2b"]
