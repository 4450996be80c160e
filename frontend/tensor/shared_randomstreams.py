"""RandomStreams: random variables whose states are kept in shared variables."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from symc.exceptions import BadValue
from symc.report import mistake
from symc.tensor import conversion, raw_random, shaping
from symc.tensor.orders import permute_rows
from symc.tensor.random_state import (
    RandomState,
    RandomStateSharedVariable,
    Seed,
    new_state,
    root_key,
    shared_state,
    stream_key,
)

__all__ = ["RandomStateSharedVariable", "RandomStreams"]


class RandomStreams:
    """Makes random variables, each with a stream of its own.

    seed   an integer or several, from which all streams follow; if None, nobody can foresee them

    Each variable that a method returns draws anew in every call of a function that reaches it,
    unless `no_default_updates` is set there. Its state is the shared variable `variable.rng`, and
    `variable.update` is that state with its new value.

    >>> from symc import function
    >>> random = RandomStreams(seed=234)
    >>> f = function([], random.uniform((2, 2)))
    >>> first, second = f(), f()
    >>> random.seed(234)
    >>> bool((f() == first).all()), bool((first == second).all())
    (True, False)
    """

    def __init__(self, seed: Seed = None) -> None:
        self.default_instance_seed = seed
        self.state_updates: list[tuple[RandomStateSharedVariable, Any]] = []
        self._root = root_key(seed)

    def updates(self) -> list[tuple[RandomStateSharedVariable, Any]]:
        """Return the states with their updates, which functions make by themselves."""
        return list(self.state_updates)

    def seed(self, seed: Seed = None) -> None:
        """Start every stream anew, from another seed or, without one, from that of the start."""
        root = root_key(self.default_instance_seed if seed is None else seed)
        for stream, (state, _) in enumerate(self.state_updates):
            state.set_value(new_state(stream_key(root, stream)))

    def __getitem__(self, state: RandomStateSharedVariable) -> RandomState:
        """Return the value of a variable's state."""
        return state.get_value(borrow=True)

    def __setitem__(self, state: RandomStateSharedVariable, value: Any) -> None:
        """Set the value of a variable's state."""
        state.set_value(value, borrow=True)

    def gen(self, distribution: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Make a variable of a distribution: a function of `raw_random`, or one like them."""
        key = stream_key(self._root, len(self.state_updates))
        state = shared_state(new_state(key))
        after, sample = distribution(state, *args, **kwargs)
        state.default_update = after
        sample.rng, sample.update = state, (state, after)
        self.state_updates.append(sample.update)
        return sample

    def uniform(
        self,
        size: Any = None,
        low: Any = 0.0,
        high: Any = 1.0,
        ndim: int | None = None,
        dtype: Any = None,
    ) -> Any:
        """Return numbers from low up to but without high; see `raw_random.uniform`."""
        return self.gen(raw_random.uniform, size, low, high, ndim=ndim, dtype=dtype)

    def normal(
        self,
        size: Any = None,
        avg: Any = 0.0,
        std: Any = 1.0,
        ndim: int | None = None,
        dtype: Any = None,
    ) -> Any:
        """Return numbers of a normal distribution; see `raw_random.normal`."""
        return self.gen(raw_random.normal, size, avg, std, ndim=ndim, dtype=dtype)

    def binomial(
        self,
        size: Any = None,
        n: Any = 1,
        p: Any = 0.5,
        ndim: int | None = None,
        dtype: Any = "int64",
        prob: Any = None,
    ) -> Any:
        """Return how many of n trials succeed; see `raw_random.binomial`."""
        return self.gen(raw_random.binomial, size, n, p, ndim=ndim, dtype=dtype, prob=prob)

    def multinomial(
        self,
        size: Any = None,
        n: Any = 1,
        pvals: Any = (0.5, 0.5),
        ndim: int | None = None,
        dtype: Any = "int64",
    ) -> Any:
        """Return how often categories come in n draws; see `raw_random.multinomial`."""
        return self.gen(raw_random.multinomial, size, n, pvals, ndim=ndim, dtype=dtype)

    def random_integers(
        self,
        size: Any = None,
        low: Any = 0,
        high: Any = 1,
        ndim: int | None = None,
        dtype: Any = "int64",
    ) -> Any:
        """Return integers from low to high, both included; see `raw_random.random_integers`."""
        return self.gen(raw_random.random_integers, size, low, high, ndim=ndim, dtype=dtype)

    def poisson(
        self, size: Any = None, lam: Any = 1.0, ndim: int | None = None, dtype: Any = "int64"
    ) -> Any:
        """Return counts of a Poisson distribution; see `raw_random.poisson`."""
        return self.gen(raw_random.poisson, size, lam, ndim=ndim, dtype=dtype)

    def choice(
        self,
        size: Any = None,
        a: Any = 2,
        replace: bool = True,
        p: Any = None,
        ndim: int | None = None,
        dtype: Any = "int64",
    ) -> Any:
        """Return elements of a vector, or numbers below an integer; see `raw_random.choice`."""
        return self.gen(raw_random.choice, size, a, replace, p, ndim=ndim, dtype=dtype)

    def permutation(
        self, size: Any = None, n: Any = 1, ndim: int | None = None, dtype: Any = "int64"
    ) -> Any:
        """Return orders of the numbers below n; see `raw_random.permutation`."""
        return self.gen(raw_random.permutation, size, n, ndim=ndim, dtype=dtype)

    def shuffle_row_elements(self, input: Any) -> Any:
        """Return a tensor with every row (the last axis) shuffled, each by an order of its own.

        The orders are the result's attribute `permutation`.
        """
        x = conversion.as_tensor_variable(input)
        if not x.ndim:
            raise mistake(BadValue, "shuffle_row_elements: a scalar has no rows")
        rows = [shaping.size_of(x, k) for k in range(x.ndim - 1)]
        order = self.permutation(rows, n=shaping.size_of(x, x.ndim - 1))
        shuffled = permute_rows(x, order)
        shuffled.permutation = order
        return shuffled
