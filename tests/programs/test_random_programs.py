"""Random programs: printers, interpreter and original agree, each as far as it promises.

SYMC_FUZZ programs from the seed SYMC_FUZZ_SEED on; `python -m random_programs` in tests/ runs
many and keeps what differs, made small, as scripts.
"""

import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from random_programs import forms
from random_programs.compare import TURNS, Comparison, Tally, passed
from random_programs.differences import wrong_slopes
from random_programs.grow import Grower
from random_programs.make import TOGETHER, batch, begin, leaves
from random_programs.program import Leaf, Line, Program, Slope, code
from random_programs.shrink import shrunk

from symc.build import build_module
from symc.compiler.module import walk_with_sizes
from symc.compiler.op import registry

COUNT = int(os.environ.get("SYMC_FUZZ", "160"))
FIRST = int(os.environ.get("SYMC_FUZZ_SEED", "0"))
TALLY = Tally()
TESTS = Path(__file__).parents[1]


@pytest.mark.parametrize("seed", range(FIRST, FIRST + COUNT, TOGETHER))
def test_all_ways_agree(seed):
    program, modes = batch(range(seed, seed + TOGETHER)), TURNS[seed // TOGETHER % len(TURNS)]
    TALLY.counts["programs"] += TOGETHER
    found = Comparison(program, TALLY, modes).differences()
    if found:
        small = shrunk(program, lambda p: bool(Comparison(p, None, modes).differences()))
        pytest.fail(f"seed {seed}: {found[0]}\n{code(small)}")


def test_all_ways_agree_where_limits_are_low(tmp_path):
    """In a process of its own, since what was compiled with other limits must not be taken."""
    command = [sys.executable, "-m", "random_programs", str(FIRST), str(COUNT // 4), tmp_path]
    done = subprocess.run([*command, "--lower"], cwd=TESTS, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_enough_is_compared():
    """Most calls succeed with finite numbers, and few elements hang on last digits."""
    counts = TALLY.counts
    if counts["programs"] < 100:
        pytest.skip("too few programs ran here to say")
    assert counts["calls that fail"] < counts["calls"] / 3
    assert counts["calls not finite"] < counts["calls"] / 4
    assert counts["vague elements"] < counts["elements"] / 10


def test_every_operation_has_a_form():
    assert {op.name for op in registry()} == set(forms.MADE) | set(forms.NEVER)


@pytest.mark.parametrize("name", forms.MADE)
def test_a_form_makes_its_operation(name):
    """The program that begins with an operation has it, as written or after passes."""
    assert any(name in made_by(name, seed) for seed in range(5))


def made_by(name, seed):
    """Return the names of all operations of a program that begins with the one named."""
    g = Grower(seed, leaves(seed))
    begin(g, name)
    inputs = [g.known[leaf.name] for leaf in g.leaves if leaf.kind == "input"]
    module = build_module(inputs, [g.known[x] for line in g.lines for x in line.makes])
    if not g.lines:
        return set()
    modules = (module, passed(module, "fast_run"))
    return {value.op.name for m in modules for value in walk_with_sizes(m.roots())}


def test_a_difference_is_found():
    """A program that computes something else than its module is told apart, and made small."""
    program = batch(range(8))
    comparison = Comparison(program, None, TURNS[1])
    name = next(n for n in program.outputs if not n.startswith("v0_"))
    mode = TURNS[1][0]
    honest = comparison.functions[mode]
    place = program.outputs.index(name)

    def wrong(*arrays):
        results = honest(*arrays)
        results[place] = ~results[place] if results[place].dtype == bool else results[place] + 1
        return results

    comparison.functions[mode] = wrong
    assert {d.name for d in comparison.differences()} == {name}


@pytest.mark.parametrize(
    ("cost", "differentiated", "count"),
    [
        ("T.sum(x0 ** 2)", "T.sum(x0 ** 2)", {"derivatives": 1}),
        ("T.sum(x0 ** 2)", "T.sum(x0 ** 3)", {"derivatives": 1}),
        ("T.sum(abs(x0))", "T.sum(x0 ** 3)", {"derivatives left out": 1}),
    ],
)
def test_slopes_are_compared_where_programs_are_smooth(cost, differentiated, count):
    leaf = Leaf("x0", "input", (False,), (np.array([0.0, 2.0]),))
    line = Line(("v0",), f"T.grad({differentiated}, x0)", slope=Slope(cost, ("x0",)))
    counts = Counter()
    found = list(wrong_slopes(Program((leaf,), (line,), ("v0",)), counts))
    assert counts == count
    assert [name for name, _ in found] == (["v0"] if "3" in differentiated and "2" in cost else [])


def test_steps_of_loops_are_shrunk():
    leaf = Leaf("x0", "input", (False,), (np.ones(2),))
    body = (Line(("b0_0",), "T.exp(r0_0)"), Line(("b0_1",), "T.tanh(b0_0)"))
    line = Line(("v0",), "symc.map(lambda r0_0: (BODY b0_1,)[-1], [x0])[0]", body)
    small = shrunk(Program((leaf,), (line,), ("v0",)), lambda p: "tanh" in code(p))
    assert [x.code for x in small.lines[0].body] == ["T.tanh(r0_0)"]
