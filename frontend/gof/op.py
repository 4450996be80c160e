"""The class of users' operations, and test values, where Theano has them."""

from symc.extension.op import Op
from symc.testvalue import debug_assert, get_debug_values, get_test_value

PureOp = Op

__all__ = ["Op", "PureOp", "debug_assert", "get_debug_values", "get_test_value"]
