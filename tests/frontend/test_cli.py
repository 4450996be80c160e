"""The command symc: what it writes and says, and the code it ends with."""

import json
import subprocess
import sys

import numpy as np
import pytest

from symc.cli import main
from symc.command import cache as cache_command
from symc.command import compile as compile_command

MODEL = """
import numpy as np
import symc
import symc.tensor as T
import beside

print("hello from the model")
x = T.fmatrix("x")
w = symc.shared(np.ones((3, 2), "float32"), name="w")
total = symc.shared(np.zeros((), "int64"), name="total")
y = T.dot(x, w)
y.name = "y"
predict = symc.function([x], y)
learn = symc.function([x], {"cost": (y ** 2).sum(), "a b": y}, updates={w: w - 1, total: total + 1})
grow = symc.function([], updates={w: T.concatenate([w, w])})
keeps = symc.function([symc.In(x, value=np.ones((1, 1), "float32"), update=x + 1)], y)

def plain(a: T.dvector, b: "dscalar"):
    return a * b + beside.ONE

def untyped(a):
    return a

def broken(a: T.dvector):
    raise ValueError("no such thing")

number = 3
"""


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    folder = tmp_path_factory.mktemp("model")
    (folder / "net.py").write_text(MODEL)
    (folder / "beside.py").write_text("ONE = 1\n")
    (folder / "one.py").write_text(
        "import symc, symc.tensor as T\nx = T.dvector('x')\nf = symc.function([x], T.exp(x) * 2)\n"
    )
    (folder / "fails.py").write_text("import symc\n\ndef deep():\n    return 1 / 0\n\ndeep()\n")
    (folder / "leaves.py").write_text("raise SystemExit(7)\n")
    (folder / "needs.py").write_text("import no_such_module_anywhere\n")
    return folder


@pytest.fixture(scope="module")
def cache_folder(tmp_path_factory):
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(autouse=True)
def _own_cache(monkeypatch, cache_folder):
    monkeypatch.setenv("SYMC_CACHE_DIR", str(cache_folder))


def symc(capsys, *arguments):
    """Run the command; return (exit code, standard output, standard error)."""
    try:
        code = main([str(x) for x in arguments])
    except SystemExit as ended:  # argparse's way
        code = ended.code
    out, err = capsys.readouterr()
    return code, out, err


# compile ------------------------------------------------------------------------------------------


def test_compile_writes_library_headers_and_manifest(model, tmp_path, capsys):
    output = tmp_path / "build" / "libpredict.so"
    code, out, err = symc(capsys, "compile", f"{model}/net.py:predict", "-o", output)
    assert (code, err) == (0, "hello from the model\n")
    names = ["libpredict.so", "predict.h", "symc.h", "predict.json"]
    assert [line.split()[0] for line in out.splitlines()] == [str(output.parent / n) for n in names]
    assert sorted(p.name for p in output.parent.iterdir()) == sorted(names)
    manifest = json.loads((output.parent / "predict.json").read_text())
    (function,) = manifest["functions"]
    assert function["signature"] == "predict(x: float32[x_0, 3]) -> (y: float32[x_0, 2])"
    assert manifest["files"]["predict.h"]["bytes"] == (output.parent / "predict.h").stat().st_size


PROGRAM = """
#include "net.h"
#include <stdio.h>
#include <stdlib.h>
int main(void) {
    net_state state;
    const float x[2][3] = {{1, 2, 3}, {4, 5, 6}};
    float cost, y[2][2];
    void *work = aligned_alloc(64, (size_t)learn_flat_work(2));
    if (net_state_init(&state, sizeof state)) return 1;
    if (learn_flat(&x[0][0], 2, &state, &y[0][0], &cost, work)) return 2;
    printf("%g %g %g\\n", y[0][0], y[1][1], cost);
    if (predict_flat(&x[0][0], 2, &state, &y[0][0], work)) return 3;
    printf("%g %g %d\\n", y[0][0], state.w[2][1], (int)state.total[0]);
    free(work);
    return 0;
}
"""


