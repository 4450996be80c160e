"""Build artefacts of small modules, load them without the compiler, and call them as C does."""

import ctypes
import json
import subprocess
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from symc.compiler.artifact import Library, Shared, Source, build, prepare
from symc.compiler.artifact.c_source import C99, to_c
from symc.compiler.artifact.header import to_header
from symc.compiler.artifact.manifest import to_manifest
from symc.compiler.artifact.shared_object import link_shared
from symc.compiler.codegen.contraction import work_bytes
from symc.compiler.target.isa import host_target
from symc.passes.fuse.emission import fuse
from symc.passes.plan import plan
from tests.passes.modules import module_of, random_arrays

HEADERS = Path(__file__).parents[1] / "runtime" / "include"
CODES = {"b": 6, "i": 0, "u": 1, "f": 2}


def planner(target):
    return lambda module: plan(fuse(module), lambda c: work_bytes(c, target))


def source_of(case, name="f", states=None):
    """Return (source, initial states) of a case."""
    module = module_of(case.build, case.inputs, list(case.states))
    arrays = random_arrays(list(case.state_shapes), 1) if states is None else states
    return Source(name, module, tuple(Shared(f"s{k}", a) for k, a in enumerate(arrays))), arrays


def library_of(*sources, name="f", printer="llvm", target=None, asked=()) -> Library:
    target = target or host_target()
    prepared = prepare(name, sources, planner(target), target)
    return build(prepared, target, printer=printer, version="0.0", asked=asked)


def from_c(prepared, folder, *options) -> "Loaded":
    """Load the artefact that a C compiler makes of the source."""
    name, library = prepared.interface.name, Library(prepared.interface, b"", {}, {}, C99)
    (folder / f"{name}.c").write_text(to_c(prepared, "0.0"))
    (folder / f"{name}.h").write_text(to_header(prepared.interface, "0.0", "c99"))
    include = ["-I", HEADERS / "symc", "-shared", "-fPIC", "-lm"]
    command = ["cc", "-std=c99", "-O1", *options, f"{name}.c", *include, "-o", "c.so"]
    subprocess.run(command, cwd=folder, check=True)
    return Loaded(library, folder, lambda *_: (folder / "c.so").read_bytes())


class Tensor(ctypes.Structure):
    _fields_ = (
        ("data", ctypes.c_void_p),
        ("device", ctypes.c_int32 * 2),
        ("ndim", ctypes.c_int32),
        ("code", ctypes.c_uint8),
        ("bits", ctypes.c_uint8),
        ("lanes", ctypes.c_uint16),
        ("shape", ctypes.POINTER(ctypes.c_int64)),
        ("strides", ctypes.POINTER(ctypes.c_int64)),
        ("byte_offset", ctypes.c_uint64),
    )


class Error(ctypes.Structure):
    _fields_ = (
        ("struct_size", ctypes.c_uint32),
        ("code", ctypes.c_int32),
        ("arg", ctypes.c_int32),
        ("dim", ctypes.c_int32),
        ("expected", ctypes.c_int64),
        ("got", ctypes.c_int64),
        ("site", ctypes.c_int32),
        ("reserved", ctypes.c_int32),
        ("where", ctypes.c_char_p),
        ("what", ctypes.c_char_p),
    )


class Host(ctypes.Structure):
    _fields_ = (
        ("struct_size", ctypes.c_uint32),
        ("abi", ctypes.c_uint32),
        ("hooks", ctypes.c_void_p * 7),
        ("max_threads", ctypes.c_int32),
        ("reserved0", ctypes.c_int32),
        ("log", ctypes.c_void_p),
        ("cancel", ctypes.c_void_p),
        ("stream", ctypes.c_void_p),
        ("workspace", ctypes.c_void_p),
        ("workspace_bytes", ctypes.c_size_t),
        ("error", ctypes.POINTER(Error)),
    )


def tensor(array):
    """Return the descriptor of an array."""
    dtype = array.dtype
    shape = (ctypes.c_int64 * array.ndim)(*array.shape)
    code = 4 if dtype.name == "bfloat16" else CODES[dtype.kind]
    return Tensor(array.ctypes.data, (1, 0), array.ndim, code, 8 * dtype.itemsize, 1, shape)


def table(tensors):
    return (ctypes.POINTER(Tensor) * max(len(tensors), 1))(*map(ctypes.pointer, tensors))


