"""The rewriting driver: offers every Value of a module to rules until none fires."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from functools import lru_cache

from msgspec import Struct
from msgspec.structs import replace

from symc.compiler import sizes
from symc.compiler.errors import InternalError
from symc.compiler.module import Module, walk
from symc.compiler.op import Op
from symc.compiler.ops.complex import is_complex
from symc.compiler.ops.shape import broadcast_like
from symc.compiler.value import Value
from symc.passes.algebra import Reading
from symc.passes.rule import Rule

DEPTH = 64
"""Replacements inside replacements; the deepest seen in the tests of all rules is below 20."""

STEPS = 20
"""Rules fired per Value of the module, on average; the most seen in the tests is below 4."""

TRIED = "tried"
"""Where a context remembers which rules gave nothing for its values."""


Watch = Callable[[Rule, Value, Value], None]
"""Is told of each rule that fires, what it was offered and what it made of that."""


class Rewriting(Struct, frozen=True):
    """A pass that applies rules to a fixpoint.

    >>> Rewriting("tidy", rules).excluding({"log_sigmoid"})(module)  # doctest: +SKIP
    """

    name: str
    rules: tuple[Rule, ...]

    def __call__(self, module: Module) -> Module:
        """Return the module with no left side of a rule left in it."""
        return rewrite(module, self.rules, self.name)

    def excluding(self, names: frozenset[str]) -> Rewriting:
        """Return the pass without some rules, given by their names or their families'."""
        return replace(self, rules=tuple(r for r in self.rules if not names & {r.name, r.family}))


def rewrite(
    module: Module, rules: Iterable[Rule], name: str = "rewrite", watch: Watch | None = None
) -> Module:
    """Apply rules to everything a module computes, until none fires.

    Operands come before what uses them. What replaces a Value has its site. Sizes stay as they
    are, since types name them. Raise InternalError where a rule raises, gives another type, or
    does not come to an end.
    """
    driver = Driver(module, rules, name, watch)
    new = driver.settle()
    return replace(
        module,
        outputs=tuple(new[v] for v in module.outputs),
        updates=tuple((k, new[v]) for k, v in module.updates),
        rewritten=tuple((leaf, new[v]) for leaf, v in module.measured().items()),
    )


Rooted = dict[tuple[str, str, bool], tuple[Rule, ...]]


@lru_cache(maxsize=64)
def _rooted(rules: tuple[Rule, ...]) -> Rooted:
    """Return where the rules of each operation are kept, for all runs of the same rules."""
    return {}


