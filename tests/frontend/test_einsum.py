"""einsum, matmul and tensordot compute what NumPy does, in one compiled function for all cases."""

import numpy as np
import pytest

import symc
import symc.tensor as T
from symc.compat.graph import io_toposort

RNG = np.random.default_rng(7)

EINSUM = [
    ("ij,jk->ik", (2, 3), (3, 4)),
    ("ij,jk", (2, 3), (3, 4)),
    ("ij,jk->ki", (2, 3), (3, 4)),
    ("Ba,aB", (2, 3), (3, 2)),
    ("i j -> j i", (2, 3)),
    ("ij->", (2, 3)),
    ("ij->j", (0, 3)),
    ("i->i", (3,)),
    (",ij", (), (2, 3)),
    ("i,j", (2,), (3,)),
    ("i,i", (3,), (3,)),
    ("ij,kl->", (2, 3), (3, 4)),
    ("ij,jk->ik", (2, 0), (0, 4)),
    ("ij,jk->ik", (0, 3), (3, 4)),
    # stacks
    ("bij,bjk->bik", (2, 3, 4), (2, 4, 5)),
    ("abij,abjk->abik", (2, 3, 4, 5), (2, 3, 5, 2)),
    ("bi,bi->b", (4, 3), (4, 3)),
    ("bij,bj->bi", (4, 2, 3), (4, 3)),
    ("ab,cab->c", (3, 2), (4, 3, 2)),
    ("abc,cab->", (3, 2, 4), (4, 3, 2)),
    ("ijk,jkl->il", (2, 0, 2), (0, 2, 4)),
    ("ijk,jkl->il", (0, 3, 2), (3, 2, 4)),
    ("abc,abd->cd", (3, 2, 4), (3, 2, 5)),
    # dimensions of size 1, and those under an ellipsis
    ("ij,ij->ij", (1, 3), (2, 3)),
    ("ij,jk->ik", (2, 1), (3, 4)),
    ("...ij,...jk->...ik", (2, 1, 4, 5), (3, 5, 2)),
    ("...,...", (2, 3), (3,)),
    ("...i", (2, 3)),
    ("i...->...", (2, 3)),
    ("ij->...ij", (2, 3)),
    ("...", (2, 3)),
    # diagonals
    ("ii", (3, 3)),
    ("ii->i", (3, 3)),
    ("iii->i", (3, 3, 3)),
    ("iji->j", (2, 3, 2)),
    ("iij,jkk->ik", (2, 2, 3), (3, 4, 4)),
    ("ii->i", (1, 1)),
    # several operands
    ("ij,jk,kl->il", (2, 3), (3, 4), (4, 2)),
    ("ea,fb,abcd,gc,hd->efgh", (2, 3), (2, 3), (3, 3, 3, 3), (2, 3), (2, 3)),
    ("i,i,i->i", (3,), (3,), (3,)),
    ("a,b,c,d", (2,), (1,), (3,), (2,)),
]

MATMUL = [
    ((3,), (3,)),
    ((2, 3), (3,)),
    ((2, 3, 4), (2, 4, 5)),
    ((1, 3, 4), (2, 4, 5)),
    ((2, 3, 4), (1, 4, 5)),
    ((3, 4), (2, 4, 5)),
    ((2, 3, 4), (4, 2)),
    ((2, 1, 3, 4), (5, 4, 2)),
    ((3, 2, 3, 4), (2, 4, 5)),
    ((4,), (2, 4, 5)),
    ((2, 3, 4), (4,)),
    ((2, 0, 4), (2, 4, 5)),
    ((2, 3, 0), (2, 0, 5)),
]

TENSORDOT = [
    ((2, 3, 4), (4, 3, 2), [[2, 1], [0, 1]]),
    ((2, 3, 4), (3, 4, 5), 2),
    ((2, 3), (4, 5), 0),
    ((2, 3), (3, 2), [1, 0]),
    ((2, 3), (3, 4), [[-1], [-2]]),
    ((0, 3), (0, 2), [[0], [0]]),
    ((2, 3), (2, 3), [[0, 1], [0, 1]]),
]


def variable_for(shape):
    return T.TensorType("float64", [size == 1 for size in shape])()


def together(cases):
    """Return, of (expression, wanted, given) of variables, pairs of what came and is wanted."""
    given = {x: array for _, _, some in cases for x, array in some.items()}
    compute = symc.function(list(given), [made for made, _, _ in cases])
    return zip(compute(*given.values()), [wanted for _, wanted, _ in cases], strict=True)


def case(shapes, ours, theirs):
    arrays = [RNG.standard_normal(shape) for shape in shapes]
    variables = [variable_for(shape) for shape in shapes]
    return ours(*variables), theirs(*arrays), dict(zip(variables, arrays, strict=True))


def test_einsum_is_numpys():
    cases = [
        case(
            shapes,
            lambda *xs, text=text: T.einsum(text, *xs),
            lambda *xs, text=text: np.einsum(text, *xs),
        )
        for text, *shapes in EINSUM
    ]
    for (got, wanted), (text, *_) in zip(together(cases), EINSUM, strict=True):
        assert got.shape == wanted.shape, text
        np.testing.assert_allclose(got, wanted, rtol=1e-11, atol=1e-12, err_msg=text)


