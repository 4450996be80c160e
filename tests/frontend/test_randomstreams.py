"""Streams: seeds, states, updates, and what is kept when they travel."""

import copy
import pickle
import subprocess

import numpy as np
import pytest

import symc
import symc.tensor as T
from symc.cli import main
from symc.sandbox.rng_mrg import MRG_RandomStreams
from symc.tensor import raw_random
from symc.tensor.shared_randomstreams import RandomStateSharedVariable, RandomStreams

both = pytest.mark.parametrize("streams", [RandomStreams, MRG_RandomStreams])

# What was drawn when this was written.
FIRST = [0.1592741927479605, 0.14756024373863152]
FIRST_OF_MRG = [0.46779062397213333, 0.10290525110467474]


def same(*arrays):
    return all((x == arrays[0]).all() for x in arrays)


@both
def test_a_seed_gives_the_same_numbers(streams):
    f, g, other = (symc.function([], streams(seed).uniform((4,))) for seed in (5, 5, 6))
    assert same(f(), g())
    assert same(f(), g())
    assert not same(f(), f())
    assert not same(f(), other())


def test_numbers_of_the_first_release():
    """What a seed means stays, so that results can be reproduced."""
    u = symc.function([], RandomStreams(234).uniform((2,)))()
    np.testing.assert_array_equal(u, FIRST)
    v = symc.function([], MRG_RandomStreams(234).uniform((2,)))()
    np.testing.assert_array_equal(v, FIRST_OF_MRG)


@both
def test_seeding_starts_anew(streams):
    random = streams(5)
    f = symc.function([], [random.uniform((3,)), random.normal((3,))])
    first, second = f(), f()
    random.seed()
    assert all(map(same, first, f()))
    random.seed(9)
    fresh = streams(9)
    g = symc.function([], [fresh.uniform((3,)), fresh.normal((3,))])
    assert all(map(same, f(), g()))
    assert not same(first[0], second[0])


def test_without_a_seed_nobody_foresees():
    f, g = (symc.function([], RandomStreams().uniform((4,))) for _ in range(2))
    assert not same(f(), g())


@both
def test_updates_can_be_left_out_or_given(streams):
    random = streams(5)
    x = random.uniform((4,))
    still = symc.function([], x, no_default_updates=True)
    moving = symc.function([], x)
    assert same(still(), still(), moving())
    assert not same(moving(), still())
    given = symc.function([], x, no_default_updates=True, updates=[x.update])
    assert not same(given(), given())
    explicit = symc.function([], x, updates=[u[:2] for u in random.updates()])
    assert not same(explicit(), explicit())


@both
def test_one_variable_is_drawn_once_a_call(streams):
    x = streams(5).normal((4,))
    f = symc.function([], [x + x - 2 * x, x])
    assert same(f()[0], np.zeros(4))
    assert not same(f()[1], f()[1])


def test_numbers_do_not_depend_on_the_shape():
    x, y = (RandomStreams(5).uniform(size) for size in ((6,), (2, 3)))
    assert same(symc.function([], x)(), symc.function([], y)().ravel())


@both
def test_states_can_be_kept_and_copied(streams):
    x, y = streams(5).uniform((4,)), streams(6).uniform((4,))
    f, g = symc.function([], x), symc.function([], y)
    f()
    kept = x.rng.get_value()
    first = f()
    x.rng.set_value(kept)
    assert same(f(), first)
    y.rng.set_value(kept)
    assert same(g(), first)
    assert int(kept[1]) == 1  # a copy, which draws have not touched


def test_the_tutorial_of_theano():
    random = RandomStreams(seed=234)
    u = random.uniform((2, 2))
    f = symc.function([], u)
    value = u.rng.get_value(borrow=True)
    value.seed(89234)
    u.rng.set_value(value, borrow=True)
    first = f()
    random[u.rng].seed(89234)
    assert same(f(), first)
    random[u.rng] = np.random.RandomState(3)
    assert not same(f(), first)


def test_streams_of_two_programs_in_step():
    """Theano's way to move the state of one program's streams into another's."""

    class Graph:
        def __init__(self, seed):
            self.rng = MRG_RandomStreams(seed)
            self.y = self.rng.uniform(size=(1,))

    one, two = Graph(123), Graph(987)
    f, g = symc.function([], one.y), symc.function([], two.y)
    f()
    assert not same(f(), g())
    two.rng.rstate = one.rng.rstate
    for mine, theirs in zip(one.rng.state_updates, two.rng.state_updates, strict=True):
        theirs[0].set_value(mine[0].get_value())
    assert same(f(), g())
    more = [symc.function([], graph.rng.normal((3,))) for graph in (one, two)]
    assert same(*(h() for h in more))


def test_a_generator_of_numpy_is_a_state():
    given = np.random.RandomState(3)
    before = given.get_state()[1].copy()
    state = symc.shared(given)
    assert isinstance(state, RandomStateSharedVariable)
    assert same(given.get_state()[1], before)
    assert same(symc.shared(np.random.RandomState(3)).get_value(), state.get_value())
    assert not same(symc.shared(np.random.RandomState(4)).get_value(), state.get_value())
    after, sample = raw_random.normal(state, (5,))
    f = symc.function([], sample, updates=[(state, after)])
    assert not same(f(), f())


