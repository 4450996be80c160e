// Copies arrays of any strides to C order.
#pragma once

#include "python.hpp"

namespace symc {

// Return a new array in C order with an array's elements; NULL with a Python exception set.
PyObject* compact(PyArrayObject* array) noexcept;

}  // namespace symc
