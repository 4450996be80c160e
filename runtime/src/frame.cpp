// One call of a compiled function: running it, and what follows from its status.
#include "frame.hpp"

#include <algorithm>

#include "container.hpp"
#include "faults.hpp"
#include "foreign.hpp"
#include "gil.hpp"
#include "recycle.hpp"

namespace symc {

Frame::~Frame() {
    for (PyObject* array : owned_) Py_XDECREF(array);
    for (PyObject* array : produced_) Py_XDECREF(array);
}

std::size_t Frame::needed() const noexcept {
    const std::size_t inputs = signature_.inputs.size();
    const std::size_t outputs = signature_.outputs.size();
    const std::size_t tensors = inputs + signature_.uses.size() + outputs;
    return tensors * (sizeof(symc_tensor) + sizeof(symc_tensor*)) +
           (signature_.dims + inputs) * sizeof(std::int64_t) +
           (inputs + outputs) * sizeof(PyObject*);
}

void Frame::lay_out(std::byte* memory) noexcept {
    const auto take = [&]<class T>(T*& part, std::size_t count) {
        static_assert(alignof(T) == 8 && sizeof(T) % 8 == 0);
        part = reinterpret_cast<T*>(memory);
        memory += count * sizeof(T);
    };
    const std::size_t inputs = signature_.inputs.size();
    const std::size_t outputs = signature_.outputs.size();
    const std::size_t tensors = inputs + signature_.uses.size() + outputs;
    PyObject** arrays;
    take(tensors_, tensors);
    take(pointers_, tensors);
    take(dims_, signature_.dims);
    take(numbers_, inputs);
    take(arrays, inputs + outputs);
    for (std::size_t i = 0; i < tensors; ++i) pointers_[i] = &tensors_[i];
    owned_ = {arrays, inputs};
    produced_ = {arrays + inputs, outputs};
    std::fill_n(arrays, inputs + outputs, nullptr);
}

void Frame::open_host() noexcept {
    host_ = {};
    host_.struct_size = sizeof host_;
    host_.abi = SYMC_ABI_VERSION;
    host_.user = this;
    host_.max_threads = signature_.threads;
    host_.cancel = &cancel;
    host_.error = &error_;
    // Tests of faults want every reservation to go through the hook that can fail.
    if (!faults::armed.load(std::memory_order_relaxed)) {
        host_.workspace = workspace_;
        host_.workspace_bytes = workspace_bytes;
    }
    install_hooks(host_);
    error_ = {};
    error_.struct_size = sizeof error_;
    error_.arg = error_.dim = error_.site = -1;
}

bool Frame::reserve() noexcept {
    std::byte* memory = scratch_;
    if (const std::size_t bytes = needed(); bytes > scratch_bytes) {
        large_.reset(new (std::nothrow) std::byte[bytes]);
        memory = large_.get();
    }
    if (memory == nullptr) {
        PyErr_NoMemory();
        return false;
    }
    lay_out(memory);
    open_host();
    return reserve_result();
}

bool Frame::reserve_result() noexcept {
    if (signature_.result != Result::list) return true;
    result_ = Ref<>::steal(PyList_New(static_cast<Py_ssize_t>(signature_.returned)));
    return static_cast<bool>(result_);
}

void Frame::release_gil() noexcept { saved_ = gil::release(); }

void Frame::regain_gil() noexcept { gil::regain(std::exchange(saved_, nullptr)); }

void Frame::keep_exception() noexcept {
    PyObject *type, *value, *trace;
    PyErr_Fetch(&type, &value, &trace);
    kept_type_ = Ref<>::steal(type);
    kept_value_ = Ref<>::steal(value);
    kept_trace_ = Ref<>::steal(trace);
}

symc_status Frame::produce(std::int32_t index, symc_tensor& out) noexcept {
    if (index < 0 || static_cast<std::size_t>(index) >= produced_.size()) return SYMC_E_INTERNAL;
    const auto place = static_cast<std::size_t>(index);
    const OutputSpec& spec = signature_.outputs[place];
    if (out.ndim != spec.rank) return SYMC_E_INTERNAL;
    static_assert(sizeof(npy_intp) == sizeof(std::int64_t));
    PyArray_Descr* dtype = DtypeRef(spec.dtype).release();
    PyObject* array =
        recycle::make_array(dtype, spec.rank, reinterpret_cast<npy_intp*>(out.shape));
    if (array == nullptr) {
        // NumPy's MemoryError tells the shape; sizes beyond what it can count are the same failure.
        if (PyErr_ExceptionMatches(PyExc_MemoryError))
            keep_exception();
        else
            PyErr_Clear();
        return SYMC_E_NOMEM;
    }
    Py_XDECREF(std::exchange(produced_[place], array));
    out.data = PyArray_DATA(reinterpret_cast<PyArrayObject*>(array));
    out.byte_offset = 0;
    out.strides = nullptr;
    return SYMC_OK;
}

bool Frame::call(std::int32_t callee, std::int32_t number, std::span<const symc_tensor> operands,
                 std::span<std::int64_t> sizes) noexcept {
    const auto place = static_cast<std::size_t>(callee);
    if (callee < 0 || place >= signature_.callees.size()) {
        PyErr_SetString(PyExc_RuntimeError, "the function has been collected");
        return false;
    }
    if (!calls_) calls_ = Ref<>::steal(PyDict_New());
    const auto key = Ref<>::steal(PyLong_FromLong(number));
    if (!calls_ || !key) return false;
    const Ref<> function = signature_.callees[place];
    const Ref<> results = foreign::call(function.get(), operands, sizes);
    return results && PyDict_SetItem(calls_.get(), key.get(), results.get()) == 0;
}

symc_status Frame::receive(std::int32_t number, std::int32_t index, std::int32_t site,
                           const symc_tensor& out) noexcept {
    const auto key = Ref<>::steal(PyLong_FromLong(number));
    PyObject* results = key && calls_ ? PyDict_GetItem(calls_.get(), key.get()) : nullptr;
    if (results == nullptr || index >= PyList_Size(results)) return SYMC_E_INTERNAL;
    auto* array = reinterpret_cast<PyArrayObject*>(PyList_GetItem(results, index));
    if (PyArray_NDIM(array) != out.ndim) return SYMC_E_INTERNAL;
    if (const std::int32_t dim = foreign::mismatch(array, out); dim >= 0) {
        error_.arg = index;
        error_.dim = dim;
        error_.expected = out.shape[dim];
        error_.got = PyArray_DIMS(array)[dim];
        error_.site = site;
        return SYMC_E_ASSERT;
    }
    foreign::copy(array, out);
    return SYMC_OK;
}

bool Frame::run() noexcept {
    symc_tensor** outputs = pointers_ + signature_.inputs.size() + signature_.uses.size();
    for (std::size_t i = 0; i < signature_.outputs.size(); ++i) {
        const OutputSpec& spec = signature_.outputs[i];
        *outputs[i] = {nullptr, {1, 0}, spec.rank, spec.item, dims_, nullptr, 0};
        dims_ += spec.rank;
    }
    status_ = signature_.entry(&host_, pointers_ + signature_.inputs.size(), pointers_, outputs);
    if (!holds_gil()) regain_gil();
    if (status_ == SYMC_OK && !produced_all()) status_ = SYMC_E_INTERNAL;
    return status_ == SYMC_OK && cancel == 0;
}

bool Frame::produced_all() const noexcept {
    return std::ranges::none_of(produced_, [](PyObject* array) { return array == nullptr; });
}

void Frame::raise() noexcept {
    if (kept_type_)
        PyErr_Restore(kept_type_.release(), kept_value_.release(), kept_trace_.release());
    else if (status_ == SYMC_E_NOMEM)
        PyErr_NoMemory();
    else {
        error_.code = status_;
        raise_described();
    }
}

namespace {

Ref<> shape_of(const symc_tensor& tensor) noexcept {
    auto shape = Ref<>::steal(PyTuple_New(tensor.ndim));
    for (std::int32_t i = 0; shape && i < tensor.ndim; ++i) {
        PyObject* size = PyLong_FromLongLong(tensor.shape[i]);
        if (size == nullptr || PyTuple_SetItem(shape.get(), i, size) < 0) return {};
    }
    return shape;
}

Ref<> shapes_of(std::span<const symc_tensor> tensors) noexcept {
    auto shapes = Ref<>::steal(PyTuple_New(static_cast<Py_ssize_t>(tensors.size())));
    Py_ssize_t place = 0;
    for (const symc_tensor& tensor : tensors) {
        Ref<> shape = shapes ? shape_of(tensor) : Ref<>();
        if (!shape || PyTuple_SetItem(shapes.get(), place++, shape.release()) < 0) return {};
    }
    return shapes;
}

}  // namespace

void Frame::raise_described() noexcept {
    if (!signature_.fail) {
        PyErr_SetString(PyExc_RuntimeError, "the function has been collected");
        return;
    }
    const Ref<> inputs = shapes_of({tensors_, signature_.inputs.size()});
    const Ref<> states = shapes_of({tensors_ + signature_.inputs.size(), signature_.uses.size()});
    if (!inputs || !states) return;
    const auto exception = Ref<>::steal(PyObject_CallFunction(
        signature_.fail.get(), "iiiLLiOO", error_.code, error_.arg, error_.dim,
        static_cast<long long>(error_.expected), static_cast<long long>(error_.got), error_.site,
        inputs.get(), states.get()));
    if (!exception) return;
    if (PyExceptionInstance_Check(exception.get()))
        PyErr_SetObject(reinterpret_cast<PyObject*>(Py_TYPE(exception.get())), exception.get());
    else
        PyErr_Format(PyExc_TypeError, "'fail' of %s returned %R, not an exception",
                     signature_.name.c_str(), exception.get());
}

PyObject* Frame::finish() noexcept {
    Py_ssize_t place = 0;
    for (std::size_t i = 0; i < produced_.size(); ++i) {
        PyObject* array = std::exchange(produced_[i], nullptr);
        const Py_ssize_t target = signature_.outputs[i].target;
        if (target != OutputSpec::returned)
            signature_.uses[static_cast<std::size_t>(target)].container->array =
                ArrayRef::steal(reinterpret_cast<PyArrayObject*>(array));
        else if (signature_.result == Result::single)
            result_ = Ref<>::steal(array);
        else
            PyList_SetItem(result_.get(), place++, array);
    }
    if (!result_) Py_RETURN_NONE;
    return result_.release();
}

}  // namespace symc
