"""The polynomials are those that the fits give."""

import runpy
import sys
from pathlib import Path

import pytest

from symc.compiler.codegen.math import (
    coefficients,
    digamma_coefficients,
    gamma_coefficients,
    modified_coefficients,
    special_coefficients,
)

HERE = Path(__file__).parent


def fit(name, monkeypatch):
    """Return what a file of fits defines."""
    monkeypatch.syspath_prepend(HERE)
    return runpy.run_path(str(HERE / name))


@pytest.mark.parametrize(
    ("name", "module"),
    [
        ("fit.py", coefficients),
        ("fit_digamma.py", digamma_coefficients),
        ("fit_gamma.py", gamma_coefficients),
        ("fit_modified.py", modified_coefficients),
        ("fit_special.py", special_coefficients),
    ],
)
def test_coefficients_are_the_fitted_ones(name, module, monkeypatch):
    tables = fit(name, monkeypatch)["tables"]()
    for used in ("fit", "fit_gamma", "fit_special"):
        sys.modules.pop(used, None)
    written = {name: value for name, value in vars(module).items() if name.isupper()}
    assert written == {name: table.values for name, table in tables.items()}


def test_the_fit_fits(monkeypatch):
    names = fit("fit.py", monkeypatch)
    sine = names["fit"](names["odd"](names["sin"]), names["NEAR_ZERO"], names["ONE"], 6)
    assert abs(sine[0] + 1 / 6) < 1e-15
    assert abs(sine[1] - 1 / 120) < 1e-14
