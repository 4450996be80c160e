"""Mapped code runs, and goes when nobody needs it."""

import gc
import platform
import weakref
from pathlib import Path

import pytest
from entries import Library, convert, fail

from symc.runtime import Code, bind

# int32 f(...) { return 0; } and { return -17; }, one after the other
MACHINE = {
    "x86_64": bytes.fromhex("31c0c3 90 b8efffffff c3"),
    "aarch64": bytes.fromhex("00008052 c0035fd6 00028012 c0035fd6"),
}
SECOND = {"x86_64": 4, "aarch64": 8}
SIGNATURE = {
    "name": "f",
    "inputs": [],
    "containers": [],
    "written": [],
    "outputs": [],
    "result": "none",
    "convert": convert,
    "fail": fail,
}
machine = platform.machine()
needs_machine = pytest.mark.skipif(machine not in MACHINE, reason="no bytes for this machine")


@needs_machine
def test_blob_runs():
    code = Code(MACHINE[machine])
    assert bind(code, 0, SIGNATURE)() is None
    with pytest.raises(Exception, match="-17"):
        bind(code, SECOND[machine], SIGNATURE)()


@needs_machine
def test_a_function_keeps_its_code():
    function = bind(Code(MACHINE[machine]), 0, SIGNATURE)
    gc.collect()
    assert function() is None


def test_address():
    code = Code(b"\xc3" * 8)
    assert code.address(3) == code.address() + 3
    for outside in (-1, 8):
        with pytest.raises(IndexError, match="outside the code"):
            code.address(outside)
        with pytest.raises(IndexError, match="outside the code"):
            bind(code, outside, SIGNATURE)


def mapped(address: int) -> str:
    """Return the permissions of the page at an address, or nothing."""
    for line in Path("/proc/self/maps").read_text().splitlines():
        extent, permissions, *_ = line.split()
        lower, upper = (int(part, 16) for part in extent.split("-"))
        if lower <= address < upper:
            return permissions
    return ""


@pytest.mark.skipif(not Path("/proc/self/maps").exists(), reason="no list of mappings")
def test_code_is_executable_never_writeable_and_unmapped():
    code = Code(b"\xc3" * 100_000)
    address = code.address(50_000)
    assert mapped(address) == "r-xp"
    del code
    assert mapped(address) == ""


def test_bad_blobs():
    with pytest.raises(ValueError, match="empty"):
        Code(b"")
    with pytest.raises(TypeError):
        Code("text")
    with pytest.raises(ValueError, match="must not be 0"):
        Code.from_address(0, None)


def test_keepalive_lives_as_long_as_the_function(library: Library):
    class Keeper:
        pass

    keeper = Keeper()
    code = Code.from_address(library.code("nothing").address(), keeper)
    seen = weakref.ref(keeper)
    function = bind(code, 0, SIGNATURE)
    del keeper, code
    assert seen() is not None
    assert function() is None
    del function
    gc.collect()
    assert seen() is None
