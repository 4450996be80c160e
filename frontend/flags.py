"""The flags of symc: their defaults, what they take and what they do."""

from __future__ import annotations

import os
import platform
from collections.abc import Callable
from pathlib import Path
from typing import Any

from msgspec import Struct


class Flag(Struct, frozen=True):
    """One flag.

    name      its dotted name
    default   its value when nobody sets it, or a function that returns it
    parse     turns text, or a value set from code, into the value; raises ValueError
    doc       what it does, with the values it takes
    fixed     whether code may no longer change it once symc is imported
    """

    name: str
    default: Any
    parse: Callable[[Any], Any]
    doc: str
    fixed: bool = False

    def initial(self) -> Any:
        """Return its value when nobody sets it."""
        return self.default() if callable(self.default) else self.default


def one_of(*choices: str) -> Callable[[Any], str]:
    """Return what takes one of a few words."""

    def parse(value: Any) -> str:
        if str(value) not in choices:
            raise ValueError(f"takes {', '.join(choices)}")
        return str(value)

    return parse


def truth(value: Any) -> bool:
    """Take a truth value, which may be a word. Raises ValueError."""
    words = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}
    if str(value).lower() not in words:
        raise ValueError("takes True or False")
    return words[str(value).lower()]


def anything(value: Any) -> Any:
    """Take any value as it is."""
    return value


def _never(value: Any) -> bool:
    if truth(value):
        raise ValueError("is not there yet and takes False")
    return False


def _default_cache() -> str:
    if platform.system() == "Linux":
        home = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
        return str(Path(home).expanduser() / "symc")
    import platformdirs  # only here: it takes a quarter of the start of a function from the cache

    return platformdirs.user_cache_dir("symc")


def _threads(value: Any) -> int:
    """Take a number of threads. Raises ValueError."""
    try:
        number = int(value)
    except (TypeError, ValueError):
        number = -1
    if not 0 <= number <= 1024:
        raise ValueError("takes a number from 0 to 1024")
    return number


def _default_threads() -> int:
    text = os.environ.get("OMP_NUM_THREADS", "")
    return int(text) if text.isdecimal() and int(text) <= 1024 else 0


FLAG_LIST = (
    Flag(
        "floatX",
        "float64",
        one_of("float64", "float32", "float16", "bfloat16"),
        "Dtype of variables whose dtype is not given: float64, float32, float16 or bfloat16.",
    ),
    Flag(
        "cast_policy",
        "custom",
        one_of("custom", "numpy+floatX"),
        "How Python numbers become constants: custom (the smallest dtype that holds the value), "
        "numpy+floatX (NumPy's dtype, floats as floatX).",
    ),
    Flag(
        "mode",
        "Mode",
        anything,
        "How functions are compiled when they do not say: Mode (as the flags linker and optimizer "
        "say), FAST_RUN, FAST_COMPILE, INTERPRET, or a Mode.",
    ),
    Flag("linker", "native", str, "What runs functions in mode Mode: native, or py for NumPy."),
    Flag("optimizer", "fast_run", str, "The passes of mode Mode: fast_run, fast_compile, None."),
    Flag(
        "optimizer_including",
        "",
        str,
        "Names of rules and passes, separated by ':', that every mode includes.",
    ),
    Flag(
        "optimizer_excluding",
        "",
        str,
        "Names of rules and passes, separated by ':', that every mode excludes.",
    ),
    Flag(
        "on_unused_input",
        "raise",
        one_of("raise", "warn", "ignore"),
        "What function() does about an input that no output needs: raise, warn, ignore.",
    ),
    Flag(
        "exception_verbosity",
        "low",
        one_of("low", "high"),
        "Whether errors of a call list all of the user's frames: low, high.",
    ),
    Flag(
        "warn_float64",
        "ignore",
        one_of("ignore", "warn", "raise"),
        "What happens when a float64 variable is made: ignore, warn, raise.",
    ),
    Flag(
        "compute_test_value",
        "off",
        one_of("off", "ignore", "warn", "raise"),
        "Whether each expression is computed from its operands' tag.test_value as it is made, and "
        "what is done where one has none: off, ignore, warn, raise.",
    ),
    Flag(
        "print_test_value",
        False,
        truth,
        "Whether the text of a variable in a session shows its tag.test_value: True, False.",
    ),
    *(
        Flag(name, False, _never, "Profiles are not there yet: False.")
        for name in ("profile", "profile_memory", "profile_optimizer")
    ),
    Flag(
        "threads",
        _default_threads,
        _threads,
        "How many threads share long work of the functions that are made from now on: a number, or "
        "0 for one a processor that the process may use; OMP_NUM_THREADS unless it is set.",
    ),
    Flag(
        "compile_threads",
        0,
        _threads,
        "How many threads generate the code of one function, beside the one that asks for it: a "
        "number, 1 for none beside it, or 0 for one a processor that the process may use.",
    ),
    Flag("device", "cpu", one_of("cpu"), "Where functions run: cpu.", fixed=True),
    Flag(
        "cache_dir",
        _default_cache,
        str,
        "The folder that keeps compiled code from one process to the next; '' for none.",
        fixed=True,
    ),
)

WITHOUT_EFFECT = {
    "allow_gc": True,
    "blas.ldflags": "",
    "cxx": "",
    "force_device": False,
    "gcc.cxxflags": "",
    "int_division": "int",
    "numpy.seterr_all": "ignore",
    "on_opt_error": "warn",
    "openmp": False,
    "reoptimize_unpickled_function": False,
    "traceback.limit": 8,
    "unittests.rseed": "666",
    "warn.argmax_pushdown_bug": False,
    "warn.ignore_bug_before": "all",
    "warn.inc_set_subtensor1_opt": False,
    "warn.reduce_join": False,
    "warn.round": False,
    "warn.subtensor_merge_bug": False,
    "warn.sum_div_dimshuffle_bug": False,
    "warn.sum_sum_bug": False,
    "warn.vm_gc_bug": False,
}
"""Flags of Theano that programs set and read, about what symc does not have: its memory, its bugs,
the C++ compiler that it needs."""

FLAG_LIST += tuple(
    Flag(name, default, anything, "Has no effect; programs written for Theano set it.")
    for name, default in WITHOUT_EFFECT.items()
)

ALIASES = {"compiledir": "cache_dir", "base_compiledir": "cache_dir"}
"""Theano's name of a flag, and symc's."""
