// Builtin functions bound to compiled code, and the way of one call.
#include "bind.hpp"

#include <vector>

#include "code.hpp"
#include "container.hpp"
#include "frame.hpp"
#include "lock.hpp"
#include "signature.hpp"

namespace symc {

namespace {

// What a builtin function carries as its `self`.
struct Binding {
    Signature signature;
    PyMethodDef method{};
};

PyTypeObject* binding_type = nullptr;
using Object = Holder<Binding>;

PyObject* call(PyObject* self, PyObject* const* arguments, Py_ssize_t count) {
    const Signature& signature = Object::value(self).signature;
    const auto expected = static_cast<Py_ssize_t>(signature.inputs.size());
    if (count != expected) {
        PyErr_Format(PyExc_TypeError, "%s() takes %zd arguments (%zd given)",
                     signature.name.c_str(), expected, count);
        return nullptr;
    }
    Frame frame(signature);
    // Arguments come before the locks: converting them may run code that uses the containers.
    if (!frame.reserve() || !frame.load_inputs(arguments)) return nullptr;
    {
        Locks locks(signature.uses);
        if (!locks.acquire() || !frame.load_states()) return nullptr;
        if (frame.run()) return frame.finish();
    }
    frame.raise();
    return nullptr;
}

int traverse(PyObject* self, visitproc visit, void* arg) {
    Py_VISIT(Py_TYPE(self));
    if (!reinterpret_cast<Object*>(self)->alive) return 0;
    const Signature& signature = Object::value(self).signature;
    Py_VISIT(signature.convert.get());
    Py_VISIT(signature.fail.get());
    Py_VISIT(signature.code.get());
    for (const Ref<>& callee : signature.callees) Py_VISIT(callee.get());
    return 0;
}

// Cut what may lead back here: the callbacks are methods of the user's function as a rule.
int clear(PyObject* self) {
    if (!reinterpret_cast<Object*>(self)->alive) return 0;
    Signature& signature = Object::value(self).signature;
    const Ref<> convert = std::move(signature.convert);
    const Ref<> fail = std::move(signature.fail);
    const std::vector<Ref<>> callees = std::move(signature.callees);
    return 0;
}

PyType_Slot slots[] = {
    {Py_tp_doc, const_cast<char*>("A compiled function and all its calls need.")},
    {Py_tp_dealloc, reinterpret_cast<void*>(&Object::dealloc)},
    {Py_tp_traverse, reinterpret_cast<void*>(traverse)},
    {Py_tp_clear, reinterpret_cast<void*>(clear)},
    {0, nullptr},
};
PyType_Spec spec = {"symc.runtime._native.Binding", sizeof(Object), 0,
                    Py_TPFLAGS_DEFAULT | Py_TPFLAGS_IMMUTABLETYPE | Py_TPFLAGS_HAVE_GC |
                        Py_TPFLAGS_DISALLOW_INSTANTIATION,
                    slots};

// Fill an empty binding; false with an exception.
bool fill(Binding& binding, PyObject* code_object, Py_ssize_t offset, PyObject* dictionary) {
    const Code* code = Code::of(code_object);
    if (code == nullptr) return false;
    if (offset < 0 || !code->holds(static_cast<std::size_t>(offset))) {
        PyErr_Format(PyExc_IndexError, "offset %zd is outside the code", offset);
        return false;
    }
    Signature& signature = binding.signature;
    if (!signature.read(dictionary)) return false;
    signature.code = Ref<>::share(code_object);
    signature.entry =
        reinterpret_cast<symc_entry>(code->base() + static_cast<std::uintptr_t>(offset));
    binding.method = {signature.name.c_str(),
                      reinterpret_cast<PyCFunction>(reinterpret_cast<void (*)()>(call)),
                      METH_FASTCALL, signature.doc.c_str()};
    return true;
}

}  // namespace

PyObject* make_binding_type(PyObject* module) {
    PyObject* type = PyType_FromModuleAndSpec(module, &spec, nullptr);
    binding_type = reinterpret_cast<PyTypeObject*>(type);
    return type;
}

PyObject* bind(PyObject*, PyObject* args) {
    PyObject* code;
    Py_ssize_t offset;
    PyObject* dictionary;
    if (!PyArg_ParseTuple(args, "OnO:bind", &code, &offset, &dictionary)) return nullptr;
    const auto object = Ref<>::steal(Object::make(binding_type));
    if (!object) return nullptr;
    Binding& binding = Object::value(object.get());
    if (!guarded([&] { return fill(binding, code, offset, dictionary); })) return nullptr;
    return PyCFunction_NewEx(&binding.method, object.get(), nullptr);
}

PyObject* repeat(PyObject*, PyObject* args) {
    PyObject *builtin, *values;
    Py_ssize_t times;
    if (!PyArg_ParseTuple(args, "OnO!:repeat", &builtin, &times, &PyTuple_Type, &values))
        return nullptr;
    PyObject* self = PyCFunction_Check(builtin) ? PyCFunction_GetSelf(builtin) : nullptr;
    if (self == nullptr || !Py_IS_TYPE(self, binding_type)) {
        PyErr_Format(PyExc_TypeError, "%R was not made by bind", builtin);
        return nullptr;
    }
    std::vector<PyObject*> arguments;
    const bool room = guarded([&] {
        for (Py_ssize_t i = 0; i < PyTuple_Size(values); ++i)
            arguments.push_back(PyTuple_GetItem(values, i));
        return true;
    });
    Ref<> result = Ref<>::share(Py_None);
    for (Py_ssize_t i = 0; room && result && i < times; ++i) {
        result = Ref<>::steal(call(self, arguments.data(), PyTuple_Size(values)));
        if (result && PyErr_CheckSignals() != 0) return nullptr;
    }
    return room ? result.release() : nullptr;
}

}  // namespace symc
