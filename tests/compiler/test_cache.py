"""The disk cache: whole records or none, whatever happens to its files."""

import os
import subprocess
import sys

import pytest

from symc.compiler.cache import Cache, Record, decode, encode, key_of, tools

RECORD = Record({"entry": 64, "outputs": [["float64", 2]]}, bytes(range(256)) * 3)
KEY = key_of("function", "text")


def test_round_trip(tmp_path):
    cache = Cache(tmp_path)
    assert cache.load(KEY) is None
    cache.store(KEY, RECORD)
    assert cache.load(KEY) == RECORD


def test_every_cut_is_a_miss():
    raw = encode(RECORD)
    assert decode(raw) == RECORD
    assert all(decode(raw[:n]) is None for n in range(len(raw)))


def test_every_flipped_bit_is_a_miss():
    raw = encode(RECORD)
    for place in range(len(raw)):
        damaged = bytearray(raw)
        damaged[place] ^= 1 << place % 8
        assert decode(bytes(damaged)) is None


def test_damaged_file_is_dropped_with_a_warning(tmp_path, caplog):
    cache = Cache(tmp_path)
    cache.store(KEY, RECORD)
    (path,) = (p for p in tmp_path.rglob("*") if p.is_file())
    path.write_bytes(path.read_bytes()[:-1])
    assert cache.load(KEY) is None
    assert "damaged" in caplog.text
    assert not path.exists()


def test_folder_that_cannot_be_made_warns_once(tmp_path, caplog):
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    cache = Cache(blocked / "cache")
    cache.store(KEY, RECORD)
    cache.store(KEY, RECORD)
    assert len(caplog.records) == 1
    assert cache.load(KEY) is None


def test_deleted_folder_is_made_again(tmp_path):
    cache = Cache(tmp_path / "cache")
    cache.store(KEY, RECORD)
    for path in sorted((tmp_path / "cache").rglob("*"), reverse=True):
        path.unlink() if path.is_file() else path.rmdir()
    (tmp_path / "cache").rmdir()
    assert cache.load(KEY) is None
    cache.store(KEY, RECORD)
    assert cache.load(KEY) == RECORD


def test_folder_is_private(tmp_path):
    Cache(tmp_path).store(KEY, RECORD)
    (folder,) = (p for p in tmp_path.iterdir() if p.is_dir())
    assert folder.stat().st_mode & 0o077 == 0


WRITER = """
import sys
from pathlib import Path
from symc.compiler.cache import Cache, Record
cache = Cache(Path(sys.argv[1]))
n = 0
while True:
    cache.store(sys.argv[2], Record({"n": n}, bytes([n % 251]) * 200_000))
    n += 1
"""


def test_killed_writers_leave_whole_records(tmp_path):
    cache = Cache(tmp_path)
    command = [sys.executable, "-c", WRITER, str(tmp_path), KEY]
    for pause in (50, 200):
        writers = [subprocess.Popen(command, env={**os.environ}) for _ in range(2)]
        seen = 0
        while seen < pause:
            record = cache.load(KEY)
            if record is not None:
                seen += 1
                assert record.content == bytes([record.description["n"] % 251]) * 200_000
        for writer in writers:
            writer.kill()
            writer.wait()
        assert cache.load(KEY) is not None


@pytest.mark.parametrize(
    ("one", "other"), [(("ab", "c"), ("a", "bc")), (("a",), ("a", "")), (("a", "b"), ("b", "a"))]
)
def test_keys_tell_parts_apart(one, other):
    assert key_of(*one) != key_of(*other)


def test_tools_names_packages_and_sources():
    text = tools()
    assert "llvmlite 0.50" in text
    assert "cache.py" in text
