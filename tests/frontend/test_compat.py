"""Programs that import Theano: the table, what is refused, and the classes of operations."""

import importlib
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import symc
import symc.tensor as S
from symc.compat.finder import Finder, find
from symc.compat.graph import equal_computations, io_toposort, is_same_graph, orphans
from symc.compat.ops import CLASSES
from symc.compat.table import MODULES, PLANNED

FRONTEND = Path(symc.__file__).parent


@pytest.fixture(autouse=True)
def theano():
    """Serve Theano for one test, and leave no trace."""
    symc.install_as_theano()
    yield importlib.import_module("theano")
    sys.meta_path[:] = [finder for finder in sys.meta_path if not isinstance(finder, Finder)]
    for name in [name for name in sys.modules if name.split(".")[0] == "theano"]:
        del sys.modules[name]


PROGRAM = """
import symc
symc.install_as_theano()
import numpy
import theano
import theano.tensor as T
from theano import function, shared, tensor
from theano.tensor.nnet import sigmoid
from theano.compile.io import In

theano.config.floatX = "float32"
rng = numpy.random.RandomState(0)
x = T.matrix("x")
w = theano.shared(rng.randn(3).astype(theano.config.floatX), name="w")
cost = T.nnet.binary_crossentropy(sigmoid(T.dot(x, w)), 0.5).mean()
step = function([In(x)], cost, updates=[(w, w - 0.1 * theano.gradient.grad(cost, w))], mode="%s")
data = rng.randn(5, 3).astype("float32")
losses = [float(step(data)) for _ in range(3)]
assert losses[0] > losses[1] > losses[2]
print(theano.__version__, x.dtype, tensor is T)
"""


def test_a_program_of_theano():
    command = [sys.executable, "-W", "error", "-c", PROGRAM % "INTERPRET"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.stdout == "1.0.5 float32 True\n", done.stderr


@pytest.mark.parametrize("path", MODULES)
def test_every_module_of_the_table(path):
    module = importlib.import_module(path)
    assert module is importlib.import_module(path)
    for name in module.__all__:
        assert getattr(module, name) is not None
    for target in MODULES[path].own.values():
        find(target)


def test_names_are_those_of_symc(theano):
    assert theano.function is symc.function
    assert theano.config is symc.config
    assert theano.tensor.exp is S.exp
    assert theano.tensor.scalar is S.scalar
    assert theano.compile.SharedVariable is symc.SharedVariable
    assert theano.scalar.upcast("int8", "float32") == "float32"
    assert "function" in dir(theano)
    found = {}
    exec("from theano.tensor import *", found)
    assert found["exp"] is S.exp


@pytest.mark.parametrize(
    ("line", "text"),
    [
        (
            "from theano.tensor.signal import pool",
            "theano.tensor.signal is not in symc yet; it comes with convolution and pooling",
        ),
        ("import theano.sparse", "theano.sparse is not in symc yet; it comes with sparse"),
        ("from theano import typed_list", "theano.typed_list is not in symc yet"),
        ("from theano.gof import Nonsense", "theano.gof.Nonsense is not in symc$"),
        ("from theano.gof import Query", "theano.gof.Query is not in symc: .* symc.rewriting"),
        ("import theano.nonsense", "theano.nonsense is not in symc$"),
    ],
)
def test_imports_of_what_is_missing(line, text):
    with pytest.raises(ImportError, match=text) as caught:
        exec(line)
    assert isinstance(caught.value, symc.NotSupported)


def test_attributes_that_are_missing(theano):
    with pytest.raises(AttributeError, match=r"theano\.typed_list is not in symc yet") as caught:
        _ = theano.typed_list
    assert isinstance(caught.value, symc.NotSupported)
    assert not hasattr(theano.gof, "nonsense")
    assert not hasattr(theano, "__nonsense__")


def test_another_theano_stays(monkeypatch):
    monkeypatch.setitem(sys.modules, "theano", sys)
    with pytest.raises(symc.NotSupported, match="another theano"):
        symc.install_as_theano()


def test_what_is_served_is_not_planned():
    assert not set(PLANNED) & set(MODULES) - {"theano.scan_module", "theano.sandbox"}


def test_nothing_else_imports_compat():
    inside = FRONTEND / "compat"
    users = [
        file.relative_to(FRONTEND).as_posix()
        for file in FRONTEND.rglob("*.py")
        if inside not in file.parents and re.search(r"\bsymc\.compat\b", file.read_text())
    ]
    assert users == ["__init__.py"]


# --- classes of operations


def test_classes_tell_operations_apart():
    x = S.dmatrix("x")
    cases = {
        "Elemwise": x + x,
        "DimShuffle": x.T,
        "Sum": x.sum(),
        "CAReduce": x.max(),
        "Dot": S.dot(x, x),
        "Softmax": S.nnet.softmax(x),
        "Reshape": x.reshape((3, -1)),
        "Subtensor": x[1:],
        "IncSubtensor": S.inc_subtensor(x[0], 1.0),
        "Join": S.concatenate([x, x]),
    }
    for name, made in cases.items():
        assert isinstance(made.owner.op, CLASSES[name]), name
    assert not isinstance(x.sum().owner.op, CLASSES["Elemwise"])
    assert not isinstance("sum", CLASSES["Sum"])
    with pytest.raises(symc.NotSupported, match="Argmax tells operations apart"):
        CLASSES["Argmax"]()


# --- graphs and leftovers


def test_graphs_are_compared():
    a, b, w = S.dscalar("a"), S.dscalar("b"), symc.shared(1.0)
    assert is_same_graph((a + b) * w, (a + b) * w)
    assert not is_same_graph(a + b, a * b)
    assert not is_same_graph(a + 1, b + 1)
    assert is_same_graph(a + 1, b + 1, givens={a: b})
    assert equal_computations([a + 1, a], [b + 1, b], [a], [b])
    assert not equal_computations([a], [S.fscalar()])


def test_graphs_are_walked(theano):
    a, b = S.dscalar("a"), S.dscalar("b")
    middle = a + b
    out = middle * 2
    assert theano.gof.graph.inputs([out])[:2] == [a, b]
    assert [node.op.name for node in io_toposort([a, b], [out])] == ["add", "multiply"]
    assert io_toposort([middle], [out])[-1] is out.owner
    assert orphans([a], [middle]) == [b]
    assert theano.gof.graph.ancestors([middle]) == [a, b, middle]


def test_leftovers(theano):
    python = theano.compat.python2x
    made = python.DefaultOrderedDict(list)
    made["a"].append(1)
    assert made == {"a": [1]}
    assert python.exc_message(ValueError("x", 2)) == "x"
    assert theano._asarray([1], "floatX").dtype == np.dtype("float64")


def test_c_code_is_refused_with_what_to_do(theano):
    with pytest.raises(symc.NotSupported, match="give the operation a perform in Python"):
        _ = theano.gof.COp
    with pytest.raises(ImportError, match="runs no C code"):
        exec("from theano.compile import register_view_op_c_code")


def test_a_misspelt_name_gets_the_nearest(theano):
    with pytest.raises(AttributeError, match=r"sigmod is not in symc; did you mean 'sigmoid'"):
        _ = theano.tensor.sigmod
    assert not hasattr(theano.tensor, "unique")  # a file of symc's


def test_a_function_stays_beside_the_module_of_its_name(theano):
    importlib.import_module("theano.tensor.var")
    importlib.import_module("theano.tensor.sort")
    assert theano.tensor.var is S.var
    assert theano.tensor.sort is S.sort
