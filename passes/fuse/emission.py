"""The pass itself: roots, groups, records, and the module of kernel applications."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator

from msgspec.structs import replace

from symc.compiler.errors import InternalError
from symc.compiler.module import Module
from symc.compiler.op import find
from symc.compiler.types import COMPLEX, Size, TensorType
from symc.compiler.value import Value
from symc.passes.fuse import bodies, count, products, regions, scatter
from symc.passes.fuse.build import GroupBuilder
from symc.passes.fuse.clusters import Clusters
from symc.passes.fuse.expand import rebuild
from symc.passes.fuse.factors import factoring_of
from symc.passes.fuse.finish import Finished, finish
from symc.passes.fuse.group import Group
from symc.passes.fuse.late import INFALLIBLE, ends_of, read_in_commit
from symc.passes.fuse.levels import find_levels
from symc.passes.fuse.numbers import numbers_of_sizes
from symc.passes.fuse.reasons import (
    CHECKED,
    ONE_PRODUCT,
    OWN_KIND,
    READ_ELSEWHERE,
    REDUCES,
    RETURNED,
    SEVERAL,
    SHARED,
    SIZED,
    SPREAD,
    Reason,
)
from symc.passes.fuse.roots import (
    FACTORS,
    PRODUCTS,
    REDUCTIONS,
    SCATTERS,
    SORTS,
    SOURCES,
    data_operands,
    data_walk,
    demand_of,
    find_roots,
    is_view,
    loop_reads,
    storage,
)
from symc.passes.fuse.search import searched
from symc.passes.fuse.sorts import sorting_of
from symc.passes.fuse.spread import spread_slow
from symc.passes.fuse.trees import Trees

Tell = Callable[["Emission"], None]
"""Takes what was decided about one module, when it is fused."""

FEW = 100
"""Roots for each of which one costly Value may be computed twice: all are found in several rounds,
and the last few are not worth a round."""


def fuse(module: Module) -> Module:
    """Return the module with every computation in a kernel application."""
    return fuse_and_tell(module, lambda emission: None)


def fuse_and_tell(module: Module, tell: Tell) -> Module:
    """Do as `fuse`, and tell what was decided: of bodies inside first, of the module last."""
    whole = rebuild(bodies.fuse_bodies(module, tell), products.expand_product)
    module = regions.write_regions(whole)
    measured = module.measured()
    returned = len(module.outputs)
    module = replace(module, outputs=(*module.outputs, *measured.values()))
    extra = dict.fromkeys(fallible_inside_updates(module), CHECKED)
    demand, trees = demand_of(module), Trees(set())
    refuse_complex(demand.order)
    for _ in range(4):
        plan = Fusion(module, find_roots(demand, extra), trees)
        trees = plan.trees
        again = plan.shared_costly() - extra.keys()
        sized = numbers_of_sizes(plan.groups, trees) - extra.keys()
        spread = spread_slow(plan.groups, trees) - extra.keys()
        if not (sized or spread) and FEW * len(again) <= len(plan.roots):
            break
        for why, values in ((SHARED, again), (SIZED, sized), (SPREAD, spread)):
            extra |= dict.fromkeys(values, why)
    emission = Emission(plan)
    fused = emission.module()
    tell(emission)
    computed = zip(measured, fused.outputs[returned:], strict=True)
    return replace(fused, outputs=fused.outputs[:returned], rewritten=tuple(computed))


def refuse_complex(values: Iterable[Value]) -> None:
    """Raise for complex numbers that are computed with: no kernel does that."""
    given = {*SOURCES, "whole", "python_result", "loop_result", "branch_result"}
    for value in values:
        if value.type.dtype in COMPLEX and value.op.name not in given:
            raise InternalError(f"{value.op.name} of {value.type.dtype} is not split")


def fallible_inside_updates(module: Module) -> set[Value]:
    """Return the reads through indices that new states make, so that the commit part has none."""
    updates = [v for _, v in module.updates]
    return {v for v in data_walk(updates) if v.op.name == "gather"}


class Fusion:
    """The roots of one module and the groups they form.

    reasons   the roots, with why each is in memory
    trees     those of an attempt with other roots, which may be the same
    """

    def __init__(self, module: Module, reasons: dict[Value, Reason], trees: Trees) -> None:
        self.module = module
        self.reasons = reasons
        roots = list(reasons)
        self.roots = set(roots)
        self.trees = trees.over(self.roots)
        self.results = {storage(v) for v in (*module.outputs, *(v for _, v in module.updates))}
        clusters = Clusters(roots, self.trees, self._phases(roots), find_levels(module))
        self.groups = clusters.form()
        self.of = clusters.of
        self.needed = self._needed()

    def _phases(self, roots: list[Value]) -> dict[Value, str]:
        """Give to 'update' what the commit part computes: new states, and sums only they read."""
        updates = {storage(v) for _, v in self.module.updates}
        phases: dict[Value, str] = {}
        read_early: set[Value] = {storage(v) for v in self.module.outputs}
        read_late: set[Value] = set()
        for value in reversed(roots):
            tree = self.trees.of(value)
            fallible = value.op.name in FACTORS or tree.picks
            last = value in updates or (value.op.name in INFALLIBLE and value in read_late)
            late = last and value not in read_early and not fallible
            phases[value] = "update" if late else "body"
            (read_late if late else read_early).update(tree.leaves)
        return phases

    def _needed(self) -> set[Value]:
        """Return the roots that something outside their group reads."""
        needed = set(self.results)
        for group in self.groups:
            for leaf in group.reads:
                if leaf in self.of and self.of[leaf] is not group:
                    needed.add(leaf)
        return needed

    def shared_costly(self) -> set[Value]:
        """Return the costly Values that several kernels would compute."""
        users: dict[Value, set[Group]] = {}
        for group in self.groups:
            for member in group.members:
                for value in self.trees.of(member).costly:
                    users.setdefault(value, set()).add(group)
        return {value for value, groups in users.items() if len(groups) > 1}


def _site(members: list[Value]) -> int:
    """Return the site a kernel fails at: that of a member that needs elements, or the first's."""
    choosing = (v.site for v in members if v.op.name in REDUCTIONS - INFALLIBLE)
    return next(choosing, members[0].site)


