"""symc.h is C99 and C++11 alike, needs no library, and has the layout that code is compiled for."""

import subprocess
from pathlib import Path

import pytest
from entries import HEADERS

OFFSETS = {
    "symc_tensor": {
        "data": 0, "device": 8, "ndim": 16, "dtype": 20, "shape": 24, "strides": 32,
        "byte_offset": 40, "": 48,
    },
    "symc_error": {
        "struct_size": 0, "code": 4, "arg": 8, "dim": 12, "expected": 16, "got": 24, "site": 32,
        "reserved": 36, "where": 40, "what": 48, "": 56,
    },
    "symc_host": {
        "struct_size": 0, "abi": 4, "user": 8, "alloc": 16, "release": 24, "output": 32,
        "begin": 40, "poll": 48, "parallel_for": 56, "max_threads": 64, "reserved0": 68, "log": 72,
        "cancel": 80, "stream": 88, "workspace": 96, "workspace_bytes": 104, "error": 112,
        "call": 120, "receive": 128, "": 136,
    },
}  # fmt: skip


def assertion(record: str, field: str, offset: int) -> str:
    actual = f"offsetof({record}, {field})" if field else f"sizeof({record})"
    return f"typedef char {record}_{field or 'size'}[{actual} == {offset} ? 1 : -1];"


ASSERTIONS = [
    assertion(record, field, offset)
    for record, fields in OFFSETS.items()
    for field, offset in fields.items()
]
STRICT = ["-ffreestanding", "-Wall", "-Wextra", "-pedantic-errors", "-Werror", "-fsyntax-only"]


def compiles(tmp_path: Path, command: list[str], lines: list[str]) -> bool:
    source = tmp_path / "check.c"
    source.write_text("\n".join(["#include <symc/symc.h>", *lines]) + "\n")
    return subprocess.run([*command, *STRICT, "-I", HEADERS, source], check=False).returncode == 0


@pytest.mark.parametrize("command", [["cc", "-std=c99"], ["c++", "-x", "c++", "-std=c++11"]])
def test_layout(tmp_path: Path, command: list[str]):
    assert compiles(tmp_path, command, ASSERTIONS)


def test_a_wrong_layout_is_seen(tmp_path: Path):
    assert not compiles(tmp_path, ["cc", "-std=c99"], [assertion("symc_tensor", "shape", 32)])
