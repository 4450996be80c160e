"""Small kernels printed where they stand give what the examples' kernels give."""

import numpy as np
import pytest
from msgspec.structs import replace
from native import Native

from symc.compiler.codegen.compile import compile_module
from symc.compiler.kernel.inline import MOST_ELEMENTS, is_small, print_inline
from symc.compiler.kernel.lower import kernel_function_signature
from symc.compiler.kernel.record import Affine, Buffer, Read
from symc.compiler.target.isa import host_target
from tests.compiler.kernel.gallery import EXAMPLES
from tests.compiler.kernel.running import fenced
from tests.compiler.kernel.test_examples import compare


def sized(kernel, sizes):
    """Return a kernel whose axes and buffers have known sizes."""

    def known(size):
        return sizes[int(size[1:])] if isinstance(size, str) else size

    def with_axes(axes):
        return tuple(replace(axis, size=known(axis.size)) for axis in axes)

    return replace(
        kernel,
        buffers=tuple(replace(b, shape=tuple(map(known, b.shape))) for b in kernel.buffers),
        outer=with_axes(kernel.outer),
        stages=tuple(replace(stage, axes=with_axes(stage.axes)) for stage in kernel.stages),
    )


def small():
    """Yield the examples that are small at some sizes, with those."""
    for name, example in EXAMPLES.items():
        for sizes in example.sizes:
            if is_small(sized(example.kernel, sizes)):
                yield name, sizes
                break


SMALL = list(small())


def inlined(kernel, printer):
    """Return a function that runs a small kernel; it returns the status."""

    def emit(b):
        signature = kernel_function_signature(kernel)
        with b.function("kernel", signature, export=True) as registers:
            count = len(kernel.buffers)

            def at(k, element):
                return b.offset(registers[k], kernel.buffers[k].dtype, element)

            print_inline(
                b,
                kernel,
                registers[count : count + kernel.sizes],
                lambda k, element: b.load(at(k, element), kernel.buffers[k].dtype),
                lambda k, element, value: b.store(value, at(k, element)),
            )
            b.ret()

    return fenced(kernel, Native(compile_module(emit, host_target(), printer)))


def test_many_examples_are_small():
    assert len(SMALL) >= 8
    names = {name for name, _ in SMALL}
    assert names & {"argmax", "column sums", "all"}  # some reduce


@pytest.mark.parametrize("printer", ["llvm", "mlir"])
@pytest.mark.parametrize(("name", "sizes"), SMALL)
def test_examples(name, sizes, printer):
    example = EXAMPLES[name]
    buffers = [np.array(b) for b in example.buffers(np.random.default_rng(3), *sizes)]
    expected = example.expected([b.copy() for b in buffers], *sizes)
    inlined(sized(example.kernel, sizes), printer)(buffers, sizes)
    for k, wanted in expected.items():
        compare(example, buffers[k], wanted, f"buffer {k}")


def one_that_is_small():
    name, sizes = SMALL[0]
    return sized(EXAMPLES[name].kernel, sizes)


def with_read(kernel, **changes):
    """Return a kernel whose first read is another."""
    stage = kernel.stages[0]
    scalars = list(stage.scalars)
    place = next(k for k, s in enumerate(scalars) if s.op == "read")
    access: Read = scalars[place].attribute
    scalars[place] = replace(scalars[place], attribute=replace(access, **changes))
    return replace(kernel, stages=(replace(stage, scalars=tuple(scalars)), *kernel.stages[1:]))


def test_what_is_not_small():
    kernel = one_that_is_small()
    first, *others = kernel.buffers
    assert is_small(kernel)
    assert not is_small(replace(kernel, checks=1))
    for buffer in (
        Buffer(first.dtype, (MOST_ELEMENTS + 1,), first.role),
        Buffer(first.dtype, ("s0",), first.role),
        Buffer("float16", first.shape, first.role),
        Buffer(first.dtype, first.shape, "inout"),
    ):
        assert not is_small(replace(kernel, buffers=(buffer, *others)))
    assert not is_small(with_read(kernel, guard=0))
    assert not is_small(with_read(kernel, index=(Affine((("s0", 1),)),)))
