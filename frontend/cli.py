"""The command symc: reads its arguments, runs one of its verbs, ends with a code that says how."""

from __future__ import annotations

import argparse
import logging
import sys
import traceback
from collections.abc import Sequence
from importlib import metadata

from symc.command import cache, compile, doctor, inspect
from symc.command.error import ModelError, UsageError
from symc.compiler.errors import Error, InternalError, TargetError

OK, WRONG_MODEL, USAGE, NO_TARGET, NO_FILE, DEFECT = 0, 1, 2, 3, 4, 70
"""The exit codes: 5, a limit exceeded, is kept for limits to come."""

EXIT_CODES: tuple[tuple[type[Exception], int], ...] = (
    (UsageError, USAGE),
    (TargetError, NO_TARGET),
    (InternalError, DEFECT),
    (OSError, NO_FILE),
    (Error, WRONG_MODEL),
)
"""The first that an error is an instance of says its code."""

CODES = """\
exit codes:
  0   done
  1   the model is wrong
  2   the command is
  3   a tool or a target is missing; the message says how to get it
  4   a file cannot be read or written
  70  a defect of symc, worth a report
"""
VERBS = (compile, inspect, cache, doctor)


def parser() -> argparse.ArgumentParser:
    """Return the parser of the whole command."""
    root = argparse.ArgumentParser(
        prog="symc",
        description="Compile symbolic programs to native code.",
        epilog=CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    root.add_argument("--version", action="version", version=f"symc {version()}")
    root.add_argument("--verbose", action="store_true", help="show what is done")
    verbs = root.add_subparsers(dest="verb", required=True, metavar="VERB")
    for verb in VERBS:
        verb.add_to(verbs)
    return root


def version() -> str:
    """Return symc's version."""
    return metadata.version("symc")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code."""
    given = parser().parse_args(arguments)
    if given.verbose:
        logging.basicConfig(level=logging.DEBUG, format="%(name)s: %(message)s")
    try:
        return int(given.run(given))
    except BrokenPipeError:
        sys.stderr.close()  # nobody reads on; Python would complain once more at exit
        return OK
    except Exception as error:
        return _explain(error)


def _explain(error: Exception) -> int:
    """Say what went wrong and return the exit code for it."""
    code = next((code for kind, code in EXIT_CODES if isinstance(error, kind)), DEFECT)
    if isinstance(error, ModelError):
        sys.stderr.write(error.shown)
    if code == DEFECT:
        sys.stderr.write("".join(traceback.format_exception(error)))
        text = f"this is a defect of symc {version()}; please report it"
    elif isinstance(error, OSError) and not isinstance(error, Error):
        text = f"{error.filename or 'a file'}: {error.strerror or error}"
    else:
        text = str(error)
    sys.stderr.write(f"symc: {text}\n")
    return code
