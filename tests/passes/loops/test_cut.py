"""Least cuts, against all cuts that there are."""

import random
from itertools import combinations

from symc.passes.loops.cut import least_cut


def reaches(before, starts, ends, cut):
    """Tell whether a way leads from starts to ends beside a cut."""
    open_ = set()
    for node, sources in before.items():
        if node not in cut and (node in starts or any(x in open_ for x in sources)):
            open_.add(node)
    return bool(open_ & ends)


def test_of_two_cuts_of_one_weight_that_next_to_the_ends():
    before = {"a": [], "b": ["a"], "c": ["b"]}
    assert least_cut(before, dict.fromkeys("abc", 1), {"a"}, {"c"}) == ["c"]


def test_a_narrow_place_is_taken():
    before = {"a": [], "b": ["a"], "c": ["b"], "d": ["b"]}
    assert least_cut(before, {"a": 4, "b": 1, "c": 1, "d": 1}, {"a"}, {"c", "d"}) == ["b"]


def test_what_no_start_leads_to_needs_no_cut():
    assert least_cut({"a": [], "b": []}, {"a": 1, "b": 1}, {"a"}, {"b"}) == []


def test_a_start_that_is_an_end_is_cut_itself():
    assert least_cut({"a": []}, {"a": 7}, {"a"}, {"a"}) == ["a"]


def test_random_graphs():
    made = random.Random(5)
    for _ in range(150):
        nodes = range(made.randint(1, 7))
        before = {k: made.sample(range(k), made.randint(0, min(k, 3))) for k in nodes}
        weights = {k: made.randint(1, 4) for k in nodes}
        starts, ends = ({k for k in nodes if made.random() < 0.4} for _ in range(2))
        cut = least_cut(before, weights, starts, ends)
        assert not reaches(before, starts, ends, cut)
        least = min(
            sum(weights[k] for k in some)
            for count in range(len(nodes) + 1)
            for some in combinations(nodes, count)
            if not reaches(before, starts, ends, some)
        )
        assert sum(weights[k] for k in cut) == least
