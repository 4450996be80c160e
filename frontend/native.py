"""Compiles a module to native code: cache, passes, program, kernels, one block of code."""

from __future__ import annotations

import os
import sys
from functools import cache, partial
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any, Protocol

from msgspec import Struct, field

from symc.compiler.cache import Cache, Record, key_of, tools
from symc.compiler.collector import resting
from symc.compiler.module import Module, walk_all
from symc.compiler.target.isa import Target, host_target
from symc.compiler.text import canonical, python_calls
from symc.config import config

if TYPE_CHECKING:  # what a function from the cache does without
    from symc.compiler.program.record import Program

__all__ = ["Artifact", "Options", "compile_module", "function_cache", "plan_module"]


class Options(Protocol):
    """What the compiler asks of a mode."""

    @property
    def printer(self) -> str:
        """Return 'mlir' or 'llvm'."""

    @property
    def pipeline(self) -> str:
        """Return the name of the pipeline: 'FAST_RUN' or 'FAST_COMPILE'."""

    @property
    def include(self) -> frozenset[str]:
        """Return the rules and passes added by name."""

    @property
    def exclude(self) -> frozenset[str]:
        """Return the rules and passes left out by name."""


class Artifact(Struct, frozen=True):
    """A compiled function before it is bound to its shared variables.

    blob, entry     the code and the offset of the entry point
    outputs         dtype and rank of each array returned, then of each swapped state
    written, swaps  states changed in place; states whose storage an extra output replaces
    sites           site number in the code -> site number in the module it was compiled from
    texts           readable stages: 'kernels', 'program', and code texts where they were made
    timings         seconds by stage, those of all threads added; only 'load' from the cache
    cached          whether the whole function came from the cache
    """

    blob: bytes
    entry: int
    outputs: tuple[tuple[str, int], ...]
    written: tuple[int, ...]
    swaps: tuple[int, ...]
    sites: dict[int, int]
    texts: dict[str, str] = field(default_factory=dict)
    timings: dict[str, float] = field(default_factory=dict)
    cached: bool = False


@resting()
def compile_module(module: Module, options: Options, target: Target | None = None) -> Artifact:
    """Return the module's native code, from the cache when the same was compiled before."""
    target = target or host_target()
    cache_ = function_cache()
    added = _versions(options)
    order = site_order(module)
    start = perf_counter()
    key = function_key(module, options, target, order, added or ())
    whole = cache_ if added is not None else None
    known = whole.load(key) if whole else None
    if known is not None:
        return _from_record(known, order, perf_counter() - start)
    timings: dict[str, float] = {}
    program, texts = _timed_plan(module, options, target, timings)
    from symc.compiler.link import Linker
    from symc.processors import processors

    workers = config.compile_threads or processors()
    linked = Linker(target, options.printer, cache_, workers).link(program)
    timings.update(linked.timings)
    description = {
        "entry": linked.entry,
        "outputs": [[spec.dtype, len(spec.shape)] for spec in program.outputs],
        "written": list(program.written),
        "swaps": list(program.swaps),
        "sites": order,
        "texts": texts,
    }
    record = Record(description, linked.blob)
    if whole:
        whole.store(key, record)
    return _artifact(record, order, {**texts, **linked.texts}, timings, cached=False)


@resting()
def plan_module(
    module: Module, options: Options, target: Target, timings: dict[str, float] | None = None
) -> tuple[Program, dict[str, str]]:
    """Return the program that the passes make of a module, and its readable stages."""
    from symc.compiler.codegen.contraction import work_bytes
    from symc.compiler.program.text import to_text as program_text
    from symc.compiler.text import to_text as module_text
    from symc.passes.pipeline import run
    from symc.passes.plan import plan

    fused = run(module, options, timings)
    program = plan(fused, partial(work_bytes, target=target), python_calls(module))
    return program, {"kernels": module_text(fused), "program": program_text(program)}


def _timed_plan(
    module: Module, options: Options, target: Target, timings: dict[str, float]
) -> tuple[Program, dict[str, str]]:
    start = perf_counter()
    result = plan_module(module, options, target)
    timings["passes"] = perf_counter() - start
    return result


def site_order(module: Module) -> list[int]:
    """Return the module's site numbers in the order in which its canonical text meets them."""
    sites = dict.fromkeys(check.site for check in module.checks)
    sites.update(dict.fromkeys(v.site for v in walk_all(module)))
    return list(sites)


def _versions(options: Options) -> tuple[str, ...] | None:
    """Return the versions of the rules and passes of the user's; None where one has none.

    They are not looked for where nobody can have registered any: that would import the rules.
    """
    registered = sys.modules.get("symc.passes.registered")
    found: tuple[str, ...] | None = registered.versions(options) if registered else ()
    return found


def function_key(
    module: Module, options: Options, target: Target, order: list[int], added: tuple[str, ...]
) -> str:
    """Name everything the code depends on; which values share a site is part of it."""
    chosen = (options.pipeline, sorted(options.include), sorted(options.exclude), options.printer)
    wish = repr((chosen, added))
    with resting():
        place = {site: k for k, site in enumerate(order)}
        pattern = [place[v.site] for v in walk_all(module)]
        pattern += [place[check.site] for check in module.checks]
        return key_of("function", canonical(module), repr(pattern), wish, str(target), tools())


def _from_record(record: Record, order: list[int], seconds: float) -> Artifact:
    return _artifact(record, order, record.description["texts"], {"load": seconds}, cached=True)


def _artifact(
    record: Record, order: list[int], texts: dict[str, str], timings: dict[str, float], cached: bool
) -> Artifact:
    facts: dict[str, Any] = record.description
    return Artifact(
        record.content,
        facts["entry"],
        tuple((dtype, ndim) for dtype, ndim in facts["outputs"]),
        tuple(facts["written"]),
        tuple(facts["swaps"]),
        dict(zip(facts["sites"], order, strict=True)),
        texts,
        timings,
        cached,
    )


@cache
def _cache_at(folder: Path) -> Cache:
    return Cache(folder)


def function_cache() -> Cache | None:
    """Return the cache that `config.cache_dir` names; SYMC_CACHE_DIR overrules, '' is none."""
    folder = os.environ.get("SYMC_CACHE_DIR", config.cache_dir)
    return _cache_at(Path(folder)) if folder else None
