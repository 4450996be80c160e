// Giving the GIL away and getting it back, also while the interpreter ends.
#pragma once

#include "python.hpp"

namespace symc::gil {

inline PyThreadState* release() noexcept { return PyEval_SaveThread(); }

// Take the GIL again. Once the interpreter is going, threads other than the one that ends it stay
// here for ever: Python would unwind them, through compiled code that cannot be unwound.
void regain(PyThreadState* state) noexcept;

// Let this module hear when the interpreter begins to end; false with an exception.
bool watch_exit() noexcept;

}  // namespace symc::gil
