"""Settings shared by all tests."""

from hypothesis import settings

# Times on a shared machine say nothing about a property; failures print a seed that replays them.
settings.register_profile("symc", deadline=None, print_blob=True)
settings.load_profile("symc")
