"""Passes by text: each file holds a module before and after the pass that its name begins with.

`SYMC_UPDATE_GOLDEN=1` writes the texts after anew, to be reviewed as code.
"""

import os
from pathlib import Path

import pytest
from msgspec.structs import replace

from symc.compiler.module import Module
from symc.compiler.parse import parse
from symc.compiler.text import to_text
from symc.passes.canonical import canonicalize, simplify, stabilize, stabilized, tidy
from symc.passes.differentiate import gradient
from symc.passes.invert import invert
from symc.passes.lower import lower
from symc.passes.moments import moments
from symc.passes.pick import pick
from symc.passes.select import select

FILES = sorted((Path(__file__).parent / "golden").glob("*.txt"))
RULE = "-" * 20 + "\n"


def differentiate(module: Module) -> Module:
    """Return the cost and its gradients by all float inputs, made as `grad` makes them."""
    module = stabilized(module)
    wrt = [p.value for p in module.parameters if p.value.type.dtype.startswith("float")]
    found = gradient(module.outputs[0], wrt).values
    assert None not in found
    return simplify(replace(module, outputs=(*module.outputs, *found)))


PASSES = {
    "tidy": tidy,
    "canonicalize": canonicalize,
    "stabilize": stabilize,
    "simplify": simplify,
    "pick": pick,
    "moments": moments,
    "invert": invert,
    "select": select,
    "lower": lower,
    "differentiate": differentiate,
}


@pytest.mark.parametrize("file", FILES, ids=lambda f: f.stem)
def test_text_after(file):
    before, _, after = file.read_text().partition(RULE)
    step = PASSES[file.stem.partition("_")[0]]
    got = to_text(step(parse(before)))
    if os.environ.get("SYMC_UPDATE_GOLDEN"):
        file.write_text(before + RULE + got)
    else:
        assert got == after
    assert to_text(parse(before)) == before


def test_every_pass_has_a_text():
    assert {f.stem.partition("_")[0] for f in FILES} == set(PASSES)
