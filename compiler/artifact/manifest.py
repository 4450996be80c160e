"""Writes NAME.json: what an artefact is, for programs that read no header."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from symc.compiler.artifact.descriptor import signature_text
from symc.compiler.artifact.interface import Array, Signature
from symc.compiler.artifact.library import Library
from symc.compiler.codegen import abi

FORMAT = 1
"""Raised when the meaning of an entry changes; entries may be added without."""


def to_manifest(library: Library, version: str, files: Mapping[str, bytes]) -> str:
    """Return the manifest; `files` are the files written beside it, by name."""
    interface, target = library.interface, library.target
    described = {
        "format": FORMAT,
        "name": interface.name,
        "symc": version,
        "abi": abi.VERSION,
        "target": {"name": target.name, "triple": target.triple, "cpu": target.cpu},
        "exports": list(interface.exports()),
        "functions": [_function(f) for f in interface.functions],
        "state": {
            "bytes": interface.state_bytes,
            "variables": [{**_array(a), "offset": a.offset} for a in interface.state],
        },
        "files": {
            name: {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
            for name, content in sorted(files.items())
        },
    }
    return json.dumps(described, indent=2) + "\n"


def _function(function: Signature) -> dict[str, Any]:
    return {
        "name": function.name,
        "signature": signature_text(function),
        "inputs": [_array(a) for a in function.inputs],
        "outputs": [_array(a) for a in function.outputs],
        "sizes": list(function.symbols),
        "state": list(function.states),
        "updates": [function.states[k] for k in function.program.written],
        "work": function.work,
        "kernels": [f.name for f in function.program.functions],
    }


def _array(array: Array) -> dict[str, Any]:
    return {
        "name": array.name,
        "label": array.label,
        "dtype": array.dtype,
        "shape": [
            n if isinstance(n, int) else text
            for n, text in zip(array.sizes, array.shown, strict=True)
        ],
    }