def test_matmul_and_tensordot_are_numpys():
    cases = [case(shapes, T.matmul, np.matmul) for shapes in MATMUL]
    cases += [
        case(
            shapes,
            lambda x, y, axes=axes: T.tensordot(x, y, axes),
            lambda x, y, axes=axes: np.tensordot(x, y, axes),
        )
        for *shapes, axes in TENSORDOT
    ]
    for place, (got, wanted) in enumerate(together(cases)):
        assert got.shape == wanted.shape, place
        np.testing.assert_allclose(got, wanted, rtol=1e-11, atol=1e-12, err_msg=str(place))


def test_the_other_spelling():
    x, array = T.dmatrix(), RNG.standard_normal((2, 3))
    both = [T.einsum(x, [1, 0]), T.einsum(x, [0, 1], x, [2, 1], [0, 2]), T.einsum(x, [..., 0])]
    wanted = [array.T, array @ array.T, array]
    for got, right in zip(symc.function([x], both)(array), wanted, strict=True):
        np.testing.assert_allclose(got, right)


@pytest.mark.parametrize("dtype", ["int8", "float16", "complex128"])
def test_dtypes_are_kept(dtype):
    x, y = T.matrix(dtype=dtype), T.matrix(dtype=dtype)
    for text in ("ij,jk->ik", "ij,ij->i", "ij,jk->"):
        assert T.einsum(text, x, y).dtype == dtype
    assert T.einsum("ij,jk", T.matrix(dtype="int32"), T.matrix(dtype="float32")).dtype == "float64"


def test_products_are_ordered_by_known_sizes():
    """A chain that is cheap from the right is multiplied from there."""
    wide, long = symc.shared(np.ones((50, 60))), symc.shared(np.ones((60, 70)))
    operands = wide, long, symc.shared(np.ones(70))
    assert products_of_matrices(T.einsum("ij,jk,k->i", *operands)) == 0
    forced = T.einsum("ij,jk,k->i", *operands, optimize=[(0, 1), (0, 1)])
    assert products_of_matrices(forced) == 1


def products_of_matrices(made):
    return sum(x.op.name == "dot" and x.out.ndim == 2 for x in io_toposort([], [made]))


def test_derivatives():
    x, y, z = (RNG.standard_normal(s) for s in ((2, 3), (3, 3, 2), (2,)))

    def form(a, b, c):
        return T.einsum("ij,jjk,k->i", a, b, c) ** 2

    T.verify_grad(form, [x, y, z], rng=RNG)
    a, b = T.dmatrix("a"), T.dmatrix("b")
    made = T.einsum("ij,kj->ik", a, T.tanh(a))
    pushed = symc.Rop(made, a, b)
    step = 1e-6
    value = symc.function([a], made)
    across = RNG.standard_normal((2, 3))
    slope = (value(x + step * across) - value(x - step * across)) / (2 * step)
    np.testing.assert_allclose(symc.function([a, b], pushed)(x, across), slope, atol=1e-8)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("ij,jk", "subscripts for 2 operands, and 1 operands"),
        ("iij", "operand 0 has 2 dimensions and 3 subscripts"),
        ("i", "operand 0 has 2 dimensions and 1 subscripts"),
        ("ij...k", "operand 0 has 2 dimensions and 3 subscripts"),
        ("ij->jj", "the result has subscript 'j' 2 times"),
        ("ij->k", "no operand has the result's subscript 'k'"),
        ("..i", "'.' in '..i' is no letter"),
        ("i1", "'1' in 'i1' is no letter"),
        ("ij->ji->", "'-' in 'ij->ji->' is no letter"),
        ("...i->i", "the result has no '...'"),
    ],
)
def test_subscripts_that_do_not_fit(text, said):
    with pytest.raises(ValueError, match=said.replace("...", r"\.\.\.")):
        T.einsum(text, T.dmatrix())


def test_other_mistakes():
    x = T.dmatrix("x")
    with pytest.raises(TypeError, match="no operands"):
        T.einsum("ij")
    with pytest.raises(ValueError, match="two ellipses"):
        T.einsum(x, [..., ...])
    with pytest.raises(ValueError, match="optimize='nonsense'"):
        T.einsum("ij,jk,kl", x, x, x, optimize="nonsense")


def test_sizes_that_differ():
    x, y = T.dmatrix("x"), T.dmatrix("y")
    pairs = symc.function([x, y], T.tensordot(x, y, [[0, 1], [0, 1]]))
    with pytest.raises(ValueError, match="3 is not 2"):
        pairs(np.ones((2, 3)), np.ones((3, 2)))
    with pytest.raises(ValueError, match="3 is not 1"):
        symc.function([x], T.einsum("ii->i", x))(np.ones((1, 3)))
    row = T.drow("row")
    with pytest.raises(ValueError, match="is not"):
        symc.function([row, y], T.tensordot(row, y, [[0], [0]]))(np.ones((1, 3)), np.ones((2, 3)))
