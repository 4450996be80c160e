"""Finds the functions that a command names, in a file or a module that is run for it."""

from __future__ import annotations

import contextlib
import importlib
import importlib.util
import inspect
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import symc.tensor
from symc.command.error import ModelError, UsageError
from symc.function import Function, function
from symc.mode import INTERPRET
from symc.type import TensorType
from symc.variable import Variable


def load(source: str) -> list[tuple[str, Function]]:
    """Return the functions that SRC[:NAME[,NAME]] names, with their names."""
    where, _, wanted = source.rpartition(":") if ":" in source else (source, "", "")
    module = run(where)
    names = [name.strip() for name in wanted.split(",") if name.strip()]
    return [(name, _find(module, where, name)) for name in names or [_only(module, where)]]


def run(where: str) -> ModuleType:
    """Return the module of a file (model.py) or of a dotted name, which is imported."""
    path = Path(where)
    is_file = path.suffix == ".py" or len(path.parts) > 1
    if is_file and not path.is_file():
        raise FileNotFoundError(2, "No such file", where)
    # A program finds the modules beside it, as when Python runs it.
    sys.path.insert(0, str(path.resolve().parent if is_file else Path.cwd()))
    try:
        # What the program prints must not end up in a text that is written to standard output.
        with contextlib.redirect_stdout(sys.stderr):
            return _run_file(path) if is_file else importlib.import_module(where)
    except ModuleNotFoundError as error:
        if error.name == where:
            raise UsageError(f"there is no file or module {where!r}") from None
        raise _failed(where, error) from error
    except (Exception, SystemExit) as error:
        raise _failed(where, error) from error
    finally:
        sys.path.pop(0)


def _run_file(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None:
        raise UsageError(f"{path} is not a Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module  # where pickling and dataclasses look for it
    spec.loader.exec_module(module)
    return module


def _failed(where: str, error: BaseException) -> ModelError:
    """Return the error for a model that does not run, with the frames that are its own."""
    trace = error.__traceback__
    while trace and trace.tb_frame.f_globals.get("__name__", "").startswith(OURS):
        trace = trace.tb_next
    shown = "".join(traceback.format_exception(type(error), error, trace))
    return ModelError(f"{where} ended with {type(error).__name__}", shown)


OURS = ("symc.command", "importlib")


def _only(module: ModuleType, where: str) -> str:
    """Return the name of the one compiled function of a module."""
    names = [name for name, value in vars(module).items() if isinstance(value, Function)]
    if len(names) == 1:
        return names[0]
    raise UsageError(
        f"{where} has {len(names) or 'no'} compiled functions"
        + (f" ({', '.join(names)}): name one, as in {where}:{names[0]}" if names else "")
    )


def _find(module: ModuleType, where: str, name: str) -> Function:
    if not hasattr(module, name):
        known = [n for n, value in vars(module).items() if isinstance(value, Function)]
        there = f"; its compiled functions are {', '.join(known)}" if known else ""
        raise UsageError(f"there is no {name!r} in {where}{there}")
    value = getattr(module, name)
    if isinstance(value, Function):
        return value
    if inspect.isfunction(value):
        return _symbolic(value, where)
    raise UsageError(
        f"{name!r} in {where} is neither a compiled function (symc.function) nor a function of"
        f" symbolic inputs, but {type(value).__name__}"
    )


def _symbolic(definition: Any, where: str) -> Function:
    """Return what symc.function makes of a plain function, whose annotations type its inputs."""
    name = definition.__name__
    inputs = [_input(p, name) for p in inspect.signature(definition).parameters.values()]
    try:
        outputs = definition(*inputs)
        # It is compiled for the artefact alone, so nothing is compiled for this process.
        return function(inputs, outputs, mode=INTERPRET, name=name)
    except Exception as error:
        raise _failed(f"{where}:{name}", error) from error


def _input(parameter: inspect.Parameter, name: str) -> Variable:
    """Return a variable of the type that a parameter's annotation says: T.fmatrix, or 'fmatrix'."""
    kind = parameter.annotation
    if isinstance(kind, str):
        kind = getattr(symc.tensor, kind.rpartition(".")[2], kind)
    made = kind(parameter.name) if isinstance(kind, TensorType) or _constructs(kind) else None
    if not isinstance(made, Variable):
        raise UsageError(
            f"{name}: the parameter {parameter.name!r} needs a type, as in"
            f" def {name}({parameter.name}: T.fmatrix)"
        )
    return made


def _constructs(kind: Any) -> bool:
    named: Sequence[str] = (getattr(kind, "__name__", ""),)
    return callable(kind) and any(getattr(symc.tensor, n, None) is kind for n in named)
