"""Where the user asked: frames outside symc, their lines, and the caret."""

import pickle
import sys

import symc
import symc.tensor as T
from symc.location import FRAMES, capture


def test_the_innermost_frame_is_the_users():
    x = T.dvector("x")
    made = x.mean(axis=0)
    location = made.owner.location.location
    assert location.file == __file__
    assert location.frames[0][2] == "test_the_innermost_frame_is_the_users"
    line = sys._getframe().f_lineno - 4
    assert location.line == line


def deep(level):
    return capture() if level == 0 else deep(level - 1)


def test_at_most_eight_frames():
    frames = deep(20).location.frames
    assert len(frames) == FRAMES
    assert {function for _, _, function in frames} == {"deep"}


def test_the_outer_frames_follow():
    def inner(x):
        return x + 1

    def outer(x):
        return inner(x)

    frames = outer(T.dscalar()).owner.location.location.frames
    assert [function for _, _, function in frames[:3]] == [
        "inner",
        "outer",
        "test_the_outer_frames_follow",
    ]


def test_the_caret_is_under_the_expression():
    x, y = T.dvectors("x", "y")
    made = 2 * (x + y)
    assert made.owner.location.excerpt().splitlines() == [
        "made = 2 * (x + y)",
        "       ^^^^^^^^^^^",
    ]
    (inner,) = [v for v in made.owner.inputs if v.owner and v.owner.op.name == "add"]
    assert inner.owner.location.excerpt().splitlines()[1] == "            ^^^^^"


def test_the_caret_counts_letters_not_bytes():
    größe, x = T.dvectors("größe", "x")
    made = [größe, größe + x][1]
    text, caret = made.owner.location.excerpt().splitlines()
    assert text[caret.index("^") : caret.rindex("^") + 1] == "größe + x"


def test_an_expression_over_several_lines():
    x = T.dvector("x")
    made = (
        x
        + 1
    )  # fmt: skip
    text, caret = made.owner.location.excerpt().splitlines()
    assert text == "x"
    assert caret == "^"


def test_code_without_a_file():
    space = {"T": T}
    exec(compile("x = T.dvector('x') + 1", "<made up>", "exec"), space)
    location = space["x"].owner.location
    assert str(location.location) == "<made up>:1"
    assert location.excerpt() == ""


def test_captures_travel_as_lines():
    x = T.dvector("x")
    there = (x + 1).owner.location
    back = pickle.loads(pickle.dumps(there))
    assert back.location == there.location
    assert back.excerpt() == ""


def test_sites_of_a_module():
    x, y = T.dmatrices("x", "y")
    f = symc.function([x, y], T.dot(x, y) * 2, mode="INTERPRET")
    operations = {site.operation: site for site in f.module.sites}
    assert operations["dot"].operands == ("x: float64 matrix", "y: float64 matrix")
    assert operations["dot"].file == __file__
    assert operations["multiply"].operands[0] == "dot(x, y): float64 matrix"
