"""symc compile: functions to a shared object, a header, a manifest, or any stage on the way."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from msgspec import Struct, field

from symc.command.error import UsageError
from symc.command.load import load
from symc.compiler.artifact import Library, Shared, Source, build, prepare
from symc.compiler.artifact.c_source import C99, to_c
from symc.compiler.errors import NotSupported
from symc.compiler.module import Module
from symc.compiler.program.record import Program
from symc.compiler.target.isa import Target, find_target
from symc.function import Function
from symc.mode import Mode, get_mode
from symc.passes.pipeline import ORDER, Dump, name_of

STAGES = ("module", "kernels", "program", "explanation", "mlir", "llvm", "asm")
"""Texts on the way: before the passes, after them, planned, what is done and why, printed, as
LLVM's, as assembly."""

KINDS = ("so", "a", "o", "c", "h", "json", *STAGES)
ENDINGS = {"llvm": "ll", "asm": "s", "module": "module.txt", "kernels": "kernels.txt"}
ENDINGS |= {"program": "program.txt", "explanation": "explanation.txt"}
BY_ENDING = {"ll": "llvm", "s": "asm", "asm": "asm", "mlir": "mlir"}
WITH_HEADER = ("so", "a", "o", "c")
NATIVE = ("so", "a", "o", "mlir", "llvm", "asm")
STDOUT = "-"


def add_to(verbs: Any) -> None:
    """Add the verb's arguments."""
    passes = ", ".join(dict.fromkeys(map(name_of, ORDER)))
    verb = verbs.add_parser("compile", help="compile functions for C, or show a stage of it")
    verb.add_argument("source", metavar="SRC[:NAME[,NAME]]", help="model.py or package.module")
    verb.add_argument(
        "-o", dest="output", metavar="FILE", help="build/libf.so; - for standard output"
    )
    verb.add_argument("--emit", metavar="KIND[,KIND]", help=", ".join(KINDS))
    verb.add_argument(
        "--explain",
        action="store_true",
        help="show launches, costs and decisions: --emit explanation -o -",
    )
    verb.add_argument(
        "--target", default="host", help="host, x86-64, x86-64-v3, x86-64-v4, aarch64"
    )
    verb.add_argument("--mode", help="FAST_RUN or FAST_COMPILE, instead of the function's own")
    verb.add_argument("--printer", choices=("mlir", "llvm"), help="the way to LLVM's text")
    verb.add_argument(
        "--include", default="", metavar="NAME[,NAME]", help="rules and passes to add"
    )
    verb.add_argument(
        "--exclude", default="", metavar="NAME[,NAME]", help="rules, passes to leave out"
    )
    verb.add_argument("--print-before", default="", metavar="PASS", help=f"one of {passes}, all")
    verb.add_argument("--print-after", default="", metavar="PASS", help="show the module after it")
    verb.add_argument("-q", "--quiet", action="store_true", help="do not list the files written")
    verb.set_defaults(run=run)


class _Planner(Struct):
    """Runs the passes over each function's module and keeps the readable stages."""

    modes: dict[str, Mode]
    outputs: dict[str, tuple[str, ...]]
    target: Target
    dump: Dump
    kinds: Sequence[str]
    texts: dict[str, str] = field(default_factory=dict)

    def plan(self, module: Module) -> Program:
        """Return the program of a module."""
        from symc.compiler.codegen.contraction import work_bytes
        from symc.compiler.program.text import to_text as program_text
        from symc.compiler.text import python_calls, to_text
        from symc.passes.pipeline import run as run_passes
        from symc.passes.plan import plan

        self._keep("module", to_text(module))
        fused = run_passes(module, self.modes[module.name], dump=self.dump)
        self._keep("kernels", to_text(fused))
        python = python_calls(module)
        program = plan(fused, partial(work_bytes, target=self.target), python)
        self._keep("program", program_text(program))
        if "explanation" in self.kinds:
            self._explain(module)
        return program

    def _explain(self, module: Module) -> None:
        from symc.explaining import explain_module

        mode, outputs = self.modes[module.name], self.outputs[module.name]
        self._keep("explanation", str(explain_module(module, mode, self.target, outputs)))

    def _keep(self, stage: str, text: str) -> None:
        self.texts[stage] = self.texts.get(stage, "") + text


def run(given: argparse.Namespace) -> int:
    """Compile what the arguments name."""
    if given.explain:
        given.emit, given.output = "explanation", STDOUT
    kinds = _kinds(given)
    target = C99 if "c" in kinds else find_target(given.target)
    dump = Dump(_passes(given.print_before), _passes(given.print_after), sys.stdout.write)
    named = load(given.source)
    output = _output(given, named[0][0], kinds)
    modes = {name: _mode(function, given) for name, function in named}
    outputs = {name: function.output_names for name, function in named}
    planner = _Planner(modes, outputs, target, dump, kinds)
    name = named[0][0] if len(named) == 1 else _stem(output)
    prepared = prepare(name, _sources(named), planner.plan, target)
    if target is C99:
        library = Library(prepared.interface, b"", {"c": to_c(prepared, _version())}, {}, target)
    else:
        library = build(
            prepared,
            target,
            printer=given.printer or next(iter(modes.values())).printer,
            version=_version(),
            asked=tuple(kind for kind in kinds if kind == "asm"),
        )
    texts = {**planner.texts, **library.texts}
    if str(output) == STDOUT:
        sys.stdout.write(_text(kinds[0], library, texts))
        return 0
    written = _write(_files(kinds, library, texts, output), output.parent)
    if not given.quiet:
        sys.stdout.write("".join(f"{path}  {size} bytes\n" for path, size in written))
    return 0


