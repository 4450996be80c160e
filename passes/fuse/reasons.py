"""Why fusion keeps Values in memory and kernels apart: data that the deciding code hands on."""

from __future__ import annotations

from msgspec import Struct
from msgspec.structs import replace


class Reason(Struct, frozen=True):
    """Why something was decided.

    name     which reason it is
    text     that in words, with {} for the detail
    detail   what it is about here
    """

    name: str
    text: str
    detail: str = ""

    def of(self, detail: object) -> Reason:
        """Return the same reason about something."""
        return replace(self, detail=str(detail))

    def __str__(self) -> str:
        return self.text.format(self.detail)


# Why a Value is computed into memory ------------------------------------------------------------

RESULT = Reason("result", "the function returns it or keeps it")
READ_WHOLE = Reason("read whole", "{} reads it whole, from memory")
OWN_LOOP = Reason("own loop", "{} is not computed element by element")
SHARED = Reason("shared", "several kernels would compute it, and it is costly")
SPREAD = Reason("spread", "several points use each of its elements, and it is slow")
LARGE = Reason("large", "what it is read by would be too much for one kernel with it")
REPEATED = Reason("repeated", "several kernels would compute it, and it is long")
SIZED = Reason("sized", "a product's epilogue reads it, which knows no sizes")
CHECKED = Reason("checked", "its indices can fail, which nothing may that writes new states")

# Why a Value did not join a kernel --------------------------------------------------------------

OWN_KIND = Reason("own kind", "{} is computed by a kernel of its own kind")
OTHER_POINTS = Reason("other points", "they go over other points")
OTHER_AXES = Reason("other axes", "they reduce or scan along other axes")
PHASE = Reason("phase", "one of them writes new states, after all that can fail")
LEVEL = Reason("level", "one of them needs a size that the call computes")
SCALARS = Reason("scalars", "together they compute more scalars than one kernel may ({})")
BUFFERS = Reason("buffers", "together they read and write more arrays than one kernel may ({})")
BETWEEN = Reason("between", "another kernel has to run between them")
CROWDED = Reason("crowded", "too many kernels depend on them to tell whether they may be one")
MISALIGNED = Reason("misaligned", "{}")
NEARER = Reason("nearer", "it had joined a nearer kernel, and kernels are not joined later")
FAR = Reason("far", "the other was formed too long before to be tried")

# Why what follows a product is not its epilogue -------------------------------------------------

SEVERAL = Reason("several", "several results are computed of it at once")
REDUCES = Reason("reduces", "what follows reduces along an axis, and an epilogue has one element")
RETURNED = Reason("returned", "the product itself is a result")
READ_ELSEWHERE = Reason("read elsewhere", "another kernel reads the product too")
ONE_PRODUCT = Reason("one product", "it is the epilogue of another product already")
