"""Programs of branches: where results lie, what is reserved, and what each arm does."""

import symc.tensor as T
from symc.build import build_module
from symc.compiler.program.record import Branch, CheckIndex, Copy, Launch, Sort
from symc.compiler.program.text import to_text
from symc.ifelse import ifelse
from symc.passes.fuse.emission import fuse
from symc.passes.plan import plan

k, x = T.lscalar("k"), T.dvector("x")


def program(output):
    return plan(fuse(build_module([k, x], [output])), lambda _: 64)


def branch_of(program):
    (branch,) = (s for s in program.body if isinstance(s, Branch))
    return branch


def kinds(statements):
    return [type(s) for s in statements]


def places(launch):
    return sorted(b.place for b in launch.buffers)


def test_both_arms_write_the_output():
    branch = branch_of(program(ifelse(k, T.exp(x), T.tanh(x))))
    for arm in (branch.then, branch.other):
        (launch,) = arm
        assert "output" in places(launch)


def test_what_an_arm_passes_on_is_copied():
    branch = branch_of(program(ifelse(k, x, T.exp(x))))
    assert kinds(branch.then) == [Copy]
    assert kinds(branch.other) == [Launch]


def test_arms_share_their_workspace():
    made = program(ifelse(k, T.sort(T.exp(x)), T.sort(T.tanh(x))))
    alone = program(T.sort(T.exp(x)))
    branch = branch_of(made)
    assert kinds(branch.then) == kinds(branch.other) == [Launch, Sort]
    assert places(branch.then[0]) == places(branch.other[0]) == ["input", "slot"]
    condition = 1
    assert len(made.slots) == len(alone.slots) + condition


def test_an_index_is_checked_in_its_arm():
    made = program(ifelse(k, x.sum(), x[7] * x.sum()))
    branch = branch_of(made)
    assert CheckIndex in kinds(branch.other)
    assert CheckIndex not in kinds((*made.prologue, *branch.then))


def test_a_branch_as_text():
    text = to_text(program(ifelse(k, T.exp(x), x)))
    after = text[text.index("  body:") :].splitlines()
    start = next(n for n, line in enumerate(after) if line.startswith("    if slot0 {"))
    assert after[start + 1].startswith("      launch @k")
    assert after[start + 2] == "    } else {"
    assert after[start + 3].startswith("      copy output0 <- input1")
    assert after[start + 4] == "    }"
