"""The tables of the documentation are those of the code, and what is much used is not forgotten."""

import importlib.util

import pytest
from layout import ROOT


def script(name):
    """Return one of the documentation's scripts as a module."""
    spec = importlib.util.spec_from_file_location(name, ROOT / "docs" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


tables, accuracy = script("tables"), script("accuracy")


@pytest.mark.parametrize("file", tables.TABLES)
def test_tables_are_up_to_date(file):
    text = (ROOT / "docs" / file).read_text()
    assert text == tables.TABLES[file](), "write them anew: python docs/tables.py"


def test_errors_are_up_to_date():
    text = accuracy.PAGE.read_text()
    assert text == accuracy.page(text), "write them anew: python docs/accuracy.py"


@pytest.mark.parametrize(
    ("name", "there"),
    [
        ("symc.tensor.exp", True),
        ("symc.tensor.nnet.sigmoid", True),
        ("symc.tensor.sharedvar.TensorSharedVariable", True),
        ("symc.gof.graph.inputs", True),
        ("symc.config.floatX", True),
        ("symc.config.device.startswith", True),
        ("var.get_value", True),
        ("var.dimshuffle", True),
        ("symc.tensor.nonsense", False),
        ("symc.nonsense.exp", False),
        ("symc.config.nonsense", False),
        ("var.nonsense", False),
    ],
)
def test_what_is_there(name, there):
    assert tables.is_there(name) is there


def test_what_many_programs_use_is_there_or_planned():
    forgotten = [name for name, libraries, _ in tables.missing() if libraries > 2]
    assert [name for name in forgotten if not tables.plan(name)] == []
