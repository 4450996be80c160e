"""Targets and how the machine's own is found."""

import pytest

from symc.compiler.errors import TargetError
from symc.compiler.target.isa import (
    EXTENDED,
    LEVEL_3,
    LEVEL_4,
    TARGETS,
    cpu_flags,
    find_target,
    host_target,
    level,
    without_fma,
)


def test_host_is_a_known_target():
    assert host_target() in (TARGETS | EXTENDED).values()
    assert find_target("host") is host_target()


def test_lanes():
    assert TARGETS["x86-64-v4"].lanes(4) == 16
    assert TARGETS["x86-64"].lanes(8) == 2


def test_flags_are_read():
    text = "processor\t: 0\nflags\t\t: fpu avx2 fma\n\nprocessor\t: 1\nflags\t\t: fpu\n"
    assert cpu_flags(text) == {"fpu", "avx2", "fma"}
    assert cpu_flags("") == frozenset()


@pytest.mark.parametrize(
    ("flags", "name"),
    [
        (frozenset(), "x86-64"),
        (LEVEL_3 - {"fma"}, "x86-64"),
        (LEVEL_3, "x86-64-v3"),
        (LEVEL_4 - {"avx512vl"}, "x86-64-v3"),
        (LEVEL_4 | {"more"}, "x86-64-v4"),
        (LEVEL_4 | {"avx512_bf16", "amx_tile"}, "x86-64-v4-bf16"),
        (LEVEL_4 | {"avx512_bf16", "amx_tile", "amx_bf16"}, "x86-64-v4-amx"),
        (LEVEL_4 | {"amx_tile", "amx_bf16"}, "x86-64-v4"),
        (LEVEL_3 | {"avx512_bf16", "amx_tile", "amx_bf16"}, "x86-64-v3"),
    ],
)
def test_level(flags, name):
    assert level(frozenset(flags)) == name


def test_unknown_target():
    with pytest.raises(TargetError, match="no target 'vax'; there are x86-64, "):
        find_target("vax")


def test_without_fma():
    target = without_fma(TARGETS["x86-64-v3"])
    assert not target.has_fma
    assert target.name == "x86-64-v3-nofma"
