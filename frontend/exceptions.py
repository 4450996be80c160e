"""The errors of the user's layer, each also the built-in error that fits it."""

from __future__ import annotations

import numpy as np

from symc.compiler.errors import Error


class MissingInput(Error, TypeError):
    """Report that a graph needs a variable which is neither an input nor given a value."""

    code = "E120"


class UnusedInput(Error, ValueError):
    """Report an input that no output or update needs."""

    code = "E121"


class BadArgument(Error, TypeError):
    """Report an argument of a compiled function that does not fit its input."""

    code = "E122"


class BadUpdate(Error, TypeError):
    """Report an update whose new value does not fit the shared variable."""

    code = "E123"


class BadReplacement(Error, TypeError):
    """Report a replacement, in givens or clone, that does not fit what it replaces."""

    code = "E124"


class BadUse(Error, TypeError):
    """Report what symc's functions are given, or a variable is used for, that makes no sense."""

    code = "E125"


class BadValue(Error, ValueError):
    """Report an argument of the right kind whose value makes no sense."""

    code = "E126"


class BadIndex(Error, IndexError):
    """Report an index that does not fit the dimensions of its tensor."""

    code = "E127"


class BadAxis(Error, ValueError, IndexError):
    """Report an axis that a tensor does not have; ValueError and IndexError, as NumPy's."""

    code = "E128"


class ShapeError(Error):
    """Let `infer_shape` say that the sizes of results are not known before they are computed."""

    code = "E108"


class ConditionFailed(Error, AssertionError):
    """Report a condition of `Assert` that does not hold."""

    code = "E132"


class ZeroStep(Error, ZeroDivisionError):
    """Report a range whose step is 0."""

    code = "E133"


class LinAlgError(Error, np.linalg.LinAlgError):
    """Report a matrix that is singular, not positive definite, or has no real eigenvalues."""

    code = "E134"


class IndexOutOfBounds(Error, IndexError):
    """Report an index beyond the end of its dimension."""

    code = "E130"
