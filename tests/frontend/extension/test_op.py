"""The protocol of operations: making, computing, merging, several results, sizes, states."""

import copy
import pickle

import numpy as np
import pytest
from tutorial import Doubled, Line, Positive, Square, SumAndDifference

import symc
import symc.tensor as T
from symc.extension.op import MethodNotDefined
from symc.extension.performer import BadResult

x, v = T.dmatrix("x"), T.dvector("v")
X = np.array([[1.0, -2.0], [3.0, 4.0]])
V = np.array([1.0, -2.0, 3.0])
MODES = ["INTERPRET", "FAST_RUN"]


class Counted(symc.Op):
    """Count how often it is computed."""

    itypes, otypes = [T.dvector], [T.dvector]

    def __init__(self):
        self.times = 0

    def perform(self, node, inputs, output_storage):
        self.times += 1
        output_storage[0][0] = inputs[0] + 1


@pytest.mark.parametrize("mode", MODES)
def test_a_program_of_the_manual(mode):
    f = symc.function([x], Doubled()(x), mode=mode)
    assert (f(X) == 2 * X).all()


@pytest.mark.parametrize("mode", MODES)
def test_among_other_operations(mode):
    y = T.exp(Doubled()(T.sin(v))).sum() + Line(2.0, 1.0)(x).sum()
    expected = np.exp(2 * np.sin(V)).sum() + (2 * X + 1).sum()
    np.testing.assert_allclose(symc.function([v, x], y, mode=mode)(V, X), expected)


@pytest.mark.parametrize("mode", MODES)
def test_several_results(mode):
    total, difference = SumAndDifference()(v, v * 2)
    results = symc.function([v], [total, difference], mode=mode)(V)
    np.testing.assert_array_equal(results, [3 * V, -V])
    assert (symc.function([v], difference, mode=mode)(V) == -V).all()


@pytest.mark.parametrize("mode", MODES)
def test_sizes_known_after_the_call(mode):
    chosen, count = Positive()(v)
    f = symc.function([v], [chosen * 2, chosen.shape[0], count], mode=mode)
    for values in (V, -V, np.zeros(0)):
        expected = values[values > 0]
        doubled, size, found = f(values)
        assert (doubled == 2 * expected).all()
        assert size == found == len(expected)


@pytest.mark.parametrize("mode", MODES)
def test_any_rank_by_one_operation(mode):
    s = T.dscalar("s")
    assert symc.function([s], Doubled()(s), mode=mode)(3.0) == 6.0
    assert symc.function([x], Doubled()(x[0]), mode=mode)(X).tolist() == [2.0, -4.0]


@pytest.mark.parametrize("mode", MODES)
def test_states_and_updates(mode):
    state = symc.shared(np.ones(3), "state")
    f = symc.function([v], state.sum(), updates={state: Doubled()(state) + v}, mode=mode)
    assert f(V) == 3.0
    np.testing.assert_array_equal(state.get_value(), 2 + V)


@pytest.mark.parametrize("mode", MODES)
def test_an_exception_is_the_users_and_no_state_changes(mode):
    class Failing(symc.Op):
        itypes, otypes = [T.dvector], [T.dvector]

        def perform(self, node, inputs, output_storage):
            raise LookupError("nothing is here")

    state = symc.shared(1.0, "state")
    f = symc.function([v], Failing()(v), updates={state: state + 1}, mode=mode)
    with pytest.raises(LookupError, match="nothing is here") as caught:
        f(V)
    (note,) = caught.value.__notes__
    assert "Failing" in note
    assert "test_op.py" in note
    assert any(entry.name == "perform" for entry in caught.traceback)
    assert state.get_value() == 1.0


