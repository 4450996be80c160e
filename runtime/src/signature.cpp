// What a compiled function takes and gives: reading the description.
#include "signature.hpp"

#include <algorithm>

#include "container.hpp"

namespace symc {

symc_dtype item_type(PyArray_Descr* dtype) noexcept {
    const auto bits = static_cast<std::uint8_t>(8 * PyDataType_ELSIZE(dtype));
    switch (dtype->kind) {
        case 'b': return {SYMC_BOOL, bits, 1};
        case 'i': return {SYMC_INT, bits, 1};
        case 'u': return {SYMC_UINT, bits, 1};
        case 'f': return {SYMC_FLOAT, bits, 1};
        case 'c': return {SYMC_COMPLEX, bits, 1};
        default:
            // NumPy has no bfloat16 of its own; packages that add one register it as a user type.
            if (PyTypeNum_ISUSERDEF(dtype->type_num) && bits == 16) return {SYMC_BFLOAT, bits, 1};
            return {0, 0, 0};
    }
}

namespace {

constexpr int highest_rank = 32;
constexpr long most_threads = 1024;

// Borrowed; NULL with an exception if the key is missing.
PyObject* item(PyObject* dictionary, const char* key) {
    PyObject* value = PyDict_GetItemString(dictionary, key);
    if (value == nullptr) PyErr_Format(PyExc_ValueError, "the signature lacks '%s'", key);
    return value;
}

// The list under a key; NULL with an exception.
PyObject* list(PyObject* dictionary, const char* key) {
    PyObject* value = item(dictionary, key);
    if (value == nullptr || PyList_Check(value)) return value;
    PyErr_Format(PyExc_TypeError, "'%s' of the signature must be a list", key);
    return nullptr;
}

// Call each(element) over the list under a key until it returns false.
template <class Each>
bool for_each(PyObject* dictionary, const char* key, Each each) {
    PyObject* elements = list(dictionary, key);
    if (elements == nullptr) return false;
    for (Py_ssize_t i = 0; i < PyList_Size(elements); ++i)
        if (!each(PyList_GetItem(elements, i))) return false;
    return true;
}

bool read_text(PyObject* value, std::string& out) {
    const char* text = PyUnicode_Check(value) ? PyUnicode_AsUTF8AndSize(value, nullptr) : nullptr;
    if (text != nullptr)
        out = text;
    else if (!PyErr_Occurred())
        PyErr_SetString(PyExc_TypeError, "'name' and 'doc' of the signature must be text");
    return text != nullptr;
}

bool read_callable(PyObject* dictionary, const char* key, Ref<>& out) {
    PyObject* value = item(dictionary, key);
    if (value == nullptr) return false;
    if (!PyCallable_Check(value)) {
        PyErr_Format(PyExc_TypeError, "'%s' of the signature must be callable", key);
        return false;
    }
    out = Ref<>::share(value);
    return true;
}

// PyArg_ParseTuple takes a tuple for granted.
bool is_tuple(PyObject* element) {
    if (PyTuple_Check(element)) return true;
    PyErr_SetString(PyExc_TypeError, "inputs and outputs of the signature must be tuples");
    return false;
}

bool read_array(int type_number, int rank, ArraySpec& out) {
    if (rank < 0 || rank > highest_rank) {
        PyErr_Format(PyExc_ValueError, "rank %d is not in 0..%d", rank, highest_rank);
        return false;
    }
    out.dtype = DtypeRef::steal(PyArray_DescrFromType(type_number));
    if (!out.dtype) return false;
    out.item = item_type(out.dtype.get());
    out.rank = rank;
    if (out.item.bits != 0) return true;
    PyErr_Format(PyExc_TypeError, "%S is no element type of symc", out.dtype.get());
    return false;
}

Scalar scalar_kind(const ArraySpec& spec) noexcept {
    if (spec.rank != 0) return Scalar::none;
    if (spec.item.code == SYMC_FLOAT && spec.item.bits == 64) return Scalar::float64;
    if (spec.item.code == SYMC_INT && spec.item.bits == 64) return Scalar::int64;
    return spec.item.code == SYMC_BOOL ? Scalar::boolean : Scalar::none;
}

bool read_input(PyObject* element, InputSpec& out) {
    int type_number;
    int rank;
    unsigned long long broadcast;
    if (!is_tuple(element) ||
        !PyArg_ParseTuple(element, "iiK;an input is (type number, rank, broadcast bits)",
                          &type_number, &rank, &broadcast) ||
        !read_array(type_number, rank, out))
        return false;
    if (broadcast >> rank != 0) {
        PyErr_Format(PyExc_ValueError, "broadcast bits %llu exceed rank %d", broadcast, rank);
        return false;
    }
    out.broadcast = broadcast;
    out.scalar = scalar_kind(out);
    return true;
}

bool read_container(PyObject* element, Signature& out) {
    Container* container = Container::of(element);
    if (container == nullptr) return false;
    const auto same = [&](const Use& use) { return use.container == container; };
    if (std::ranges::any_of(out.uses, same)) {
        PyErr_SetString(PyExc_ValueError, "the same container is given twice");
        return false;
    }
    out.uses.push_back({container, false});
    out.containers.push_back(Ref<>::share(element));
    return true;
}

bool is_container(const Signature& signature, Py_ssize_t index) {
    if (index >= 0 && static_cast<std::size_t>(index) < signature.uses.size()) return true;
    PyErr_Format(PyExc_ValueError, "there is no container %zd", index);
    return false;
}

bool read_written(PyObject* element, Signature& out) {
    const Py_ssize_t index = PyLong_AsSsize_t(element);
    if (PyErr_Occurred() || !is_container(out, index)) return false;
    out.uses[static_cast<std::size_t>(index)].written = true;
    return true;
}

// Whether an array made for this output may become the array of its container.
bool fits_container(const OutputSpec& output, const Container& container) {
    PyArrayObject* array = container.array.get();
    if (output.rank == PyArray_NDIM(array) &&
        PyArray_EquivTypes(output.dtype.get(), PyArray_DESCR(array)))
        return true;
    PyErr_SetString(PyExc_ValueError, "an output differs in dtype or rank from its container");
    return false;
}

bool read_output(PyObject* element, const Signature& signature, OutputSpec& out) {
    int type_number;
    int rank;
    if (!is_tuple(element) ||
        !PyArg_ParseTuple(element, "iin;an output is (type number, rank, target)", &type_number,
                          &rank, &out.target) ||
        !read_array(type_number, rank, out))
        return false;
    if (out.target == OutputSpec::returned) return true;
    if (!is_container(signature, out.target)) return false;
    const Use& use = signature.uses[static_cast<std::size_t>(out.target)];
    if (use.written) return fits_container(out, *use.container);
    PyErr_Format(PyExc_ValueError, "container %zd takes an output but is not written", out.target);
    return false;
}

bool read_result(PyObject* dictionary, Signature& out) {
    PyObject* value = item(dictionary, "result");
    std::string form;
    if (value == nullptr || !read_text(value, form)) return false;
    out.returned = static_cast<std::size_t>(
        std::ranges::count(out.outputs, OutputSpec::returned, &OutputSpec::target));
    if (form == "list")
        out.result = Result::list;
    else if (form == "single" && out.returned == 1)
        out.result = Result::single;
    else if (form == "none" && out.returned == 0)
        out.result = Result::none;
    else {
        PyErr_Format(PyExc_ValueError, "result %R does not suit %zd returned outputs", value,
                     static_cast<Py_ssize_t>(out.returned));
        return false;
    }
    return true;
}

bool read_callees(PyObject* dictionary, Signature& out) {
    if (PyDict_GetItemString(dictionary, "callees") == nullptr) return true;
    return for_each(dictionary, "callees", [&](PyObject* element) {
        if (PyCallable_Check(element)) {
            out.callees.push_back(Ref<>::share(element));
            return true;
        }
        PyErr_SetString(PyExc_TypeError, "'callees' of the signature must be callable");
        return false;
    });
}

bool read_threads(PyObject* dictionary, Signature& out) {
    PyObject* value = PyDict_GetItemString(dictionary, "threads");
    if (value == nullptr) return true;
    const long number = PyLong_AsLong(value);
    if (number == -1 && PyErr_Occurred()) return false;
    if (number < 1 || number > most_threads) {
        PyErr_Format(PyExc_ValueError, "'threads' of the signature must be from 1 to %ld",
                     most_threads);
        return false;
    }
    out.threads = static_cast<std::int32_t>(number);
    return true;
}

void count(Signature& signature) noexcept {
    for (const InputSpec& input : signature.inputs)
        signature.dims += static_cast<std::size_t>(input.rank);
    for (const OutputSpec& output : signature.outputs)
        signature.dims += static_cast<std::size_t>(output.rank);
    for (const Use& use : signature.uses) {
        signature.dims += static_cast<std::size_t>(PyArray_NDIM(use.container->array.get()));
        signature.writes |= use.written;
    }
}

}  // namespace

bool Signature::read(PyObject* dictionary) {
    if (!PyDict_Check(dictionary)) {
        PyErr_SetString(PyExc_TypeError, "a signature must be a dictionary");
        return false;
    }
    PyObject* name_text = item(dictionary, "name");
    PyObject* doc_text = PyDict_GetItemString(dictionary, "doc");
    const bool read =
        name_text != nullptr && read_text(name_text, name) &&
        (doc_text == nullptr || read_text(doc_text, doc)) &&
        read_callable(dictionary, "convert", convert) && read_callable(dictionary, "fail", fail) &&
        for_each(dictionary, "inputs",
                 [&](PyObject* element) { return read_input(element, inputs.emplace_back()); }) &&
        for_each(dictionary, "containers",
                 [&](PyObject* element) { return read_container(element, *this); }) &&
        for_each(dictionary, "written",
                 [&](PyObject* element) { return read_written(element, *this); }) &&
        for_each(dictionary, "outputs",
                 [&](PyObject* element) {
                     return read_output(element, *this, outputs.emplace_back());
                 }) &&
        read_callees(dictionary, *this) && read_result(dictionary, *this) &&
        read_threads(dictionary, *this);
    if (read) count(*this);
    return read;
}

}  // namespace symc
