// The storage of one shared variable.
#pragma once

#include "lock.hpp"
#include "python.hpp"

namespace symc {

class Container {
  public:
    explicit Container(ArrayRef first) noexcept : array(std::move(first)) {}
    Container(const Container&) = delete;
    Container& operator=(const Container&) = delete;

    ArrayRef array;  // in C order, aligned, native, writeable; its dtype and rank never change
    LockState lock;

    static PyObject* make_type(PyObject* module);
    // The value of a Python object of this type, else NULL with TypeError.
    static Container* of(PyObject* object);
};

}  // namespace symc
