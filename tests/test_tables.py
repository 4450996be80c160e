"""The tables of the documentation are those of the code, and what is much used is not forgotten."""

import importlib.util

import pytest
from layout import ROOT

spec = importlib.util.spec_from_file_location("tables", ROOT / "docs" / "tables.py")
assert spec is not None
assert spec.loader is not None
tables = importlib.util.module_from_spec(spec)
spec.loader.exec_module(tables)


@pytest.mark.parametrize("file", tables.TABLES)
def test_tables_are_up_to_date(file):
    text = (ROOT / "docs" / file).read_text()
    assert text == tables.TABLES[file](), "write them anew: python docs/tables.py"


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
