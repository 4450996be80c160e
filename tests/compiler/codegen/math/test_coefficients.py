"""The polynomials are those that the fit gives."""

import runpy
from pathlib import Path

from symc.compiler.codegen.math import coefficients

FIT = runpy.run_path(str(Path(__file__).with_name("fit.py")))


def test_coefficients_are_the_fitted_ones():
    tables = FIT["tables"]()
    written = {name: value for name, value in vars(coefficients).items() if name.isupper()}
    assert written == {name: table.values for name, table in tables.items()}


def test_the_fit_fits():
    sine = FIT["fit"](FIT["odd"](FIT["sin"]), FIT["NEAR_ZERO"], FIT["ONE"], 6)
    assert abs(sine[0] + 1 / 6) < 1e-15
    assert abs(sine[1] - 1 / 120) < 1e-14
