"""What a function does and why, as text that is reviewed as code.

`SYMC_UPDATE_GOLDEN=1` writes the texts anew.
"""

import os
import runpy
from pathlib import Path

import numpy as np
import pytest

import symc
import symc.tensor as T
from symc.cli import main
from symc.compiler.codegen import contraction
from symc.compiler.target.isa import find_target
from symc.exceptions import BadArgument, BadUse
from symc.explaining import explain_module
from symc.explanation import total
from symc.mode import get_mode
from symc.printing import explain

SCHEDULED = ("threads ", "vectors ")
PROGRAMS = sorted((Path(__file__).parent / "explained").glob("*.py"))
x, w, v = T.fmatrix("x"), T.fmatrix("w"), T.fvector("v")


def number(formula):
    """Return the value of a formula without letters."""
    assert all(not names for names, _ in formula)
    return sum(factor for _, factor in formula)


def of(inputs, outputs, *examples, mode="FAST_RUN", **options):
    """Return the explanation of a function in native code."""
    return explain(symc.function(inputs, outputs, mode=mode, **options), *examples)


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda path: path.stem)
def test_the_text_of_a_program(program, monkeypatch):
    # What a product works in, the vectors and the threads are no concern of the text.
    monkeypatch.setattr(contraction, "work_bytes", lambda record, target: 4096)
    f = runpy.run_path(str(program))["function"]
    found = explain_module(f.module, get_mode("FAST_RUN"), find_target("x86-64-v4"), f.output_names)
    lines = [line for line in str(found).splitlines() if not line.strip().startswith(SCHEDULED)]
    text, golden = "\n".join(lines) + "\n", program.with_suffix(".txt")
    if os.environ.get("SYMC_UPDATE_GOLDEN"):
        golden.write_text(text)
    assert text == golden.read_text()


def test_examples_put_numbers_for_letters():
    open_sizes = of([x, v], T.exp(x) * v)
    assert open_sizes.sizes == ("n = x.shape[1] = v.shape[0]", "m = x.shape[0]")
    for example in (np.zeros((5, 3), "float32"), (5, 3)):
        closed = of([x, v], T.exp(x) * v, example, (3,))
        (entry,) = closed.entries
        assert closed.sizes == ()
        assert {name: number(size) for name, size in entry.read.items()} == {"x": 60, "v": 12}
        assert number(closed.moved) == number(closed.least) == 60 + 12 + 60
        assert number(entry.functions["exp"]) == number(closed.flops) == 15


def test_how_a_launch_runs():
    found = of([x], T.exp(x).sum(axis=1), (100, 1000))
    shape = dict(found.entries[0].shape)
    assert shape["loops"] == "100 of (1,000: exp, sum; writes)"
    assert "lanes along the inner loops" in shape["vectors"]
    assert shape["threads"].startswith("in parts of ")
    everything = dict(of([x], T.exp(x).sum(), (300, 1000)).entries[0].shape)
    assert everything["threads"].startswith("blocks of ")
    assert everything["threads"].endswith(", then one")
    product = dict(of([x, w], T.dot(x, w), (3, 4), (4, 5)).entries[0].shape)
    assert product["sums"] == "3 by 5, each over 4"


def test_a_product_and_its_epilogue():
    found = of([x, w, v], T.tanh(T.dot(x, w) + v), (4, 5), (5, 6), (6,))
    (entry,) = found.entries
    assert (entry.kind, found.seams) == ("product", ())
    assert number(entry.flops) == 2 * 4 * 5 * 6 + 4 * 6
    assert [line.operations for line in entry.lines] == [("dot", "add", "tanh")]


def test_half_of_a_product_with_the_own_transpose_is_counted():
    for made, m, k, more in [(T.dot(x.T, x), 200, 300, 0), (2 * T.dot(x, x.T) + 1, 300, 200, 2)]:
        (entry,) = of([x], made, (300, 200)).entries
        assert number(entry.flops) == m * m * (k + more)
        assert "triangle" in dict(entry.shape)["mirrored"]
        assert number(entry.read["x"]) == 4 * 300 * 200
    for made, shape in [(T.dot(x.T, x), (50, 8)), (T.dot(x, x), (200, 200))]:
        (entry,) = of([x], made, shape).entries
        assert number(entry.flops) == 2 * shape[0] * shape[1] ** 2
        assert "mirrored" not in dict(entry.shape)
    assert "one triangle" in str(of([x], T.dot(x.T, x)))


@pytest.mark.parametrize(
    ("made", "bound"),
    [(x + 1, "memory"), (T.tanh(x), "arithmetic"), (T.dot(x, w), "arithmetic"), (x.T, "memory")],
    ids=["sum", "tanh", "product", "transpose"],
)
def test_what_bounds_a_launch(made, bound):
    inputs = [x, w] if made.owner.title == "dot" else [x]
    assert [entry.bound for entry in of(inputs, made + 0).entries] == [bound]


