"""The programs in examples/ do what they say; digits.py learns, compiles and predicts from C."""

import re
import subprocess
import sys

import pytest
from layout import ROOT

EXAMPLES = ROOT / "examples"


@pytest.fixture(autouse=True)
def _own_cache(monkeypatch, tmp_path):
    monkeypatch.setenv("SYMC_CACHE_DIR", str(tmp_path / "cache"))


def output(*command, **options):
    return subprocess.run(command, check=True, capture_output=True, text=True, **options).stdout


def test_the_filter_learns_in_c(tmp_path):
    library = tmp_path / "libstep.a"
    output(sys.executable, "-m", "symc", "compile", f"{EXAMPLES}/filter.py:step", "-o", library)
    strict = ["-std=c99", "-Wall", "-Wextra", "-pedantic-errors", "-Werror"]
    output("cc", *strict, "-I", tmp_path, EXAMPLES / "filter.c", library, "-o", tmp_path / "filter")
    errors = [float(x) for x in re.findall(r"error ([0-9.]+)", output(tmp_path / "filter"))]
    assert errors[0] > 1e-3
    assert errors[-1] < 1e-6


def test_digits(tmp_path):
    pytest.importorskip("sklearn")
    text = output(sys.executable, EXAMPLES / "digits.py", cwd=tmp_path)
    accuracies = re.findall(r"held-out accuracy ([0-9.]+) %", text)
    assert float(accuracies[-1]) >= 96
    (right,) = re.findall(r"450 digits that training has not seen: \d+ right, ([0-9.]+) %", text)
    assert right == accuracies[-1]  # C predicts what Python does
    assert re.search(r"this is a \d \([0-9.]+ % sure; it was written as a \d\)", text)
    assert text.count("@") >= 4


def test_characters():
    text = output(sys.executable, EXAMPLES / "characters.py")
    bits = [float(x) for x in re.findall(r"steps +\d+ to +\d+: ([0-9.]+)", text)]
    assert len(bits) == 8
    assert bits == sorted(bits, reverse=True)
    assert bits[-1] < 1.6
