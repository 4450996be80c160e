"""Samples against their distributions; types, shapes and bounds; what is refused."""

import math

import numpy as np
import pytest
from goodness import LEAST, chi_square, correlation, fraction, kolmogorov, normal_distribution

import symc
import symc.tensor as T
from symc.build import build_module
from symc.compiler.module import walk
from symc.passes.fuse.emission import fuse
from symc.sandbox.rng_mrg import MRG_RandomStreams
from symc.tensor.shared_randomstreams import RandomStreams

MANY = 20000
both = pytest.mark.parametrize("streams", [RandomStreams, MRG_RandomStreams])


def drawn(variable, givens=()):
    return symc.function([], variable, givens=dict(givens))()


def flat(x):
    return np.asarray(x, "float64").ravel()


@both
@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_uniform(streams, dtype):
    x = drawn(streams(3).uniform((MANY,), low=-2, high=3, dtype=dtype))
    assert x.dtype == dtype
    assert x.min() >= -2
    assert x.max() < 3
    assert kolmogorov(flat(x), lambda v: (v + 2) / 5) > LEAST
    assert kolmogorov(flat(x), lambda v: (v + 2.1) / 5.1) < LEAST


@both
@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_normal(streams, dtype):
    x = drawn(streams(4).normal((MANY,), avg=10, std=2, dtype=dtype))
    assert x.dtype == dtype
    assert kolmogorov((flat(x) - 10) / 2, normal_distribution) > LEAST
    assert abs(flat(x).mean() - 10) < 4 * 2 / math.sqrt(MANY)
    assert abs(flat(x).std() / 2 - 1) < 4 / math.sqrt(2 * MANY)


def test_truncated_normal():
    inside = 1 - 2 * 0.02275013194817921
    x = drawn(MRG_RandomStreams(5).normal((MANY,), std=3.0, truncate=True, dtype="float32"))
    assert abs(x).max() <= 6
    found = kolmogorov(x / 3, lambda v: (normal_distribution(v) - 0.02275013194817921) / inside)
    assert found > LEAST
    y = drawn(MRG_RandomStreams(6).truncated_normal((MANY,), avg=1.0, std=3.0))
    assert abs(y.std() / 3 - 1) < 0.03


@both
def test_binomial(streams):
    for n, p in ((1, 0.3), (7, 0.45), (40, 0.9)):
        x = drawn(streams(8).binomial((MANY,), n=n, p=p))
        assert x.dtype == "int64"
        chances = [math.comb(n, k) * p**k * (1 - p) ** (n - k) for k in range(n + 1)]
        counts, expected = np.bincount(x, minlength=n + 1), MANY * np.array(chances)
        first = int(np.argmax(np.cumsum(expected) >= 5))  # what is rarer counts as one
        counts, expected = (
            np.append(x[: first + 1].sum(), x[first + 1 :]) for x in (counts, expected)
        )
        last = len(expected) - int(np.argmax(np.cumsum(expected[::-1]) >= 5)) - 1
        counts, expected = (np.append(x[:last], x[last:].sum()) for x in (counts, expected))
        assert chi_square(counts, expected) > LEAST, (n, p)


def test_poisson():
    random, mean = RandomStreams(8), T.dvector()
    for lam in (0.4, 6.0, 90.0):
        x = drawn(random.poisson((MANY,), lam=lam))
        assert x.dtype == "int64"
        assert abs(x.mean() - lam) < 4.5 * math.sqrt(lam / MANY)
        assert abs(x.var() / lam - 1) < 4.5 * math.sqrt((2 + 1 / lam) / MANY)
    f = symc.function([mean], random.poisson(lam=mean, dtype="float32"))
    got = f([0.0, 3.0, -1.0, np.nan])
    assert got.dtype == "float32"
    assert got[0] == 0
    np.testing.assert_array_equal(np.isnan(got), [False, False, True, True])
    assert drawn(random.poisson((2,), lam=-1.0)).tolist() == [-1, -1]


def test_numbers_of_trials_known_late():
    n, p = T.lvector(), T.dvector()
    f = symc.function([n, p], RandomStreams(9).binomial(n=n, p=p))
    assert f([5, 0, 3, 4, -1, 4], [1.0, 0.5, 0.0, 1.0, 0.5, 1.5]).tolist() == [5, 0, 0, 4, -1, -1]
    x = symc.function([n, p], RandomStreams(9).binomial((MANY, 1), n=n, p=p))([10], [0.5])
    chances = [math.comb(10, k) / 1024 for k in range(11)]
    assert chi_square(np.bincount(x[:, 0], minlength=11), MANY * np.array(chances)) > LEAST


def test_certain_trials():
    random = RandomStreams(9)
    p = np.array([0.0, 1.0], "float32")
    assert drawn(random.binomial((500, 2), p=p)).sum(0).tolist() == [0, 500]
    assert drawn(random.binomial((3, 2), n=np.array([[4], [0], [2]]), p=p)).tolist() == [
        [0, 4], [0, 0], [0, 2],
    ]  # fmt: skip


