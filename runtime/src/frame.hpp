// One call of a compiled function: its tensors, its host, and what it owns until it ends.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "python.hpp"
#include "signature.hpp"
#include "symc/symc.h"

namespace symc {

class Frame {
  public:
    explicit Frame(const Signature& signature) noexcept : signature_(signature) {}
    Frame(const Frame&) = delete;
    Frame& operator=(const Frame&) = delete;
    ~Frame();

    // The steps of a call in their order; false with a Python exception set, but for `run`.
    bool reserve() noexcept;
    bool load_inputs(PyObject* const* arguments) noexcept;
    bool load_states() noexcept;  // the containers must be locked
    // Run the entry point; whether it succeeded, without an exception. Then nothing more can fail.
    bool run() noexcept;
    PyObject* finish() noexcept;
    void raise() noexcept;  // `fail` may run any code, so no container may be locked

    // What the hooks of the host (host.cpp) work on.
    void release_gil() noexcept;
    void regain_gil() noexcept;
    [[nodiscard]] bool holds_gil() const noexcept { return saved_ == nullptr; }
    void keep_exception() noexcept;
    symc_status produce(std::int32_t index, symc_tensor& out) noexcept;
    // Call a Python function and keep its results; false with a Python exception set.
    bool call(std::int32_t callee, std::int32_t number, std::span<const symc_tensor> operands,
              std::span<std::int64_t> sizes) noexcept;
    symc_status receive(std::int32_t number, std::int32_t index, std::int32_t site,
                        const symc_tensor& out) noexcept;

    [[nodiscard]] std::int32_t threads() const noexcept { return host_.max_threads; }

    volatile std::int32_t cancel = 0;
    std::int64_t next_poll = 0;  // nanoseconds of the steady clock; 0: not known yet

  private:
    static constexpr std::size_t scratch_bytes = 1536;
    static constexpr std::size_t workspace_bytes = 16384;

    [[nodiscard]] std::size_t needed() const noexcept;
    void lay_out(std::byte* memory) noexcept;
    void open_host() noexcept;
    void describe(symc_tensor& tensor, PyArrayObject* array, symc_dtype item) noexcept;
    bool load_input(std::size_t index, PyObject* value) noexcept;
    bool load_number(std::size_t index, PyObject* value) noexcept;
    bool load_converted(std::size_t index, PyObject* value) noexcept;
    bool separate_from_states() noexcept;
    bool separate(std::size_t index) noexcept;
    bool reserve_result() noexcept;
    bool produced_all() const noexcept;
    void raise_described() noexcept;

    const Signature& signature_;
    symc_tensor* tensors_ = nullptr;  // inputs, states, outputs
    symc_tensor** pointers_ = nullptr;
    std::int64_t* dims_ = nullptr;  // where the next shape goes
    std::int64_t* numbers_ = nullptr;
    std::span<PyObject*> owned_;     // arrays made for inputs
    std::span<PyObject*> produced_;  // arrays made for outputs
    Ref<> result_;
    Ref<> calls_;  // the results of Python calls by their numbers; none before the first
    PyThreadState* saved_ = nullptr;  // set while the GIL is released
    Ref<> kept_type_, kept_value_, kept_trace_;
    symc_status status_ = SYMC_OK;
    symc_host host_;
    symc_error error_;
    std::unique_ptr<std::byte[]> large_;
    alignas(std::max_align_t) std::byte scratch_[scratch_bytes];
    alignas(64) std::byte workspace_[workspace_bytes];
};

// Fill the hooks of a host whose `user` is a Frame.
void install_hooks(symc_host& host) noexcept;
// Set how often at most signals are looked for, in nanoseconds; return the interval before.
std::int64_t set_poll_interval(std::int64_t nanoseconds) noexcept;

}  // namespace symc
