"""Distributions: functions of a random state that return the state after, and a sample.

`symc.tensor.shared_randomstreams.RandomStreams` keeps the states of a program.
"""

from __future__ import annotations

from symc.tensor.continuous import normal, truncated_normal, uniform
from symc.tensor.discrete import binomial, multinomial, poisson, random_integers
from symc.tensor.orders import choice, permutation
from symc.tensor.random_state import STATE as random_state_type

__all__ = [
    "binomial",
    "choice",
    "multinomial",
    "normal",
    "permutation",
    "poisson",
    "random_integers",
    "random_state_type",
    "truncated_normal",
    "uniform",
]
