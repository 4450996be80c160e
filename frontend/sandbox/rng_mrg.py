"""MRG_RandomStreams: Theano's second class of streams, by the same generator as the first.

The numbers are Philox's, not those of Theano's multiple recursive generator.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from symc.compiler.errors import NotSupported
from symc.exceptions import BadUse, BadValue
from symc.report import mistake
from symc.tensor import conversion, orders, raw_random
from symc.tensor.random_state import WORDS, new_state, root_key, shared_state, stream_key

__all__ = ["MRG_RandomStreams"]

M1, M2 = 2147483647, 2147462579
"""What the first three and the last three numbers of a seed lie below, as Theano has it."""

TRUNCATED_STD = 0.87962566103423978
"""The standard deviation of the standard normal distribution without what is beyond 2."""


def _require_seed(seed: Any) -> None:
    whole = [seed] * 6 if isinstance(seed, (int, np.integer)) else seed
    if not isinstance(whole, (list, tuple, np.ndarray)) or len(whole) != 6:
        raise mistake(BadUse, f"a seed is an integer or six, not {seed!r}")
    for part, bound in ((whole[:3], M1), (whole[3:], M2)):
        if not any(part):
            raise mistake(BadValue, f"a seed of nothing but 0 is none: {seed!r}")
        if any(x >= bound for x in part):
            raise mistake(BadValue, f"seed={seed!r} is not below {bound}")


def _require_sizes(what: str, size: Any) -> None:
    given = size if isinstance(size, (list, tuple)) else [size]
    if size is None or any(isinstance(x, (int, np.integer)) and x <= 0 for x in given):
        raise mistake(BadValue, f"{what}: a size is at least 1, not {size}")


class MRG_RandomStreams:
    """Makes random variables, each with a stream of its own.

    seed   an integer, not 0, or six of them

    rstate   where the next variable's stream starts: the key of all streams and the stream's number
    """

    def __init__(self, seed: int | Sequence[int] = 12345) -> None:
        self.default_instance_seed = seed
        self.state_updates: list[tuple[Any, Any, Any, Any]] = []
        self.set_rstate(seed)

    def updates(self) -> list[tuple[Any, Any, Any, Any]]:
        """Return, for each stream, its state, the update, the size and `nstreams`."""
        return list(self.state_updates)

    def set_rstate(self, seed: int | Sequence[int]) -> None:
        """Let the streams to come follow from a seed."""
        _require_seed(seed)
        whole = [seed] * 6 if isinstance(seed, (int, np.integer)) else list(seed)
        self.rstate = np.array([root_key([int(x) % WORDS for x in whole]), 0], "uint64")

    def inc_rstate(self) -> None:
        """Go on to the next stream."""
        self.rstate = self.rstate + np.array([0, 1], "uint64")

    def seed(self, seed: int | Sequence[int] | None = None) -> None:
        """Start every stream anew, from another seed or, without one, from that of the start."""
        self.set_rstate(self.default_instance_seed if seed is None else seed)
        for state, *_ in self.state_updates:
            state.set_value(self._next_state())

    def _next_state(self) -> Any:
        (state,) = self.get_substream_rstates(1)
        return new_state(int(state[0]))

    def get_substream_rstates(
        self, n_streams: int, dtype: Any = None, inc_rstate: bool = True
    ) -> np.ndarray[Any, Any]:
        """Return the states of the next streams, one a row.

        dtype        of the numbers; it makes no difference
        inc_rstate   whether these streams are used up then
        """
        root, first = (int(word) for word in self.rstate)
        keys = [stream_key(root, first + k) for k in range(n_streams)]
        if inc_rstate:
            self.rstate = np.array([root, first + n_streams], "uint64")
        return np.array([new_state(key) for key in keys])

    def n_streams(self, size: Any) -> int:
        """Return how many streams a variable needs: one, however large."""
        return 1

    def _gen(
        self, distribution: Callable[..., Any], size: Any, nstreams: Any, *args: Any, **kwargs: Any
    ) -> Any:
        """Make a variable of a distribution, and note its state and update."""
        state = shared_state(self._next_state())
        state.tag.is_rng = True
        after, sample = distribution(state, size, *args, **kwargs)
        return self.pretty_return(state, after, sample, size, nstreams)

    def pretty_return(
        self, node_rstate: Any, new_rstate: Any, sample: Any, size: Any, nstreams: Any
    ) -> Any:
        """Return a sample that knows its state, whose update functions make by themselves."""
        sample.rng = sample.rstate = node_rstate
        sample.update = (node_rstate, new_rstate)
        node_rstate.default_update = new_rstate
        self.state_updates.append((node_rstate, new_rstate, size, nstreams))
        return sample

    def uniform(
        self,
        size: Any,
        low: Any = 0.0,
        high: Any = 1.0,
        ndim: int | None = None,
        dtype: Any = None,
        nstreams: int | None = None,
    ) -> Any:
        """Return numbers between low and high, without high; `nstreams` makes no difference."""
        _require_sizes("uniform", size)
        return self._gen(raw_random.uniform, size, nstreams, low, high, ndim, dtype)

    def normal(
        self,
        size: Any,
        avg: Any = 0.0,
        std: Any = 1.0,
        ndim: int | None = None,
        dtype: Any = None,
        nstreams: int | None = None,
        truncate: bool = False,
    ) -> Any:
        """Return numbers of a normal distribution; with truncate none more than 2 std from avg."""
        _require_sizes("normal", size)
        distribution = raw_random.truncated_normal if truncate else raw_random.normal
        return self._gen(distribution, size, nstreams, avg, std, ndim, dtype)

    def truncated_normal(
        self,
        size: Any,
        avg: Any = 0.0,
        std: Any = 1.0,
        ndim: int | None = None,
        dtype: Any = None,
        nstreams: int | None = None,
    ) -> Any:
        """Return numbers of a truncated normal distribution with standard deviation std.

        That of the distribution before it was truncated is std / 0.8796.
        """
        wide = conversion.as_tensor_variable(std) / conversion.constant(TRUNCATED_STD)
        return self.normal(size, avg, wide, ndim, dtype, nstreams, truncate=True)

    def binomial(
        self,
        size: Any = None,
        n: Any = 1,
        p: Any = 0.5,
        ndim: int | None = None,
        dtype: Any = "int64",
        nstreams: int | None = None,
    ) -> Any:
        """Return how many of n trials succeed with probability p; any n, where Theano takes 1."""
        _require_sizes("binomial", size)
        return self._gen(raw_random.binomial, size, nstreams, n, p, ndim, dtype)

    def multinomial(
        self,
        size: Any = None,
        n: Any = 1,
        pvals: Any = None,
        ndim: int | None = None,
        dtype: Any = "int64",
        nstreams: int | None = None,
    ) -> Any:
        """Return, for each row of pvals, how often each category comes in n draws."""
        weights = _matrix("multinomial", pvals, size=size, ndim=ndim)
        return self._gen(raw_random.multinomial, None, nstreams, n, weights, dtype=dtype)

    def choice(
        self,
        size: Any = 1,
        a: Any = None,
        replace: bool = True,
        p: Any = None,
        ndim: int | None = None,
        dtype: Any = "int64",
        nstreams: int | None = None,
    ) -> Any:
        """Return, for each row of p, `size` of its places, with the probabilities of the row.

        replace   whether a place may come again, which Theano does not have
        """
        weights = _matrix("choice", p, a=a, ndim=ndim)
        distribution = orders.of_rows if replace else orders.first_of_rows
        return self._gen(distribution, None, nstreams, size, weights, dtype)

    def multinomial_wo_replacement(
        self,
        size: Any = None,
        n: Any = 1,
        pvals: Any = None,
        ndim: int | None = None,
        dtype: Any = "int64",
        nstreams: int | None = None,
    ) -> Any:
        """Return, for each row of pvals, n of its places, each once at most; now named `choice`."""
        _matrix("multinomial_wo_replacement", pvals, size=size)
        return self.choice(n, None, False, pvals, ndim, dtype, nstreams)


def _matrix(what: str, weights: Any, **unused: Any) -> Any:
    """Return the weights of a choice as a matrix; refuse arguments that Theano does not use."""
    for name, value in unused.items():
        if value is not None:
            raise mistake(BadValue, f"{what}: {name} is not used here")
    if weights is None:
        raise mistake(BadUse, f"{what}: the probabilities are missing")
    found = conversion.as_tensor_variable(weights)
    if found.ndim != 2:
        raise mistake(
            NotSupported,
            f"{what}: the probabilities are a matrix, not {found.type}",
            help="the streams of symc.tensor.shared_randomstreams take any number of dimensions",
        )
    return found
