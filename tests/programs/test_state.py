"""State: counters, running statistics, minibatches of shared data, orders of updates."""

import numpy as np
import pytest
from near import assert_near

import symc as theano
import symc.tensor as T


def test_accumulator(mode):
    state = theano.shared(0)
    inc = T.iscalar("inc")
    accumulator = theano.function([inc], state, updates=[(state, state + inc)])
    assert_near(state.get_value(), 0, "int64")
    assert_near(accumulator(1), 0, "int64")
    assert_near(state.get_value(), 1, "int64")
    assert_near(accumulator(300), 1, "int64")
    assert_near(state.get_value(), 301, "int64")
    state.set_value(-1)
    assert_near(accumulator(3), -1, "int64")
    decrementor = theano.function([inc], state, updates=[(state, state - inc)])
    assert_near(decrementor(2), 2, "int64")
    assert_near(state.get_value(), 0, "int64")


def test_givens_replace_a_shared_variable(mode):
    state = theano.shared(0)
    inc, foo = T.iscalar("inc"), T.scalar(dtype=state.dtype)
    skip = theano.function([inc, foo], state * 2 + inc, givens=[(state, foo)])
    assert_near(skip(1, 3), 7, "int64")
    assert_near(state.get_value(), 0, "int64")


def test_minibatches_of_shared_data(floatX, random):
    D, L = random(35, 4), np.arange(35, dtype="int32") % 3
    data, labels = theano.shared(D, borrow=True), T.cast(theano.shared(L.astype(floatX)), "int32")
    index, size = T.lscalar("index"), 10
    x, y = T.matrix("x"), T.ivector("y")
    total = T.sum(x, axis=1) * y
    f = theano.function(
        [index],
        total,
        givens={
            x: data[index * size : (index + 1) * size],
            y: labels[index * size : (index + 1) * size],
        },
    )
    for k in range(5):  # the last ones are short and empty
        part = slice(k * size, (k + 1) * size)
        assert_near(f(k), D[part].astype("float64").sum(1) * L[part], f(k).dtype.name) if (
            floatX == "float64"
        ) else np.testing.assert_allclose(f(k), D[part].sum(1) * L[part], rtol=1e-5, atol=1e-5)


def test_minibatch_of_shuffled_rows(floatX, random):
    D = random(20, 3)
    data, order = theano.shared(D), theano.shared(np.arange(20))
    index, size = T.iscalar("index"), T.iscalar("size")
    x = T.matrix("x")
    f = theano.function(
        [index, size], [x, x.shape], givens={x: data[order[index * size : (index + 1) * size]]}
    )
    permutation = np.random.default_rng(0).permutation(20)
    order.set_value(permutation)
    rows, shape = f(2, 6)
    assert_near(rows, D[permutation[12:18]], floatX)
    assert_near(shape, (6, 3), "int64")


def test_rows_of_a_table_are_changed_and_read_anew(floatX, random):
    D = random(20, 3)
    table, rows, steps = theano.shared(D), T.lvector(), T.matrix()
    changed = T.inc_subtensor(table[rows], steps)
    f = theano.function([rows, steps], changed[0] * 2, updates=[(table, changed)])
    expected = D.copy()
    for indices in ([1, 0, 0], [], [-1]):
        given = random(len(indices), 3)
        np.add.at(expected, np.array(indices, dtype="int64"), given)
        assert_near(f(np.array(indices, dtype="int64"), given), 2 * expected[0], floatX)
        assert_near(table.get_value(), expected, floatX)
    with pytest.raises(IndexError):
        f(np.array([3, 20]), random(2, 3))
    assert_near(table.get_value(), expected, floatX)


def test_running_mean_and_variance(floatX, random):
    """Welford's, a row at a time."""
    X = random(12, 4)
    n = theano.shared(np.int64(0), "n")
    mean, m2 = theano.shared(np.zeros(4, floatX)), theano.shared(np.zeros(4, floatX))
    x = T.vector("x")
    new_n = n + 1
    delta = x - mean
    new_mean = mean + T.cast(delta / new_n, floatX)
    add = theano.function(
        [x],
        updates=[(n, new_n), (mean, new_mean), (m2, m2 + delta * (x - new_mean))],
    )
    variance = theano.function([], m2 / T.cast(n, floatX))
    for row in X:
        assert add(row) == []
    assert_near(n.get_value(), 12, "int64")
    assert_near(mean.get_value(), X.astype("float64").mean(0), floatX)
    assert_near(variance(), X.astype("float64").var(0), floatX)


