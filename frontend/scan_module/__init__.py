"""Loops of the graph, under Theano's names."""

from symc.scan_module.checkpoints import scan_checkpoints
from symc.scan_module.folds import foldl, foldr, map, reduce
from symc.scan_module.returned import until
from symc.scan_module.scanning import scan

__all__ = ["foldl", "foldr", "map", "reduce", "scan", "scan_checkpoints", "until"]
