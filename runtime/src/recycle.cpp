// Large results come from a pool, through a memory handler of NumPy (NEP 49), so that the arrays own
// their memory as any other does.
#include "recycle.hpp"

#include <algorithm>
#include <cstring>

#include "pool.hpp"

namespace symc::recycle {

namespace {

// Smaller arrays are cheaper to get from NumPy than it is to change its handler for one.
constexpr npy_intp least_bytes = npy_intp{64} << 10;

void* handler_malloc(void*, std::size_t bytes) { return results.take(bytes); }

void* handler_calloc(void*, std::size_t count, std::size_t bytes) {
    std::size_t whole;
    if (__builtin_mul_overflow(count, bytes, &whole)) return nullptr;
    void* memory = results.take(whole);
    return memory == nullptr ? nullptr : std::memset(memory, 0, whole);
}

void* handler_realloc(void*, void* memory, std::size_t bytes) {
    void* larger = results.take(bytes);
    if (larger == nullptr || memory == nullptr) return larger;
    std::memcpy(larger, memory, std::min(bytes, Pool::size_of(memory)));
    results.give_back(memory);
    return larger;
}

void handler_free(void*, void* memory, std::size_t) { results.give_back(memory); }

PyDataMem_Handler handler = {
    "symc", 1, {nullptr, handler_malloc, handler_calloc, handler_realloc, handler_free}};
PyObject* capsule = nullptr;  // arrays may outlive the module, so it is never given up

npy_intp bytes_of(PyArray_Descr* dtype, int rank, const npy_intp* shape) noexcept {
    npy_intp bytes = PyDataType_ELSIZE(dtype);
    for (int i = 0; i < rank; ++i)
        if (__builtin_mul_overflow(bytes, shape[i], &bytes)) return 0;  // NumPy refuses it
    return bytes;
}

PyObject* make_plain(PyArray_Descr* dtype, int rank, npy_intp* shape) noexcept {
    return PyArray_NewFromDescr(&PyArray_Type, dtype, rank, shape, nullptr, nullptr, 0, nullptr);
}

}  // namespace

bool start() noexcept {
    capsule = PyCapsule_New(&handler, "mem_handler", nullptr);
    return capsule != nullptr;
}

PyObject* make_array(PyArray_Descr* dtype, int rank, npy_intp* shape) noexcept {
    if (bytes_of(dtype, rank, shape) < least_bytes) return make_plain(dtype, rank, shape);
    const auto usual = Ref<>::steal(PyDataMem_SetHandler(capsule));
    if (!usual) {
        Py_DECREF(dtype);
        return nullptr;
    }
    auto array = Ref<>::steal(make_plain(dtype, rank, shape));
    // Neither call of Python below is to meet the exception of the one above.
    PyObject *type, *value, *trace;
    PyErr_Fetch(&type, &value, &trace);
    const auto ours = Ref<>::steal(PyDataMem_SetHandler(usual.get()));
    if (!ours) return nullptr;
    PyErr_Restore(type, value, trace);
    return array.release();
}

}  // namespace symc::recycle
