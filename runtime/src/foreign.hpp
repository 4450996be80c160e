// Python functions that compiled code calls: arrays for them, and what they return.
#pragma once

#include <cstdint>
#include <span>

#include "python.hpp"
#include "symc/symc.h"

namespace symc::foreign {

// Call a function on a list of read-only copies of tensors. Return the list of its results, arrays
// in C order, and store all their sizes; none with a Python exception. The GIL is held.
Ref<> call(PyObject* function, std::span<const symc_tensor> operands,
           std::span<std::int64_t> sizes) noexcept;

// A dimension in which an array of one rank has another size than a tensor, or -1.
std::int32_t mismatch(PyArrayObject* array, const symc_tensor& tensor) noexcept;

// Copy an array of the same sizes to a tensor's memory.
void copy(PyArrayObject* array, const symc_tensor& tensor) noexcept;

}  // namespace symc::foreign
