"""Settings shared by all tests."""

import sys

from hypothesis import settings

# Times on a shared machine say nothing about a property; failures print a seed that replays them.
settings.register_profile("symc", deadline=None, print_blob=True)
settings.load_profile("symc")


def pytest_terminal_summary(terminalreporter):
    """Say how many cases ran, where files that count them were among the tests."""
    for file, name in (("op_matrix", "RAN"), ("tests.programs.test_random_programs", "TALLY")):
        counted = getattr(sys.modules.get(file), name, None)
        counts = getattr(counted, "counts", counted)
        if counts:
            said = ", ".join(f"{count} {what}" for what, count in sorted(counts.items()))
            terminalreporter.write_line(f"cases: {said}")
