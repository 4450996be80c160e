"""The errors that a command ends with and that no other part of symc raises."""

from __future__ import annotations

from symc.compiler.errors import Error


class UsageError(Error, ValueError):
    """Report a command that cannot be carried out as it is written."""

    code = "E150"


class ModelError(Error, RuntimeError):
    """Report that running the user's model ended with an error; `shown` is its traceback."""

    code = "E151"

    def __init__(self, message: str, shown: str) -> None:
        super().__init__(message)
        self.shown = shown


class UnreadableFile(Error, OSError):
    """Report a file that is not of the kind it should be."""

    code = "E152"
