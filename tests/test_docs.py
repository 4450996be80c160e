"""Every example in a docstring runs, and every link between the documents leads somewhere."""

import doctest
import importlib
import re
from pathlib import Path

import pytest
from layout import ROOT, modules

LINK = re.compile(r"\]\((?!https?://|#)([^)#]+)")
DOCUMENTS = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]


# __main__ modules do their work when imported.
@pytest.mark.parametrize("name", [name for name, _ in modules() if not name.endswith("__main__")])
def test_examples(name: str):
    # By its real name: a second import of a file by path would register its operations twice.
    assert doctest.testmod(importlib.import_module(name)).failed == 0


@pytest.mark.parametrize("file", [pytest.param(path, id=path.name) for path in DOCUMENTS])
def test_sessions(file: Path):
    assert doctest.testfile(str(file), module_relative=False, encoding="utf-8").failed == 0


@pytest.mark.parametrize("file", [pytest.param(path, id=path.name) for path in DOCUMENTS])
def test_links_lead_somewhere(file: Path):
    targets = LINK.findall(file.read_text())
    assert [target for target in targets if not (file.parent / target).exists()] == []