def test_functions_compiled_together_share_their_state(model, tmp_path, capsys):
    code, _, _ = symc(
        capsys, "compile", f"{model}/net.py:predict,learn", "-o", tmp_path / "libnet.a", "-q"
    )
    assert code == 0
    (tmp_path / "main.c").write_text(PROGRAM)
    command = ["cc", "-std=c11", "-Wall", "-Werror", "main.c", "libnet.a", "-o", "main"]
    subprocess.run(command, cwd=tmp_path, check=True)
    run = subprocess.run(["./main"], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert run.stdout == "6 15 522\n0 0 1\n"


@pytest.mark.parametrize(
    ("kinds", "files"),
    [
        ("o", ["f.o", "f.h", "symc.h", "f.json"]),
        ("c", ["f.c", "f.h", "symc.h", "f.json"]),
        ("h", ["f.h", "symc.h"]),
        ("json", ["f.json"]),
        ("llvm,mlir,asm", ["f.ll", "f.mlir", "f.s"]),
        ("module,kernels,program", ["f.module.txt", "f.kernels.txt", "f.program.txt"]),
    ],
)
def test_emit_chooses_what_is_written(model, tmp_path, capsys, monkeypatch, kinds, files):
    monkeypatch.chdir(tmp_path)
    code, _, _ = symc(capsys, "compile", f"{model}/one.py", "--emit", kinds)
    assert code == 0
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted(files)
    assert all(p.stat().st_size for p in tmp_path.iterdir())


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("module", "func @f(%x: float64[%x.0]) -> (float64[%x.0])"),
        ("kernels", "kernel"),
        ("program", "launch @k0("),
        ("explanation", "f: 1 launch a call"),
        ("c", "int32_t symc_c_f_flat("),
        ("mlir", "func.func @f_flat("),
        ("llvm", "define i32 @f_flat("),
        ("asm", "f_flat:"),
        ("h", "symc_status f_flat(const double *x, int64_t x_0, double *out, void *work);"),
        ("json", '"signature": "f(x: float64[x_0]) -> (out: float64[x_0])"'),
    ],
)
def test_stages_go_to_standard_output(model, capsys, kind, text):
    code, out, _ = symc(capsys, "compile", f"{model}/one.py", "--emit", kind, "-o", "-")
    assert code == 0
    assert text in out


def test_the_file_ending_says_the_kind(model, tmp_path, capsys):
    for name, text in (("f.ll", "define"), ("f.s", "f_flat:"), ("f.h", "F_H_")):
        assert symc(capsys, "compile", f"{model}/one.py", "-o", tmp_path / name)[0] == 0
        assert text in (tmp_path / name).read_text()


def test_passes_are_shown(model, capsys):
    given = ["compile", f"{model}/one.py", "--emit", "h", "-o", "-"]
    shown = [*given, "--print-before", "fuse", "--print-after", "canonicalize"]
    code, out, _ = symc(capsys, *shown)
    assert code == 0
    assert "// f after canonicalize" in out
    assert "// f before fuse" in out
    assert "// f after simplify" not in out
    code, out, _ = symc(capsys, *given, "--print-after", "all")
    assert "// f after simplify" in out
    code, _, err = symc(capsys, *given, "--print-after", "magic")
    assert code == 2
    assert "there is no pass magic; there are canonicalize, defer, fuse," in err


def test_modes_and_rules_can_be_chosen(model, capsys):
    given = ["compile", f"{model}/one.py", "--emit", "program", "-o", "-"]
    assert symc(capsys, *given, "--mode", "FAST_COMPILE")[0] == 0
    _, out, _ = symc(capsys, *given, "--exclude", "canonicalize", "--print-after", "all")
    assert "after simplify" in out
    assert "after canonicalize" not in out
    code, _, err = symc(capsys, *given, "--mode", "SLOW")
    assert (code, "there is no mode 'SLOW'" in err) == (1, True)
    mlir = ["compile", f"{model}/one.py", "--emit", "mlir", "-o", "-", "--printer", "llvm"]
    code, _, err = symc(capsys, *mlir)
    assert (code, "add --printer mlir" in err) == (2, True)


def test_a_plain_function_takes_its_types_from_annotations(model, capsys):
    _, out, _ = symc(capsys, "compile", f"{model}/net.py:plain", "--emit", "h", "-o", "-")
    assert "plain(a: float64[a_0], b: float64[]) -> (out: float64[a_0])" in out


