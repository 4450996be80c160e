"""Over 200 functions and methods, compiled, give NumPy's values and shapes, size 0 included."""

import numpy as np
import pytest

import symc
import symc.tensor as T

ON_VARIABLES = """
np.absolute(x) np.add(x,v) np.arccos(x) np.arccosh(1+x) np.arcsin(x) np.arcsinh(x) np.arctan(x)
np.arctan2(x,v) np.arctanh(x) np.ceil(3*x) np.cos(x) np.cosh(x) np.deg2rad(x) np.degrees(x)
np.divide(x,v) np.equal(x,v) np.exp(x) np.exp2(x) np.expm1(x) np.fabs(-x) np.float_power(x,2)
np.floor(3*x) np.floor_divide(x,0.25) np.fmax(x,v) np.fmin(x,v) np.greater(x,v)
np.greater_equal(x,v) np.heaviside(x-0.5,0.5) np.hypot(x,v) np.isfinite(x) np.isinf(x) np.isnan(x)
np.less(x,v) np.less_equal(x,v) np.log(x) np.log10(x) np.log1p(x) np.log2(x) np.logaddexp(x,v)
np.logical_and(x>0.4,v) np.logical_not(x>0.4) np.logical_or(x>0.4,v<0.3) np.logical_xor(x>0.4,v>0.3)
np.matmul(x,x.T) np.maximum(x,v) np.minimum(x,v) np.mod(x,0.3) np.multiply(x,v) np.negative(x)
np.not_equal(x,v) np.positive(x) np.power(x,v) np.rad2deg(x) np.radians(x) np.reciprocal(x)
np.remainder(x,0.3) np.rint(3*x) np.sign(x-0.5) np.sin(x) np.sinh(x) np.sqrt(x) np.square(x)
np.subtract(x,v) np.tan(x) np.tanh(x) np.true_divide(x,v) np.trunc(3*x) np.divmod(x,0.3)[1]
np.add.reduce(x) np.add.reduce(x,axis=1) np.multiply.reduce(x) np.logical_and.reduce(x>0.4)
np.logical_or.reduce(x>0.4,axis=1) np.multiply.outer(x,v) np.subtract.outer(v,x)
np.bitwise_and(i,6) np.bitwise_or(i,6) np.bitwise_xor(i,6) np.invert(i) np.left_shift(i,2)
np.right_shift(i,1) np.floor_divide(i,3) np.remainder(i,3) np.abs(i) np.sign(i) np.square(i)
np.sum(x) np.sum(x,axis=0) np.sum(x,axis=1,keepdims=True) np.sum(i,dtype='float64')
np.sum(x,(0,1)) np.prod(x) np.prod(x,axis=0) np.all(x>0.4) np.any(x>0.4,axis=1) np.all(x>0.4,0)
np.count_nonzero(x>0.4) np.count_nonzero(x>0.4,axis=0)
np.concatenate([x,x]) np.concatenate([x,x],axis=1) np.concatenate([x,x],axis=None)
np.concatenate((v,w)) np.stack([x,x]) np.stack([x,x],axis=2) np.vstack([x,x]) np.vstack([v,v])
np.hstack([x,x]) np.hstack([v,v]) np.column_stack([x,x]) np.column_stack([w,w]) np.append(x,v)
np.append(x,x,axis=0) np.where(x>0.4,x,v) np.where(x>0.4,1.0,x) np.clip(x,0.3,0.6)
np.clip(x,None,0.5) np.clip(x,0.5,None) np.round(3*x) np.round(x,2) np.around(100*x,-1)
np.nan_to_num(np.log(x-x)) np.dot(x,x.T) np.dot(v,v) np.dot(x,v) np.inner(x,x) np.inner(v,v)
np.vdot(x,x) np.outer(v,w) np.tensordot(x,x,axes=2) np.tensordot(x,x,axes=[[1],[1]])
np.einsum('ij,kj->ik',x,x) np.einsum('ij->',x) np.trace(x) np.diagonal(x) np.diag(v) np.diag(x,1)
np.tril(x) np.triu(x,1) np.transpose(x) np.swapaxes(x,0,1) np.moveaxis(x,0,1) np.ravel(x)
np.reshape(x,(x.shape[1],x.shape[0])) np.reshape(x,-1) np.expand_dims(x,0) np.expand_dims(x,(0,3))
np.squeeze(x[:,None],axis=1) np.tile(x,2) np.tile(x,(2,3))
np.repeat(x,2) np.repeat(x,3,axis=1) np.roll(x,1) np.roll(x,-1,axis=1) np.flip(x) np.flip(x,0)
np.fliplr(x) np.flipud(x) np.zeros_like(x) np.ones_like(i) np.full_like(x,2.5) np.copy(x)
np.atleast_1d(v) np.atleast_2d(v) np.broadcast_to(v,(4,v.shape[0])) np.shape(x) np.size(x)
np.size(x,1) np.linalg.norm(x) np.linalg.norm(x,axis=1) np.linalg.norm(x,1,axis=0)
np.linalg.norm(v,3) np.linspace(w[0],w[1],4) np.isclose(x,x+1e-9) np.take(w,[1,0])
np.take(w,[[0,1]],axis=0)
"""
"""Expressions that mean the same of arrays and of variables: NumPy's functions."""

