"""Random programs: printers, interpreter and original agree, each as far as it promises.

SYMC_FUZZ programs from the seed SYMC_FUZZ_SEED on; `python -m random_programs` in tests/ runs
many and keeps what differs, made small, as scripts.
"""

import os

import pytest
from random_programs.compare import TURNS, Comparison, Tally
from random_programs.make import TOGETHER, batch
from random_programs.program import code
from random_programs.shrink import shrunk

COUNT = int(os.environ.get("SYMC_FUZZ", "160"))
FIRST = int(os.environ.get("SYMC_FUZZ_SEED", "0"))
TALLY = Tally()


@pytest.mark.parametrize("seed", range(FIRST, FIRST + COUNT, TOGETHER))
def test_all_ways_agree(seed):
    program, modes = batch(range(seed, seed + TOGETHER)), TURNS[seed // TOGETHER % len(TURNS)]
    TALLY.counts["programs"] += TOGETHER
    found = Comparison(program, TALLY, modes).differences()
    if found:
        small = shrunk(program, lambda p: bool(Comparison(p, None, modes).differences()))
        pytest.fail(f"seed {seed}: {found[0]}\n{code(small)}")


def test_enough_is_compared():
    """Most calls succeed with finite numbers, and few elements hang on last digits."""
    counts = TALLY.counts
    if counts["programs"] < 100:
        pytest.skip("too few programs ran here to say")
    assert counts["calls that fail"] < counts["calls"] / 3
    assert counts["calls not finite"] < counts["calls"] / 4
    assert counts["vague elements"] < counts["elements"] / 10


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
