// Arrays whose memory is kept for later results when they die.
#pragma once

#include "python.hpp"

namespace symc::recycle {

// Make NumPy's handler; false with a Python exception set.
bool start() noexcept;
// Return a new array in C order, its elements not set; NULL with a Python exception set.
PyObject* make_array(PyArray_Descr* dtype, int rank, npy_intp* shape) noexcept;

}  // namespace symc::recycle