def test_a_state_may_be_an_input():
    state = raw_random.random_state_type("state")
    after, sample = raw_random.uniform(state, (3,))
    f = symc.function([state], [after, sample])
    start = np.array([7, 0], "uint64")
    (moved, first), (_, again) = f(start), f(start)
    assert same(first, again)
    assert not same(f(moved)[1], first)


@pytest.mark.parametrize("mode", ["FAST_RUN", "FAST_COMPILE"])
def test_native_code_draws_the_interpreters_numbers(mode):
    def numbers(mode):
        random = RandomStreams(5)
        uniform, integers = random.uniform((3, 7), -1, 2), random.random_integers((9,), high=100)
        hits = MRG_RandomStreams(5).binomial((5, 5), p=0.3, dtype="float32")
        f = symc.function([], [uniform, integers, hits], mode=mode)
        f()
        return f()

    assert all(map(same, numbers(mode), numbers("INTERPRET")))


@pytest.mark.parametrize("mode", ["FAST_RUN", "INTERPRET"])
def test_a_failed_call_draws_nothing(mode):
    x, i = T.vector(), T.iscalar()
    noise = RandomStreams(5).uniform(x.shape)
    f = symc.function([x, i], (x + noise)[i], mode=mode)
    with pytest.raises(IndexError):
        f(np.zeros(3), 7)
    assert int(noise.rng.get_value()[1]) == 0
    f(np.zeros(3), 1)
    assert int(noise.rng.get_value()[1]) == 1


def test_pickles_and_copies_go_on_where_they_were():
    f = symc.function([], RandomStreams(5).uniform((4,)))
    f()
    packed, twin = pickle.dumps(f), copy.deepcopy(f)
    expected = [f(), f()]
    for other in (pickle.loads(packed), twin):
        assert all(map(same, [other(), other()], expected))


def test_streams_are_pickled_with_their_variables():
    random = RandomStreams(5)
    x = random.uniform((4,))
    random, x = pickle.loads(pickle.dumps((random, x)))
    assert x.rng is random.state_updates[0][0]
    f = symc.function([], x)
    first = f()
    random.seed()
    assert same(f(), first)


def test_givens_and_clones_share_the_state():
    scale = T.dscalar()
    noise = RandomStreams(5).normal((3,))
    y = scale * noise
    f = symc.function([], symc.clone(y, {scale: T.constant(2.0, dtype="float64")}))
    g = symc.function([], y, givens={scale: T.constant(4.0, dtype="float64")})
    start = noise.rng.get_value()
    first = f()
    noise.rng.set_value(start)
    np.testing.assert_allclose(g(), 2 * first)


@pytest.mark.parametrize(
    ("seed", "kind"), [(-1, ValueError), (1.5, TypeError), ("a", TypeError), ([], TypeError)]
)
def test_bad_seeds(seed, kind):
    with pytest.raises(kind, match="a seed is"):
        RandomStreams(seed)


def test_rows_of_substreams():
    random = MRG_RandomStreams(5)
    rows = random.get_substream_rstates(3, "float32", inc_rstate=False)
    assert len({int(key) for key, _ in rows}) == 3
    assert same(random.uniform((2,)).rstate.get_value(), rows[0])
    assert same(random.uniform((2,)).rstate.get_value(), rows[1])
    assert random.n_streams((100, 100)) == 1


MODEL = """
import symc
from symc.tensor.shared_randomstreams import RandomStreams
noise = RandomStreams(seed=5).normal((3,), dtype="float32")
draw = symc.function([], noise, name="draw")
"""
PROGRAM = """
#include "draw.h"
#include <stdio.h>
static _Alignas(64) char work[1 << 16];
int main(void) {
    draw_state state;
    float y[3];
    if (draw_state_init(&state, sizeof state)) return 1;
    for (int k = 0; k < 2; k++) {
        if (draw_flat(&state, y, work)) return 2;
        printf("%.9g %.9g %.9g\\n", y[0], y[1], y[2]);
    }
    return 0;
}
"""


def test_compiled_for_c_the_state_travels_along(tmp_path, capsys):
    (tmp_path / "model.py").write_text(MODEL)
    assert main(["compile", f"{tmp_path}/model.py:draw", "-o", f"{tmp_path}/libdraw.a", "-q"]) == 0
    (tmp_path / "main.c").write_text(PROGRAM)
    command = ["cc", "-std=c11", "-Wall", "-Werror", "main.c", "libdraw.a", "-o", "main"]
    subprocess.run(command, cwd=tmp_path, check=True)
    run = subprocess.run(["./main"], cwd=tmp_path, capture_output=True, text=True, check=True)
    noise = RandomStreams(seed=5).normal((3,), dtype="float32")
    f = symc.function([], noise, mode="FAST_RUN")
    got = [[np.float32(x) for x in line.split()] for line in run.stdout.splitlines()]
    np.testing.assert_array_equal(got, [f(), f()])
