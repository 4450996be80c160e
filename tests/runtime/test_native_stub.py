"""The committed stub names what the native module has."""

import ast

from layout import ROOT

from symc.runtime import _native


def members(body: list[ast.stmt]) -> set[str]:
    return {node.name for node in body if isinstance(node, ast.FunctionDef | ast.ClassDef)}


def public(item: object) -> set[str]:
    return {name for name in vars(item) if not name.startswith("_")}


def test_stub():
    stub = ast.parse((ROOT / "runtime" / "_native.pyi").read_text())
    assert members(stub.body) == public(_native)
    classes = [node for node in stub.body if isinstance(node, ast.ClassDef)]
    assert len(classes) == 2
    for node in classes:
        assert members(node.body) - {"__new__"} == public(getattr(_native, node.name))
