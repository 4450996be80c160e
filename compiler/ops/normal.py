"""Normal numbers made of random bits."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from symc.compiler import promotion
from symc.compiler.families import pointwise
from symc.compiler.ops.formula import Functions, arrays, polynomial, registers

# Wichura's rational functions (1988, algorithm AS 241: PPND7 and PPND16), of q = 1/2 - t in
# 0.425**2 - q**2 near the middle, then in sqrt(-log t) less 1.6, and less 5 from 5 on.
MIDDLE, NEAR, FAR = 0.425, 1.6, 5.0
QUANTILE = {
    "float32": (
        ((3.3871327179, 50.434271938, 159.29113202, 59.109374720),
         (1.0, 17.895169469, 78.757757664, 67.187563600)),
        ((1.4234372777, 2.7568153900, 1.3067284816, 0.17023821103),
         (1.0, 0.73700164250, 0.12021132975)),
    ),
    "float64": (
        ((3.3871328727963666080, 133.14166789178437745, 1971.5909503065514427,
          13731.693765509461125, 45921.953931549871457, 67265.770927008700853,
          33430.575583588128105, 2509.0809287301226727),
         (1.0, 42.313330701600911252, 687.18700749205790830, 5394.1960214247511077,
          21213.794301586595867, 39307.895800092710610, 28729.085735721942674,
          5226.4952788528545610)),
        ((1.42343711074968357734, 4.63033784615654529590, 5.76949722146069140550,
          3.64784832476320460504, 1.27045825245236838258, 2.41780725177450611770e-1,
          2.27238449892691845833e-2, 7.74545014278341407640e-4),
         (1.0, 2.05319162663775882187, 1.67638483018380384940, 6.89767334985100004550e-1,
          1.48103976427480074590e-1, 1.51986665636164571966e-2, 5.47593808499534494600e-4,
          1.05075007164441684324e-9)),
        ((6.65790464350110377720, 5.46378491116411436990, 1.78482653991729133580,
          2.96560571828504891230e-1, 2.65321895265761230930e-2, 1.24266094738807843860e-3,
          2.71155556874348757815e-5, 2.01033439929228813265e-7),
         (1.0, 5.99832206555887937690e-1, 1.36929880922735805310e-1, 1.48753612908506148525e-2,
          7.86869131145613259100e-4, 1.84631831751005468180e-5, 1.42151175831644588870e-7,
          2.04426310338993978564e-15)),
    ),
}  # fmt: skip


def _quantile(f: Functions, polynomial: Callable[..., Any], t: Any, dtype: str) -> Any:
    """Return what a standard normal variable exceeds with probability t, from 0 to 1/2."""

    def pieces(x: Any, rational: Any) -> list[Any]:
        return [polynomial(x, coefficients) for coefficients in rational]

    middle, *tails = QUANTILE[dtype]
    q = 0.5 - t
    inner = pieces(MIDDLE * MIDDLE - q * q, middle)
    inner[0] = q * inner[0]
    r = f.sqrt(-f.log(t))
    outer = pieces(r - NEAR, tails[0])
    for further in tails[1:]:
        outer = [
            f.select(r > FAR, x, y) for x, y in zip(pieces(r - FAR, further), outer, strict=True)
        ]
    top, bottom = (f.select(q > MIDDLE, x, y) for x, y in zip(outer, inner, strict=True))
    return top / bottom


def _normal_reference(bits: Any, *, dtype: str) -> Any:
    """Compute in float64 from the tail that the dtype keeps."""
    width = _width(dtype)
    kept = bits >> np.uint64(64 - width)
    rest = (kept & np.uint64((1 << (width - 1)) - 1)).astype(dtype)
    tail = (rest + np.array(0.5, dtype)) * np.array(0.5**width, dtype)
    z = _quantile(arrays(), polynomial, tail.astype("float64"), "float64")
    return np.where(kept >> np.uint64(width - 1), -z, z).astype(dtype)


def _normal_body(b: Any, bits: Any, *, dtype: str) -> Any:
    # The code generator is loaded when there is code to generate.
    from symc.compiler.codegen.math.format import polynomial as with_fma
    from symc.compiler.codegen.math.number import Number, select

    word = dtype.replace("float", "int")
    kept = Number(b, b.cast(b.shift_right_by(bits, 64 - _width(dtype)), word))
    rest = (kept & ((1 << (_width(dtype) - 1)) - 1)).to(dtype)
    z = _quantile(registers(b), with_fma, (rest + 0.5) * 0.5 ** _width(dtype), dtype)
    result: Any = select(kept < 0, -z, z).register
    return result


def _width(dtype: str) -> int:
    return int(dtype.removeprefix("float"))


normal = pointwise(
    "normal",
    _normal_reference,
    _normal_body,
    lambda z, bits, *, dtype: (0,),
    promotion.float_of_word,
    doc="Make of random bits a number of the standard normal distribution, by the inverse of its "
    "distribution function: the first bit is the sign, the others say how probable the tail is.",
)
