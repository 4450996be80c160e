"""Loops of the graph, under Theano's names."""

from symc.scan_module.returned import until
from symc.scan_module.scanning import scan

__all__ = ["scan", "until"]
