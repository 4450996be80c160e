"""Operations made of graphs, where Theano has them."""

from symc.extension.from_graph import OpFromGraph

__all__ = ["OpFromGraph"]
