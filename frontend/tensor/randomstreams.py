"""RandomStreams under the name of its former module."""

from symc.tensor.shared_randomstreams import RandomStreams

__all__ = ["RandomStreams"]
