"""The pass runner, and the pipelines: visible tuples of passes, in the order they run."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterable
from time import perf_counter
from typing import Protocol

from msgspec import Struct
from msgspec.structs import replace

from symc.compiler.collector import resting
from symc.compiler.errors import Error, InternalError
from symc.compiler.module import Module
from symc.compiler.text import to_text
from symc.compiler.verify import verify
from symc.passes.canonical import canonicalize, simplify, stabilize, tidy
from symc.passes.fuse.emission import fuse
from symc.passes.invert import invert
from symc.passes.loops.bodies import with_bodies
from symc.passes.loops.defer import defer
from symc.passes.loops.hoist import hoist
from symc.passes.loops.last import read_last
from symc.passes.loops.neighbours import fuse_loops
from symc.passes.loops.prune import join_loops, prune_loops
from symc.passes.lower import lower
from symc.passes.moments import moments
from symc.passes.pick import pick
from symc.passes.registered import Rewritten, joined
from symc.passes.rewrite import Rewriting
from symc.passes.select import select
from symc.passes.split import split

Pass = Callable[[Module], Module]

FAST_RUN: tuple[Pass, ...] = (
    canonicalize,  # first: rules match canonical forms
    stabilize,  # before simplify, which may hide log(1 - sigmoid(x))
    join_loops,  # while the loops of derivatives look like those that they come from
    read_last,
    hoist,
    defer,  # after hoist: what rows of sequences alone make is computed before
    prune_loops,  # after both, which read less of what a loop is given
    fuse_loops,
    simplify,
    pick,  # before lower, while log_softmax is one operation
    moments,  # as the next, after simplify, to which both its sides are one sum
    invert,  # after simplify, which reads an inverse and writes a division
    split,  # after the laws of real numbers: what it writes keeps its order
    select,  # after all rules: nothing looks for a sort, or a slice of one, any more
    lower,  # softmax and its relatives stay whole until nothing looks for them any more
    fuse,
)
"""For results as fast and as stable as they can be."""

FAST_COMPILE: tuple[Pass, ...] = (
    tidy,  # exact rules alone: the bits are NumPy's
    join_loops,
    read_last,
    prune_loops,
    split,
    select,
    lower,
    fuse,
)
"""For short compile times, and for results with NumPy's bits."""

PIPELINES = {"FAST_RUN": FAST_RUN, "FAST_COMPILE": FAST_COMPILE}

ORDER: tuple[Pass, ...] = (tidy, *FAST_RUN)
"""Every pass, where it stands when it is included by name."""

logger = logging.getLogger("symc.passes")


class Options(Protocol):
    """What the runner asks of a mode."""

    @property
    def pipeline(self) -> str:
        """Return the name of the pipeline."""

    @property
    def include(self) -> frozenset[str]:
        """Return the names of passes added, and of rules not left out after all."""

    @property
    def exclude(self) -> frozenset[str]:
        """Return the names of passes, rules and families of rules left out."""


class Dump(Struct, frozen=True):
    """What to show of a run: the text of the module before and after the passes named.

    write   takes one text with its heading, and goes to the log unless it is given
    """

    before: frozenset[str] = frozenset()
    after: frozenset[str] = frozenset()
    write: Callable[[str], object] = logger.info

    def show(self, when: str, names: frozenset[str], name: str, module: Module) -> None:
        """Write the module if the pass is one of those named."""
        if name in names:
            self.write(f"// {module.name} {when} {name}\n{to_text(module)}")


def name_of(step: Pass) -> str:
    """Return the name by which a pass is shown, included and excluded."""
    return step.name if isinstance(step, Rewriting | Rewritten) else step.__name__


def choose(options: Options) -> tuple[Pass, ...]:
    """Return the passes of a mode, with the rules it wants and what users have registered.

    Names that no pass or rule has are passed over: programs bring those of Theano's optimizer.
    """
    if options.pipeline not in PIPELINES:
        raise InternalError(f"there is no pipeline {options.pipeline!r}")
    chosen = PIPELINES[options.pipeline]
    passes = [
        step
        for step in ORDER
        if (step in chosen or name_of(step) in options.include)
        and name_of(step) not in options.exclude
    ]
    return tuple(
        step.excluding(options.exclude) if isinstance(step, Rewriting) else step
        for own in passes
        for step in joined(own, name_of(own), options)
    )


def run(
    module: Module,
    options: Options,
    timings: dict[str, float] | None = None,
    dump: Dump | None = None,
) -> Module:
    """Run the pipeline of a mode over a module.

    timings   receives the seconds of each pass by name
    """
    return run_passes(module, choose(options), timings, dump)


def run_unfused(module: Module, options: Options) -> Module:
    """Run the pipeline of a mode up to kernels: what is left are operations with references."""
    return run_passes(module, [step for step in choose(options) if step is not fuse])


def run_passes(
    module: Module,
    passes: Iterable[Pass],
    timings: dict[str, float] | None = None,
    dump: Dump | None = None,
) -> Module:
    """Run passes one after the other: each is named, timed, shown, and verified under SYMC_DEBUG.

    An error of symc's own kind passes through; any other is reported as the pass's mistake.
    """
    verified = bool(os.environ.get("SYMC_DEBUG"))
    dump = dump or Dump()
    for step in passes:
        name = name_of(step)
        dump.show("before", dump.before, name, module)
        start = perf_counter()
        with resting():
            module = _run_one(step, name, module)
        # Values made on the way may have asked for sizes to be equal: that holds of all from now.
        module = replace(module, checks=tuple(module.context.checks))
        seconds = perf_counter() - start
        if timings is not None:
            timings[name] = timings.get(name, 0.0) + seconds
        logger.debug("%s: %s took %.1f ms", module.name, name, 1000 * seconds)
        dump.show("after", dump.after, name, module)
        if verified:
            _verify(module, name)
    return module


def _run_one(step: Pass, name: str, module: Module) -> Module:
    try:
        return step(module) if name == "fuse" else with_bodies(step)(module)
    except Error:
        raise
    except Exception as error:
        raise InternalError(f"{module.name}: pass {name!r} fails: {error!r}") from error


def _verify(module: Module, name: str) -> None:
    try:
        verify(module)
    except InternalError as error:
        raise InternalError(f"after pass {name!r}: {error}") from error