@pytest.mark.parametrize("kind", [ValueError, IndexError])
@pytest.mark.parametrize("mode", MODES)
def test_an_exception_where_a_size_is_computed_is_the_users(mode, kind):
    class Unsized(symc.Op):
        itypes, otypes = [T.dvector], [T.dvector]

        def perform(self, node, inputs, output_storage):
            raise kind("nothing is here")

    f = symc.function([v], Unsized()(v) + v, mode=mode)
    with pytest.raises(kind, match="nothing is here") as caught:
        f(V)
    assert type(caught.value) is kind


def test_equal_operations_of_equal_operands_are_computed_once():
    op = Counted()
    f = symc.function([v], op(v) + op(v) * 2)
    assert (f(V) == 3 * (V + 1)).all()
    assert op.times == 1


def test_what_is_not_needed_is_not_computed():
    op = Counted()
    unused = op(v)
    assert symc.function([v], v + 1)(V).shape == (3,)
    assert unused.type == T.dvector
    assert op.times == 0


def test_constants_are_not_computed_beforehand():
    op = Counted()
    f = symc.function([], op(T.constant(V)))
    assert op.times == 0
    f(), f()
    assert op.times == 2


def test_properties_make_equality_hash_and_text():
    assert Line(2, 3) == Line(2, 3)
    assert hash(Line(2, 3)) == hash(Line(2, 3))
    assert Line(2, 3) != Line(2, 4)
    assert Line(2, 3) != Doubled()
    assert str(Line(2, "b")) == "Line{a=2, b='b'}"
    assert str(Doubled()) == "Doubled"
    assert Counted() != Counted()


def test_operands_to_be_overwritten_are_copies():
    class Negated(symc.Op):
        itypes, otypes = [T.dvector], [T.dvector]
        destroy_map = {0: [0]}  # noqa: RUF012

        def perform(self, node, inputs, output_storage):
            np.negative(inputs[0], out=inputs[0])
            output_storage[0][0] = inputs[0]

    values = V.copy()
    state = symc.shared(V, "state")
    f = symc.function([v], [Negated()(v), Negated()(state), v + state])
    negated, other, total = f(values)
    assert (negated == -V).all()
    assert (other == -V).all()
    assert (total == 2 * V).all()
    assert (values == V).all()
    assert (state.get_value() == V).all()


def test_results_may_be_views_of_operands():
    class Viewed(symc.Op):
        itypes, otypes = [T.dvector], [T.dvector]
        view_map = {0: [0]}  # noqa: RUF012

        def perform(self, node, inputs, output_storage):
            output_storage[0][0] = inputs[0][::-1]

    state = symc.shared(V, "state")
    f = symc.function([], Viewed()(state), updates={state: state * 0})
    assert (f() == V[::-1]).all()
    assert (state.get_value() == 0).all()


def test_default_output_and_lists():
    class First(SumAndDifference):
        default_output = 0

    assert First()(v, v).index == 0
    assert len(First()(v, v, return_list=True)) == 1
    assert len(SumAndDifference()(v, v)) == 2
    assert [y.type for y in Doubled()(v, return_list=True)] == [v.type]


def test_types_that_do_not_fit():
    with pytest.raises(TypeError, match="takes variables of its itypes alone"):
        Line(1.0, 2.0)(v)
    with pytest.raises(ValueError, match="another number of operands"):
        Line(1.0, 2.0)(x, x)
    with pytest.raises(MethodNotDefined, match="itypes and otypes, or make_node"):
        symc.Op()(v)


def test_numbers_where_itypes_take_them():
    class Half(symc.Op):
        itypes, otypes = [T.dvector], [T.dvector]

        def perform(self, node, inputs, output_storage):
            output_storage[0][0] = inputs[0] / 2

    assert Half()(V).eval().tolist() == [0.5, -1.0, 1.5]


def test_c_code_is_not_run():
    class InC(symc.Op):
        itypes, otypes = [T.dvector], [T.dvector]

        def c_code(self, node, name, inputs, outputs, sub):
            return ""

    with pytest.raises(symc.NotSupported, match="InC has C code alone"):
        symc.function([v], InC()(v))


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("value", [None, V.astype("complex128"), V[None], "text"])
def test_results_of_another_type(value, mode):
    class Wrong(symc.Op):
        itypes, otypes = [T.dvector], [T.dvector]

        def perform(self, node, inputs, output_storage):
            output_storage[0][0] = value

    with pytest.raises(BadResult, match=r"Wrong: perform left another value for result 0"):
        symc.function([v], Wrong()(v), mode=mode)(V)


