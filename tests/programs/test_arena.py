"""What programs reserve is little more than what lives at once, counted from their statements."""

from dataclasses import dataclass
from functools import partial
from itertools import pairwise

import numpy as np
import pytest

import symc
import symc.tensor as T
from symc.build import build_module
from symc.compiler.codegen.contraction import work_bytes
from symc.compiler.program.formula import Formulas
from symc.compiler.target.isa import find_target
from symc.mode import get_mode
from symc.passes.fuse.roots import storage
from symc.passes.pipeline import run
from symc.passes.plan.planner import Planner

TARGET = find_target("x86-64-v4")
RATE = np.float32(0.01)


@dataclass(frozen=True, slots=True)
class Program:
    """A function with the sizes of its inputs."""

    inputs: list
    outputs: list
    updates: list
    shapes: list

    @property
    def module(self):
        """Return its module."""
        return build_module(self.inputs, self.outputs, updates=self.updates)

    @property
    def known(self):
        """Return the sizes of inputs and shared variables."""
        states = [variable.get_value(borrow=True).shape for variable, _ in self.updates]
        places = {"input": self.shapes, "state": states}
        return {
            (place, k, axis): size
            for place, shapes in places.items()
            for k, shape in enumerate(shapes)
            for axis, size in enumerate(shape)
        }


def network(widths, batch):
    """Return a step of training of a network: cross-entropy, gradients, updates."""
    x, y = T.fmatrix("x"), T.ivector("y")
    h, shared = x, []
    for k, (rows, columns) in enumerate(pairwise(widths)):
        w = symc.shared(np.zeros((rows, columns), "float32"), f"w{k}")
        b = symc.shared(np.zeros(columns, "float32"), f"b{k}")
        shared += [w, b]
        h = T.dot(h, w) + b
        h = T.tanh(h) if k < len(widths) - 2 else h
    loss = -T.log(T.nnet.softmax(h))[T.arange(y.shape[0]), y].mean()
    updates = [(p, p - RATE * g) for p, g in zip(shared, symc.grad(loss, shared), strict=True)]
    return Program([x, y], [loss], updates, [(batch, widths[0]), (batch,)])


def attention():
    """Return heads of attention and their gradients."""
    inputs = [T.ftensor3(name) for name in "qkv"]
    q, k, v = inputs
    y = T.batched_dot(T.nnet.softmax(T.batched_dot(q, k.dimshuffle(0, 2, 1))), v)
    return Program(inputs, [y, *symc.grad(T.sqr(y).sum(), inputs)], [], [(8, 256, 64)] * 3)


PROGRAMS = {
    "deep network, batch 600": lambda: network((784, 1000, 1000, 1000, 10), 600),
    "deep network, batch 10": lambda: network((784, 1000, 1000, 1000, 10), 10),
    "logistic regression": lambda: network((784, 10), 60),
    "attention": attention,
}


SPARE = dict.fromkeys(PROGRAMS, 1.1) | {"attention": 1.15}
"""How much more may be reserved; what a product works in lies at one place, in attention too."""


def live_bytes(planner, formulas):
    """Return the most bytes of temporaries that live at once, from the order of statements."""

    def number(size):
        ((names, found),) = formulas[size]
        assert not names
        return found

    place = planner.places
    steps = list(dict.fromkeys(step for _, step in planner.make.shared.made))
    spans = {}
    for time, step in enumerate(steps):
        for value in (*step.memory(), *step.results):
            base = storage(value)
            if base in place and place[base].place == "slot":
                first = spans.get(base, (time, 0, 0))[0]
                spans[base] = (first, time, number(planner.make.bytes(base)))
        for key, size in planner.make.temporaries(step, place):
            spans[key] = (time, time, number(size))  # what it works in, while it runs
    times = range(len(steps))
    return max(sum(n for a, b, n in spans.values() if a <= t <= b) for t in times)


@pytest.mark.parametrize("name", PROGRAMS)
def test_the_arena_is_what_lives_at_once_and_a_tenth(name):
    program = PROGRAMS[name]()
    module = run(program.module, get_mode("FAST_RUN"))
    planner = Planner(module, partial(work_bytes, target=TARGET), ())
    made = planner.program()
    formulas = Formulas(program.known)
    formulas.take(made)
    least = live_bytes(planner, formulas)
    reserved = sum(factor for size in made.slots for _, factor in formulas[size])
    assert least <= reserved <= SPARE[name] * least
