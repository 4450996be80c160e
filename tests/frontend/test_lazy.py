"""Names that are imported when they are first asked for."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import symc
import symc.tensor as T


def typed_homes(module):
    """Return what the block for type checkers imports: name -> home."""
    tree = ast.parse(Path(module.__file__).read_text())
    blocks = [n for n in tree.body if isinstance(n, ast.If) and "TYPE_CHECKING" in ast.dump(n.test)]
    imports = [n for block in blocks for n in block.body if isinstance(n, ast.ImportFrom)]
    return {alias.name: n.module for n in imports for alias in n.names}


@pytest.mark.parametrize("module", [symc, T])
def test_type_checkers_know_what_is_lazy(module):
    homes = {name: home for home, names in module.HOMES.items() for name in names}
    typed = typed_homes(module)
    assert typed
    assert typed == {name: homes[name] for name in typed}
    public = {name for name in homes if name in symc.__all__}
    assert module is T or public == set(typed)


@pytest.mark.parametrize("module", [symc, T])
def test_each_lazy_name_is_announced(module):
    modules = set(module.HOMES[module.__name__])
    names = {name for names in module.HOMES.values() for name in names}
    assert names <= set(dir(module))
    assert names - modules <= set(module.__all__)


PROGRAM = """
import sys
{first}
import symc
import symc.tensor as T
print(callable(symc.function), callable(symc.clone), callable(T.sort), callable(T.einsum))
print("symc.tensor.nnet" in sys.modules, T.nnet.relu.__name__, "symc.tensor.nnet" in sys.modules)
"""


@pytest.mark.parametrize(
    "first",
    ["", "import symc.function, symc.clone, symc.tensor.sort", "from symc.tensor.sort import sort"],
)
def test_a_module_does_not_hide_the_function_of_its_name(first):
    command = [sys.executable, "-c", PROGRAM.format(first=first)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout == "True True True True\nFalse relu True\n"


def test_the_import_of_a_module_does_not_look_for_near_names():
    program = "import sys; from symc import shared, arguments; print('difflib' in sys.modules)"
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
