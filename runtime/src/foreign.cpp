// Python functions that compiled code calls: arrays for them, and what they return.
#include "foreign.hpp"

#include <algorithm>
#include <cstring>

namespace symc::foreign {

namespace {

int sized(std::uint8_t bits, int one, int two, int four, int eight) noexcept {
    return bits == 8 ? one : bits == 16 ? two : bits == 32 ? four : eight;
}

// NULL with an exception where nothing has loaded the package that adds the dtype.
PyArray_Descr* bfloat_type() noexcept {
    const auto name = Ref<>::steal(PyUnicode_FromString("bfloat16"));
    PyArray_Descr* found = nullptr;
    if (name) PyArray_DescrConverter(name.get(), &found);
    return found;
}

int type_number(symc_dtype dtype) noexcept {
    switch (dtype.code) {
        case SYMC_INT: return sized(dtype.bits, NPY_INT8, NPY_INT16, NPY_INT32, NPY_INT64);
        case SYMC_UINT: return sized(dtype.bits, NPY_UINT8, NPY_UINT16, NPY_UINT32, NPY_UINT64);
        case SYMC_FLOAT: return sized(dtype.bits, NPY_NOTYPE, NPY_HALF, NPY_FLOAT32, NPY_FLOAT64);
        case SYMC_COMPLEX: return dtype.bits == 64 ? NPY_COMPLEX64 : NPY_COMPLEX128;
        case SYMC_BOOL: return NPY_BOOL;
        default: return NPY_NOTYPE;
    }
}

std::size_t bytes_of(const symc_tensor& tensor) noexcept {
    std::size_t bytes = tensor.dtype.bits / 8;
    for (std::int32_t i = 0; i < tensor.ndim; ++i)
        bytes *= static_cast<std::size_t>(tensor.shape[i]);
    return bytes;
}

// The memory that a tensor shows is used again, so whoever keeps an array keeps a copy.
Ref<> copy_of(const symc_tensor& tensor) noexcept {
    PyArray_Descr* dtype = tensor.dtype.code == SYMC_BFLOAT
                               ? bfloat_type()
                               : PyArray_DescrFromType(type_number(tensor.dtype));
    if (dtype == nullptr) return {};
    static_assert(sizeof(npy_intp) == sizeof(std::int64_t));
    auto made = Ref<>::steal(PyArray_NewFromDescr(&PyArray_Type, dtype, tensor.ndim,
                                                  reinterpret_cast<npy_intp*>(tensor.shape),
                                                  nullptr, nullptr, 0, nullptr));
    if (!made) return made;
    auto* array = reinterpret_cast<PyArrayObject*>(made.get());
    std::memcpy(PyArray_DATA(array), tensor.data, bytes_of(tensor));
    PyArray_CLEARFLAGS(array, NPY_ARRAY_WRITEABLE);
    return made;
}

Ref<> copies_of(std::span<const symc_tensor> operands) noexcept {
    auto list = Ref<>::steal(PyList_New(static_cast<Py_ssize_t>(operands.size())));
    Py_ssize_t place = 0;
    for (const symc_tensor& tensor : operands) {
        Ref<> array = list ? copy_of(tensor) : Ref<>();
        if (!array || PyList_SetItem(list.get(), place++, array.release()) < 0) return {};
    }
    return list;
}

bool store_sizes(PyObject* results, std::span<std::int64_t> sizes) noexcept {
    std::size_t known = 0;
    for (Py_ssize_t i = 0; i < PyList_Size(results); ++i) {
        PyObject* item = PyList_GetItem(results, i);
        if (!PyArray_CheckExact(item)) return false;
        auto* array = reinterpret_cast<PyArrayObject*>(item);
        const auto rank = static_cast<std::size_t>(PyArray_NDIM(array));
        if (!PyArray_IS_C_CONTIGUOUS(array) || known + rank > sizes.size()) return false;
        std::copy_n(PyArray_DIMS(array), rank, sizes.data() + known);
        known += rank;
    }
    return known == sizes.size();
}

}  // namespace

Ref<> call(PyObject* function, std::span<const symc_tensor> operands,
           std::span<std::int64_t> sizes) noexcept {
    const Ref<> arrays = copies_of(operands);
    if (!arrays) return {};
    auto results =
        Ref<>::steal(PyObject_CallFunctionObjArgs(function, arrays.get(), nullptr));
    if (!results) return results;
    if (PyList_CheckExact(results.get()) && store_sizes(results.get(), sizes)) return results;
    PyErr_SetString(PyExc_SystemError, "a callee returns a list of arrays of its results' ranks");
    return {};
}

std::int32_t mismatch(PyArrayObject* array, const symc_tensor& tensor) noexcept {
    for (std::int32_t i = 0; i < tensor.ndim; ++i)
        if (PyArray_DIMS(array)[i] != tensor.shape[i]) return i;
    return -1;
}

void copy(PyArrayObject* array, const symc_tensor& tensor) noexcept {
    std::memcpy(tensor.data, PyArray_DATA(array), bytes_of(tensor));
}

}  // namespace symc::foreign
