"""Programs written for Theano and for libraries on it, run by `import theano`."""

import importlib
import inspect
import io
import sys
from collections import OrderedDict

import numpy as np
import pytest

import symc
from symc.compat.finder import Finder


@pytest.fixture(autouse=True)
def theano():
    """Serve Theano for one test, and leave no trace."""
    symc.install_as_theano()
    yield importlib.import_module("theano")
    sys.meta_path[:] = [finder for finder in sys.meta_path if not isinstance(finder, Finder)]
    for name in [name for name in sys.modules if name.split(".")[0] == "theano"]:
        del sys.modules[name]


# --- layers that hold their parameters


class Layer:
    """A layer with named parameters, each with tags."""

    def __init__(self, incoming, name):
        self.incoming, self.name, self.params = incoming, name, OrderedDict()

    def add_param(self, theano, value, name, **tags):
        shape = value.shape
        made = theano.shared(
            np.asarray(value, theano.config.floatX), broadcastable=tuple(s == 1 for s in shape)
        )
        made.name = f"{self.name}.{name}"
        self.params[made] = {tag for tag, on in {"trainable": True, **tags}.items() if on}
        return made


class Dense(Layer):
    def __init__(self, theano, incoming, name, w):
        super().__init__(incoming, name)
        self.w = self.add_param(theano, w, "W", regularizable=True)
        self.b = self.add_param(theano, np.zeros(w.shape[1]), "b")

    def output(self, given, **options):
        if given.ndim > 2:
            given = given.flatten(2)
        return given.dot(self.w) + self.b.dimshuffle("x", 0)


class BatchNorm(Layer):
    """Normalises; while it trains it follows mean and variance by default updates of clones."""

    def __init__(self, theano, incoming, name, width):
        super().__init__(incoming, name)
        self.theano = theano
        self.mean = self.add_param(theano, np.zeros(width), "mean", trainable=False)
        self.var = self.add_param(theano, np.ones(width), "var", trainable=False)

    def output(self, given, deterministic=False):
        mean, var = given.mean(0), given.var(0)
        if deterministic:
            mean, var = self.mean, self.var
        else:
            running = [
                self.theano.clone(kept, share_inputs=False) for kept in (self.mean, self.var)
            ]
            for kept, now in zip(running, (mean, var), strict=True):
                kept.default_update = 0.9 * kept + 0.1 * now
            mean, var = mean + 0 * running[0], var + 0 * running[1]
        return (given - mean.dimshuffle("x", 0)) / self.theano.tensor.sqrt(var + 1e-4)


def output_of(layers, given, **options):
    for layer in layers:
        given = layer.output(given, **options)
    return given


@pytest.fixture
def stack(theano):
    """Return data, layers, a function that trains them, and one that gives their accuracy."""
    T = theano.tensor
    rng = np.random.RandomState(0)
    X, Y = rng.randn(40, 2, 3), rng.randint(0, 3, 40).astype("int32")
    X[:, 0, 0] += 2 * Y
    dense = Dense(theano, None, "hidden", rng.randn(6, 5) * 0.3)
    norm = BatchNorm(theano, dense, "norm", 5)
    layers = [dense, norm, Dense(theano, norm, "out", rng.randn(5, 3) * 0.3)]
    x, y = T.tensor3("inputs"), T.ivector("targets")
    loss = T.nnet.categorical_crossentropy(T.nnet.softmax(output_of(layers, x)), y).mean()
    loss = loss + 1e-3 * sum(T.sqr(p).sum() for p in tagged(layers, "regularizable"))
    params = tagged(layers, "trainable")
    updates = OrderedDict(
        (p, p - 0.1 * g) for p, g in zip(params, theano.grad(loss, params), strict=True)
    )
    train = theano.function([x, y], loss, updates=updates)
    tested = T.nnet.softmax(output_of(layers, x, deterministic=True))
    accuracy = theano.function([x, y], T.mean(T.eq(T.argmax(tested, axis=1), y), dtype="float64"))
    return (X, Y), layers, train, accuracy


def tagged(layers, tag):
    return [p for layer in layers for p, tags in layer.params.items() if tag in tags]


