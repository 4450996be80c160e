"""What users' classes need besides operations and types, where Theano has it."""

from symc.extension.compared import Compared as object2
from symc.extension.op import MethodNotDefined

__all__ = ["MethodNotDefined", "object2"]
