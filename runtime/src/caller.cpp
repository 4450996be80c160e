// The base of compiled functions in Python: a call by place goes straight to the bound builtin.
//
// A `__call__` written in Python costs some 200 ns to unpack and repack its arguments; this one
// hands the tuple on.
#include "caller.hpp"

namespace symc {

namespace {

struct Caller {
    PyObject_HEAD
    PyObject* run;
    Py_ssize_t count;
};

Caller& of(PyObject* self) { return *reinterpret_cast<Caller*>(self); }

PyObject* caller_new(PyTypeObject* type, PyObject*, PyObject*) {
    const auto alloc = reinterpret_cast<allocfunc>(PyType_GetSlot(type, Py_tp_alloc));
    PyObject* self = alloc(type, 0);
    if (self != nullptr) of(self).count = -1;
    return self;
}

int caller_traverse(PyObject* self, visitproc visit, void* arg) {
    Py_VISIT(Py_TYPE(self));
    Py_VISIT(of(self).run);
    return 0;
}

int caller_clear(PyObject* self) {
    Py_CLEAR(of(self).run);
    return 0;
}

void caller_dealloc(PyObject* self) {
    PyTypeObject* type = Py_TYPE(self);
    PyObject_GC_UnTrack(self);
    caller_clear(self);
    reinterpret_cast<freefunc>(PyType_GetSlot(type, Py_tp_free))(self);
    Py_DECREF(type);
}

PyObject* caller_call(PyObject* self, PyObject* args, PyObject* keywords) {
    const Caller& caller = of(self);
    const bool named = keywords != nullptr && PyDict_Size(keywords) != 0;
    if (caller.run != nullptr && !named && PyTuple_Size(args) == caller.count)
        return PyObject_Call(caller.run, args, nullptr);
    const auto general = Ref<>::steal(PyObject_GetAttrString(self, "call_general"));
    return general ? PyObject_Call(general.get(), args, keywords) : nullptr;
}

PyObject* call_straight(PyObject* self, PyObject* args) {
    PyObject* run;
    Py_ssize_t count;
    if (!PyArg_ParseTuple(args, "On:call_straight", &run, &count)) return nullptr;
    Caller& caller = of(self);
    const auto before = Ref<>::steal(std::exchange(caller.run, Py_NewRef(run)));
    caller.count = count;
    Py_RETURN_NONE;
}

PyMethodDef methods[] = {
    {"call_straight", call_straight, METH_VARARGS,
     "Hand calls with that many arguments by place to a callable."},
    {nullptr, nullptr, 0, nullptr},
};
PyType_Slot slots[] = {
    {Py_tp_doc, const_cast<char*>("The base of compiled functions.")},
    {Py_tp_new, reinterpret_cast<void*>(caller_new)},
    {Py_tp_dealloc, reinterpret_cast<void*>(caller_dealloc)},
    {Py_tp_traverse, reinterpret_cast<void*>(caller_traverse)},
    {Py_tp_clear, reinterpret_cast<void*>(caller_clear)},
    {Py_tp_call, reinterpret_cast<void*>(caller_call)},
    {Py_tp_methods, methods},
    {0, nullptr},
};
PyType_Spec spec = {"symc.runtime._native.Caller", sizeof(Caller), 0,
                    Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_HAVE_GC, slots};

}  // namespace

PyObject* make_caller_type(PyObject* module) {
    return PyType_FromModuleAndSpec(module, &spec, nullptr);
}

}  // namespace symc
