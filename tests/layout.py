"""Where each top folder lands in the package, read from pyproject.toml."""

import tomllib
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
FOLDERS: dict[str, str] = PROJECT["tool"]["scikit-build"]["wheel"]["force-include"]


def modules() -> Iterator[tuple[str, Path]]:
    """Yield (module name, file) for every Python source file of the package."""
    for folder, package in FOLDERS.items():
        for file in sorted((ROOT / folder).rglob("*.py")):
            inner = file.relative_to(ROOT / folder).with_suffix("").parts
            parts = [*package.split("/"), *inner]
            yield ".".join(part for part in parts if part != "__init__"), file


def sources(*patterns: str) -> Iterator[Path]:
    """Yield the project's own files that match a pattern, outside build output."""
    for folder in (*FOLDERS, "tests", "examples"):
        for pattern in patterns:
            yield from sorted((ROOT / folder).rglob(pattern))
