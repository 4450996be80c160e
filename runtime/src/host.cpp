// The host hooks: what a compiled function asks of Python while it runs.
#include <atomic>
#include <chrono>

#include "faults.hpp"
#include "frame.hpp"
#include "workers.hpp"
#include "pool.hpp"

namespace symc {

namespace {

// Shorter work than this is over before another thread could profit from the GIL.
constexpr double gil_threshold = 10'000;  // nanoseconds

std::atomic<std::int64_t> poll_interval{20'000'000};  // nanoseconds

std::int64_t now() noexcept {
    using namespace std::chrono;
    return duration_cast<nanoseconds>(steady_clock::now().time_since_epoch()).count();
}

Frame& frame_of(void* user) noexcept { return *static_cast<Frame*>(user); }

// Holds the GIL within a hook, wherever the hook was called from.
class WithGil {
  public:
    explicit WithGil(Frame& frame) noexcept : frame_(frame), borrowed_(!frame.holds_gil()) {
        if (borrowed_) frame_.regain_gil();
    }
    WithGil(const WithGil&) = delete;
    WithGil& operator=(const WithGil&) = delete;
    ~WithGil() {
        if (borrowed_) frame_.release_gil();
    }

  private:
    Frame& frame_;
    bool borrowed_;
};

void* hook_alloc(void*, std::size_t bytes, std::size_t align) noexcept {
    if (faults::strikes() || align > Pool::alignment) return nullptr;
    return workspaces.take(bytes);
}

void hook_release(void*, void* memory, std::size_t, std::size_t) noexcept {
    workspaces.give_back(memory);
}

symc_status hook_output(void* user, std::int32_t index, symc_tensor* out) noexcept {
    if (faults::strikes()) return SYMC_E_NOMEM;
    Frame& frame = frame_of(user);
    const WithGil gil(frame);
    return frame.produce(index, *out);
}

void hook_begin(void* user, double nanoseconds) noexcept {
    Frame& frame = frame_of(user);
    if (nanoseconds <= gil_threshold || !frame.holds_gil()) return;
    frame.next_poll = now() + poll_interval.load(std::memory_order_relaxed);
    frame.release_gil();
}

symc_status stop(Frame& frame) noexcept {
    frame.keep_exception();
    frame.cancel = 1;
    return SYMC_E_CANCELLED;
}

// A call that comes here runs long, so from now on others may have the GIL, whatever it estimated.
symc_status look_for_signals(Frame& frame) noexcept {
    if (!frame.holds_gil()) frame.regain_gil();
    const symc_status status = PyErr_CheckSignals() == 0 ? SYMC_OK : stop(frame);
    frame.release_gil();
    frame.next_poll = now() + poll_interval.load(std::memory_order_relaxed);
    return status;
}

symc_status hook_poll(void* user) noexcept {
    Frame& frame = frame_of(user);
    if (frame.cancel != 0) return SYMC_E_CANCELLED;
    if (faults::strikes()) {
        const WithGil gil(frame);
        PyErr_SetString(PyExc_KeyboardInterrupt, "injected");
        return stop(frame);
    }
    const std::int64_t time = now();
    if (frame.next_poll == 0)
        frame.next_poll = time + poll_interval.load(std::memory_order_relaxed);
    return time < frame.next_poll ? SYMC_OK : look_for_signals(frame);
}

// Work is cancelled between calls of this hook, so all parts are run.
symc_status hook_parallel_for(void* user, std::int64_t n, std::int64_t grain, symc_body body,
                              void* closure) noexcept {
    workers::run(frame_of(user).threads(), n, grain, body, closure);
    return SYMC_OK;
}

symc_status hook_call(void* user, std::int32_t callee, std::int32_t call, std::int32_t n_in,
                      const symc_tensor* in, std::int32_t n_sizes, std::int64_t* sizes) noexcept {
    if (faults::strikes()) return SYMC_E_NOMEM;
    Frame& frame = frame_of(user);
    const WithGil gil(frame);
    const bool done = frame.call(callee, call, {in, static_cast<std::size_t>(n_in)},
                                 {sizes, static_cast<std::size_t>(n_sizes)});
    return done ? SYMC_OK : stop(frame);
}

symc_status hook_receive(void* user, std::int32_t call, std::int32_t index, std::int32_t site,
                         const symc_tensor* out) noexcept {
    Frame& frame = frame_of(user);
    const WithGil gil(frame);
    return frame.receive(call, index, site, *out);
}

}  // namespace

void install_hooks(symc_host& host) noexcept {
    host.alloc = hook_alloc;
    host.release = hook_release;
    host.output = hook_output;
    host.begin = hook_begin;
    host.poll = hook_poll;
    host.parallel_for = hook_parallel_for;
    host.call = hook_call;
    host.receive = hook_receive;
}

std::int64_t set_poll_interval(std::int64_t nanoseconds) noexcept {
    return poll_interval.exchange(nanoseconds);
}

}  // namespace symc
