// Executable memory that holds compiled code.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "python.hpp"

namespace symc {

class Code {
  public:
    // Code mapped by somebody else, who stays until this goes.
    Code(std::uintptr_t address, Ref<> keepalive) noexcept
        : base_(address), keepalive_(std::move(keepalive)) {}
    // Take over pages that map_code returned.
    Code(std::uintptr_t pages, std::size_t bytes) noexcept : base_(pages), bytes_(bytes) {}
    Code(const Code&) = delete;
    Code& operator=(const Code&) = delete;
    ~Code();

    [[nodiscard]] std::uintptr_t base() const noexcept { return base_; }
    // Whether an offset lies in the mapping; the extent of somebody else's is not known.
    [[nodiscard]] bool holds(std::size_t offset) const noexcept {
        return bytes_ == 0 || offset < bytes_;
    }

    static PyObject* make_type(PyObject* module);
    // The value of a Python object of this type, else NULL with TypeError.
    static Code* of(PyObject* object);

  private:
    std::uintptr_t base_;
    std::size_t bytes_ = 0;
    Ref<> keepalive_;
};

// Map bytes as read-and-execute pages, never writeable at the same time; 0 and errno on failure.
std::uintptr_t map_code(std::span<const char> bytes) noexcept;

}  // namespace symc
