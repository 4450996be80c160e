// What a compiled function takes and gives, read once from Python when it is bound.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "lock.hpp"
#include "python.hpp"
#include "symc/symc.h"

namespace symc {

// The kind of Python number an input of rank 0 takes without an array.
enum class Scalar : std::uint8_t { none, float64, int64, boolean };

struct ArraySpec {
    DtypeRef dtype;
    symc_dtype item;
    int rank;
};

struct InputSpec : ArraySpec {
    std::uint64_t broadcast;  // a bit for every dimension that must have size 1
    Scalar scalar;
};

struct OutputSpec : ArraySpec {
    static constexpr Py_ssize_t returned = -1;
    Py_ssize_t target;  // `returned`, or the container whose array it becomes
};

enum class Result : std::uint8_t { none, single, list };

struct Signature {
    std::string name;
    std::string doc;
    std::vector<InputSpec> inputs;
    std::vector<Use> uses;
    std::vector<Ref<>> containers;  // keep what `uses` points at
    std::vector<OutputSpec> outputs;
    Result result = Result::none;
    std::int32_t threads = 1;  // that may share its work
    Ref<> convert;
    Ref<> fail;
    std::vector<Ref<>> callees;  // what the code may call

    Ref<> code;
    symc_entry entry = nullptr;

    std::size_t dims = 0;      // the ranks of all tensors, summed
    std::size_t returned = 0;  // how many outputs go to the caller
    bool writes = false;

    // Fill this from the dictionary that runtime/signature.py describes; false with an exception.
    bool read(PyObject* dictionary);
};

// DLPack's name of an element type; bits 0 if it has none.
symc_dtype item_type(PyArray_Descr* dtype) noexcept;

}  // namespace symc
