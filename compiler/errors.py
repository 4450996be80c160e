"""The three kinds of error: the user's, the target's and ours."""

from __future__ import annotations


class Error(Exception):
    """Be the base of every error symc raises on purpose."""

    code = "E000"


class TypeMismatch(Error, TypeError):
    """Report operands whose dtypes or ranks do not fit an operation."""

    code = "E101"


class ShapeMismatch(Error, ValueError):
    """Report operands whose sizes do not fit an operation."""

    code = "E102"


class NotSupported(Error, NotImplementedError):
    """Report something that symc's language has but this version does not compile.

    `site` is that of the operation, -1 where none is to blame.
    """

    code = "E103"
    site = -1

    def at(self, site: int) -> NotSupported:
        """Return this error, noting the site of the operation."""
        self.site = site
        return self


class LoopNotCompiled(NotSupported):
    """Report a loop or branch of a kind that only the interpreter runs; the text is the reason."""

    code = "E109"


class TargetError(Error, RuntimeError):
    """Report a missing tool, package or device, with the way to get it."""

    code = "E201"


class InternalError(Error, RuntimeError):
    """Report a mistake of the compiler itself: the pass, the rule, the IR."""

    code = "E901"