METHODS = """
x+v v+x 2-x x*v x/v 1/x x//0.25 x%0.3 x**2 2**x -x +x abs(-x) x@x.T v@x.T x<v x<=v x>v x>=v
(x>0.4)&(x<0.7) (x>0.4)|(x<0.2) (x>0.4)^(x<0.6) ~(x>0.4) i&3 i|8 i^5 ~i i<<1 i>>1 divmod(i,3)[0]
x[0:1] x[:,1:] x[::-1] x[:,::2] x[...,None] x[:,None] x[:,-1:] w[1] w[-1] w[[1,0]]
x.T x.astype('float32') x.astype('int64') x.clip(0.3,0.6) x.conj() i.astype('float64')
x.dot(x.T) v.dot(v) x.flatten() x.ravel() x.reshape(-1)
x.reshape((x.shape[1],x.shape[0])) x.transpose() x.transpose(1,0) x.swapaxes(0,1) w.squeeze()
x.repeat(2,axis=0) x.repeat(2) x.round() x.sum() x.sum(axis=0) x.sum(axis=1,keepdims=True)
x.sum(axis=(0,1)) x.prod() x.prod(axis=1) (x>0.4).all() (x>0.4).any() (x>0.4).all(axis=0)
(x>0.4).any(axis=1,keepdims=True) x.copy() x.diagonal() x.trace() x.real x.imag x.size x.shape[0]
w.take([1,1,0]) w.nonzero()[0]
"""
"""Operators and methods, which mean the same of arrays and of variables."""

CHOOSING = """
np.max(x) np.max(x,axis=0) np.min(x,axis=1,keepdims=True) np.amax(x) np.amin(x) np.argmax(x)
np.argmax(x,axis=0) np.argmin(x,axis=1) np.argmin(x,axis=0,keepdims=True) np.ptp(x)
np.ptp(x,axis=0) np.mean(x) np.mean(x,axis=0) np.mean(x,axis=1,keepdims=True) np.mean(i,axis=0)
np.var(x) np.var(x,axis=0) np.var(x,0,None,None,1) np.std(x) np.std(x,axis=1,keepdims=True)
np.average(x) np.average(x,axis=0) np.average(x,axis=1,weights=x) np.maximum.reduce(x)
np.minimum.reduce(x,axis=1) x.max() x.max(axis=1) x.min(axis=0) x.argmax() x.argmax(axis=1)
x.argmin(axis=0) x.mean() x.mean(axis=0) x.var() x.var(axis=1) x.std() x.std(axis=0,ddof=1)
np.linalg.norm(v,np.inf) np.linalg.norm(x,-np.inf,axis=1) np.ravel(x)[0] x[0] x[-1,0]
"""
"""Those that need an element, or whose value NumPy warns of where there is none."""

