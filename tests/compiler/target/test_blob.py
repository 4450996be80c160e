"""Objects flattened to position-independent bytes."""

import struct
from functools import partial
from itertools import product

import pytest
from native import NativeBlob, emit_map, host_targets

from symc.compiler.codegen.compile import compile_module
from symc.compiler.codegen.math.registry import FUNCTIONS
from symc.compiler.codegen.register import KIND
from symc.compiler.errors import InternalError
from symc.compiler.target.assemble import assembler
from symc.compiler.target.blob import PAGE, flatten, link
from symc.compiler.target.isa import TARGETS, host_target

TABLE = bytes(range(64))


def sample(b):
    with b.function("first", [("i", "int64")], "int64") as (i,):
        b.ret(b.load(b.offset(b.data(TABLE), "int64", i), "int64"))
    with b.function("second", [("x", "float64")], "float64") as (x,):
        b.ret(b.add(x, b.constant("float64", 0.1)))
    with b.function("third", [("x", "float64")], "float64") as (x,):
        b.ret(b.call("second", "float64", [x]))
    with b.function("fourth", [], "ptr"):
        b.ret(b.address("hidden"))
    with b.function("hidden", [], "int64", export=False):
        b.ret(b.constant("int64", 1))


def object_of(text, target=None):
    target = target or host_target()
    with assembler() as llvm:
        return llvm.object_code(llvm.parse(text, target), target)


@pytest.mark.parametrize("name", list(TARGETS))
@pytest.mark.parametrize("printer", ["llvm", "mlir"])
def test_exports(name, printer):
    blob = flatten(compile_module(sample, TARGETS[name], printer).object)
    assert set(blob.exports) == {"first", "second", "third", "fourth"}
    assert all(0 <= offset < len(blob.content) for offset in blob.exports.values())
    assert blob.content.count(TABLE) == 1


def _call(name, b, *operands):
    return b.math(name, *operands)


@pytest.mark.parametrize("name", list(TARGETS))
@pytest.mark.parametrize("scalar", [True, False], ids=["scalar", "lanes"])
def test_all_of_math_needs_nothing_outside(name, scalar):
    target = TARGETS[name]

    def emit(b):
        for function, record in FUNCTIONS.items():
            for dtype, itemsize in (("float32", 4), ("float64", 8)):
                case = (partial(_call, function), [dtype] * record.operands, dtype)
                lanes = 0 if scalar else target.lanes(itemsize)
                emit_map(f"{function}_{dtype}", case, lanes)(b)

    blob = flatten(compile_module(emit, target, "llvm").object)
    assert len(blob.exports) == 2 * len(FUNCTIONS)


@pytest.mark.parametrize("name", list(TARGETS))
def test_conversions_need_nothing_outside(name):
    dtypes = [dtype for dtype in KIND if dtype != "ptr"]

    def emit(b):
        for source, dtype in product(dtypes, dtypes):
            case = ((lambda b, x, dtype=dtype: b.cast(x, dtype)), [source], dtype)
            emit_map(f"{source}_to_{dtype}", case, TARGETS[name].lanes(8))(b)

    assert flatten(compile_module(emit, TARGETS[name], "llvm").object).exports


def words(content, start, count=16):
    return struct.unpack_from(f"<{count}I", content, start)


def signed(value, bits):
    return value - (1 << bits) if value >> (bits - 1) else value


def page_address(content, start):
    """Return the target of the first adrp and the add or load that follows it."""
    for k, word in enumerate(words(content, start)):
        if word & 0x9F000000 == 0x90000000:
            pages = signed((word >> 29 & 3) | (word >> 5 & 0x7FFFF) << 2, 21)
            page = (start + 4 * k) // PAGE * PAGE + pages * PAGE
            low = words(content, start)[k + 1]
            unit = 0 if low >> 24 == 0x91 else low >> 30  # add counts bytes, a load its own size
            return page + ((low >> 10 & 0xFFF) << unit)
    raise AssertionError("no adrp")


def test_arm_addresses():
    content = flatten(compile_module(sample, TARGETS["aarch64"], "llvm").object)
    blob, exports = content.content, content.exports
    table = page_address(blob, exports["first"])
    assert blob[table : table + 64] == TABLE
    constant = page_address(blob, exports["second"])
    assert blob[constant : constant + 8] == struct.pack("<d", 0.1)
    call = next(k for k, word in enumerate(words(blob, exports["third"])) if word >> 26 in (5, 37))
    word = words(blob, exports["third"])[call]
    assert exports["third"] + 4 * call + 4 * signed(word & 0x3FFFFFF, 26) == exports["second"]
    hidden = page_address(blob, exports["fourth"])
    assert hidden not in exports.values()
    assert words(blob, hidden, 2) == (0xD2800020, 0xD65F03C0) or words(blob, hidden, 2) == (
        0x52800020,
        0xD65F03C0,
    )


def test_external_symbols_are_refused():
    def emit(b):
        with b.function("f", [], "int64"):
            b.ret(b.call("elsewhere", "int64", []))

    for printer in ("llvm", "mlir"):
        code = compile_module(emit, host_target(), printer)
        with pytest.raises(InternalError, match="external symbol 'elsewhere'"):
            flatten(code.object)


def test_writable_data_is_refused():
    text = "@x = global i64 1\ndefine ptr @f() {\n  ret ptr @x\n}\n"
    with pytest.raises(InternalError, match="writable data"):
        flatten(object_of(text))


def test_unknown_relocations_are_refused():
    elf = bytearray(compile_module(sample, host_target(), "llvm").object)
    (table,) = struct.unpack_from("<Q", elf, 0x28)
    (count,) = struct.unpack_from("<H", elf, 0x3C)
    for k in range(count):
        kind, *_ = struct.unpack_from("<I", elf, table + 64 * k + 4)
        if kind == 4:  # RELA
            (offset,) = struct.unpack_from("<Q", elf, table + 64 * k + 24)
            struct.pack_into("<I", elf, offset + 8, 200)
    with pytest.raises(InternalError, match="no rule for relocation 200"):
        flatten(bytes(elf))


def test_other_formats_are_refused():
    with pytest.raises(InternalError, match="64-bit little-endian ELF"):
        flatten(b"MZ" + bytes(100))


def caller(b):
    with b.function("twice", [("x", "float64")], "float64") as (x,):
        b.ret(b.add(*[b.call("second", "float64", [x])] * 2))


@pytest.mark.parametrize("name", list(TARGETS))
def test_objects_are_linked(name):
    objects = [compile_module(emit, TARGETS[name], "llvm").object for emit in (caller, sample)]
    for order in (objects, objects[::-1]):
        blob = link(order)
        assert set(blob.exports) == {"twice", "first", "second", "third", "fourth"}
        if TARGETS[name] in host_targets():
            assert NativeBlob(blob).call("twice", 1.0, result="float64") == 2.2


def test_linking_needs_every_symbol():
    objects = [compile_module(caller, host_target(), "llvm").object]
    with pytest.raises(InternalError, match="external symbol 'second'"):
        link(objects)


def test_linking_refuses_a_second_definition():
    code = compile_module(sample, host_target(), "llvm").object
    with pytest.raises(InternalError, match="two objects export 'first'"):
        link([code, code])


def test_linking_refuses_mixed_machines():
    codes = [compile_module(emit, TARGETS[name], "llvm").object
             for emit, name in ((caller, "aarch64"), (sample, "x86-64"))]  # fmt: skip
    with pytest.raises(InternalError, match="different machines"):
        link(codes)
