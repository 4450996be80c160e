"""The type of derivatives that are not defined, where Theano has it."""

from symc.extension.null import NullType, null_type

__all__ = ["NullType", "null_type"]