def test_results_that_lose_nothing_are_converted():
    class Length(symc.Op):
        itypes, otypes = [T.dvector], [T.dscalar]

        def perform(self, node, inputs, output_storage):
            output_storage[0][0] = len(inputs[0])

    assert Length()(v).eval({v: V}) == 3.0


@pytest.mark.parametrize("mode", MODES)
def test_sizes_that_are_not_as_stated(mode):
    class Shorter(Doubled):
        def perform(self, node, inputs, output_storage):
            output_storage[0][0] = inputs[0][1:]

    with pytest.raises(ValueError, match="Shorter"):
        symc.function([v], Shorter()(v) * 1, mode=mode)(V)


def test_infer_shape_from_other_operands():
    class Padded(symc.Op):
        itypes, otypes = [T.dvector, T.lscalar], [T.dvector]

        def perform(self, node, inputs, output_storage):
            output_storage[0][0] = np.pad(inputs[0], (0, int(inputs[1])))

        def infer_shape(self, node, shapes):
            return [(shapes[0][0] + node.inputs[1],)]

    n = T.lscalar("n")
    y = Padded()(v, n)
    assert (symc.function([v, n], y + T.ones(y.shape))(V, 2) == [2, -1, 4, 1, 1]).all()


def test_infer_shape_may_not_know():
    class Unknown(Doubled):
        def infer_shape(self, node, shapes):
            raise symc.exceptions.ShapeError

    y = Unknown()(v)
    assert symc.function([v], [y, y.shape[0]])(V)[1] == 3


def test_infer_shape_of_another_form():
    class Flat(Doubled):
        def infer_shape(self, node, shapes):
            return [()]

    class Many(Doubled):
        def infer_shape(self, node, shapes):
            return [shapes[0], shapes[0]]

    for op in (Flat(), Many()):
        with pytest.raises(TypeError, match="infer_shape gives something else"):
            symc.function([v], op(v))


def test_test_values():
    with symc.config.change_flags(compute_test_value="raise"):
        y = T.dvector("y")
        y.tag.test_value = V
        total, difference = SumAndDifference()(y, y)
    assert (total.tag.test_value == 2 * V).all()
    assert (difference.tag.test_value == 0).all()


def test_graphs_and_functions_travel():
    y = Square()(Line(2.0, 1.0)(x)).sum()
    expected = ((2 * X + 1) ** 2).sum()
    for again in (pickle.loads(pickle.dumps([x, y])), copy.deepcopy([x, y])):
        leaf, root = again
        assert root.owner is not y.owner
        assert root.eval({leaf: X}) == expected
    f = pickle.loads(pickle.dumps(symc.function([x], y)))
    assert f(X) == expected


def test_graphs_with_replacements():
    y = Doubled()(v)
    assert (symc.clone(y, {v: v + 1}).eval({v: V}) == 2 * (V + 1)).all()
    assert (symc.function([v], y * 3, givens={y: v})(V) == 3 * V).all()
    total, difference = SumAndDifference()(v, v)
    f = symc.function([v], [total, difference], givens={total: v + 5})
    np.testing.assert_array_equal(f(V), [V + 5, V * 0])


def test_texts():
    y = Line(2, 3)(x)
    assert symc.pp(y) == "Line{a=2, b=3}(x)"
    text = symc.printing.debugprint(y, file="str")
    assert text.splitlines() == ["Line{a=2, b=3} [id A] ''", " |x [id B]"]
    assert str(y.owner) == "Line{a=2, b=3}(x)"
    assert str(y) == "Line{a=2, b=3}.0"
