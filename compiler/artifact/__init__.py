"""Artefacts: functions as an object with a C interface, and the texts that describe it."""

from symc.compiler.artifact.library import Library, build
from symc.compiler.artifact.source import Shared, Source

__all__ = ["Library", "Shared", "Source", "build"]