OURS = """
T.abs_(-x)|abs(x)
T.add(x,v,1)|x+v+1
T.all(x>0.4,axis=0)|(x>0.4).all(axis=0)
T.alloc(2.5,3,x.shape[1])|np.full((3,x.shape[1]),2.5)
T.and_(x>0.4,v>0.4)|(x>0.4)&(v>0.4)
T.arange(x.shape[1])|np.arange(x.shape[1])
T.arange(1,10,3)|np.arange(1,10,3)
T.batched_dot(x,x)|(x*x).sum(1)
T.cast(x,'int32')|x.astype('int32')
T.clip(x,0.3,0.6)|np.clip(x,0.3,0.6)
T.eq(x,v)|x==v
T.erf(x-x)|x-x
T.eye(x.shape[1])|np.eye(x.shape[1])
T.eye(3,4,1)|np.eye(3,4,1)
T.fill(x,2)|np.full_like(x,2)
T.flatten(x[None],2)|x.reshape(1,-1)
T.ge(x,v)|x>=v
T.gt(x,v)|x>v
T.identity_like(x)|np.eye(*x.shape)
T.inc_subtensor(x[:,1:],1)|np.concatenate([x[:,:1],x[:,1:]+1],1)
T.int_div(i,3)|i//3
T.inv(x)|1/x
T.iround(3*x)|np.rint(3*x).astype('int64')
T.isinf(x)|np.isinf(x)
T.join(1,x,x)|np.concatenate([x,x],1)
T.largest(x,v,0.3)|np.maximum(np.maximum(x,v),0.3)
T.le(x,v)|x<=v
T.lt(x,v)|x<v
T.matmul(x,x.T)|x@x.T
T.mod(x,0.3)|x%0.3
T.mul(x,v,2)|x*v*2
T.neg(x)|-x
T.neq(x,v)|x!=v
T.ones((2,x.shape[0]))|np.ones((2,x.shape[0]))
T.ones_like(x)|np.ones_like(x)
T.or_(x>0.4,v>0.4)|(x>0.4)|(v>0.4)
T.outer(v,w)|np.outer(v,w)
T.pow(x,3)|x**3
T.round(3*x,'half_away_from_zero')|np.floor(3*x+0.5)
T.second(x,1.0)|np.ones_like(x)
T.set_subtensor(x[:,1:],7)|np.concatenate([x[:,:1],0*x[:,1:]+7],1)
T.sgn(x-0.5)|np.sign(x-0.5)
T.shape(x)|np.array(x.shape)
T.shape_padaxis(x,1)|x[:,None]
T.shape_padleft(x,2)|x[None,None]
T.shape_padright(x)|x[...,None]
T.smallest(x,v,0.3)|np.minimum(np.minimum(x,v),0.3)
T.sqr(x)|x**2
T.stack([x,x],axis=1)|np.stack([x,x],1)
T.sub(x,v)|x-v
T.switch(x>0.4,x,v)|np.where(x>0.4,x,v)
T.tensor_copy(x)|x
T.tri(3,4)|np.tri(3,4)
T.tril(x,-1)|np.tril(x,-1)
T.true_div(i,4)|i/4
T.xor(i,3)|i^3
T.zeros((x.shape[0],2))|np.zeros((x.shape[0],2))
T.zeros_like(x)|np.zeros_like(x)
T.nnet.sigmoid(x)|1/(1+np.exp(-x))
T.nnet.hard_sigmoid(x)|np.clip(0.2*x+0.5,0,1)
T.nnet.softplus(x)|np.log1p(np.exp(x))
T.nnet.relu(x-0.5)|np.maximum(x-0.5,0)
T.nnet.relu(x-0.5,0.1)|np.where(x>0.5,x-0.5,0.1*(x-0.5))
T.nnet.elu(x-0.5)|np.where(x>0.5,x-0.5,np.expm1(x-0.5))
T.nnet.softsign(x)|x/(1+x)
T.nnet.binary_crossentropy(x,v)|-(v*np.log(x)+(1-v)*np.log(1-x))
T.roll(x,2,axis=1)|np.roll(x,2,axis=1)
T.expand_dims(x,1)|x[:,None]
T.split(w,[1,1],2)[1]|w[1:]
"""
"""Functions of symc.tensor, and what they are in NumPy's words."""

