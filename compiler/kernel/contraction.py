"""The contraction record: a matrix product and the scalar function applied to its elements."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from msgspec import Struct
from msgspec.structs import force_setattr
from numpy.typing import NDArray

from symc.compiler.bfloat import widened
from symc.compiler.errors import InternalError
from symc.compiler.kernel.interpret import evaluate_body
from symc.compiler.kernel.parse import parse_literal
from symc.compiler.kernel.record import Body, Scalar
from symc.compiler.kernel.verify import verify_body
from symc.compiler.literal import print_attribute

Kind = Literal["full", "row", "column", "scalar"]

# Which of the axes (batch, m, n) an operand of each kind has.
AXES: dict[Kind, str] = {"full": "bmn", "row": "n", "column": "m", "scalar": ""}


class EpilogueOperand(Struct, frozen=True):
    """An array that the epilogue reads.

    kind    'full' has an element for each of the product's, 'row' one for each column (shape n),
            'column' one for each row (shape m), 'scalar' one in all; only 'full' has the batch
    """

    dtype: str
    kind: Kind


class Contraction(Struct, frozen=True):
    """out[b,m,n] = epilogue(sum over k of left[b,m,k] * right[b,k,n], operands...), C order.

    dtype       of the sum: 'float32' or 'float64'
    transpose_left   left is stored as (b, k, m)
    transpose_right  right is stored as (b, n, k)
    epilogue    parameter 0 is the finished sum, then one parameter an operand; one result
    operands    a 'full' one may be the output's own memory
    out_dtype   of the output; without an epilogue the same as dtype
    factors     the dtype of left and right: that of the sum, or 'bfloat16', summed in float32

    Products of vectors are best stated with m = 1: a matrix times a vector as the vector times the
    matrix stored transposed.
    """

    dtype: str
    transpose_left: bool = False
    transpose_right: bool = False
    epilogue: Body | None = None
    operands: tuple[EpilogueOperand, ...] = ()
    out_dtype: str = ""
    factors: str = ""

    def __post_init__(self) -> None:
        if not self.out_dtype:
            force_setattr(self, "out_dtype", self.dtype)
        if not self.factors:
            force_setattr(self, "factors", self.dtype)
        if self.factors not in (self.dtype, "bfloat16") or (
            self.is_mixed and self.dtype != "float32"
        ):
            raise InternalError(f"no sum of {self.factors} in {self.dtype}")
        if self.dtype not in ("float32", "float64"):
            raise InternalError(f"a contraction sums float32 or float64, not {self.dtype}")
        expected = (self.dtype, *(operand.dtype for operand in self.operands))
        if self.epilogue is None and (self.operands or self.out_dtype != self.dtype):
            raise InternalError("a contraction without an epilogue has its product as output")
        if self.epilogue is not None and self.epilogue.parameters != expected:
            raise InternalError(f"the epilogue takes {self.epilogue.parameters}, not {expected}")
        if self.epilogue is not None:
            verify_body(self.epilogue, "epilogue")

    @property
    def is_mixed(self) -> bool:
        """Tell whether the operands are narrower than the sum."""
        return self.factors != self.dtype


def interpret(
    contraction: Contraction, left: NDArray[Any], right: NDArray[Any], *operands: NDArray[Any]
) -> NDArray[Any]:
    """Compute a contraction with NumPy; left and right have rank 3, as they are stored."""
    left = left.swapaxes(1, 2) if contraction.transpose_left else left
    right = right.swapaxes(1, 2) if contraction.transpose_right else right
    product: NDArray[Any] = np.matmul(widened(left), widened(right))
    if contraction.epilogue is None:
        return product
    spread = [
        x[:, None] if operand.kind == "column" else x
        for operand, x in zip(contraction.operands, operands, strict=True)
    ]
    with np.errstate(all="ignore"):
        (result,) = evaluate_body(contraction.epilogue, product, *spread)
    return np.array(np.broadcast_to(result, product.shape), dtype=contraction.out_dtype)


# Nanoseconds on one core: a multiply-add, an element read from far away, a step of an epilogue.
MULTIPLY_ADD, ELEMENT, STEP = {"float32": 0.02, "float64": 0.04}, 0.2, 0.3


def nanoseconds(contraction: Contraction, batch: Any, m: Any, n: Any, k: Any) -> Any:
    """Return the estimated time on one core; the sizes may be anything with + and *."""
    steps = len(contraction.epilogue.scalars) if contraction.epilogue else 0
    output = m * n * (k * MULTIPLY_ADD[contraction.dtype] + (ELEMENT + STEP * steps))
    return batch * (output + (m + n) * k * ELEMENT)


# Text, for the keys of the cache and for readers ------------------------------------------------


def to_text(contraction: Contraction) -> str:
    """Print a contraction; equal records give equal text."""
    left = "km" if contraction.transpose_left else "mk"
    right = "nk" if contraction.transpose_right else "kn"
    of = f" of {contraction.factors}" if contraction.is_mixed else ""
    lines = [f"contraction {contraction.dtype} {left},{right} -> {contraction.out_dtype}{of}"]
    lines += [f"operand {operand.dtype} {operand.kind}" for operand in contraction.operands]
    if contraction.epilogue is not None:
        lines += [_scalar_text(s) for s in contraction.epilogue.scalars]
        lines.append("result " + " ".join(map(str, contraction.epilogue.results)))
    return "\n".join(lines) + "\n"


def _scalar_text(scalar: Scalar) -> str:
    operands = ",".join(map(str, scalar.operands))
    return f"{scalar.op} ({operands}) {scalar.dtype} {print_attribute(scalar.attribute)}"


def parse(text: str) -> Contraction:
    """Read what `to_text` printed."""
    head, *rest = text.splitlines()
    _, dtype, stored, _, out_dtype, *factors = head.split(" ")
    operands = tuple(
        EpilogueOperand(*line.split(" ")[1:])  # type: ignore[arg-type]  # kinds as printed
        for line in rest
        if line.startswith("operand ")
    )
    body = None
    if rest and rest[-1].startswith("result "):
        scalars = tuple(_parse_scalar(line) for line in rest[len(operands) : -1])
        results = tuple(int(r) for r in rest[-1].split(" ")[1:])
        body = Body((dtype, *(operand.dtype for operand in operands)), scalars, results)
    turned = stored[:2] == "km", stored[3:] == "nk"
    return Contraction(dtype, *turned, body, operands, out_dtype, *factors[1:])


def _parse_scalar(line: str) -> Scalar:
    op, operands, dtype, attribute = line.split(" ", 3)
    positions = tuple(int(i) for i in operands[1:-1].split(",") if i)
    return Scalar(op, positions, dtype, parse_literal(attribute))
