// One call of a compiled function: from Python's arguments and containers to tensors.
#include <algorithm>
#include <limits>

#include "compact.hpp"
#include "container.hpp"
#include "frame.hpp"

namespace symc {

namespace {

bool same_dtype(PyArrayObject* array, const ArraySpec& spec) noexcept {
    PyArray_Descr* dtype = PyArray_DESCR(array);
    // NumPy keeps one descriptor for each plain dtype; others may still mean the same.
    return dtype == spec.dtype.get() || PyArray_EquivTypes(dtype, spec.dtype.get());
}

bool ones_where_broadcast(PyArrayObject* array, std::uint64_t broadcast) noexcept {
    for (int axis = 0; broadcast != 0; ++axis, broadcast >>= 1)
        if ((broadcast & 1) != 0 && PyArray_DIM(array, axis) != 1) return false;
    return true;
}

// The value as an array of the input's type, wherever its elements lie, else NULL.
PyArrayObject* typed(PyObject* value, const InputSpec& spec) noexcept {
    if (Py_TYPE(value) != &PyArray_Type) return nullptr;
    auto* array = reinterpret_cast<PyArrayObject*>(value);
    const bool fits = PyArray_NDIM(array) == spec.rank && same_dtype(array, spec) &&
                      ones_where_broadcast(array, spec.broadcast);
    return fits ? array : nullptr;
}

// Whether compiled code can read an array as it stands.
bool in_order(PyArrayObject* array) noexcept {
    constexpr int needed = NPY_ARRAY_C_CONTIGUOUS | NPY_ARRAY_ALIGNED;
    return (PyArray_FLAGS(array) & needed) == needed;
}

template <class T>
bool store(std::int64_t& place, T value) noexcept {
    std::memcpy(&place, &value, sizeof value);
    return true;
}

bool read_float(PyObject* value, std::int64_t& out) noexcept {
    if (!PyFloat_Check(value) && !PyLong_CheckExact(value)) return false;
    const double number = PyFloat_Check(value) ? PyFloat_AsDouble(value) : PyLong_AsDouble(value);
    if (number == -1.0 && PyErr_Occurred()) {
        PyErr_Clear();  // an integer beyond float64: the slow path has the message
        return false;
    }
    return store(out, number);
}

bool read_int(PyObject* value, std::int64_t& out) noexcept {
    if (!PyLong_CheckExact(value)) return false;
    int overflow;
    const long long number = PyLong_AsLongLongAndOverflow(value, &overflow);
    return overflow == 0 && store(out, static_cast<std::int64_t>(number));
}

bool read_number(PyObject* value, Scalar kind, std::int64_t& out) noexcept {
    switch (kind) {
        case Scalar::float64: return read_float(value, out);
        case Scalar::int64: return read_int(value, out);
        case Scalar::boolean:
            return PyBool_Check(value) && store(out, std::uint8_t{value == Py_True});
        case Scalar::none: break;
    }
    return false;
}

struct Extent {
    std::uintptr_t begin, end;
    [[nodiscard]] bool overlaps(Extent other) const noexcept {
        return begin < other.end && other.begin < end;
    }
};

// The bytes of a tensor in C order; none if it has no elements.
Extent extent(const symc_tensor& tensor) noexcept {
    std::uintptr_t bytes = tensor.dtype.bits / 8;
    for (std::int32_t i = 0; i < tensor.ndim; ++i)
        bytes *= static_cast<std::uintptr_t>(tensor.shape[i]);
    const auto begin = reinterpret_cast<std::uintptr_t>(tensor.data);
    return {begin, begin + bytes};
}

}  // namespace

void Frame::describe(symc_tensor& tensor, PyArrayObject* array, symc_dtype item) noexcept {
    const int rank = PyArray_NDIM(array);
    tensor = {PyArray_DATA(array), {1, 0}, rank, item, dims_, nullptr, 0};
    std::copy_n(PyArray_DIMS(array), rank, dims_);
    dims_ += rank;
}

bool Frame::load_number(std::size_t index, PyObject* value) noexcept {
    const InputSpec& spec = signature_.inputs[index];
    if (!read_number(value, spec.scalar, numbers_[index])) return false;
    tensors_[index] = {&numbers_[index], {1, 0}, 0, spec.item, dims_, nullptr, 0};
    return true;
}

bool Frame::load_converted(std::size_t index, PyObject* value) noexcept {
    if (!signature_.convert) {
        PyErr_SetString(PyExc_RuntimeError, "the function has been collected");
        return false;
    }
    const InputSpec& spec = signature_.inputs[index];
    const auto place = static_cast<Py_ssize_t>(index);
    owned_[index] = PyObject_CallFunction(signature_.convert.get(), "nO", place, value);
    if (owned_[index] == nullptr) return false;
    PyArrayObject* array = typed(owned_[index], spec);
    if (array == nullptr || !in_order(array)) {
        PyErr_Format(PyExc_TypeError, "'convert' of %s returned what does not fit input %zd",
                     signature_.name.c_str(), place);
        return false;
    }
    describe(tensors_[index], array, spec.item);
    return true;
}

bool Frame::load_input(std::size_t index, PyObject* value) noexcept {
    const InputSpec& spec = signature_.inputs[index];
    PyArrayObject* array = typed(value, spec);
    if (array == nullptr) return load_number(index, value) || load_converted(index, value);
    if (!in_order(array)) {
        owned_[index] = compact(array);
        if (owned_[index] == nullptr) return false;
        array = reinterpret_cast<PyArrayObject*>(owned_[index]);
    }
    describe(tensors_[index], array, spec.item);
    return true;
}

bool Frame::load_inputs(PyObject* const* arguments) noexcept {
    for (std::size_t i = 0; i < signature_.inputs.size(); ++i)
        if (!load_input(i, arguments[i])) return false;
    return true;
}

bool Frame::load_states() noexcept {
    symc_tensor* tensor = tensors_ + signature_.inputs.size();
    for (const Use& use : signature_.uses) {
        PyArrayObject* array = use.container->array.get();
        describe(*tensor++, array, item_type(PyArray_DESCR(array)));
    }
    return !signature_.writes || separate_from_states();
}

// The commit writes states while other outputs may still be read from the arguments, so none of
// these may lie in a state's memory.
bool Frame::separate_from_states() noexcept {
    const symc_tensor* states = tensors_ + signature_.inputs.size();
    for (std::size_t s = 0; s < signature_.uses.size(); ++s) {
        if (!signature_.uses[s].written) continue;
        const Extent written = extent(states[s]);
        for (std::size_t i = 0; i < signature_.inputs.size(); ++i)
            if (extent(tensors_[i]).overlaps(written) && !separate(i)) return false;
    }
    return true;
}

bool Frame::separate(std::size_t index) noexcept {
    symc_tensor& tensor = tensors_[index];
    PyArray_Descr* dtype = DtypeRef(signature_.inputs[index].dtype).release();
    PyObject* copy = PyArray_NewFromDescr(&PyArray_Type, dtype, tensor.ndim,
                                          reinterpret_cast<npy_intp*>(tensor.shape), nullptr,
                                          nullptr, 0, nullptr);
    if (copy == nullptr) return false;
    void* data = PyArray_DATA(reinterpret_cast<PyArrayObject*>(copy));
    const Extent bytes = extent(tensor);
    std::memcpy(data, tensor.data, bytes.end - bytes.begin);
    tensor.data = data;
    Py_XDECREF(std::exchange(owned_[index], copy));
    return true;
}

}  // namespace symc
