"""Kernels give what NumPy gives: interpreted, compiled by each printer, naively in C."""

import zlib

import numpy as np
import pytest

from symc.compiler.kernel.parse import parse
from symc.compiler.kernel.text import to_text
from symc.compiler.kernel.verify import verify
from tests.compiler.kernel.gallery import EXAMPLES
from tests.compiler.kernel.running import DEEP, compiled, in_c, interpreted, naive

every = pytest.mark.parametrize("name", EXAMPLES)
some = pytest.mark.parametrize("name", EXAMPLES if DEEP else list(EXAMPLES)[::3])


def check(name, run):
    """Run an example at all its sizes."""
    example = EXAMPLES[name]
    for sizes in example.sizes:
        random = np.random.default_rng(zlib.crc32(f"{name}{sizes}".encode()))
        buffers = [np.array(b) for b in example.buffers(random, *sizes)]
        before = [b.copy() for b in buffers]
        expected = example.expected([b.copy() for b in buffers], *sizes)
        status = run(buffers, sizes)
        assert not status.any(), (sizes, status)
        for k, buffer in enumerate(buffers):
            if k in expected:
                compare(example, buffer, expected[k], f"{sizes}, buffer {k}")
            elif example.kernel.buffers[k].role == "in":
                np.testing.assert_array_equal(buffer, before[k])


def compare(example, got, expected, where):
    with np.errstate(all="ignore"):
        expected = np.asarray(expected).astype(got.dtype)
    np.testing.assert_allclose(got, expected, example.rtol, example.atol, err_msg=where)


@every
def test_is_well_formed_and_round_trips(name):
    kernel = EXAMPLES[name].kernel
    verify(kernel)
    assert parse(to_text(kernel)) == kernel


@every
def test_interpreted(name):
    check(name, interpreted(EXAMPLES[name].kernel))


@every
@pytest.mark.parametrize("target", ["host", "x86-64"])
@pytest.mark.parametrize("printer", ["llvm", "mlir"])
def test_compiled(name, printer, target):
    check(name, compiled(EXAMPLES[name].kernel, printer, target))


@every
def test_naive(name):
    check(name, naive(EXAMPLES[name].kernel))


@some
def test_in_c_without_lanes(name):
    check(name, in_c(EXAMPLES[name].kernel))


@some
def test_with_avx2(name):
    check(name, compiled(EXAMPLES[name].kernel, "llvm", "x86-64-v3"))
