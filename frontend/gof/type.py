"""The classes of users' types, where Theano has them."""

from symc.extension.type import Generic, Type, generic

PureType = Type

__all__ = ["Generic", "PureType", "Type", "generic"]
