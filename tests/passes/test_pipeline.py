"""The runner names, times, shows and verifies passes, and chooses them by name."""

import logging
from dataclasses import dataclass

import numpy as np
import pytest
from msgspec.structs import replace

from symc.compiler.errors import InternalError, ShapeMismatch
from symc.compiler.module import walk
from symc.compiler.ops.exponential import exp, log, sigmoid
from symc.compiler.ops.network import block_gradient, softmax
from symc.passes.canonical import tidy
from symc.passes.lower import lower
from symc.passes.pipeline import FAST_COMPILE, FAST_RUN, Dump, choose, name_of, run, run_passes
from symc.passes.rewrite import Rewriting
from tests.passes.graphs import build, compute

VECTOR = ("float64", 1)


@dataclass(frozen=True)
class Mode:
    pipeline: str = "FAST_RUN"
    include: frozenset[str] = frozenset()
    exclude: frozenset[str] = frozenset()


def names(mode):
    return [name_of(step) for step in choose(mode)]


def ops(module):
    return [v.op.name for v in walk(module.outputs) if v.op.family != "leaf"]


def test_pipelines_by_name():
    assert names(Mode()) == [
        "canonicalize",
        "stabilize",
        "join_loops",
        "read_last",
        "hoist",
        "defer",
        "prune_loops",
        "fuse_loops",
        "simplify",
        "pick",
        "moments",
        "invert",
        "split",
        "select",
        "lower",
        "fuse",
    ]
    assert names(Mode("FAST_COMPILE")) == [
        *("tidy", "join_loops", "read_last", "prune_loops", "split", "select", "lower", "fuse")
    ]
    with pytest.raises(InternalError, match="no pipeline 'SLOW_RUN'"):
        choose(Mode("SLOW_RUN"))


LOOPS = frozenset({"join_loops", "read_last", "hoist", "defer", "prune_loops", "fuse_loops"})


def test_passes_and_rules_are_chosen_by_name():
    without = LOOPS | frozenset(
        {
            "fuse",
            "simplify",
            "log_sigmoid",
            "pick",
            "moments",
            "invert",
            "local_log_softmax_of_theano",
        }
    )
    chosen = choose(Mode(exclude=without))
    assert [name_of(step) for step in chosen] == [
        "canonicalize",
        "stabilize",
        "split",
        "select",
        "lower",
    ]
    module = build(lambda x: log(sigmoid(x)), VECTOR)
    assert ops(run_passes(module, chosen)) == ["sigmoid", "log"]
    more = Mode("FAST_COMPILE", include=frozenset({"stabilize"}), exclude=LOOPS | {"fuse"})
    assert names(more) == ["tidy", "stabilize", "split", "select", "lower"]
    assert "softplus" in ops(run(module, more))


def test_a_run_is_timed_and_logged(caplog):
    caplog.set_level(logging.DEBUG, "symc.passes")
    timings = {}
    run(build(lambda x: exp(x), VECTOR), Mode(exclude=frozenset({"fuse"})), timings)
    own = [name for name in timings if name not in LOOPS]
    assert own == [
        "canonicalize",
        "stabilize",
        "simplify",
        "pick",
        "moments",
        "invert",
        "split",
        "select",
        "lower",
    ]
    assert timings.keys() >= LOOPS
    assert all(seconds > 0 for seconds in timings.values())
    assert "f: canonicalize took" in caplog.text


def test_modules_are_shown_before_and_after():
    shown = []
    dump = Dump(frozenset({"lower"}), frozenset({"tidy", "lower"}), shown.append)
    run_passes(build(lambda x: softmax(x, axis=0), VECTOR), FAST_COMPILE[:-1], dump=dump)
    heads = [text.splitlines()[0] for text in shown]
    assert heads == ["// f after tidy", "// f before lower", "// f after lower"]
    assert ["softmax(" in text for text in shown] == [True, True, False]


def raising(module):
    raise ValueError("no")


def mismatched(module):
    raise ShapeMismatch("the user's mistake")


def corrupting(module):
    return replace(module, parameters=module.parameters[::-1])


def test_mistakes_name_the_pass(monkeypatch):
    module = build(lambda x, y: x + y, VECTOR, ("float64", (True,)))
    with pytest.raises(InternalError, match=r"f: pass 'raising' fails: ValueError\('no'\)"):
        run_passes(module, [raising])
    with pytest.raises(ShapeMismatch, match="the user's mistake"):
        run_passes(module, [mismatched])
    run_passes(module, [corrupting])
    monkeypatch.setenv("SYMC_DEBUG", "1")
    with pytest.raises(InternalError, match="after pass 'corrupting'"):
        run_passes(module, [corrupting])


def test_tidy_keeps_the_bits():
    def make(x, y):
        return (x + y) + (x - y) + 0.0, x * 3 / 3 * y, -(x * -y), (x / x) - 1

    module = build(make, VECTOR, VECTOR)
    x, y = np.random.default_rng(0).normal(size=(2, 1000))
    before, after = compute(module, x, y), compute(tidy(module), x, y)
    for a, b in zip(before, after, strict=True):
        np.testing.assert_array_equal(a.view("int64"), b.view("int64"))


def test_lower_leaves_nothing_to_lower():
    module = lower(build(lambda x: block_gradient(softmax(x, axis=0)), VECTOR))
    values = list(walk(module.outputs))
    assert all(v.op.lower is None and v.op.name != "block_gradient" for v in values)


def test_every_rewriting_pass_is_named_once():
    every = [step for step in (tidy, *FAST_RUN) if isinstance(step, Rewriting)]
    assert len({step.name for step in every}) == len(every) == 8