def _version() -> str:
    from symc.cli import version

    return version()


# What is asked for --------------------------------------------------------------------------------


def _kinds(given: argparse.Namespace) -> list[str]:
    """Return the kinds of output asked for, by --emit or by the ending of -o."""
    if given.emit:
        kinds = [kind.strip() for kind in given.emit.split(",")]
    elif given.output in (None, STDOUT):
        kinds = ["so"] if given.output is None else ["h"]
    else:
        ending = Path(given.output).suffix.lstrip(".")
        kinds = [BY_ENDING.get(ending, ending)]
    for kind in kinds:
        if kind not in KINDS:
            raise UsageError(f"there is no output of kind {kind!r}; there are {', '.join(KINDS)}")
    _refuse_mixtures(given, kinds)
    if any(kind in WITH_HEADER for kind in kinds) and given.output != STDOUT:
        kinds += [kind for kind in ("h", "json") if kind not in kinds]
    return kinds


def _refuse_mixtures(given: argparse.Namespace, kinds: Sequence[str]) -> None:
    if "c" in kinds and (set(kinds) & set(NATIVE) or given.target != "host"):
        raise UsageError("C99 is a target of its own: --emit c goes with h, json and stages alone")
    if given.output == STDOUT and (len(kinds) > 1 or kinds[0] in ("so", "a", "o")):
        raise UsageError("standard output takes one text, as in --emit llvm -o -")


def _output(given: argparse.Namespace, name: str, kinds: Sequence[str]) -> Path:
    if given.output is not None:
        return Path(given.output)
    return Path(_file_name(kinds[0], name))


def _stem(output: Path) -> str:
    """Return the name that a library's file gives it: build/libnet.so is net."""
    stem = output.name.split(".", maxsplit=1)[0]
    return stem.removeprefix("lib") or "library"


def _passes(text: str) -> frozenset[str]:
    known = frozenset(map(name_of, ORDER))
    names = frozenset(name.strip() for name in text.split(",") if name.strip())
    if "all" in names:
        return known
    if names - known:
        wrong = ", ".join(sorted(names - known))
        raise UsageError(f"there is no pass {wrong}; there are {', '.join(sorted(known))} and all")
    return names


def _mode(function: Function, given: argparse.Namespace) -> Mode:
    mode = get_mode(given.mode) if given.mode else function.mode
    include = [name for name in given.include.split(",") if name]
    exclude = [name for name in given.exclude.split(",") if name]
    return mode.including(*include).excluding(*exclude)


def _sources(named: Iterable[tuple[str, Function]]) -> list[Source]:
    """Return what each function is compiled from; one container is one shared variable."""
    from msgspec.structs import replace

    known: dict[int, Shared] = {}
    sources = []
    for name, function in named:
        if any(entry.update is not None for entry in function.inputs):
            raise NotSupported(
                f"{name}: an input that keeps its value from call to call; use a shared variable"
            )
        built = function.built
        for variable in built.states:
            key = id(variable.container)
            if key not in known:
                known[key] = Shared(variable.name or "", variable.container.copy())
        states = tuple(known[id(variable.container)] for variable in built.states)
        module = replace(built.module, name=name)
        sources.append(Source(name, module, states, function.output_names))
    return sources


# What is written ----------------------------------------------------------------------------------


def _file_name(kind: str, name: str) -> str:
    ending = ENDINGS.get(kind, kind)
    return f"lib{name}.{ending}" if kind in ("so", "a") else f"{name}.{ending}"


def _text(kind: str, library: Library, texts: dict[str, str]) -> str:
    """Return an output that is text."""
    from symc.compiler.artifact.header import to_header
    from symc.compiler.artifact.manifest import to_manifest

    if kind == "h":
        return to_header(library.interface, _version(), library.target.name)
    if kind == "json":
        return to_manifest(library, _version(), {})
    if kind not in texts:
        raise UsageError(f"the printer in use gives no {kind}: add --printer {kind}")
    return texts[kind]


def _binary(kind: str, library: Library, file: str) -> bytes:
    """Return an output that is code."""
    from symc.compiler.artifact.archive import to_archive
    from symc.compiler.artifact.shared_object import link_shared

    makers: dict[str, Callable[[], bytes]] = {
        "o": lambda: library.object,
        "a": lambda: to_archive({f"{library.interface.name}.o": library.object}),
        "so": lambda: link_shared(library.object, file, library.target),
    }
    return makers[kind]()


def _files(
    kinds: Sequence[str], library: Library, texts: dict[str, str], output: Path
) -> dict[str, bytes]:
    """Return what to write, by file name; the first kind has the name that -o says."""
    from symc.compiler.artifact.manifest import to_manifest

    files: dict[str, bytes] = {}
    for k, kind in enumerate(kinds):
        file = output.name if k == 0 else _file_name(kind, library.interface.name)
        if kind in ("so", "a", "o"):
            files[file] = _binary(kind, library, file)
        elif kind != "json":
            files[file] = _text(kind, library, texts).encode()
    if "h" in kinds:
        files["symc.h"] = symc_header()
    if "json" in kinds:
        file = output.name if kinds[0] == "json" else f"{library.interface.name}.json"
        files[file] = to_manifest(library, _version(), files).encode()
    return files


def symc_header() -> bytes:
    """Return symc.h, which every artefact's header includes."""
    import symc.runtime

    folder = Path(str(symc.runtime.__file__)).parent
    return (folder / "include" / "symc" / "symc.h").read_bytes()


def _write(files: dict[str, bytes], folder: Path) -> list[tuple[Path, int]]:
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, content in files.items():
        path = folder / name
        path.write_bytes(content)
        written.append((path, len(content)))
    return written
