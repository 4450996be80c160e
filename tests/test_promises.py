"""What symc promises of processes: light imports, equal text, cached starts, one compile."""

import importlib.util
import os
import subprocess
import sys

import numpy as np
import pytest

import symc
import symc.tensor as T
from symc.compiler.link import Linker

STEP = """
import hashlib, sys
import numpy as np
import symc
import symc.tensor as T

x, y = T.fmatrix("x"), T.ivector("y")
random = np.random.default_rng(0)
w = symc.shared(random.normal(size=(5, 4)).astype("float32"), name="w")
b = symc.shared(np.zeros(4, "float32"), name="b")
v = symc.shared(random.normal(size=(4, 3)).astype("float32"), name="v")
p = T.nnet.softmax(T.dot(T.tanh(T.dot(x, w) + b), v))
cost = -T.mean(T.log(p)[T.arange(y.shape[0]), y])
rate = np.float32(0.1)
updates = [(s, s - rate * g) for s, g in zip((w, b, v), symc.grad(cost, [w, b, v]))]
step = symc.function([x, y], cost, updates=updates)
data = random.normal(size=(6, 5)).astype("float32")
labels = np.array([0, 1, 2, 0, 1, 2], "int32")
print(float(step(data, labels)), float(step(data, labels)))
"""


def run(program, folder, **environment):
    """Return what a program prints in a process of its own, with its own cache folder."""
    known = {**os.environ, "SYMC_CACHE_DIR": str(folder), **environment}
    command = [sys.executable, "-W", "error", "-c", program]
    done = subprocess.run(command, env=known, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


HEAVY = (
    *("llvmlite", "torch_mlir", "mlir", "scipy", "difflib", "platformdirs", "configparser"),
    *("symc.passes", "symc.runtime", "symc.build", "symc.compiled"),
    *("symc.compiler.interpret", "symc.compiler.codegen", "symc.extension.op"),
    *("symc.tensor.discrete", "symc.tensor.unique", "symc.tensor.subscripts"),
)
"""What `import symc` leaves to those who need it, beside the homes of lazy names."""


def test_import_is_light():
    program = "import sys, symc, symc.tensor; print(*sorted(sys.modules))"
    loaded = set(run(program, "")[0].split())
    later = {*HEAVY, *symc.HOMES, *T.HOMES} - {"symc", "symc.tensor"}
    found = {name for name in loaded if any(f"{name}.".startswith(f"{h}.") for h in later)}
    assert not found
    assert all(importlib.util.find_spec(name) for name in HEAVY if name.startswith("symc."))


TEXTS = """
artifact = step.call.artifact
print(hashlib.sha256(artifact.blob).hexdigest())
for stage, text in sorted(artifact.texts.items()):
    print(stage, hashlib.sha256(text.encode()).hexdigest())
"""


def test_text_is_the_same_under_any_hash_seed():
    seen = {tuple(run(STEP + TEXTS, "", PYTHONHASHSEED=seed)) for seed in ("0", "1", "4242")}
    assert len(seen) == 1
    (lines,) = seen
    assert {line.split()[0] for line in lines[2:]} >= {"kernels", "program", "mlir", "llvm"}


UNUSED = {
    *("symc.scan_module", "symc.printing", "symc.gof", "symc.differences", "symc.rewriting"),
    *("symc.passes.fuse.emission", "symc.compiler.program.record", "symc.compiler.kernel.record"),
    *("symc.compiler.codegen.builder", "platformdirs", "tempfile"),
}
"""What a gradient and a function from the cache do without."""


def test_unchanged_function_starts_from_the_cache(tmp_path):
    loaded = 'print(*sorted(set(sys.modules) & {"llvmlite", "torch_mlir", "mlir"}))\n'
    passes = 'print(step.call.artifact.cached, "symc.passes.pipeline" in sys.modules)\n'
    others = "print(*sys.modules)\n"
    first = run(STEP + loaded, tmp_path)
    assert "llvmlite" in first[1]
    # Differentiation runs rules, so only the function's own passes are absent.
    again = run(STEP + loaded + passes + others, tmp_path)
    assert again[0] == first[0]
    assert again[1] == ""
    assert again[2] == "True False"
    assert not UNUSED & {*again[3].split()}


SMALL = """
import sys, symc, symc.tensor as T
x = T.dvector("x")
y = x * 2 + 1
before = set(sys.modules)
f = symc.function([x], y)
print(f.call.artifact.cached)
print(*(set(sys.modules) - before))
"""
SLOW = ("hashlib", "json", "threading", "logging", "dataclasses", "tempfile", "subprocess")
"""Modules of the standard library that take a millisecond each."""


def test_small_function_from_the_cache_imports_little(tmp_path):
    run(SMALL, tmp_path)
    cached, modules = run(SMALL, tmp_path)
    assert cached == "True"
    loaded = set(modules.split())
    assert not loaded & {*SLOW}
    assert not {name for name in loaded if name.startswith(("symc.passes", "symc.compiler.kernel"))}
    # Each costs a sixth of a millisecond to find, read and run.
    assert len(loaded) <= 40, sorted(loaded)


def test_thousand_shapes_use_one_compile(monkeypatch):
    compiled = []
    link = Linker.link
    monkeypatch.setattr(Linker, "link", lambda *a, **k: compiled.append(a) or link(*a, **k))
    monkeypatch.setenv("SYMC_CACHE_DIR", "")
    x, y = T.dmatrix("x"), T.dvector("y")
    f = symc.function([x, y], T.sum(T.exp(x) * y, axis=1))
    random = np.random.default_rng(0)
    for rows in range(1, 41):
        for columns in range(1, 26):
            a, b = random.normal(size=(rows, columns)), random.normal(size=columns)
            np.testing.assert_allclose(f(a, b), (np.exp(a) * b).sum(axis=1), 1e-12, 1e-12)
    assert len(compiled) == 1


@pytest.mark.parametrize("mode", ["FAST_RUN", "FAST_COMPILE"])
def test_modes_agree(mode):
    x = T.dvector("x")
    f = symc.function([x], T.log(1 + T.exp(x)) + T.sqrt(x * x), mode=mode)
    data = np.linspace(-20, 20, 101)
    np.testing.assert_allclose(f(data), np.log1p(np.exp(data)) + np.abs(data), rtol=1e-12)
