"""DebugMode: every rule, pass and kernel of a function held against the reference."""

from __future__ import annotations

from symc.compiler.errors import Error
from symc.mode import Mode

__all__ = [
    "BadOptimization",
    "BadThunkOutput",
    "DebugMode",
    "DebugModeError",
    "InvalidValueError",
    "StochasticOrder",
]


class DebugModeError(Error):
    """Report what DebugMode found: a mistake of symc, of a user's rule or of a user's operation."""

    code = "E170"


class BadOptimization(DebugModeError):
    """Report a rule or pass that changed a value."""

    code = "E171"


class BadThunkOutput(DebugModeError):
    """Report a kernel whose native code computes something else than the reference."""

    code = "E172"


class InvalidValueError(DebugModeError):
    """Report an output or new state that holds NaN or infinity."""

    code = "E173"


class StochasticOrder(DebugModeError):
    """Report passes that give another module when they run again."""

    code = "E174"


class DebugMode(Mode):
    """A mode in which every call is computed several ways, which must agree.

    optimizer                the pipeline that is checked: 'fast_run' or 'fast_compile'
    stability_patience       how many times the passes run; each time they must make one module
    check_c_code             whether the kernels' native code is checked, by both printers
    check_isfinite           whether NaN or infinity in an output or new state is an error
    linker, check_py_code, require_matching_strides, check_preallocated_output   taken for
                             programs that pass them: the reference is always run, native code
                             takes dense arrays alone and never writes to memory it was not given

    The reference is NumPy, one operation after the other. A rule may make a value where its left
    side has none (NaN or infinity): that is what stable forms are for. Functions are slow in this
    mode: it is for finding where a wrong number comes from.

    >>> from symc.tensor import dvector
    >>> from symc.function import function
    >>> x = dvector("x")
    >>> function([x], (x**2).sum(), mode=DebugMode())([1.0, 2.0])
    array(5.)
    """

    __slots__ = ("check_c_code", "check_isfinite", "stability_patience")

    def __init__(
        self,
        optimizer: str | None = "fast_run",
        stability_patience: int = 2,
        check_c_code: bool = True,
        check_py_code: bool = True,
        check_isfinite: bool = True,
        check_preallocated_output: str | None = None,
        require_matching_strides: bool | None = None,
        linker: str | None = None,
    ) -> None:
        Mode.__init__(self, "check", optimizer)
        self.stability_patience = stability_patience
        self.check_c_code = check_c_code
        self.check_isfinite = check_isfinite
