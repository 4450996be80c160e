"""The user's applications by site number."""

import symc.tensor as T
from symc.sites import Sites


def test_a_location_is_put_into_words_once():
    x = T.dvector("x")
    made = T.add(*(x * k for k in range(20)))
    sites = Sites([made.owner])
    assert sites[0] is sites[0]
    assert len(sites[0].operands) == 20