def test_a_loop_counts_its_steps():
    step = lambda row, state: T.tanh(row + state)  # noqa: E731  # as one writes it
    states, _ = symc.scan(step, sequences=x, outputs_info=v)
    (loop, *_) = of([x, v], states, (7, 3), (3,)).entries
    assert (loop.kind, number(loop.times)) == ("loop", 7)
    assert number(loop.arithmetic) == 7 * 3
    assert number(loop.moved) == 7 * number(total([entry.moved for entry in loop.inside]))


def test_what_becomes_of_shared_variables():
    a, b, c = (symc.shared(np.zeros(3, "float32"), name) for name in "abc")
    d, s = symc.shared(np.float32(0), "d"), T.fscalar("s")
    updates = [(a, a + 1), (b, b[::-1] * 2), (c, T.concatenate([c, v])), (d, s)]
    assert dict(of([v, s], [], updates=updates).updates) == {
        "a": "overwritten in place by 3",
        "b": "copied into: computing an element reads others of the old state",
        "c": "replaced by new memory: its size may change",
        "d": "copied into: the new value is there already",
    }


def test_indices_of_a_new_state_are_looked_at_before():
    table, i = symc.shared(np.zeros((9, 4), "float32"), "table"), T.lvector("i")
    found = of([x, i], x.sum(), (5, 4), (5,), updates=[(table, T.inc_subtensor(table[i], x))])
    _, look, change = found.entries
    assert look.lines == change.lines
    assert (set(look.read), set(change.written)) == ({"i", "table"}, {"new table"})
    assert dict(found.updates) == {"table": "overwritten in place by 3"}


def test_the_arena_is_what_a_call_reserves():
    found = of([x, w], T.sort(T.exp(T.dot(x, w))), (100, 30), (30, 20))
    offsets = [number(held.offset) for held in found.arena]
    assert offsets == sorted(offsets)
    assert number(found.peak) == offsets[-1] + number(found.arena[-1].bytes)
    held = [name for part in found.arena for name in part.holds]
    assert any(name.startswith("workspace of 1") for name in held)


def test_the_command_explains(capsys):
    program = next(path for path in PROGRAMS if path.stem == "mlp")
    assert main(["compile", f"{program}:function", "--explain"]) == 0
    text = capsys.readouterr().out
    assert "  1    product -> tanh of line 16\n" in text
    assert "w1: overwritten in place by 6\n" in text


@pytest.mark.parametrize(
    ("given", "error", "text"),
    [
        (lambda: explain(x + 1), BadUse, "takes a compiled function"),
        (lambda: of([x], x + 1, (1, 2), (3,)), BadUse, "has 1 inputs, and there are 2 examples"),
        (lambda: of([x], x + 1, (1,)), BadArgument, "input 0 has 2 axes, not 1"),
        (lambda: of([x], x + 1, mode="DebugMode"), None, ""),
    ],
    ids=["no function", "too many examples", "another rank", "checked"],
)
def test_what_cannot_be_explained(given, error, text):
    if error is None:
        assert given().entries
        return
    with pytest.raises(error, match=text):
        given()


def test_a_mode_that_interprets():
    found = of([x], x + 1, mode=symc.Mode(linker="py"))
    assert str(found) == (
        "function: runs in the interpreter, by NumPy, one operation after the other\n"
        "  because its mode asks for it\n"
    )
    assert not found.entries


def test_what_the_native_code_cannot_do():
    """An array whose size differs from step to step."""
    v = T.dvector("v")
    rows, _ = symc.scan(lambda k: T.sort(v[:k])[k // 2], sequences=T.arange(1, 4))
    f = symc.function([v], rows, mode=symc.Mode())
    assert f.call.reason
    found = explain(f)
    assert found.reason == f.call.reason
    assert f"because {found.reason}" in str(found)


# --- rows that are short, or many


@pytest.mark.parametrize(
    ("output", "short", "many"),
    [
        (T.nnet.softmax(x), "turned in registers", ""),
        (x.sum(axis=1), "gathered", "lanes along each"),
        (x.sum(axis=0), "", ""),
        (T.exp(x), "", ""),
    ],
    ids=["softmax", "sums of rows", "sums of columns", "no rows"],
)
def test_ways_of_rows(output, short, many):
    (entry,) = of([x], output).entries
    told = dict(entry.shape)
    assert told.get("short", "").endswith(short)
    assert told.get("many", "").endswith(many)
    assert [word for word in ("short", "many") if word in told] == [
        word for word, wanted in (("short", short), ("many", many)) if wanted
    ]