def test_layers_learn_and_follow_their_data(stack):
    (X, Y), (dense, norm, last), train, accuracy = stack
    assert [p.name for p in tagged([dense, norm, last], "regularizable")] == ["hidden.W", "out.W"]
    H = X.reshape(40, 6) @ dense.w.get_value()
    first = train(X, Y)
    np.testing.assert_allclose(norm.mean.get_value(), 0.1 * H.mean(0))
    np.testing.assert_allclose(norm.var.get_value(), 0.9 + 0.1 * H.var(0))
    losses = [train(X, Y) for _ in range(60)]
    assert losses[-1] < first * 0.7
    kept = norm.mean.get_value()
    assert accuracy(X, Y) > 0.7
    np.testing.assert_array_equal(norm.mean.get_value(), kept)  # testing changes no state


def test_layers_are_kept_in_a_file(stack):
    (X, Y), layers, train, accuracy = stack
    for _ in range(60):
        train(X, Y)
    params = [p for layer in layers for p in layer.params]
    file = io.BytesIO()
    np.savez(file, *[p.get_value() for p in params])
    before = accuracy(X, Y)
    for p in params:
        p.set_value(p.get_value() * 0)
    assert accuracy(X, Y) < before
    file.seek(0)
    with np.load(file) as arrays:
        for p, name in zip(params, arrays.files, strict=True):
            p.set_value(arrays[name])
    assert accuracy(X, Y) == before


# --- a backend of functions


def placeholder(theano, ndim, name=None):
    made = theano.tensor.TensorType(theano.config.floatX, (False,) * ndim)(name)
    made._keras_shape = (None,) * ndim
    made._uses_learning_phase = False
    return made


def backend_function(theano, inputs, outputs, updates=(), **options):
    known = inspect.signature(theano.function).parameters
    unknown = [name for name in options if name not in known]
    if unknown:
        raise ValueError(f"no argument {unknown}")
    compiled = theano.function(
        inputs,
        outputs,
        updates=updates,
        allow_input_downcast=True,
        on_unused_input="ignore",
        **options,
    )
    return lambda values: compiled(*values)


def dropped(theano, x, level, seed):
    from theano.sandbox.rng_mrg import MRG_RandomStreams

    mask = MRG_RandomStreams(seed=seed).binomial(x.shape, p=1 - level, dtype=x.dtype)
    x *= mask
    x /= 1 - level
    return x


