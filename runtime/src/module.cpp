// The extension module symc.runtime._native.
#define SYMC_HOLDS_NUMPY_API
#include "python.hpp"

#include <cmath>

#include "bind.hpp"
#include "caller.hpp"
#include "code.hpp"
#include "container.hpp"
#include "faults.hpp"
#include "frame.hpp"
#include "gil.hpp"
#include "pool.hpp"
#include "recycle.hpp"

namespace symc {

namespace {

PyObject* release_memory(PyObject*, PyObject*) {
    return PyLong_FromSize_t(workspaces.release_all() + results.release_all());
}

PyObject* keep_results(PyObject*, PyObject* bytes) {
    const std::size_t most = PyLong_AsSize_t(bytes);
    if (PyErr_Occurred()) return nullptr;
    return PyLong_FromSize_t(results.keep_at_most(most));
}

PyObject* inject_fault(PyObject*, PyObject* site) {
    if (site == Py_None) {
        faults::disarm();
        Py_RETURN_NONE;
    }
    const long long number = PyLong_AsLongLong(site);
    if (PyErr_Occurred()) return nullptr;
    faults::arm(number);
    Py_RETURN_NONE;
}

PyObject* fault_sites_seen(PyObject*, PyObject*) { return PyLong_FromLongLong(faults::seen()); }

PyObject* poll_interval(PyObject*, PyObject* seconds) {
    constexpr double nanoseconds = 1e9;
    const double value = PyFloat_AsDouble(seconds);
    if (PyErr_Occurred()) return nullptr;
    if (!(value >= 0 && value < nanoseconds)) {
        PyErr_SetString(PyExc_ValueError, "the interval must be a number of seconds, not negative");
        return nullptr;
    }
    const std::int64_t before = set_poll_interval(std::llround(value * nanoseconds));
    return PyFloat_FromDouble(static_cast<double>(before) / nanoseconds);
}

PyMethodDef functions[] = {
    {"bind", bind, METH_VARARGS, "Return the builtin function that calls an entry point."},
    {"repeat", repeat, METH_VARARGS, "Call a bound builtin again and again."},
    {"release_memory", release_memory, METH_NOARGS, "Give kept memory back to the system."},
    {"keep_results", keep_results, METH_O, "Set how much memory of dead results is kept."},
    {"inject_fault", inject_fault, METH_O, "Make one call of a fallible host hook fail."},
    {"fault_sites_seen", fault_sites_seen, METH_NOARGS, "Return how many fallible hooks ran."},
    {"set_poll_interval", poll_interval, METH_O, "Set how often calls look for signals."},
    {nullptr, nullptr, 0, nullptr},
};
PyModuleDef definition = {PyModuleDef_HEAD_INIT,
                          "symc.runtime._native",
                          "Mapped code, state, and the call path.",
                          -1,
                          functions,
                          nullptr,
                          nullptr,
                          nullptr,
                          nullptr};

bool add_type(PyObject* module, const char* name, PyObject* type) {
    const auto owned = Ref<>::steal(type);
    return owned && (name == nullptr || PyModule_AddObjectRef(module, name, type) == 0);
}

PyObject* make_module() {
    if (PyArray_ImportNumPyAPI() < 0) return nullptr;
    auto module = Ref<>::steal(PyModule_Create(&definition));
    const bool complete = module &&
                          add_type(module.get(), "Caller", make_caller_type(module.get())) &&
                          add_type(module.get(), "Code", Code::make_type(module.get())) &&
                          add_type(module.get(), "Container", Container::make_type(module.get())) &&
                          make_binding_type(module.get()) != nullptr && gil::watch_exit() &&
                          recycle::start();
    return complete ? module.release() : nullptr;
}

}  // namespace

}  // namespace symc

PyMODINIT_FUNC PyInit__native() { return symc::make_module(); }
