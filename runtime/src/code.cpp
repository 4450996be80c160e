// Executable memory that holds compiled code: written, then made executable, unmapped at the end.
#include "code.hpp"

#include <sys/mman.h>

namespace symc {

std::uintptr_t map_code(std::span<const char> bytes) noexcept {
    void* pages =
        mmap(nullptr, bytes.size(), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (pages == MAP_FAILED) return 0;
    std::memcpy(pages, bytes.data(), bytes.size());
    if (mprotect(pages, bytes.size(), PROT_READ | PROT_EXEC) != 0) {
        munmap(pages, bytes.size());
        return 0;
    }
    // Processors whose instruction cache does not follow writes (ARM) must be told.
    auto* begin = static_cast<char*>(pages);
    __builtin___clear_cache(begin, begin + bytes.size());
    return reinterpret_cast<std::uintptr_t>(pages);
}

Code::~Code() {
    if (bytes_ != 0) munmap(reinterpret_cast<void*>(base_), bytes_);
}

namespace {

PyTypeObject* code_type = nullptr;
using Object = Holder<Code>;

PyObject* code_new(PyTypeObject* type, PyObject* args, PyObject* keywords) {
    static const char* names[] = {"blob", nullptr};
    PyObject* blob;
    if (!PyArg_ParseTupleAndKeywords(args, keywords, "S:Code", const_cast<char**>(names), &blob))
        return nullptr;
    char* data;
    Py_ssize_t size;
    if (PyBytes_AsStringAndSize(blob, &data, &size) < 0) return nullptr;
    if (size == 0) {
        PyErr_SetString(PyExc_ValueError, "code must not be empty");
        return nullptr;
    }
    const auto bytes = static_cast<std::size_t>(size);
    const std::uintptr_t pages = map_code({data, bytes});
    if (pages == 0) return PyErr_SetFromErrno(PyExc_OSError);
    PyObject* self = Object::make(type, pages, bytes);
    if (self == nullptr) munmap(reinterpret_cast<void*>(pages), bytes);
    return self;
}

PyObject* from_address(PyObject* type, PyObject* args) {
    unsigned long long address;
    PyObject* keepalive;
    if (!PyArg_ParseTuple(args, "KO:from_address", &address, &keepalive)) return nullptr;
    if (address == 0) {
        PyErr_SetString(PyExc_ValueError, "the address of code must not be 0");
        return nullptr;
    }
    return Object::make(reinterpret_cast<PyTypeObject*>(type), static_cast<std::uintptr_t>(address),
                        Ref<>::share(keepalive));
}

PyObject* code_address(PyObject* self, PyObject* args) {
    Py_ssize_t offset = 0;
    if (!PyArg_ParseTuple(args, "|n:address", &offset)) return nullptr;
    const Code& code = Object::value(self);
    if (offset < 0 || !code.holds(static_cast<std::size_t>(offset))) {
        PyErr_Format(PyExc_IndexError, "offset %zd is outside the code", offset);
        return nullptr;
    }
    return PyLong_FromUnsignedLongLong(code.base() + static_cast<std::uintptr_t>(offset));
}

PyMethodDef methods[] = {
    {"from_address", from_address, METH_VARARGS | METH_CLASS,
     "Refer to code that is mapped already and that keepalive keeps mapped."},
    {"address", code_address, METH_VARARGS, "Return the address of an offset."},
    {nullptr, nullptr, 0, nullptr},
};
PyType_Slot slots[] = {
    {Py_tp_doc, const_cast<char*>("Executable memory holding position-independent machine code.")},
    {Py_tp_new, reinterpret_cast<void*>(code_new)},
    {Py_tp_dealloc, reinterpret_cast<void*>(&Object::dealloc)},
    {Py_tp_methods, methods},
    {0, nullptr},
};
PyType_Spec spec = {"symc.runtime._native.Code", sizeof(Object), 0,
                    Py_TPFLAGS_DEFAULT | Py_TPFLAGS_IMMUTABLETYPE, slots};

}  // namespace

PyObject* Code::make_type(PyObject* module) {
    PyObject* type = PyType_FromModuleAndSpec(module, &spec, nullptr);
    code_type = reinterpret_cast<PyTypeObject*>(type);
    return type;
}

Code* Code::of(PyObject* object) {
    if (Py_TYPE(object) == code_type) return &Object::value(object);
    PyErr_SetString(PyExc_TypeError, "code must be a Code");
    return nullptr;
}

}  // namespace symc