@both
def test_multinomial(streams):
    p = np.array([0.1, 0.2, 0.3, 0.4])
    once = drawn(streams(10).multinomial(pvals=np.tile(p, (MANY, 1))))
    assert (once.sum(1) == 1).all()
    assert chi_square(once.sum(0), MANY * p) > LEAST
    often = drawn(streams(11).multinomial(n=6, pvals=np.tile(p, (4000, 1)), dtype="float32"))
    assert often.dtype == "float32"
    assert (often.sum(1) == 6).all()
    assert chi_square(often.sum(0), 24000 * p) > LEAST
    first = np.bincount(often[:, 3].astype(int), minlength=7)
    chances = [math.comb(6, k) * 0.4**k * 0.6 ** (6 - k) for k in range(7)]
    assert chi_square(first, 4000 * np.array(chances)) > LEAST
    never = drawn(streams(12).multinomial(n=3, pvals=[[0.0, 2.0, 0.0, 6.0]] * 500))
    assert never[:, [0, 2]].sum() == 0
    assert fraction(never[:, 1].sum(), 1500, 0.25) > LEAST


def test_random_integers():
    x = drawn(RandomStreams(13).random_integers((MANY,), low=-3, high=6))
    assert chi_square(np.bincount(x + 3, minlength=10), np.full(10, MANY / 10)) > LEAST
    low, high = np.array([-(2**62), 5]), np.array([2**62, 5])
    wide = drawn(RandomStreams(14).random_integers((MANY, 2), low=low, high=high))
    assert kolmogorov(wide[:, 0] / 2.0**63, lambda v: v + 0.5) > LEAST
    assert (wide[:, 1] == 5).all()


@both
def test_draws_and_streams_are_independent(streams):
    random = streams(15)
    x, y = random.normal((5000,)), random.normal((5000,))
    f = symc.function([], [x, y])
    (a, b), (c, d) = f(), f()
    for left, right in ((a, b), (a, c), (b, d), (a, d), (a[1:], a[:-1]), (a[16:], a[:-16])):
        assert correlation(left, right) > LEAST
    other = drawn(streams(16).normal((5000,)))
    assert correlation(a, other) > LEAST
    assert correlation(a, a + 10 * b) < LEAST


def test_uniform_never_gives_its_end():
    """Where rounding would: between neighbours, and where the width is rounded itself."""
    random = RandomStreams(17)
    for low, high in ((1.0, 1.0 + 2.0**-22), (-3e-8, 1.0), (1e8, 1e8 + 24)):
        for first, last in ((low, high), (high, low)):
            x = drawn(random.uniform((3000,), low=first, high=last, dtype="float32"))
            assert (x != np.float32(last)).all()
            assert x.min() >= np.float32(min(first, last))
            assert x.max() <= np.float32(max(first, last))
    assert (drawn(random.uniform((5,), low=2.5, high=2.5)) == 2.5).all()
    assert np.isnan(drawn(random.uniform((5,), low=0.0, high=np.nan))).all()


@both
@pytest.mark.parametrize("floatX", ["float32", "float64"])
def test_result_dtypes_are_theanos(streams, floatX):
    with symc.config.change_flags(floatX=floatX):
        random, f, d = streams(18), T.fscalar(), T.dscalar()
        for make in (random.uniform, random.normal):
            assert make((2,)).dtype == floatX
            assert make((2,), f).dtype == floatX
            assert make((2,), d).dtype == "float64"
            assert make((2,), 0, np.int64(3)).dtype == "float64"
            assert make((2,), d, dtype="float32").dtype == "float32"
            assert make((2,), dtype="floatX").dtype == floatX
        assert random.binomial((2,)).dtype == "int64"
        assert random.binomial((2,), dtype="int8").dtype == "int8"
        assert random.multinomial(pvals=T.fmatrix()).dtype == "int64"


def test_integer_uniform():
    x = drawn(RandomStreams(19).uniform((MANY,), high=6, dtype="int32"))
    assert x.dtype == "int32"
    assert chi_square(np.bincount(x, minlength=6), np.full(6, MANY / 6)) > LEAST


@both
def test_sizes(streams):
    random = streams(20)
    i, v, x = T.iscalar(), T.lvector(), T.fmatrix()
    known = {i: 3, v: [2, 4], x: np.zeros((2, 5), "float32")}
    for size, ndim, shape, pattern in (
        ((2, 3), None, (2, 3), (False, False)),
        ((1, 3), None, (1, 3), (True, False)),
        ([2, 1], 2, (2, 1), (False, True)),
        (4, None, (4,), (False,)),
        ((), None, (), ()),
        (i, None, (3,), (False,)),
        ((i, 2, i + 1), None, (3, 2, 4), (False,) * 3),
        (v, 2, (2, 4), (False, False)),
        (x.shape, None, (2, 5), (False, False)),
        ((x.shape[1], 1), None, (5, 1), (False, True)),
        (np.array([2, 2]), None, (2, 2), (False, False)),
    ):
        sample = random.uniform(size, ndim=ndim)
        assert sample.broadcastable == pattern, size
        used = [k for k in known if k in symc.variable.ancestors([sample])]
        assert symc.function(used, sample)(*(known[k] for k in used)).shape == shape