def test_a_dict_names_the_outputs(model, capsys):
    _, out, _ = symc(capsys, "compile", f"{model}/net.py:learn", "--emit", "h", "-o", "-")
    assert "-> (a b: float32[x_0, 2], cost: float32[])" in out
    assert "float *a_b, float *cost,\n" in out


def test_a_module_by_its_dotted_name(model, capsys, monkeypatch):
    monkeypatch.chdir(model)
    assert symc(capsys, "compile", "one:f", "--emit", "h", "-o", "-")[0] == 0
    assert "one" in sys.modules
    code, _, err = symc(capsys, "compile", "no_such_module:f")
    assert (code, "there is no file or module 'no_such_module'" in err) == (2, True)


def test_every_file_is_the_same_in_every_run(model, tmp_path, cache_folder):
    found = []
    for seed in ("1", "2"):
        folder = tmp_path / seed
        command = [sys.executable, "-m", "symc", "compile", f"{model}/net.py:predict,learn"]
        arguments = ["--emit", "so,o,a,llvm,asm", "-o", folder / "libnet.so"]
        environment = {"PYTHONHASHSEED": seed, "PATH": "/usr/bin:/bin"}
        environment["SYMC_CACHE_DIR"] = str(cache_folder)
        subprocess.run([*command, *arguments], check=True, env=environment, capture_output=True)
        found.append({p.name: p.read_bytes() for p in folder.iterdir()})
    assert found[0] == found[1]
    assert len(found[0]) == 8


# what goes wrong ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "code", "text"),
    [
        ("net.py", 2, "has 4 compiled functions (predict, learn, grow, keeps): name one"),
        ("net.py:nothing", 2, "there is no 'nothing' in"),
        ("net.py:number", 2, "neither a compiled function"),
        ("net.py:untyped", 2, "the parameter 'a' needs a type, as in def untyped(a: T.fmatrix)"),
        ("net.py:broken", 1, "ValueError: no such thing"),
        ("net.py:grow", 1, "shared variable 'w' may change its shape (3, 2) to (6, 2)"),
        ("net.py:keeps", 1, "use a shared variable"),
        ("fails.py", 1, "ZeroDivisionError"),
        ("leaves.py", 1, "ended with SystemExit"),
        ("needs.py", 1, "No module named 'no_such_module_anywhere'"),
        ("missing.py", 4, "No such file"),
    ],
)
def test_mistakes(model, tmp_path, capsys, source, code, text):
    found, out, err = symc(capsys, "compile", model / source, "-o", tmp_path / "f.o")
    assert (found, out) == (code, "")
    assert text in err
    assert not list(tmp_path.iterdir())


def test_a_failing_model_shows_its_own_frames_alone(model, capsys):
    _, _, err = symc(capsys, "compile", model / "fails.py", "--emit", "h", "-o", "-")
    assert 'fails.py", line 4, in deep' in err
    assert "importlib" not in err
    assert "symc/command" not in err


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["nothing"],
        ["compile"],
        ["compile", "one.py", "--emit", "exe"],
        ["compile", "one.py", "-o", "f.exe"],
        ["compile", "one.py", "--emit", "so", "-o", "-"],
        ["compile", "one.py", "--emit", "llvm,asm", "-o", "-"],
        ["compile", "one.py", "--emit", "c,so"],
        ["compile", "one.py", "--emit", "c", "--target", "x86-64"],
    ],
)
def test_a_wrong_command(model, capsys, monkeypatch, arguments):
    monkeypatch.chdir(model)
    code, out, err = symc(capsys, *arguments)
    assert (code, out) == (2, "")
    assert err


def test_a_missing_target_or_tool(model, tmp_path, capsys, monkeypatch):
    given = ["compile", model / "one.py", "-o", tmp_path / "libf.so"]
    code, _, err = symc(capsys, *given, "--target", "z80")
    assert (code, "no target 'z80'; there are x86-64," in err) == (3, True)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CC", raising=False)
    code, _, err = symc(capsys, *given)
    assert (code, "apt-get install gcc" in err) == (3, True)
    assert not list(tmp_path.iterdir())
    assert symc(capsys, *given[:2], "-o", tmp_path / "f.o")[0] == 0


def test_a_file_in_the_way(model, tmp_path, capsys):
    (tmp_path / "build").write_text("a file")
    code, _, err = symc(capsys, "compile", model / "one.py", "-o", tmp_path / "build" / "f.o")
    assert code == 4
    assert str(tmp_path / "build") in err


