"""Lowering by MLIR: what it refuses, and with which words."""

import pytest

from symc.compiler.errors import InternalError, TargetError
from symc.compiler.target import mlir


@pytest.fixture
def _no_bindings(monkeypatch):
    monkeypatch.setattr(mlir, "PACKAGES", ("no_such_package",))
    caches = (mlir._package, mlir._handle)
    for cache in caches:
        cache.cache_clear()
    yield
    for cache in caches:
        cache.cache_clear()


def test_lower():
    text = mlir.lower("func.func @f(%x: f32) -> f32 { return %x : f32 }")
    assert "define float @f(float %0)" in text


@pytest.mark.usefixtures("_no_bindings")
def test_missing_bindings_name_the_package():
    with pytest.raises(TargetError, match="pip install torch-mlir==20261001"):
        mlir.lower("")


def test_malformed_text():
    with pytest.raises(InternalError, match="MLIR refuses the printed module"):
        mlir.lower("func.func @f() { return 1 }")
    assert "@f" in mlir.lower("func.func @f() { return }")  # the context is still of use


def test_operations_left_over_are_named():
    text = """func.func @f(%n: index) -> vector<4xi1> {
      %m = vector.create_mask %n : vector<4xi1>
      return %m : vector<4xi1>
    }"""
    with pytest.raises(InternalError, match=r"operations left: .*vector\.create_mask"):
        mlir.lower(text)
    assert "@f" in mlir.lower("func.func @f() { return }")