@dataclass
class Failed(Exception):
    """What a call reported."""

    status: int
    error: Error


class Loaded:
    """An artefact's shared object, called through its C interface alone."""

    def __init__(self, library: Library, folder, link=None) -> None:
        self.name = library.interface.name
        content = (link or link_shared)(library.object, f"lib{self.name}.so", library.target)
        self.path = folder / f"lib{self.name}.so"
        self.path.write_bytes(content)
        self.header = folder / f"{self.name}.h"
        self.header.write_text(to_header(library.interface, "0.0", library.target.name))
        self.manifest = json.loads(to_manifest(library, "0.0", {}))
        self.c = ctypes.CDLL(str(self.path))
        self.state = self.new_state()

    def new_state(self):
        """Return fresh state, as bytes aligned to 64, or None."""
        size = self.manifest["state"]["bytes"]
        if not size:
            return None
        state = aligned(size)
        assert self.c[f"{self.name}_state_init"](pointer(state), ctypes.c_size_t(size)) == 0
        return state

    def states(self):
        """Return the shared variables as arrays that lie in the state."""
        return [
            np.frombuffer(self.state, x["dtype"], int(np.prod(x["shape"])), x["offset"]).reshape(
                x["shape"]
            )
            for x in self.manifest["state"]["variables"]
        ]

    def call(self, name, *arrays):
        """Call the function that takes tensors and return its outputs; raise Failed."""
        described = self.describe(name)
        ins = [tensor(x) for x in arrays]
        error = Error(struct_size=ctypes.sizeof(Error))
        host = Host(ctypes.sizeof(Host), 1, error=ctypes.pointer(error))
        arguments = (ctypes.byref(host), pointer(self.state), table(ins))

        def run(suffix, result):
            status = self.c[name + suffix](*arguments, result)
            if status:
                raise Failed(status, error)

        sizes = (ctypes.c_int64 * 64)()
        run("_infer", sizes)
        outputs, at = [], 0
        for x in described["outputs"]:
            rank = len(x["shape"])
            outputs.append(np.zeros(sizes[at : at + rank], x["dtype"]))
            at += rank
        work = ctypes.c_int64()
        run("_work", ctypes.byref(work))
        memory = aligned(work.value)
        host.workspace, host.workspace_bytes = pointer(memory), work.value
        run("", table([tensor(x) for x in outputs]))
        return outputs

    def flat(self, name, *arrays):
        """Call the function that takes pointers and return its outputs; raise Failed."""
        described = self.describe(name)
        sizes = {}
        for x, array in zip(described["inputs"], arrays, strict=True):
            sizes.update(zip(x["shape"], array.shape, strict=True))
        shapes = [[sizes.get(n, n) for n in x["shape"]] for x in described["outputs"]]
        outputs = [
            np.zeros([eval(n, {}, sizes) if isinstance(n, str) else n for n in shape], x["dtype"])
            for shape, x in zip(shapes, described["outputs"], strict=True)
        ]
        known: set = set()
        arguments, numbers = [], []
        for x, array in zip(described["inputs"], arrays, strict=True):
            arguments.append(pointer(array))
            for symbol in x["shape"]:
                if isinstance(symbol, str) and symbol not in known:
                    known.add(symbol)
                    numbers.append(ctypes.c_int64(sizes[symbol]))
                    arguments.append(numbers[-1])
        if described["state"]:
            arguments.append(pointer(self.state))
        arguments += map(pointer, outputs)
        self.c[f"{name}_flat_work"].restype = ctypes.c_int64
        work = self.c[f"{name}_flat_work"](*numbers)
        assert described["work"] in (None, work)
        memory = aligned(work)
        arguments.append(pointer(memory))
        status = self.c[f"{name}_flat"](*arguments)
        if status:
            raise Failed(status, Error())
        return outputs

    def describe(self, name):
        """Return a function's part of the manifest."""
        return next(f for f in self.manifest["functions"] if f["name"] == name)


def aligned(size, to=64):
    """Return `size` bytes at a multiple of `to`, followed by bytes that nobody may change."""
    memory = np.zeros(size + to, np.uint8)
    start = -memory.ctypes.data % to
    return memory[start : start + size]


def pointer(array):
    return ctypes.c_void_p(None if array is None else array.ctypes.data)