OURS_OF_SOME = """
T.logsumexp(x,axis=1)|np.log(np.exp(x).sum(1))
T.nnet.softmax(x)|np.exp(x)/np.exp(x).sum(1,keepdims=True)
T.nnet.logsoftmax(x)|x-np.log(np.exp(x).sum(1,keepdims=True))
"""
"""Those of symc.tensor that need an element."""

SHAPES = [(2, 3), (1, 1), (5, 4), (3, 0), (0, 2)]


def pairs():
    """Return (what symc computes, what NumPy does), as text."""
    same = [text for table in (ON_VARIABLES, METHODS) for text in table.split()]
    return [(text, text) for text in same] + worded(OURS)


def worded(table):
    return [tuple(line.split("|", 1)) for line in table.strip().splitlines()]


TABLES = {
    "any shape": pairs(),
    "some element": [(text, text) for text in CHOOSING.split()] + worded(OURS_OF_SOME),
}


def names_in(text):
    """Return the functions, methods and operators of an expression."""
    return text.split("(")[0]


def arrays(shape):
    rng = np.random.default_rng(shape[0] + 10 * shape[1])
    return {
        "x": rng.uniform(0.1, 0.9, shape),
        "v": rng.uniform(0.1, 0.9, shape[1:]),
        "w": rng.uniform(0.1, 0.9, 2),
        "i": rng.integers(-9, 9, shape),
    }


VARIABLES = {"x": T.dmatrix("x"), "v": T.dvector("v"), "w": T.dvector("w"), "i": T.lmatrix("i")}


def compiled(texts):
    outputs = [eval(text, {"T": T, "np": np}, dict(VARIABLES)) for text in texts]
    outputs = [T.as_tensor_variable(x) for x in outputs]
    inputs = list(VARIABLES.values())
    return outputs, symc.function(inputs, outputs, mode="FAST_RUN", on_unused_input="ignore")


def test_there_are_more_than_200_functions_and_methods():
    texts = [ours for table in TABLES.values() for ours, _ in table]
    assert len(texts) == len(set(texts))
    assert len(texts) > 330
    assert len({names_in(text) for text in texts}) > 200


@pytest.mark.parametrize("part", range(4))
def test_values_of_any_shape(part):
    check(TABLES["any shape"][part::4], SHAPES)


def test_values_of_some_elements():
    check(TABLES["some element"], [(2, 3), (5, 4)])


def check(table, shapes):
    variables, compute = compiled([ours for ours, _ in table])
    for shape in shapes:
        given = arrays(shape)
        with np.errstate(all="ignore"):
            wanted = [eval(theirs, {"np": np}, dict(given)) for _, theirs in table]
        results = compute(*given.values())
        for (ours, _), variable, got, right in zip(table, variables, results, wanted, strict=True):
            where = f"{ours} of shape {shape}"
            assert got.shape == np.shape(right), where
            assert got.dtype == variable.dtype, where
            np.testing.assert_allclose(got, right, rtol=1e-12, atol=1e-14, err_msg=where)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("np.sum(x,out=x)", "out= cannot be given"),
        ("np.sum(x,where=x>0)", "numpy.sum of a variable: got an unexpected keyword"),
        ("np.median(x)", "numpy.median has no meaning for a symbolic variable here"),
        ("np.linalg.cond(x)", "numpy.linalg.cond has no meaning"),
        ("np.add.at(x,0,1)", "numpy.add.at has no meaning"),
        ("np.modf(x)", "numpy.modf has no meaning"),
        ("np.add(x,1,dtype='f4')", "numpy.add with dtype has no meaning"),
        ("np.ravel(x,order='F')", "order is 'C'"),
        ("np.linalg.norm(x,2,axis=(0,1))", "numpy.linalg.norm of matrices along axes is not"),
    ],
)
def test_what_has_no_meaning_is_refused(text, said):
    with pytest.raises((TypeError, ValueError), match=said.replace("(", r"\(")):
        eval(text, {"np": np}, dict(VARIABLES))
