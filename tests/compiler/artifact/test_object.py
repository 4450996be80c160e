"""What an artefact is as a file: names, needs, constructors; static libraries; other targets."""

import subprocess
import sys

import pytest
from layout import ROOT

from symc.compiler.artifact.archive import to_archive
from symc.compiler.artifact.shared_object import find_compiler, link_shared
from symc.compiler.errors import TargetError
from symc.compiler.target.elf import NotAnObject, exported, undefined
from symc.compiler.target.isa import TARGETS, find_target
from tests.artifacts import library_of, source_of
from tests.passes.cases import CASES

OWN = ["f", "f_flat", "f_flat_work", "f_infer", "f_module", "f_state_init", "f_work"]


def output(*command):
    options = {"capture_output": True, "text": True, "check": True, "cwd": ROOT}
    return subprocess.run(command, **options).stdout


@pytest.fixture(scope="module")
def library():
    return library_of(source_of(CASES["sgd"])[0])


@pytest.fixture(scope="module")
def shared(library, tmp_path_factory):
    path = tmp_path_factory.mktemp("shared") / "libf.so"
    path.write_bytes(link_shared(library.object, path.name, library.target))
    return path


def test_a_shared_object_has_its_own_names_alone(shared):
    lines = output("nm", "-D", shared).splitlines()
    assert sorted(line.split()[-1] for line in lines) == OWN
    assert all(line.split()[-2] == "T" for line in lines)


def test_a_shared_object_needs_nothing(shared):
    dynamic = output("readelf", "-dW", shared)
    assert "NEEDED" not in dynamic
    assert "TEXTREL" not in dynamic
    assert "[libf.so]" in dynamic


def test_there_are_no_constructors_and_no_writable_data(shared):
    sections = output("readelf", "-SW", shared)
    names = {line.split("]")[1].split()[0] for line in sections.splitlines() if "PROGBITS" in line}
    assert not [n for n in names if n.startswith((".init", ".fini", ".ctors", ".data", ".bss"))
                and n != ".data.rel.ro"]  # fmt: skip
    assert "RWE" not in output("readelf", "-lW", shared)


def test_an_object_exports_what_its_interface_says(library):
    assert list(exported(library.object)) == OWN
    assert sorted(library.interface.exports()) == OWN
    assert undefined(library.object) == ()


def test_names_are_read_as_nm_reads_them(library, shared, tmp_path):
    source = tmp_path / "a.c"
    source.write_text("int other(int); static int mine(int x) { return other(x); }\n"
                      "int theirs(int x) { return mine(x); }\n")  # fmt: skip
    subprocess.run(["cc", "-c", source, "-o", tmp_path / "a.o"], check=True)
    elf = (tmp_path / "a.o").read_bytes()
    assert exported(elf) == ("theirs",)
    assert undefined(elf) == ("other",)
    assert list(exported(shared.read_bytes())) == OWN
    with pytest.raises(NotAnObject):
        exported(b"!<arch>\n")


def test_a_static_library_can_be_linked(library, tmp_path):
    archive = to_archive({"f.o": library.object, "a_rather_long_name_of_a_file.o": tiny(tmp_path)})
    (tmp_path / "libf.a").write_bytes(archive)
    (tmp_path / "main.c").write_text(
        "const void *f_module(void); int three(void);\n"
        "int main(void) { return f_module() && three() == 3 ? 0 : 1; }\n"
    )
    subprocess.run(["cc", "main.c", "-L.", "-lf", "-o", "main"], cwd=tmp_path, check=True)
    subprocess.run([tmp_path / "main"], check=True)
    assert "three in a_rather_long_name_of_a_file.o" in output("nm", "-s", tmp_path / "libf.a")


def tiny(folder):
    (folder / "t.c").write_text("int three(void) { return 3; }\n")
    subprocess.run(["cc", "-c", "t.c"], cwd=folder, check=True)
    return (folder / "t.o").read_bytes()


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("name", ["sgd", "embedding"])
def test_every_target_gives_an_object_without_needs(name, target):
    library = library_of(source_of(CASES[name])[0], target=find_target(target), asked=("asm",))
    assert undefined(library.object) == ()
    assert library.texts["asm"]


def test_a_missing_compiler_is_said(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CC", raising=False)
    with pytest.raises(TargetError, match="apt-get install gcc "):
        find_compiler(find_target("host"))
    monkeypatch.setattr("platform.machine", lambda: "riscv64")
    with pytest.raises(TargetError, match="apt-get install gcc-aarch64-linux-gnu"):
        find_compiler(TARGETS["aarch64"])


def test_the_users_compiler_is_taken(monkeypatch, tmp_path):
    compiler = tmp_path / "mycc"
    compiler.write_text("#!/bin/sh\n")
    compiler.chmod(0o755)
    monkeypatch.setenv("CC", str(compiler))
    assert find_compiler(find_target("host")) == str(compiler)


SCRIPT = """
from tests.artifacts import library_of, source_of
from tests.passes.cases import CASES
import hashlib
from symc.compiler.artifact.header import to_header
for name in ("sgd", "embedding", "joins"):
    library = library_of(source_of(CASES[name])[0], printer="mlir")
    text = to_header(library.interface, "0.0", "host") + library.texts["llvm"]
    print(hashlib.sha256(library.object + text.encode()).hexdigest())
"""


def test_hash_seeds_do_not_matter(monkeypatch):
    results = set()
    for seed in ("0", "1"):
        monkeypatch.setenv("PYTHONHASHSEED", seed)
        results.add(output(sys.executable, "-c", SCRIPT))
    assert len(results) == 1