class Driver:
    """One run of the rules over one module."""

    def __init__(
        self, module: Module, rules: Iterable[Rule], name: str, watch: Watch | None = None
    ) -> None:
        self.module = module
        self.watch = watch
        self.name = name
        self.rules = tuple(rules)
        self.rooted = _rooted(self.rules)
        self.index: dict[tuple[Op, bool, frozenset[Rule] | None], tuple[Rule, ...]] = {}
        self.tried: dict[Value, frozenset[Rule]] = module.context.memory.setdefault(TRIED, {})
        self.known_sizes = len(module.context.checks)
        self.new: dict[Value, Value] = {}
        self.becomes: dict[Value, tuple[Value, Rule]] = {}
        self.depth: dict[Value, int] = {}
        self.unions: dict[tuple[tuple[Rule, ...], frozenset[Rule] | None], frozenset[Rule]] = {}
        self.twins: dict[object, Value] = {}
        self.fired: Counter[str] = Counter()
        self.deepest = 0
        self.left = 0

    def settle(self) -> dict[Value, Value]:
        """Return what each Value that the outputs and new states need has become."""
        module = self.module
        values = list(walk(module.roots()))
        self.left = STEPS * len(values) + 100
        for value in values:
            self._keep_sizes(value)
        measured = module.measured().values()
        with module.context.at(module.context.site):
            for root in (*module.outputs, *(value for _, value in module.updates), *measured):
                self._settle(root)
        return self.new

    def _keep_sizes(self, value: Value) -> None:
        """Leave the sizes in a type alone, and what they are made of."""
        for size in value.type.shape:
            if isinstance(size, Value):
                self.new[size] = size

    def _settle(self, root: Value) -> None:
        stack = [root]
        while stack:
            value = stack[-1]
            if value in self.new:
                stack.pop()
            elif value in self.becomes:
                right, rule = self.becomes[value]
                if right not in self.new:
                    raise self._error(rule, value, "comes back to its own left side")
                self.new[value] = self.new[right]
            else:
                stack.extend(self._step(value))

    def _step(self, value: Value) -> list[Value]:
        """Settle a value, or return what must be settled first."""
        self._keep_sizes(value)
        pending = [x for x in value.operands if x not in self.new]
        if pending:
            depth = self.depth.get(value, 0)
            for x in pending:
                self.depth.setdefault(x, depth)
            return pending[::-1]
        value.context.site = value.site  # until settle ends: `at` would take as long as the step
        fresh = self._rebuilt(value)
        if fresh is value:
            return self._offer(value)
        if fresh not in self.new:
            self.depth.setdefault(fresh, self.depth.get(value, 0))
            return [fresh]
        self.new[value] = self.new[fresh]
        return []

    def _rebuilt(self, value: Value) -> Value:
        """Return the value over what its operands have become."""
        operands = tuple(self.new[x] for x in value.operands)
        if operands == value.operands:
            return value
        return value.context.make(value.op, operands, value.attributes)

    def _offer(self, value: Value) -> list[Value]:
        reading = Reading(value)
        if len(value.context.checks) != self.known_sizes:
            self.known_sizes = len(value.context.checks)
            self.tried.clear()  # rules about sizes may fire now
        rules = self._rules_for(value)
        for rule in rules:
            right = self._apply(rule, reading)
            if right is not None and right is not value:
                return self._replace(value, right, rule)
        self.new[value] = self._twin(value)
        self._note_tried(value, rules)
        return []

    def _rules_for(self, value: Value) -> tuple[Rule, ...]:
        """Return the rules for a value, without those that gave nothing for it before.

        The laws that are not exact are those of real numbers.
        """
        tried = self.tried.get(value)
        real = not any(map(is_complex, (value, *value.operands)))
        known = self.index.get((value.op, real, tried))
        if known is None:
            known = tuple(r for r in self._all_rules_for(value.op, real) if r not in (tried or ()))
            self.index[value.op, real, tried] = known
        return known

    def _all_rules_for(self, op: Op, real: bool) -> tuple[Rule, ...]:
        key = (op.name, op.family, real)
        if key not in self.rooted:
            roots = {op.name, op.family}
            rules = (r for r in self.rules if not roots.isdisjoint(r.roots))
            self.rooted[key] = tuple(r for r in rules if r.exact or real)
        return self.rooted[key]

    def _note_tried(self, value: Value, rules: tuple[Rule, ...]) -> None:
        """Note that no rule fires: rules see nothing but the value, so none will in later runs."""
        before = self.tried.get(value)
        after = self.unions.get((rules, before))
        if after is None:
            after = self.unions[rules, before] = (before or frozenset()).union(rules)
        self.tried[value] = after

    def _apply(self, rule: Rule, reading: Reading) -> Value | None:
        value = reading.value
        try:
            right = rule.apply(reading)
            return None if right is None else fitted(right, value)
        except Exception as error:
            raise self._error(rule, value, f"fails: {error}") from error

    def _replace(self, value: Value, right: Value, rule: Rule) -> list[Value]:
        depth = self.depth.get(value, 0) + 1
        self.fired[rule.name] += 1
        if self.watch is not None:
            self.watch(rule, value, right)
        self.deepest = max(self.deepest, depth)
        self.left -= 1
        if depth > DEPTH or self.left < 0:
            raise self._error(rule, value, "does not come to an end")
        if right in self.new:
            self.new[value] = self.new[right]
            return []
        self.becomes[value] = right, rule
        self.depth[right] = max(depth, self.depth.get(right, 0))
        return [right]

    def _twin(self, value: Value) -> Value:
        """Return the first value seen that differs only in the order of two free operands."""
        if not value.op.commutative or len(value.operands) != 2:
            return value
        key = value.op, frozenset(value.operands), value.attributes
        return self.twins.setdefault(key, value)

    def _error(self, rule: Rule, value: Value, what: str) -> InternalError:
        sites = self.module.sites
        where = f" from {sites[value.site]}" if 0 <= value.site < len(sites) else ""
        return InternalError(
            f"{self.name}: rule {rule.name!r} {what}, at {value.op.name} : {value.type}{where}"
        )


def fitted(right: Value, left: Value) -> Value:
    """Return a right side stretched to the left one's shape; else their types must be equal."""
    mine, wanted = right.type, left.type
    if mine.dtype != wanted.dtype or mine.ndim != wanted.ndim:
        raise InternalError(f"{mine} is not {wanted}")
    pairs = list(zip(mine.shape, wanted.shape, strict=True))
    if all(a is b or sizes.same(a, b) for a, b in pairs):
        return right
    longer = [(a, b) for a, b in pairs if a == 1 and b != 1]
    if not all((a, b) in longer or sizes.implied(a, b) for a, b in pairs):
        raise InternalError(f"{mine} is not {wanted}")
    if not longer:
        return right
    stretched: Value = broadcast_like(right, left)
    return stretched