def test_a_backend_of_functions(theano):
    T = theano.tensor
    rng = np.random.RandomState(1)
    X, Y, W = rng.randn(6, 4, 3), np.eye(3)[rng.randint(0, 3, 6)], rng.randn(12, 3) * 0.3
    x, y, phase = placeholder(theano, 3), placeholder(theano, 2), T.bscalar("learning_phase")
    w, moving = theano.shared(W.copy()), theano.shared(np.zeros(3))
    flat = T.reshape(x, (x.shape[0], T.prod(x.shape) // x.shape[0]))
    h = T.dot(flat, w)
    out = T.nnet.softmax(T.switch(phase, dropped(theano, h, 0.5, 1337), h))
    out /= out.sum(axis=-1, keepdims=True)
    loss = T.mean(T.nnet.categorical_crossentropy(T.clip(out, 1e-7, 1 - 1e-7), y))
    step = backend_function(
        theano,
        [x, y, phase],
        [loss, h],
        [(w, w - 0.1 * T.grad(loss, [w])[0]), (moving, moving * 0.9 + T.mean(h, axis=0) * 0.1)],
    )
    H = X.reshape(6, 12) @ W
    P = np.exp(H) / np.exp(H).sum(1, keepdims=True)
    got, hidden = step([X, Y, 0])
    np.testing.assert_allclose(hidden, H)
    np.testing.assert_allclose(got, -np.log(P[Y == 1]).mean())
    np.testing.assert_allclose(w.get_value(), W - 0.1 * X.reshape(6, 12).T @ (P - Y) / 6)
    np.testing.assert_allclose(moving.get_value(), 0.1 * H.mean(0))
    assert step([X, Y, 1])[0] != step([X, Y, 1])[0]  # other masks
    with pytest.raises(ValueError, match="bogus"):
        backend_function(theano, [x], [x], bogus=1)


# --- graphs that are walked, annotated and replaced


class Graph:
    """What outputs are computed from, as Theano's own functions find it."""

    def __init__(self, theano, outputs):
        from theano.gof import graph

        self.theano, self.outputs = theano, outputs
        self.variables = []
        for node in graph.io_toposort(graph.inputs(outputs), outputs):
            self.variables += [v for v in (*node.inputs, *node.outputs) if v not in self.variables]

    @property
    def parameters(self):
        from theano.compile import SharedVariable

        return [v for v in self.variables if isinstance(v, SharedVariable)]

    @property
    def inputs(self):
        from theano.compile import SharedVariable
        from theano.gof.graph import Constant

        fixed = (Constant, SharedVariable)
        return [v for v in self.variables if v.owner is None and not isinstance(v, fixed)]

    def with_role(self, role):
        return [v for v in self.variables if role in getattr(v.tag, "roles", [])]

    def replace(self, replacements):
        return Graph(self.theano, self.theano.clone(self.outputs, replace=replacements))


def test_graphs_are_walked_and_replaced(theano):
    T = theano.tensor
    x = T.dmatrix("features")
    w, b = theano.shared(np.ones((3, 2)), name="W"), theano.shared(np.zeros(2), name="b")
    linear = T.dot(x, w) + b
    linear.name, linear.tag.annotations = "linear", ["brick"]
    w.tag.roles, linear.tag.roles = ["WEIGHT"], ["OUTPUT"]
    h = T.tanh(linear)
    graph = Graph(theano, [(h**2).sum()])
    assert (graph.inputs, graph.parameters) == ([x], [w, b])
    assert (graph.with_role("WEIGHT"), graph.with_role("OUTPUT")) == ([w], [linear])
    X = np.arange(6.0).reshape(2, 3) / 6
    noisy = graph.replace({linear: linear + 0.5})
    plain = theano.function(graph.inputs, graph.outputs)
    other = theano.function(noisy.inputs, noisy.outputs)
    np.testing.assert_allclose(plain(X)[0], (np.tanh(X.sum(1)) ** 2).sum() * 2)
    np.testing.assert_allclose(other(X)[0], (np.tanh(X.sum(1) + 0.5) ** 2).sum() * 2)
    assert theano.clone(linear, {x: 2 * x}).tag.annotations == ["brick"]
    assert h.owner.op == T.tanh
    assert isinstance(h.owner.op, T.Elemwise)
    assert isinstance(h.owner.op.scalar_op, theano.scalar.Tanh)
    assert isinstance(linear.owner.inputs[0].owner.op, T.Dot)
    assert theano.gof.graph.is_same_graph(h, T.tanh(T.dot(x, w) + b))


def test_an_optimizer_of_the_program(theano):
    from theano.gof import local_optimizer
    from theano.tensor.opt import register_specialize

    T = theano.tensor

    @register_specialize("usage_tag")
    @local_optimizer([T.sinh])
    def local_sinh_is_zero(node):
        return [T.zeros_like(node.inputs[0])] if node.op == T.sinh else False

    try:
        x = T.dvector("x")
        mode = theano.compile.get_mode("FAST_RUN")
        assert theano.function([x], T.sinh(x), mode=mode)([1.0]) == [0]
        without = mode.excluding("usage_tag")
        np.testing.assert_allclose(theano.function([x], T.sinh(x), mode=without)([1.0]), np.sinh(1))
    finally:
        theano.compile.optdb.unregister("local_sinh_is_zero")


def test_a_model_in_a_zip_file(theano):
    from theano.misc.pkl_utils import dump, load

    T = theano.tensor
    x, w = T.dmatrix("x"), theano.shared(np.eye(2), name="W")
    file = io.BytesIO()
    dump({"x": x, "params": [w], "h": T.tanh(T.dot(x, w))}, file)
    np.testing.assert_array_equal(np.load(io.BytesIO(file.getvalue()))["W"], np.eye(2))
    model = load(file)
    model["params"][0].set_value(2 * np.eye(2))
    f = theano.function([model["x"]], model["h"])
    np.testing.assert_allclose(f(np.ones((1, 2))), np.tanh([[2.0, 2.0]]))