def test_sizes_from_parameters():
    random = RandomStreams(21)
    v, m = T.fvector(), T.fmatrix()
    V, M = np.arange(3, dtype="float32"), np.zeros((2, 3), "float32")
    sample = symc.function([v, m], random.uniform(low=v, high=m + 10))(V, M)
    assert sample.shape == (2, 3)
    assert (sample >= V).all()
    assert symc.function([m], random.normal((4, -1, 3), avg=m))(M).shape == (4, 2, 3)
    assert drawn(random.normal(avg=V)).shape == (3,)
    assert random.uniform().ndim == 0
    assert drawn(random.multinomial(size=(4, -1), pvals=np.ones((2, 3)))).shape == (4, 2, 3)
    assert drawn(random.uniform((0, 2))).shape == (0, 2)


@pytest.mark.parametrize(
    ("make", "kind", "text"),
    [
        (lambda r: r.uniform((2,), ndim=2), ValueError, "has 1 dimensions, not ndim=2"),
        (lambda r: r.uniform((2,), low=T.fmatrix()), ValueError, "more dimensions than the sample"),
        (lambda r: r.uniform((-2,)), ValueError, "negative size"),
        (lambda r: r.uniform((-1,)), ValueError, "no parameter says how long"),
        (lambda r: r.uniform((2.5,)), TypeError, "integer scalar"),
        (lambda r: r.uniform(T.lvector()), ValueError, "say it with ndim="),
        (lambda r: r.uniform((2,), dtype="complex64"), TypeError, "draws no complex64"),
        (lambda r: r.binomial((2,), n=1.5), TypeError, "n is an integer"),
        (lambda r: r.binomial((2,), n=-1), ValueError, "cannot be -1 trials"),
        (lambda r: r.random_integers((2,), low=3, high=2), ValueError, "no integer lies"),
        (lambda r: r.multinomial(pvals=0.5), TypeError, "pvals is a vector"),
        (lambda r: r.poisson((2,), lam=1j), TypeError, "a parameter is real"),
        (lambda r: r.binomial((2,), n=2, p=1j), TypeError, "a parameter is real"),
        (lambda r: r.multinomial(n=-1, pvals=[1.0]), ValueError, "cannot be -1 trials"),
    ],
)
def test_refused(make, kind, text):
    with pytest.raises(kind, match=text):
        make(RandomStreams(22))


@pytest.mark.parametrize(
    ("make", "kind", "text"),
    [
        (lambda r: r.uniform((0, 2)), ValueError, "a size is at least 1"),
        (lambda r: r.normal(None), ValueError, "a size is at least 1"),
        (lambda r: r.multinomial(), TypeError, "the probabilities are missing"),
        (lambda r: r.multinomial(size=(2,), pvals=T.fmatrix()), ValueError, "size is not used"),
        (lambda r: r.multinomial(pvals=T.fvector()), NotImplementedError, "are a matrix"),
        (lambda r: MRG_RandomStreams(0), ValueError, "nothing but 0"),
        (lambda r: MRG_RandomStreams(2**31), ValueError, "is not below"),
        (lambda r: MRG_RandomStreams([1, 2]), TypeError, "an integer or six"),
    ],
)
def test_refused_by_the_other_class(make, kind, text):
    with pytest.raises(kind, match=text):
        make(MRG_RandomStreams(23))


def test_parameters_must_fit_the_size():
    v = T.fvector()
    f = symc.function([v], RandomStreams(24).normal((3,), avg=v))
    assert f(np.zeros(3, "float32")).shape == (3,)
    with pytest.raises(symc.ShapeMismatch):
        f(np.zeros(4, "float32"))


def test_gradients_are_those_of_the_formula():
    random = RandomStreams(25)
    a, b = T.dscalar(), T.dscalar()
    u, z = random.uniform((50,), low=a, high=b), random.normal((50,), avg=a, std=b)
    f = symc.function([a, b], [u, z, *symc.grad(u.sum(), [a, b]), *symc.grad(z.sum(), [a, b])])
    u, z, du_low, du_high, dz_avg, dz_std = f(2.0, 5.0)
    part = (u - 2) / 3
    np.testing.assert_allclose([du_low, du_high], [(1 - part).sum(), part.sum()])
    np.testing.assert_allclose([dz_avg, dz_std], [50, ((z - 2) / 5).sum()])


def test_a_dropped_mask_is_one_kernel():
    """The numbers are drawn where they are used; the result and the state alone are written."""
    x = T.fmatrix()
    mask = RandomStreams(26).binomial(x.shape, p=0.5, dtype="float32")
    module = fuse(build_module([x], [x * mask], [mask.update]))
    made = [v for v in walk(module.roots()) if v.op.name == "kernel"]
    assert sorted(v.type.dtype for v in made) == ["float32", "uint64"]
