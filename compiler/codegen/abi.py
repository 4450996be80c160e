"""The C ABI as offsets and codes: what runtime/include/symc/symc.h declares, for printed code."""

from __future__ import annotations

from symc.compiler.codegen.register import ITEMSIZE, KIND
from symc.compiler.types import PART

OK = 0
E_NULL = -1
E_DTYPE = -2
E_RANK = -3
E_SHAPE = -4
E_STRIDE = -5
E_ALIGN = -6
E_DEVICE = -7
E_NOMEM = -10
E_ABI = -11
E_CANCELLED = -13
E_INDEX = -17
E_DOMAIN = -18
E_STATE = -19

TENSOR_DATA = 0
TENSOR_DEVICE = 8
TENSOR_NDIM = 16
TENSOR_DTYPE = 20
TENSOR_SHAPE = 24
TENSOR_STRIDES = 32
TENSOR_BYTE_OFFSET = 40
TENSOR_SIZE = 48

HOST_SIZE = 136
HOST_ABI = 4
HOST_USER = 8
HOST_ALLOC = 16
HOST_RELEASE = 24
HOST_OUTPUT = 32
HOST_BEGIN = 40
HOST_POLL = 48
HOST_PARALLEL_FOR = 56
HOST_MAX_THREADS = 64
HOST_CANCEL = 80
HOST_WORKSPACE = 96
HOST_WORKSPACE_BYTES = 104
HOST_ERROR = 112
HOST_CALL = 120
HOST_RECEIVE = 128

ERROR_CODE = 4
ERROR_ARG = 8
ERROR_DIM = 12
ERROR_EXPECTED = 16
ERROR_GOT = 24
ERROR_SITE = 32
ERROR_WHERE = 40
ERROR_WHAT = 48

VERSION = 1
CPU = 1  # DLPack's number of the device

_CODES = {"signed": 0, "unsigned": 1, "float": 2, "narrow": 2, "bool": 6}
_COMPLEX = 5


def dtype_word(dtype: str) -> int:
    """Return the four bytes of a tensor's dtype field as an int32: code, bits, one lane."""
    if dtype in PART:
        return _COMPLEX | 16 * ITEMSIZE[PART[dtype]] << 8 | 1 << 16
    code = 4 if dtype == "bfloat16" else _CODES[KIND[dtype]]
    return code | 8 * ITEMSIZE[dtype] << 8 | 1 << 16
