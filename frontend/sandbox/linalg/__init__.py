"""symc.sandbox.linalg: where linear algebra was before it came to symc.tensor."""

from symc.sandbox.linalg.ops import *  # noqa: F403
from symc.sandbox.linalg.ops import __all__ as __all__
