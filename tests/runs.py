"""The ways in which tests of generated code run: printer, lanes and target."""

import pytest
from native import host_targets

from symc.compiler.target.isa import host_target

WAYS = [("llvm", None), ("llvm", 0), ("mlir", None), ("mlir", 0), ("c", 0)]


def _named(printer, lanes, target):
    return pytest.param(
        printer, lanes, target, id=f"{printer}-{target.name}-{'lanes' if lanes is None else 0}"
    )


every_way = pytest.mark.parametrize(
    ("printer", "lanes", "target"), [_named(*way, host_target()) for way in WAYS]
)
every_run = pytest.mark.parametrize(
    ("printer", "lanes", "target"),
    [
        _named(printer, lanes, target)
        for target in host_targets()
        for printer, lanes in (WAYS if target == host_target() else [("llvm", None)])
    ],
)
every_run_in_lanes = pytest.mark.parametrize(
    ("printer", "target"),
    [
        pytest.param(printer, target, id=f"{printer}-{target.name}")
        for target in host_targets()
        for printer in (("llvm", "mlir") if target == host_target() else ("llvm",))
    ],
)
"""Of what puts elements side by side, which C does not."""
