"""scan_checkpoints: a loop over blocks of steps, whose derivative runs each block again."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from symc.exceptions import BadValue
from symc.report import mistake
from symc.scan_module.arguments import stand_in, wrapped
from symc.scan_module.looped import Looped, unwrapped
from symc.scan_module.operation import Scan, Step
from symc.scan_module.scanning import Traced, traced
from symc.tensor import application
from symc.tensor.conversion import constant
from symc.tensor.joining import concatenate
from symc.tensor.shaping import size_of
from symc.tensor.variable import TensorConstant
from symc.updates import OrderedUpdates


def scan_checkpoints(
    fn: Callable[..., Any],
    sequences: Any = None,
    outputs_info: Any = None,
    non_sequences: Any = None,
    name: str = "checkpointscan_fn",
    n_steps: Any = None,
    save_every_N: int = 10,  # Theano's name
    padding: bool = True,
) -> tuple[Any, OrderedUpdates]:
    """Return the outputs of every N-th step of a `scan`, those of the last step too, and updates.

    A derivative goes back block by block of N steps: it has the states before each block, and runs
    the block again to have its steps. Of n steps it keeps n / N states and N steps, which is least
    for an N near the square root of n, and every step is computed twice.

    The number of steps need not be a multiple of save_every_N: what is left is a block of its own,
    and padding has no effect. Raises ValueError for taps and for until(condition).
    """
    every = _every(save_every_N)
    if any(isinstance(x, Mapping) and "taps" in x for x in _given(sequences, outputs_info)):
        raise _impossible("taps are")
    made = traced(fn, sequences, outputs_info, non_sequences, n_steps)
    if made.parts.stop is not None:
        raise _impossible("until is")
    blocks = _Blocks(made, every, name)
    whole, rows = blocks.whole()
    if blocks.are_all:
        return unwrapped(rows), whole.updates()
    rest = blocks.rest(whole)
    ends = [concatenate([x, y[-1:]]) for x, y in zip(rows, rest.rows(), strict=True)]
    return unwrapped(ends), rest.updates()


def _given(*arguments: Any) -> list[Any]:
    return [x for argument in arguments for x in wrapped(argument)]


def _stand_ins(variables: Sequence[Any]) -> tuple[Any, ...]:
    return tuple(stand_in(x, x.name) for x in variables)


def _number(count: Any) -> Any:
    """Return a number of steps as a number where it is known, else as an int64 scalar."""
    return int(count.data) if isinstance(count, TensorConstant) else count.astype("int64")


def _steps(count: Any) -> Any:
    return constant(count, dtype="int64") if isinstance(count, int) else count


def _impossible(what: str) -> Exception:
    return mistake(
        BadValue, f"scan_checkpoints: {what} not possible", help="use scan, where they are"
    )


def _every(given: Any) -> int:
    if isinstance(given, int) and given > 0:
        return given
    raise mistake(
        BadValue,
        "scan_checkpoints: save_every_N is no number of steps",
        expected="an integer of at least 1",
        got=repr(given),
    )


class _Blocks:
    """The loops that the steps of one loop are done by: blocks of so many steps, and the rest."""

    def __init__(self, made: Traced, every: int, name: str) -> None:
        self.made = made
        self.step = made.step()
        self.every = every
        self.name = name
        self.count = _number(made.count)
        self.blocks = self.count // every
        self.done = self.blocks * every

    @property
    def are_all(self) -> bool:
        """Tell whether the number of steps is known to be a multiple of a block's."""
        return isinstance(self.count, int) and self.count == self.done

    def whole(self) -> tuple[Looped, list[Any]]:
        """Return the loop over blocks, and the outputs of the last step of each."""
        made = self.made
        rows = [self._in_blocks(x) for x in made.sequences()]
        initial, fixed = made.initial(), made.fixed()
        leaves = [_stand_ins(part) for part in ([x[0] for x in rows], initial, fixed)]
        inner = self._looped((*leaves[0], *leaves[1], *leaves[2]), self.every, "inner")
        count = len(self.step.next)
        news = tuple(inner.node.outputs[:count])
        step = Step(leaves[0], leaves[1], leaves[2], news, tuple(inner.last()))
        node = Scan(step, f"{self.name}_outer", saves="states").make_node(
            *rows, *initial, *fixed, _steps(self.blocks)
        )
        application.note(node)
        return Looped(node, made.infos, made.parts.shared), list(node.outputs[count:-1])

    def rest(self, before: Looped) -> Looped:
        """Return the loop of the steps that come after all blocks."""
        rows = [x[self.done :] for x in self.made.sequences()]
        finals = before.node.outputs[: len(self.step.next)]
        operands = (*rows, *finals, *self.made.fixed())
        return self._looped(operands, self.count - self.done, "rest")

    def _looped(self, operands: Sequence[Any], count: Any, what: str) -> Looped:
        """Return a loop of steps."""
        node = Scan(self.step, f"{self.name}_{what}").make_node(*operands, _steps(count))
        application.note(node)
        return Looped(node, self.made.infos, self.made.parts.shared)

    def _in_blocks(self, x: Any) -> Any:
        sizes = [size_of(x, k) for k in range(1, x.ndim)]
        return x[: self.done].reshape((self.blocks, self.every, *sizes), ndim=x.ndim + 1)
