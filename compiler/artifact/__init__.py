"""Artefacts: functions as an object with a C interface, and the texts that describe it."""

from symc.compiler.artifact.library import Library, Prepared, build, prepare
from symc.compiler.artifact.source import Shared, Source

__all__ = ["Library", "Prepared", "Shared", "Source", "build", "prepare"]
