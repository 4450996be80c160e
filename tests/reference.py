"""Elementary functions to twice a double's digits, by the C library's 128-bit floats."""

import ctypes
import subprocess
import tempfile
from functools import cache
from pathlib import Path

import numpy as np

UNARY = [
    *("j0", "j1"),
    *("exp", "exp2", "expm1", "log", "log2", "log10", "log1p", "erf", "erfc"),
    *("sin", "cos", "tan", "asin", "acos", "atan"),
    *("sinh", "cosh", "tanh", "asinh", "acosh", "atanh"),
]
FORMULAS = {
    **{name: f"{name}f128(x)" for name in UNARY},
    "sigmoid": "1 / (1 + expf128(-x))",
    "softplus": "(x > 0 ? x : 0) + log1pf128(expf128(-fabsf128(x)))",
    "i0": "modified(x, 0)",
    "i1": "modified(x, 1)",
    "gamma": "x < 0 && x == floorf128(x) ? NAN : x == 0 ? 1 / x : tgammaf128(x)",
    "gammaln": "lgammaf128(x)",
    "psi": "digamma(x)",
    "tri_gamma": "trigamma(x)",
    "erfinv": "inverse(x, 1 - x)",
    "erfcinv": "inverse(1 - x, x)",
    "atan2": "atan2f128(x, y)",
    "pow": "powf128(x, y)",
    "hypot": "hypotf128(x, y)",
    # Near the unit circle the logarithm of a rounded distance has lost its digits.
    "log_hypot": "fabsf128(hypotf128(x, y) - 1) < 0.5"
    " ? log1pf128(x * x >= y * y ? (x - 1) * (x + 1) + y * y : (y - 1) * (y + 1) + x * x) / 2"
    " : logf128(hypotf128(x, y))",
}
HELPERS = """
#define __STDC_WANT_IEC_60559_TYPES_EXT__ 1
#include <math.h>

/* I of order 0 or 1: the power series, or the expansion for large arguments. */
static _Float128 modified(_Float128 x, int order)
{
    _Float128 a = fabsf128(x), term = order ? a / 2 : 1, sum = term;
    if (a < 100) {
        for (int k = 1; k < 400; k++) sum += term *= a * a / 4 / k / (k + order);
        return order ? copysignf128(sum, x) : sum;
    }
    if (isinf(a)) return order ? x : a;
    term = sum = 1;
    for (int k = 1; k < 60; k++)
        sum += term *= -(4 * order - (_Float128)(2 * k - 1) * (2 * k - 1)) / (8 * a * k);
    sum *= expf128(a / 2) / sqrtf128(6.283185307179586476925286766559005768F128 * a);
    sum *= expf128(a / 2);
    return order ? copysignf128(sum, x) : sum;
}

static const _Float128 pi = 3.14159265358979323846264338327950288F128;

/* Bernoulli's numbers of orders 2, 4, ... */
static const _Float128 bernoulli[] = {
    1.0F128 / 6, -1.0F128 / 30, 1.0F128 / 42, -1.0F128 / 30, 5.0F128 / 66, -691.0F128 / 2730,
    7.0F128 / 6, -3617.0F128 / 510, 43867.0F128 / 798, -174611.0F128 / 330};

/* The derivative of log(gamma): by reflection, recurrence and its series. */
static _Float128 digamma(_Float128 x)
{
    if (isinf(x)) return x > 0 ? x : NAN;
    if (x == 0) return -1 / x;
    if (x < 0) {
        _Float128 turn = x - rintf128(x);
        return turn == 0 ? NAN : digamma(1 - x) - pi * cosf128(pi * turn) / sinf128(pi * turn);
    }
    _Float128 below = 0, w, series = 0;
    for (; x < 60; x++) below += 1 / x;
    w = 1 / (x * x);
    for (int k = 10; k > 0; k--) series = (series + bernoulli[k - 1] / (2 * k)) * w;
    return logf128(x) - 0.5F128 / x - series - below;
}

static _Float128 trigamma(_Float128 x)
{
    if (isinf(x)) return x > 0 ? 0 : NAN;
    if (x < 0) {
        _Float128 sine = sinf128(pi * (x - rintf128(x))) / pi;
        return sine == 0 ? INFINITY : 1 / (sine * sine) - trigamma(1 - x);
    }
    if (x == 0) return INFINITY;
    _Float128 below = 0, w, series = 0;
    for (; x < 60; x++) below += 1 / (x * x);
    w = 1 / (x * x);
    for (int k = 10; k > 0; k--) series = (series + bernoulli[k - 1]) * w;
    return (series + 1) / x + w / 2 + below;
}

/* The number at which erf is y and erfc c, by Halley's method from a bisection. */
static _Float128 inverse(_Float128 y, _Float128 c)
{
    if (y > 0) {
        if (c <= 0) return c < 0 ? NAN : INFINITY;
        double lower = 0, upper = 30;
        for (int k = 0; k < 20; k++) {
            double middle = (lower + upper) / 2;
            if (erfcf128(middle) > c) lower = middle; else upper = middle;
        }
        _Float128 x = lower;
        for (int k = 0; k < 6; k++) {
            _Float128 error = y < 0.5F128 ? erff128(x) - y : c - erfcf128(x);
            _Float128 step = error * 0.886226925452758013649083741670572591F128 * expf128(x * x);
            x -= step / (1 + x * step);
        }
        return x;
    }
    return y < 0 ? -inverse(-y, 2 - c) : y;
}
"""
FUNCTION = """
void symc_{name}(const double *xs, const double *ys, double *high, double *low, long n)
{{
    for (long i = 0; i < n; i++) {{
        _Float128 x = xs[i], y = ys[i], r = {formula};
        (void)y;
        high[i] = (double)r;
        low[i] = (double)(r - high[i]);
    }}
}}
"""


@cache
def _library() -> ctypes.CDLL:
    source = HELPERS
    source += "".join(FUNCTION.format(name=n, formula=f) for n, f in FORMULAS.items())
    with tempfile.TemporaryDirectory() as folder:
        code, library = Path(folder, "reference.c"), Path(folder, "reference.so")
        code.write_text(source)
        command = ["gcc", "-O1", "-shared", "-fPIC", "-o", str(library), str(code), "-lm"]
        subprocess.run(command, check=True)
        return ctypes.CDLL(str(library))


def reference(name: str, *operands: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the function's values as sums of two doubles."""
    x, y = (np.ascontiguousarray(operands[k % len(operands)], "float64") for k in (0, 1))
    high, low = np.empty(len(x)), np.empty(len(x))
    addresses = [ctypes.c_void_p(array.ctypes.data) for array in (x, y, high, low)]
    getattr(_library(), f"symc_{name}")(*addresses, ctypes.c_long(len(x)))
    return high, low


def ulps(got: np.ndarray, high: np.ndarray, low: np.ndarray) -> np.ndarray:
    """Return errors in units of the last place; infinite where NaN, infinity or zero's sign is off.

    A result beyond the largest number may be that number or infinity.
    """
    with np.errstate(all="ignore"):
        rounded = high.astype(got.dtype)
        unit = np.spacing(np.abs(rounded)).astype("float64")
        error = np.abs((got.astype("float64") - high) - low) / unit
        same = (got == rounded) & (np.signbit(got) == np.signbit(high))
        same |= np.isnan(got) & np.isnan(rounded)
        special = ~np.isfinite(rounded) | ~np.isfinite(got) | ((got == 0) & (rounded == 0))
        return np.where(special, np.where(same, 0.0, np.inf), error)
