"""Several modules compiled at once: the code of one thread, its errors, and no thread left over."""

import subprocess
import sys
import threading
from functools import partial

import pytest

from symc.compiler.codegen import workers
from symc.compiler.codegen.compile import Job, compile_module
from symc.compiler.codegen.workers import compile_modules
from symc.compiler.target.isa import host_target


def emit(b, name, functions):
    with b.function(name, [("x", "float64")], "float64") as (x,):
        for function in functions:
            x = b.math(function, x)
        b.ret(x)


CHAINS = [("exp",), ("tanh", "exp"), ("sin",), ("log", "tanh", "sin"), ("cosh",), ("exp", "erf")]


def jobs(*extra):
    chains = [Job(partial(emit, name=f"f{k}", functions=x), host_target())
              for k, x in enumerate(CHAINS)]  # fmt: skip
    return [*chains, *extra]


def crew():
    return [x for x in threading.enumerate() if x.name.startswith("symc-compiler")]


@pytest.mark.parametrize("printer", ["llvm", "mlir"])
@pytest.mark.parametrize("count", [2, 3, 16])
def test_code_is_that_of_one_thread(printer, count):
    alone = compile_modules(jobs(), printer, texts=("asm",))
    together = compile_modules(jobs(), printer, texts=("asm",), workers=count)
    assert [x.object for x in alone] == [x.object for x in together]
    assert [x.texts for x in alone] == [x.texts for x in together]
    assert all(set(x.timings) == {"emit", "lower", "parse", "inline", "codegen"} for x in together)
    assert not crew()


@pytest.mark.parametrize("kind", [ZeroDivisionError, KeyboardInterrupt])
def test_a_failure_ends_all(kind):
    def broken(b):
        raise kind("not this one")

    with pytest.raises(kind, match="not this one"):
        compile_modules([*jobs()[:3], Job(broken, host_target()), *jobs()], "llvm", workers=3)
    assert not crew()
    assert len(compile_modules(jobs(), "llvm", workers=3)) == len(CHAINS)


def test_a_failure_of_a_thread_is_raised(monkeypatch):
    def broken(ready):
        raise ZeroDivisionError(ready.texts["llvm"].count("define"))

    monkeypatch.setattr(workers, "generate", broken)
    with pytest.raises(ZeroDivisionError, match="1"):
        compile_modules(jobs(), "llvm", workers=2)
    assert not crew()


@pytest.mark.parametrize(("count", "jobs"), [(1, jobs()), (8, jobs()[:1]), (8, [])])
def test_no_threads_where_none_are_of_use(count, jobs, monkeypatch):
    monkeypatch.setattr(workers, "ThreadPoolExecutor", None)
    assert len(compile_modules(jobs, "llvm", workers=count)) == len(jobs)


def test_assemblers_are_no_more_than_threads_and_one(monkeypatch):
    used = set()
    prepare = workers.prepare

    def noting(job, printer, assembler):
        used.add(assembler)
        return prepare(job, printer, assembler)

    monkeypatch.setattr(workers, "prepare", noting)
    compile_modules(jobs() * 3, "llvm", workers=2)
    assert 1 <= len(used) <= 3


def test_jobs_may_change_the_module():
    seen = []
    job = Job(partial(emit, name="f", functions=("exp",)), host_target(),
              lambda llvm, module: seen.append(str(module)))  # fmt: skip
    compile_modules([job, *jobs()], "llvm", workers=2)
    assert len(seen) == 1
    assert "@f(" in seen[0]


FORK = """
import os, sys
sys.path.insert(0, sys.argv[1])
from test_workers import jobs, compile_modules
before = [x.object for x in compile_modules(jobs(), "mlir", workers=2)]
child = os.fork()
if child == 0:
    os._exit([x.object for x in compile_modules(jobs(), "mlir", workers=2)] != before)
assert os.waitpid(child, 0)[1] == 0
"""


def test_a_forked_child_compiles():
    folder = __file__.rpartition("/")[0]
    done = subprocess.run(
        [sys.executable, "-c", FORK, folder], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


AT_EXIT = """
import atexit, sys
sys.path.insert(0, sys.argv[1])
from test_workers import jobs, compile_modules
atexit.register(lambda: print(len(compile_modules(jobs(), "llvm", workers=2))))
"""


def test_a_function_may_be_made_at_exit():
    command = [sys.executable, "-c", AT_EXIT, __file__.rpartition("/")[0]]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == (f"{len(CHAINS)}\n", "")


def test_user_threads_compile_at_once():
    expected = compile_module(jobs()[3].emit, host_target(), "mlir").object
    found = []

    def run():
        found.append(compile_modules(jobs(), "mlir", workers=2)[3].object)

    threads = [threading.Thread(target=run) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [expected] * 3
