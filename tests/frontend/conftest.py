"""Makes every test of the frontend run the interpreter, unless it asks for another mode."""

import pytest

import symc


@pytest.fixture(autouse=True)
def interpreter():
    with symc.config.change_flags(mode="INTERPRET"):
        yield