def test_a_defect_says_so(model, capsys, monkeypatch):
    monkeypatch.setattr(compile_command, "build", lambda *args, **named: 1 / 0)
    code, _, err = symc(capsys, "compile", model / "one.py", "--emit", "h", "-o", "-")
    assert code == 70
    assert "ZeroDivisionError" in err
    assert err.endswith("please report it\n")


def test_version_and_help(capsys):
    assert symc(capsys, "--version")[:2] == (0, "symc 0.1.0\n")
    code, out, _ = symc(capsys, "--help")
    assert (code, "exit codes:" in out) == (0, True)


# inspect, cache, doctor ---------------------------------------------------------------------------


def test_inspect(model, tmp_path, capsys):
    given = ["compile", f"{model}/net.py:predict,learn", "-o", tmp_path / "libnet.so"]
    assert symc(capsys, *given, "--emit", "so,o")[0] == 0
    code, out, _ = symc(capsys, "inspect", tmp_path / "net.json")
    assert code == 0
    for line in (
        "  predict(x: float32[x_0, 3]) -> (y: float32[x_0, 2])",
        "    updates: w, total",
        "    w: float32[3, 2]",
        "  state: 32 bytes",
    ):
        assert line in out.splitlines()
    code, out, _ = symc(capsys, "inspect", tmp_path / "libnet.so")
    assert code == 0
    assert "    predict(x: float32[x_0, 3]) -> (y: float32[x_0, 2])" in out.splitlines()
    assert "  needs: nothing" in out.splitlines()
    code, out, _ = symc(capsys, "inspect", tmp_path / "net.o")
    assert (code, "net_module" in out) == (0, True)


@pytest.mark.parametrize(
    ("name", "content"),
    [("a.json", b"{}"), ("b.json", b"\xff\x00"), ("c.so", b"!<arch>"), ("d.o", b"\x7fELF\x01\x01")],
)
def test_inspect_refuses_other_files(tmp_path, capsys, name, content):
    (tmp_path / name).write_bytes(content)
    code, _, err = symc(capsys, "inspect", tmp_path / name)
    assert code == 4
    assert name in err
    assert symc(capsys, "inspect", tmp_path / "missing.so")[0] == 4


def test_cache(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("SYMC_CACHE_DIR", str(tmp_path))
    kept = cache_command.function_cache()
    from symc.compiler.cache import Record, key_of

    kept.store(key_of("a"), Record({}, b"12345"))
    (tmp_path / "mine.txt").write_text("not the cache's")
    code, out, _ = symc(capsys, "cache", "info")
    assert code == 0
    assert out.startswith(f"{tmp_path}\n1 files, ")
    assert symc(capsys, "cache", "clear")[:2] == (0, "1 files removed\n")
    assert symc(capsys, "cache", "info")[1] == f"{tmp_path}\n0 files, 0 bytes\n"
    assert (tmp_path / "mine.txt").exists()
    monkeypatch.setenv("SYMC_CACHE_DIR", "")
    assert "there is no cache" in symc(capsys, "cache", "info")[1]
    assert symc(capsys, "cache", "clear")[:2] == (0, "0 files removed\n")
    assert symc(capsys, "cache", "fill")[:2] == (0, "0 objects compiled\n")


def test_doctor(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("SYMC_CACHE_DIR", str(tmp_path))
    code, out, _ = symc(capsys, "doctor")
    assert code == 0
    assert all(line.startswith("ok ") for line in out.splitlines())
    assert f"NumPy {np.__version__}" in out
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CC", raising=False)
    code, out, _ = symc(capsys, "doctor")
    assert code == 0
    assert "without  C compiler, for shared objects: linking" in out


def test_doctor_names_what_is_missing(capsys, monkeypatch):
    from symc.command import doctor
    from symc.compiler.errors import TargetError

    def missing():
        raise TargetError("pip install something")

    monkeypatch.setattr(doctor, "CHECKS", (("LLVM", missing, True), ("C", missing, False)))
    code, out, _ = symc(capsys, "doctor")
    assert code == 3
    assert out == "MISSING  LLVM: pip install something\nwithout  C: pip install something\n"
