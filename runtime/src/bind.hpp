// Builtin functions bound to compiled code.
#pragma once

#include "python.hpp"

namespace symc {

// Make the type of the record that stands behind each builtin function.
PyObject* make_binding_type(PyObject* module);

// The Python function bind(code, offset, signature).
PyObject* bind(PyObject* module, PyObject* args);

// The Python function repeat(builtin, times, arguments): each call stands alone.
PyObject* repeat(PyObject* module, PyObject* args);

}  // namespace symc
