"""Makes the frontend's tests run the interpreter; SYMC_TEST_MODE names another mode for all."""

import os

import pytest

import symc


@pytest.fixture(autouse=True)
def test_mode():
    with symc.config.change_flags(mode=os.environ.get("SYMC_TEST_MODE", "INTERPRET")):
        yield