def test_updates_use_the_old_state(floatX):
    a, b = theano.shared(np.asarray([1, 2], floatX)), theano.shared(np.asarray([3, 4], floatX))
    c = theano.shared(np.asarray([5, 6], floatX))
    f = theano.function([], [a + b, c], updates=[(a, b), (b, c), (c, a + b)])
    first, second = f()
    assert_near(first, [4, 6], floatX)
    assert_near(second, [5, 6], floatX)
    for shared, wanted in zip((a, b, c), ([3, 4], [5, 6], [4, 6]), strict=True):
        assert_near(shared.get_value(), wanted, floatX)
    f()
    for shared, wanted in zip((a, b, c), ([5, 6], [4, 6], [8, 10]), strict=True):
        assert_near(shared.get_value(), wanted, floatX)


def test_fibonacci(mode):
    a, b = theano.shared(0), theano.shared(1)
    f = theano.function([], a, updates={a: b, b: a + b})
    assert [int(f()) for _ in range(12)] == [0, 1, 1, 2, 3, 5, 8, 13, 21, 34, 55, 89]


def test_shared_change_of_size(floatX):
    stack = theano.shared(np.zeros((0, 2), floatX), "stack")
    row = T.vector("row")
    push = theano.function(
        [row], stack.shape[0], updates=[(stack, T.concatenate([stack, row.dimshuffle("x", 0)]))]
    )
    pop = theano.function([], stack[-1], updates=[(stack, stack[:-1])])
    for k in range(4):
        assert_near(push(np.array([k, k], floatX)), k, "int64")
    assert_near(stack.get_value(), [[k, k] for k in range(4)], floatX)
    assert_near(pop(), [3, 3], floatX)
    assert stack.get_value().shape == (3, 2)


def test_default_update_counts_calls(mode):
    calls = theano.shared(0, "calls")
    calls.default_update = calls + 1
    x = T.lscalar("x")
    f = theano.function([x], x + calls)
    g = theano.function([x], x + calls, no_default_updates=True)
    assert [int(f(10)), int(f(10)), int(g(10)), int(g(10)), int(f(10))] == [10, 11, 12, 12, 12]


def test_values_are_copies(floatX):
    held = np.zeros(3, floatX)
    state = theano.shared(held)
    held += 1
    assert_near(state.get_value(), [0, 0, 0], floatX)
    taken = state.get_value()
    taken += 1
    assert_near(state.get_value(), [0, 0, 0], floatX)
    f = theano.function([], state, updates=[(state, state + 1)])
    before = f()
    f()
    assert_near(before, [0, 0, 0], floatX)
    assert_near(state.get_value(), [2, 2, 2], floatX)


def test_state_held_by_two_functions(floatX, random):
    W = random(3, 3)
    w, x = theano.shared(W), T.vector("x")
    read = theano.function([x], T.dot(x, w))
    write = theano.function([x], updates=[(w, w + T.outer(x, x))])
    X = random(3)
    write(X)
    write(X)
    Z = X.astype("float64")
    assert_near(read(X), Z @ (W + 2 * np.outer(Z, Z)), floatX)


def test_circular_buffer(floatX):
    buffer = theano.shared(np.zeros((4, 2), floatX))
    place = theano.shared(np.int64(0))
    row = T.vector("row")
    add = theano.function(
        [row],
        buffer.mean(axis=0),
        updates=[
            (buffer, T.set_subtensor(buffer[place], row)),
            (place, (place + 1) % 4),
        ],
    )
    model = np.zeros((4, 2))
    for k in range(7):
        assert_near(add(np.array([k, -k], floatX)), model.mean(0), floatX)
        model[k % 4] = (k, -k)
    assert_near(buffer.get_value(), model, floatX)
    assert_near(place.get_value(), 3, "int64")


def test_sizes_as_outputs_and_states(floatX):
    x, rows = T.matrix("x"), theano.shared(0, "rows")
    f = theano.function([x], [x.shape[0], x.shape[1] + rows, x.size], updates=[(rows, x.shape[0])])
    for before, shape in ((0, (2, 3)), (2, (5, 0))):
        height, width, size = f(np.zeros(shape, floatX))
        assert_near(height, shape[0], "int64")
        assert_near(width, shape[1] + before, "int64")
        assert_near(size, shape[0] * shape[1], "int64")
    assert_near(rows.get_value(), 5, "int64")


def test_states_that_take_one_new_value(floatX):
    """The second is copied from the first, a third from the first's old value."""
    a, b, c = (theano.shared(np.full(3, k, floatX)) for k in (1, 2, 3))
    new = 2 * a + b
    f = theano.function([], new, updates=[(a, new), (b, new), (c, a)])
    assert_near(f(), [4, 4, 4], floatX)
    for shared, wanted in zip((a, b, c), (4, 4, 1), strict=True):
        assert_near(shared.get_value(), [wanted] * 3, floatX)
    g = theano.function([], updates=[(a, a + c), (b, a + c), (c, b)])
    g()
    for shared, wanted in zip((a, b, c), (5, 5, 4), strict=True):
        assert_near(shared.get_value(), [wanted] * 3, floatX)
