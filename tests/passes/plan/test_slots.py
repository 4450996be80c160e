"""Temporaries share memory where they never live together, and take little more than they must."""

import random

import pytest

from symc.passes.plan.host import HostScalars
from symc.passes.plan.slots import Life, assign


def live_minimum(lives):
    """Return the most bytes that live at once."""
    times = {life.first for life in lives}
    return max(sum(x.size for x in lives if x.first <= t <= x.last) for t in times)


def drawn(seed, count, sizes):
    """Return temporaries of some sizes, most of which live shortly."""
    rng = random.Random(seed)
    lives = []
    for k in range(count):
        first = rng.randrange(count)
        length = int(rng.expovariate(0.2)) if rng.random() < 0.8 else rng.randrange(count)
        lives.append(Life(k, rng.choice(sizes), first, first + length))
    return lives


@pytest.mark.parametrize("seed", range(30))
def test_what_lives_together_lies_apart(seed):
    lives = drawn(seed, 60, [8, 4000, 4096, 100_000, 8_000_000])
    places, slots = assign(lives, HostScalars(0, {}))
    for a in lives:
        assert slots[places[a.key]] >= a.size
        for b in lives:
            together = a.first <= b.last and b.first <= a.last
            assert a is b or not together or places[a.key] != places[b.key]
    assert sum(slots) <= sum(life.size for life in lives)


@pytest.mark.parametrize("seed", range(30))
def test_one_size_takes_no_more_than_it_must(seed):
    lives = drawn(seed, 60, [4096])
    assert sum(assign(lives, HostScalars(0, {}))[1]) == live_minimum(lives)


@pytest.mark.parametrize("seed", range(30))
def test_some_sizes_take_little_more(seed):
    lives = drawn(seed, 60, [64, 4096, 1_000_000])
    assert sum(assign(lives, HostScalars(0, {}))[1]) <= 1.1 * live_minimum(lives)


def test_a_small_one_does_not_keep_a_large_one_from_its_place():
    large = [Life("a", 1000, 0, 0), Life("b", 1000, 2, 2)]
    small = Life("c", 10, 1, 3)
    places, slots = assign([large[0], small, large[1]], HostScalars(0, {}))
    assert slots == (1000, 10)
    assert places == {"a": 0, "b": 0, "c": 1}


def test_open_sizes_are_compared_by_a_guess():
    host = HostScalars(0, {})
    width = host.compute("dimension", (), attributes=(("axis", 0), ("buffer", None)))
    square, line = host.product((4, width, width)), host.product((4, width))
    places, slots = assign(
        [Life("line", line, 0, 0), Life("square", square, 1, 1), Life("again", square, 2, 3)], host
    )
    assert set(places.values()) == {0}
    assert host.guess(slots[0]) == 4_000_000


def test_many_of_many_sizes_are_placed_in_time_that_grows_with_their_number():
    lives = [Life(k, 64 * (k % 997 + 1), k, k + 5) for k in range(20_000)]
    _, slots = assign(lives, HostScalars(0, {}))
    assert len(slots) < 2000
