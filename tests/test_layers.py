"""Imports point one way."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from layout import modules

ALLOWED = {
    "symc.runtime": {"symc.runtime"},
    "symc.compiler": {"symc.compiler"},
    "symc.passes": {"symc.passes", "symc.compiler"},
    "symc": {"symc", "symc.passes", "symc.compiler", "symc.runtime"},
}


def layer(name: str) -> str:
    return max((known for known in ALLOWED if f"{name}.".startswith(f"{known}.")), key=len)


def imported(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Yield (line, module of symc) for every import, those inside functions included."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"line {node.lineno}: import by package name"
            base = node.module or ""
            names = [f"symc.{alias.name}" for alias in node.names] if base == "symc" else [base]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        else:
            continue
        yield from ((node.lineno, name) for name in names if name.split(".")[0] == "symc")


def violations(name: str, text: str) -> list[str]:
    """Return one line for every import of a module's text that its layer may not make."""
    return [
        f"line {line}: {layer(name)} must not import {target}"
        for line, target in imported(ast.parse(text))
        # An editable install would load a second copy of the package under this name.
        if target.startswith("symc.frontend") or layer(target) not in ALLOWED[layer(name)]
    ]


@pytest.mark.parametrize(("name", "file"), [pytest.param(*pair, id=pair[0]) for pair in modules()])
def test_imports_point_down(name: str, file: Path):
    assert not violations(name, file.read_text())


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("symc.compiler.a", "import symc.passes.b"),
        ("symc.compiler.a", "def f():\n    from symc.runtime import b"),
        ("symc.passes.a", "from symc import tensor"),
        ("symc.runtime.a", "from symc.compiler.types import b"),
        ("symc.tensor", "import symc.frontend.tensor"),
    ],
)
def test_a_wrong_import_is_seen(name: str, text: str):
    assert violations(name, text)
