"""function_dump: the arguments of a call of `function`, in a file."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

from symc.exceptions import BadUse
from symc.function import function
from symc.report import mistake

PARAMETERS = (
    *("inputs", "outputs", "mode", "updates", "givens", "no_default_updates", "accept_inplace"),
    *("name", "rebuild_strict", "allow_input_downcast", "profile", "on_unused_input"),
)


def function_dump(filename: str | Path, *arguments: Any, **options: Any) -> None:
    """Write what `function` would be called with, shared values too, to a file.

    `function(**pickle.load(open(filename, "rb")))` compiles it, elsewhere or later. Raises
    TypeError for arguments that `function` does not have.
    """
    given = dict(zip(PARAMETERS, arguments, strict=False)) | options
    given.pop("extra_tag_to_remove", None)  # nothing that a variable carries keeps it from a file
    unknown = sorted(set(given) - set(PARAMETERS))
    if unknown or len(arguments) > len(PARAMETERS):
        raise mistake(BadUse, f"{function.__name__} has no parameter {', '.join(unknown)}")
    Path(filename).write_bytes(pickle.dumps(given, protocol=-1))
