"""The sources keep to the measures of the house."""

import ast
import re
from pathlib import Path

import pytest
from layout import ROOT, modules, sources

FILE_LINES = 400
FUNCTION_LINES = 40
LEFT_OVER = re.compile(r"\b(TODO|FIXME|XXX)\b")
# A path of somebody's machine; those of the system that programs must name are fine.
ABSOLUTE = re.compile(r"""["'`(\s=](/(home|root|work|tmp|mnt|opt|Users)/|[A-Z]:\\)""")
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)

python = pytest.mark.parametrize(
    "file", [pytest.param(path, id=str(path.relative_to(ROOT))) for path in sources("*.py")]
)
every = pytest.mark.parametrize(
    "file",
    [
        pytest.param(path, id=str(path.relative_to(ROOT)))
        for path in sources("*.py", "*.pyi", "*.cpp", "*.hpp", "*.h", "*.c")
    ],
)


def long_functions(text: str) -> list[str]:
    """Return name and length of the functions of a text that are too long."""
    sizes = (
        (node.name, (node.end_lineno or node.lineno) - node.lineno + 1)
        for node in ast.walk(ast.parse(text))
        if isinstance(node, FUNCTIONS)
    )
    return [f"{name} has {size} lines" for name, size in sizes if size > FUNCTION_LINES]


@every
def test_file_is_short(file: Path):
    assert len(file.read_text().splitlines()) <= FILE_LINES


@python
def test_functions_are_short(file: Path):
    assert not long_functions(file.read_text())


@every
def test_nothing_is_left_over(file: Path):
    if file != Path(__file__):
        assert not LEFT_OVER.search(file.read_text())


@every
def test_no_absolute_path(file: Path):
    if file != Path(__file__):
        assert not ABSOLUTE.search(file.read_text())


@pytest.mark.parametrize(("name", "file"), [pytest.param(*pair, id=pair[0]) for pair in modules()])
def test_module_says_its_duty(name: str, file: Path):
    assert ast.get_docstring(ast.parse(file.read_text()))


def test_the_measures_measure():
    body = "\n".join(f"    x = {i}" for i in range(FUNCTION_LINES))
    assert long_functions(f"def f():\n{body}\n")
    assert LEFT_OVER.search("# TODO: later")
    assert ABSOLUTE.search('open("/home/me/file")')
    assert ABSOLUTE.search("open('C:\\file')")


def test_error_codes_are_distinct():
    codes = [
        line.partition('"')[2].partition('"')[0]
        for _, file in modules()
        for line in file.read_text().splitlines()
        if line.startswith('    code = "E')
    ]
    assert len(codes) > 20
    assert sorted(set(codes)) == sorted(codes)
