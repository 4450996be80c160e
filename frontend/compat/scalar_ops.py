"""Classes under the names of Theano's operations on numbers, told apart by `isinstance`."""

from __future__ import annotations

from symc.compat.ops import OpClass, op_class

_NAMED = (
    *("Exp", "Exp2", "Expm1", "Log", "Log2", "Log10", "Log1p", "Sqrt", "Sin", "Cos", "Tan"),
    *("ArcSin", "ArcCos", "ArcTan", "ArcTan2", "Sinh", "Cosh", "Tanh", "ArcSinh", "ArcCosh"),
    *("ArcTanh", "Ceil", "Floor", "Trunc", "Maximum", "Minimum", "Switch", "Clip", "Cast"),
    *("IsNan", "IsInf", "Deg2Rad", "Rad2Deg", "Erf", "Erfc", "Erfcx", "Erfinv", "Erfcinv"),
    *("Gamma", "GammaLn", "Psi", "GammaInc", "GammaIncC", "GammaL", "GammaU", "Chi2SF"),
    *("J0", "J1", "Jv", "I0", "I1", "Iv", "Real", "Imag", "Conj", "Angle", "Add"),
)
"""Those that symc has under the same name in small letters."""

_RENAMED = {
    "Sub": "subtract",
    "Mul": "multiply",
    "TrueDiv": "true_divide",
    "IntDiv": "floor_divide",
    "Mod": "remainder",
    "Neg": "negate",
    "Abs": "absolute",
    "Sgn": "sign",
    "Inv": "reciprocal",
    "Sqr": "square",
    "Pow": "power",
    "EQ": "equal",
    "NEQ": "not_equal",
    "LT": "less",
    "LE": "less_equal",
    "GT": "greater",
    "GE": "greater_equal",
    "AND": "bit_and",
    "OR": "bit_or",
    "XOR": "bit_xor",
    "Invert": "bit_not",
    "RoundHalfToEven": "round_half_to_even",
    "RoundHalfAwayFromZero": "round_half_away_from_zero",
    "TriGamma": "tri_gamma",
    "ComplexFromPolar": "complex_from_polar",
    "ScalarSigmoid": "sigmoid",
    "ScalarSoftplus": "softplus",
}

SCALAR_CLASSES: dict[str, OpClass] = {
    **{name: op_class(name, name.lower()) for name in _NAMED},
    **{name: op_class(name, own) for name, own in _RENAMED.items()},
    "Identity": op_class("Identity", "rebroadcast"),
    "ScalarOp": op_class("ScalarOp", family="pointwise"),
}
"""Each class by its name."""

__all__ = list(SCALAR_CLASSES)  # made from the table
globals().update(SCALAR_CLASSES)
