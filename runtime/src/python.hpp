// Python and NumPy as the runtime uses them: the limited API, and owning references.
#pragma once

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <structmember.h>

#define PY_ARRAY_UNIQUE_SYMBOL symc_numpy_api
#ifndef SYMC_HOLDS_NUMPY_API
#define NO_IMPORT_ARRAY
#endif
#include <numpy/arrayobject.h>

#include <cstring>
#include <new>
#include <utility>

namespace symc {

// An owned reference, or none.
template <class T = PyObject>
class Ref {
  public:
    Ref() noexcept = default;
    static Ref steal(T* object) noexcept { return Ref(object); }
    static Ref share(T* object) noexcept {
        Py_XINCREF(reinterpret_cast<PyObject*>(object));
        return Ref(object);
    }
    Ref(const Ref& other) noexcept : Ref(share(other.object_)) {}
    Ref(Ref&& other) noexcept : object_(std::exchange(other.object_, nullptr)) {}
    Ref& operator=(Ref other) noexcept {
        std::swap(object_, other.object_);
        return *this;
    }
    ~Ref() { Py_XDECREF(reinterpret_cast<PyObject*>(object_)); }

    [[nodiscard]] T* get() const noexcept { return object_; }
    [[nodiscard]] T* release() noexcept { return std::exchange(object_, nullptr); }
    T* operator->() const noexcept { return object_; }
    explicit operator bool() const noexcept { return object_ != nullptr; }

  private:
    explicit Ref(T* object) noexcept : object_(object) {}
    T* object_ = nullptr;
};

using ArrayRef = Ref<PyArrayObject>;
using DtypeRef = Ref<PyArray_Descr>;

// A Python object that holds one C++ value, made once tp_alloc has filled the object with zeros.
template <class Value>
struct Holder {
    PyObject_HEAD
    PyObject* weak_references;
    bool alive;
    alignas(Value) unsigned char storage[sizeof(Value)];

    static Value& value(PyObject* self) noexcept {
        return *std::launder(reinterpret_cast<Value*>(reinterpret_cast<Holder*>(self)->storage));
    }

    template <class... Args>
    static PyObject* make(PyTypeObject* type, Args&&... args) {
        auto* allocate = reinterpret_cast<allocfunc>(PyType_GetSlot(type, Py_tp_alloc));
        PyObject* self = allocate(type, 0);
        if (self == nullptr) return nullptr;
        new (reinterpret_cast<Holder*>(self)->storage) Value(std::forward<Args>(args)...);
        reinterpret_cast<Holder*>(self)->alive = true;
        return self;
    }

    static void dealloc(PyObject* self) noexcept {
        PyTypeObject* type = Py_TYPE(self);
        if (PyType_HasFeature(type, Py_TPFLAGS_HAVE_GC)) PyObject_GC_UnTrack(self);
        if (reinterpret_cast<Holder*>(self)->weak_references != nullptr)
            PyObject_ClearWeakRefs(self);
        if (reinterpret_cast<Holder*>(self)->alive) value(self).~Value();
        reinterpret_cast<freefunc>(PyType_GetSlot(type, Py_tp_free))(self);
        Py_DECREF(type);
    }
};

// Call work and turn C++'s one exception of ours, lack of memory, into Python's.
template <class Work>
auto guarded(Work&& work) noexcept -> decltype(work()) {
    try {
        return work();
    } catch (const std::bad_alloc&) {
        PyErr_NoMemory();
        return {};
    }
}

}  // namespace symc
