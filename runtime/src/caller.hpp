// The base of compiled functions in Python: a call by place goes straight to the bound builtin.
#pragma once

#include "python.hpp"

namespace symc {

PyObject* make_caller_type(PyObject* module);

}  // namespace symc
