// The storage of one shared variable, as Python sees it.
#include "container.hpp"

namespace symc {

namespace {

PyTypeObject* container_type = nullptr;
using Object = Holder<Container>;

// What compiled code relies on when it is handed the array without another look.
PyArrayObject* usable(PyObject* object) {
    if (Py_TYPE(object) != &PyArray_Type) {
        PyErr_Format(PyExc_TypeError, "a container holds an ndarray, not %R", Py_TYPE(object));
        return nullptr;
    }
    auto* array = reinterpret_cast<PyArrayObject*>(object);
    constexpr int needed = NPY_ARRAY_CARRAY;  // C order, aligned, writeable
    if ((PyArray_FLAGS(array) & needed) != needed || !PyArray_ISNOTSWAPPED(array) ||
        PyDataType_REFCHK(PyArray_DESCR(array))) {
        PyErr_SetString(PyExc_TypeError,
                        "a container holds a writeable array of numbers in C order, aligned and "
                        "of native byte order");
        return nullptr;
    }
    return array;
}

PyObject* container_new(PyTypeObject* type, PyObject* args, PyObject* keywords) {
    static const char* names[] = {"array", nullptr};
    PyObject* object;
    if (!PyArg_ParseTupleAndKeywords(args, keywords, "O:Container", const_cast<char**>(names),
                                     &object))
        return nullptr;
    PyArrayObject* array = usable(object);
    return array == nullptr ? nullptr : Object::make(type, ArrayRef::share(array));
}

// Do work while no call of another thread writes the container; NULL if waiting was broken off.
template <class Work>
PyObject* while_settled(Container& container, Work work) {
    if (Locks::held_by_this_thread(container)) return work();
    const Use use{&container, false};
    Locks locks({&use, 1});
    return locks.acquire() ? work() : nullptr;
}

PyObject* container_get(PyObject* self, PyObject*) {
    Container& container = Object::value(self);
    return while_settled(container, [&] {
        return reinterpret_cast<PyObject*>(ArrayRef(container.array).release());
    });
}

PyObject* container_copy(PyObject* self, PyObject*) {
    Container& container = Object::value(self);
    return while_settled(container,
                         [&] { return PyArray_NewCopy(container.array.get(), NPY_CORDER); });
}

PyObject* container_set(PyObject* self, PyObject* object) {
    Container& container = Object::value(self);
    PyArrayObject* array = usable(object);
    if (array == nullptr) return nullptr;
    if (PyArray_NDIM(array) != PyArray_NDIM(container.array.get()) ||
        !PyArray_EquivTypes(PyArray_DESCR(array), PyArray_DESCR(container.array.get()))) {
        PyErr_Format(PyExc_TypeError, "the container's dtype and rank are %S and %d, not %S and %d",
                     PyArray_DESCR(container.array.get()), PyArray_NDIM(container.array.get()),
                     PyArray_DESCR(array), PyArray_NDIM(array));
        return nullptr;
    }
    const Use use{&container, true};
    Locks locks({&use, 1});
    if (!locks.acquire()) return nullptr;
    container.array = ArrayRef::share(array);
    Py_RETURN_NONE;
}

PyMethodDef methods[] = {
    {"get", container_get, METH_NOARGS, "Return the array itself."},
    {"copy", container_copy, METH_NOARGS, "Return a copy of the array."},
    {"set", container_set, METH_O, "Make an array the storage, without copying it."},
    {nullptr, nullptr, 0, nullptr},
};
PyMemberDef members[] = {
    {"__weaklistoffset__", T_PYSSIZET, offsetof(Object, weak_references), READONLY, nullptr},
    {nullptr, 0, 0, 0, nullptr},
};
PyType_Slot slots[] = {
    {Py_tp_doc, const_cast<char*>("The storage of one shared variable.")},
    {Py_tp_new, reinterpret_cast<void*>(container_new)},
    {Py_tp_dealloc, reinterpret_cast<void*>(&Object::dealloc)},
    {Py_tp_methods, methods},
    {Py_tp_members, members},
    {0, nullptr},
};
PyType_Spec spec = {"symc.runtime._native.Container", sizeof(Object), 0,
                    Py_TPFLAGS_DEFAULT | Py_TPFLAGS_IMMUTABLETYPE, slots};

}  // namespace

PyObject* Container::make_type(PyObject* module) {
    PyObject* type = PyType_FromModuleAndSpec(module, &spec, nullptr);
    container_type = reinterpret_cast<PyTypeObject*>(type);
    return type;
}

Container* Container::of(PyObject* object) {
    if (Py_TYPE(object) == container_type) return &Object::value(object);
    PyErr_SetString(PyExc_TypeError, "containers must be a list of Container");
    return nullptr;
}

}  // namespace symc
