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
    "erfcinv": (2.0, 2.0),
    "erfinv": (1.8, 1.8),
    "exp": (1.1, 1.2),
    "exp2": (1.1, 1.1),
    "expm1": (1.8, 1.9),
    "hypot": (0.6, 1.2),
    "i0": (1.7, 2.0),
    "i1": (1.7, 1.9),
    "log": (1.0, 0.9),
    "log10": (1.1, 1.2),
    "log1p": (1.5, 1.3),
    "log2": (1.2, 1.2),
    "log_hypot": (0.6, 1.5),
    "pow": (1.2, 1.3),
    "sigmoid": (1.7, 1.7),
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
    "gamma": (1.8, 1.8),
    "gammaln": (1.8, 1.8),
    "psi": (1.7, 1.9),
    "tri_gamma": (1.9, 2.0),
}
"""Of the result; but of gammaln and psi, which have zeros between poles, below -1/5 of the largest
of the result, the value at its magnitude, and 1."""
