"""The largest errors of the elementary functions in units of the last place: float32, float64.

Tests hold them and docs/accuracy.py publishes them.
"""

BOUNDS = {
    "acos": (1.2, 1.2),
    "acosh": (2.0, 2.0),
    "asin": (1.2, 1.2),
    "asinh": (2.0, 2.0),
    "atan": (1.7, 1.9),
    "atan2": (1.9, 1.9),
    "atanh": (2.0, 1.7),
    "cos": (0.8, 1.0),
    "cosh": (1.6, 1.6),
    "erf": (1.1, 1.3),
    "erfc": (2.0, 1.8),
    "erfcinv": (3.0, 3.0),
    "erfinv": (2.4, 2.4),
    "exp": (1.1, 1.2),
    "exp2": (1.1, 1.1),
    "expm1": (1.8, 1.9),
    "hypot": (0.6, 1.2),
    "i0": (4.6, 4.6),
    "i1": (4.8, 4.8),
    "log": (1.0, 0.9),
    "log10": (1.1, 1.2),
    "log1p": (1.5, 1.3),
    "log2": (1.2, 1.2),
    "log_hypot": (0.6, 2.3),
    "pow": (1.2, 1.3),
    "sigmoid": (2.1, 2.1),
    "sin": (0.8, 1.0),
    "sinh": (1.8, 1.8),
    "softplus": (1.9, 1.8),
    "tan": (1.2, 1.6),
    "tanh": (1.5, 1.4),
}
"""Of the result."""

WAVES = {"j0": (4.0, 4.0), "j1": (5.0, 5.0)}
"""Of sqrt(2 / (pi x)), or of 1 where that is more: their size between zeros."""

GAMMAS = {
    "gamma": ((2.6, 2.7), (4.5, 5.0)),
    "gammaln": ((2.3, 2.6), (3.0, 3.2)),
    "psi": ((2.5, 2.6), (4.5, 4.8)),
    "tri_gamma": ((2.5, 2.5), (3.3, 3.3)),
}
"""From -1/4 on of the result. Below, too; but of gammaln and psi, which have zeros there, of the
largest of the result, the value at its magnitude, and 1."""
