"""variable.eval(): compiles a variable once and computes its value."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def evaluate(variable: Any, inputs_to_values: Mapping[Any, Any] | None = None) -> Any:
    """Return the value of a variable, given those of its inputs."""
    from symc.function import function

    values = dict(inputs_to_values or {})
    cache = variable.__dict__.setdefault("_compiled", {})
    key = frozenset(values)
    if key not in cache:
        inputs = list(values)
        cache[key] = (
            inputs,
            function(inputs, variable, allow_input_downcast=True, on_unused_input="ignore"),
        )
    inputs, compiled = cache[key]
    return compiled(*(values[x] for x in inputs))
