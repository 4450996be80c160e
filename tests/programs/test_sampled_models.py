"""Models that are trained or explored by sampling find what they should."""

import numpy as np
import pytest
from near import assert_near

import symc as theano
import symc.tensor as T
from symc.sandbox.rng_mrg import MRG_RandomStreams
from symc.tensor.shared_randomstreams import RandomStreams


class RBM:
    """A restricted Boltzmann machine with binary units, trained by contrastive divergence."""

    def __init__(self, visible, hidden):
        rng = np.random.default_rng(3)
        self.rng = RandomStreams(4)
        self.w = theano.shared(rng.uniform(-0.5, 0.5, (visible, hidden)), name="W")
        self.h, self.v = theano.shared(np.zeros(hidden)), theano.shared(np.zeros(visible))
        self.params = [self.w, self.h, self.v]

    def free_energy(self, v):
        inside = T.dot(v, self.w) + self.h
        return -T.sum(T.log(1 + T.exp(inside)), axis=1) - T.dot(v, self.v)

    def hidden(self, v):
        return self._sample(T.dot(v, self.w) + self.h)

    def visible(self, h):
        return self._sample(T.dot(h, self.w.T) + self.v)

    def _sample(self, inside):
        mean = T.nnet.sigmoid(inside)
        return self.rng.binomial(size=mean.shape, n=1, p=mean, dtype="float64")

    def updates(self, data, chain, steps, rate):
        for _ in range(steps):
            sample = self.visible(chain)
            chain = self.hidden(sample)
        cost = T.mean(self.free_energy(data)) - T.mean(self.free_energy(sample))
        grads = T.grad(cost, self.params, consider_constant=[sample])
        return [(p, p - rate * g) for p, g in zip(self.params, grads, strict=True)], chain


@pytest.mark.parametrize("persistent", [False, True])
def test_boltzmann_machine_prefers_its_data(persistent):
    base = np.random.default_rng(1).integers(0, 2, (60, 3)).astype("float64")
    X = np.concatenate([base, base], axis=1)  # the second half repeats the first
    x, index = T.matrix("x"), T.lscalar("index")
    rbm = RBM(6, 5)
    chain = theano.shared(np.zeros((20, 5))) if persistent else rbm.hidden(x)
    updates, new_chain = rbm.updates(x, chain, 2, 0.2)
    if persistent:
        updates.append((chain, new_chain))
    batch = theano.shared(X)[index * 20 : (index + 1) * 20]
    train = theano.function([index], [], updates=updates, givens={x: batch})
    energy = theano.function([x], rbm.free_energy(x).mean())
    for _ in range(150):
        for k in range(3):
            train(k)
    broken = np.concatenate([base, 1 - base], axis=1)
    assert energy(X) < energy(broken) - 2


def test_hamiltonian_steps_keep_the_energy_and_find_the_posterior():
    rng = np.random.default_rng(0)
    X, true = rng.normal(size=(200, 2)), np.array([1.0, -1.5])
    Y = (rng.random(200) < 1 / (1 + np.exp(-X @ true))).astype("float64")
    data, labels = theano.shared(X), theano.shared(Y)
    srng = RandomStreams(seed=234)

    def energy(w):
        z = T.dot(data, w)
        return T.nnet.softplus(z).sum() - T.dot(labels, z) + 0.5 * T.sum(w**2)

    w = theano.shared(np.zeros(2), "w")
    p = first = srng.normal(size=w.shape)
    q = w
    for _ in range(4):
        p = p - 0.05 * T.grad(energy(q), q)
        q = q + 0.1 * p
        p = p - 0.05 * T.grad(energy(q), q)
    change = energy(q) + 0.5 * T.sum(p**2) - energy(w) - 0.5 * T.sum(first**2)
    accept = T.lt(T.log(srng.uniform()), -change)
    step = theano.function([], [w, change, accept], updates=[(w, T.switch(accept, q, w))])
    draws, changes, accepted = zip(*[step() for _ in range(300)], strict=True)
    assert np.abs(changes[50:]).mean() < 0.5  # leapfrog steps are of second order
    assert np.mean(accepted) > 0.7
    mode = theano.shared(np.zeros(2))
    slope = theano.grad(energy(mode), mode)
    newton = theano.gradient.hessian(energy(mode), mode)
    f = theano.function([], [slope, newton])
    for _ in range(10):
        g, H = f()
        mode.set_value(mode.get_value() - np.linalg.solve(H, g))
    spread = np.sqrt(np.diag(np.linalg.inv(H)))
    assert np.all(np.abs(np.mean(draws[50:], axis=0) - mode.get_value()) < spread)