class Emission:
    """Writes the module of kernel applications from the groups.

    new        what stands for each Value in memory
    absorbed   products, with the Value that the kernel of each computes of it
    proofs     scatters, with the Values that kernels make which only look at their indices
    gathered   reads through indices that are in memory, by what they read
    ends       what of the module is there in the end; inputs what is the caller's
    """

    def __init__(self, fusion: Fusion) -> None:
        self.fusion = fusion
        self.context = fusion.module.context
        self.new: dict[Value, Value] = {}
        self.absorbed: dict[Value, Value] = {}
        self.proofs: dict[Value, list[Value]] = {}
        self.gathered = {v.operands: v for v in fusion.roots if v.op.name == "gather"}
        self.ends = ends_of(fusion.module)
        self.inputs = {p.value for p in fusion.module.parameters if p.kind == "input"}

    def module(self) -> Module:
        """Return the fused module."""
        source = self.fusion.module
        absorbed = self._epilogues()
        for group in self.fusion.groups:
            if not any(v in absorbed for v in group.members):
                self._emit(group)
            elif group.members[0] not in self.absorbed:
                self._apply_product(absorbed[group.members[0]])
        outputs = tuple(self.value(v) for v in source.outputs)
        updates = tuple((k, self.value(v)) for k, v in source.updates)
        checks = tuple(self.context.checks)
        return replace(source, outputs=outputs, updates=updates, checks=checks)

    def value(self, old: Value) -> Value:
        """Return a Value in memory as the new module has it."""
        if old not in self.new and is_view(old):
            with self.context.at(old.site):
                base = self.value(old.operands[0])
                operands = (base, *old.operands[1:])
                self.new[old] = self.context.make(old.op, operands, old.attributes)
        return self.new.get(old, old)

    def _epilogues(self) -> dict[Value, products.Product]:
        """Find products whose only reader is one pointwise Value, and join the two."""
        fusion = self.fusion
        readers: dict[Value, list[Group]] = {}
        for group in fusion.groups:
            for leaf in group.reads:
                readers.setdefault(leaf, []).append(group)
        found: dict[Value, products.Product] = {}
        for group in fusion.groups:
            for leaf in group.reads:
                if leaf.op.name not in PRODUCTS:
                    continue
                product = self._with_epilogue(leaf, group, readers[leaf], found)
                if isinstance(product, Reason):
                    group.before[fusion.of[leaf]] = product
                else:
                    del group.before[fusion.of[leaf]]  # the two are one kernel
                    found[group.members[0]] = found[leaf] = product
                    self.absorbed[leaf] = group.members[0]
        return found

    def _with_epilogue(
        self,
        leaf: Value,
        group: Group,
        readers: list[Group],
        found: Container[Value],
    ) -> products.Product | Reason:
        """Return the product that computes what a group does of it, or why there is none."""
        (first, *more) = group.members
        if group.domain is None:
            return OWN_KIND.of(first.op.name)
        if group.domain.inner is not None:
            return REDUCES
        if more:
            return SEVERAL
        if leaf in self.fusion.results:
            return RETURNED
        if readers != [group]:
            return READ_ELSEWHERE
        if first in found:
            return ONE_PRODUCT
        return products.with_epilogue(leaf, first, self.fusion.roots)

    def _emit(self, group: Group) -> None:
        fusion, first = self.fusion, group.members[0]
        if group.domain is not None:
            builder = GroupBuilder(group.members, group.domain, fusion.trees, fusion.needed)
            stages = builder.build()
            self._apply(finish(builder.draft, builder.axes.outer, stages), _site(group.members))
        elif first.op.name in ("dot", "batched_dot"):
            self._apply_product(products.bare_product(first))
        elif first.op.family in ("foreign", "loop"):
            self._apply_same(first)
        elif first.op.name in SORTS:
            self._apply_whole(first, sorting_of)
        elif first.op.name in FACTORS:
            self._apply_whole(first, factoring_of)
        elif first.op.name == "searchsorted":
            self._apply_own(searched(first, fusion.roots), first.site)
        elif first.op.name == "concatenate":
            self._apply_own(scatter.joined(first, fusion.roots), first.site)
        elif first.op.name == "positions":
            self._apply_own(count.counted(first, fusion.roots), first.site)
        elif first.op.name in ("region_set", "region_add"):
            self._apply_own(self._region(first), first.site)
        else:
            self._scatter(first, group)

    def _region(self, value: Value) -> scatter.OwnKernel:
        """Return the kernel of a region: of what lies where it may be changed, or of a copy."""
        target = storage(value.operands[0])
        held = target.op.name in scatter.CHANGED and target not in self.inputs
        if held or target in self.fusion.roots:
            return scatter.region(value, self.fusion.roots)
        return scatter.region_of_copy(value, self.fusion.roots)

    def _scatter(self, value: Value, group: Group) -> None:
        chain = scatter.links(value, self.fusion.roots) if self._in_commit(value, group) else ()
        proofs = {link: self._proof(link, value) for link in chain}
        self._apply_own(scatter.scattered(value, self.fusion.roots, proofs), value.site)

    def _in_commit(self, value: Value, group: Group) -> bool:
        """Tell whether a scatter may change a state in the commit part, where nothing can fail."""
        fusion, roots = self.fusion, self.fusion.roots
        if not scatter.in_place_scatter(value, roots):
            return False
        late = group.phase == "update"
        return late or read_in_commit(value, self.ends, fusion.groups, fusion.trees)

    def _proof(self, value: Value, last: Value) -> Value:
        """Return a Value by which all indices of a scatter are checked, of those up to the last."""
        found = self._same_places(value)
        if found is None:
            found = self.context.leaf(find("kernel"), TensorType(value.type.dtype), proof=value)
            self.proofs.setdefault(last, []).append(found)
            self._apply_own(scatter.index_check(value, found, self.fusion.roots), value.site)
        return found

    def _same_places(self, value: Value) -> Value | None:
        """Return a Value that reads where a scatter writes: its indices are checked by then."""
        target, _, *arrays = value.operands
        while target.op.name in SCATTERS:  # what they change has the same size
            target = target.operands[0]
        found = self.gathered.get((target, *arrays))
        return found if found in self.new else None

    def _apply_own(self, own: scatter.OwnKernel, site: int) -> None:
        self._apply(finish(own.draft, own.outer, own.stages), site)

    def _apply(self, found: Finished, site: int) -> None:
        roles, roots = [b.role for b in found.kernel.buffers], self.fusion.roots
        reads = [v for v, role in zip(found.values, roles, strict=True) if role == "in"]
        targets = [v for v, role in zip(found.values, roles, strict=True) if role == "inout"]
        operands = [self.value(v) for v in reads]
        operands += [self.value(scatter.links(v, roots)[0].operands[0]) for v in targets]
        made = [v for v, role in zip(found.values, roles, strict=True) if role in ("out", "inout")]
        attributes = (("kernel", found.kernel), ("sites", found.sites))
        self._make(operands, found.sizes, attributes, made, site)

    def _apply_product(self, product: products.Product) -> None:
        operands = [self.value(v) for v in product.operands]
        attributes = (("kernel", product.contraction), ("sites", ()))
        self._make(operands, product.sizes, attributes, [product.result], product.result.site)

    def _apply_same(self, value: Value) -> None:
        """Keep what calls Python, and loops, over operands in memory."""
        data = data_operands(value)
        given = self._loop_operands(value) if value.op.name == "loop" else map(self.value, data)
        operands = (*given, *value.operands[len(data) :])
        with self.context.at(value.site):
            self.new[value] = self.context.make(value.op, operands, value.attributes)

    def _loop_operands(self, value: Value) -> Iterator[Value]:
        """Yield the operands of a loop, slices of what holds the rows among them."""
        for old, whole in zip(value.operands, loop_reads(value), strict=False):
            yield self._over(whole, old)

    def _over(self, whole: Value, value: Value) -> Value:
        """Return a Value that shows rows of another in memory."""
        if value is whole:
            return self.value(whole)
        operands = (self._over(whole, value.operands[0]), *value.operands[1:])
        return self.context.make(value.op, operands, value.attributes)

    def _apply_whole(
        self, value: Value, record_of: Callable[[Value], tuple[object, tuple[Size, ...]]]
    ) -> None:
        """Apply a record of its own to operands in memory."""
        with self.context.at(value.site):
            record, sizes = record_of(value)
        operands = [self.value(x) for x in data_operands(value)]
        self._make(operands, sizes, (("kernel", record), ("sites", ())), [value], value.site)

    def _make(
        self,
        operands: list[Value],
        sizes: tuple[Size, ...],
        attributes: tuple[tuple[str, object], ...],
        made: list[Value],
        site: int,
    ) -> None:
        context = self.context
        with context.at(site):
            numbers = [context.size_value(context.resolve(s)) for s in sizes]
            types = tuple(v.type for v in made)
            whole = context.kernel(find("kernel"), (*operands, *numbers), attributes, types)
            for k, old in enumerate(made):
                if len(made) == 1:
                    self.new[old] = whole
                else:
                    self.new[old] = context.leaf_of(find("result"), whole, types[k], index=k)
