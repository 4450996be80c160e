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
    assert {node.name for node in classes} == {"Caller", "Code", "Container"}
    for node in classes:
        stated = {name for name in members(node.body) if not name.startswith("__")}
        assert stated == public(getattr(_native, node.name))