def test_embeddings_with_negative_samples(floatX, random):
    V, D, K = 12, 4, 3
    W, U = random(V, D), random(V, D)
    words, contexts = theano.shared(W.copy(), "W"), theano.shared(U.copy(), "U")
    c, o, neg = T.ivector("c"), T.ivector("o"), T.imatrix("neg")
    h, pos, others = words[c], contexts[o], contexts[neg]
    score = T.log(T.nnet.sigmoid((h * pos).sum(1)))
    against = T.log(T.nnet.sigmoid(-(h.dimshuffle(0, "x", 1) * others).sum(2))).sum(1)
    cost = -T.sum(score + against)
    gh, gp, gn = T.grad(cost, [h, pos, others])
    moved = T.inc_subtensor(T.inc_subtensor(pos, -0.1 * gp)[neg], -0.1 * gn)
    step = theano.function(
        [c, o, neg], cost, updates=[(words, T.inc_subtensor(h, -0.1 * gh)), (contexts, moved)]
    )
    C, near = np.array([1, 5, 1, 2], "int32"), np.array([2, 2, 3, 0], "int32")  # words twice
    N = np.arange(12, dtype="int32").reshape(4, K) % 5
    a, b = W.astype("float64"), U.astype("float64")
    sp, sn = (a[C] * b[near]).sum(1), (a[C][:, None] * b[N]).sum(2)
    lp, ln = 1 / (1 + np.exp(sp)), 1 / (1 + np.exp(-sn))  # how far each is from being right
    assert_near(step(C, near, N), np.logaddexp(0, -sp).sum() + np.logaddexp(0, sn).sum(), floatX)
    Gh = -lp[:, None] * b[near] + (ln[:, :, None] * b[N]).sum(1)
    A, B = a.copy(), b.copy()
    np.add.at(A, C, -0.1 * Gh)
    np.add.at(B, near, 0.1 * lp[:, None] * a[C])
    np.add.at(B, N, -0.1 * ln[:, :, None] * a[C][:, None])
    assert_near(words.get_value(), A, floatX)
    assert_near(contexts.get_value(), B, floatX)


def test_an_option_is_priced_by_simulation():
    srng = MRG_RandomStreams(seed=42)
    n = T.iscalar("n")
    spot, strike, rate, sigma, years = T.dscalars("spot", "strike", "rate", "sigma", "years")
    z = srng.normal((n,), dtype="float64")
    end = spot * T.exp((rate - sigma**2 / 2) * years + sigma * T.sqrt(years) * z)
    price = T.mean(T.exp(-rate * years) * T.maximum(end - strike, 0.0))
    delta, vega = T.grad(price, [spot, sigma])
    f = theano.function([n, spot, strike, rate, sigma, years], [price, delta, vega])
    got = f(200_000, 100.0, 100.0, 0.05, 0.2, 1.0)
    np.testing.assert_allclose(got, [10.4506, 0.6368, 37.524], rtol=0.02)  # Black and Scholes


def test_a_state_is_gone_back_to():
    draw = RandomStreams(seed=234).uniform((3,))
    f = theano.function([], draw)
    f()
    state = draw.rng.get_value(borrow=True).get_state()
    second = f()
    rng = draw.rng.get_value(borrow=True)
    rng.set_state(state)
    draw.rng.set_value(rng, borrow=True)
    np.testing.assert_array_equal(f(), second)
