// Who uses which shared state: the queue of those who wait.
#include "lock.hpp"

#include <pthread.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <new>
#include <utility>

#include "container.hpp"
#include "gil.hpp"

namespace symc {

namespace {

constexpr std::chrono::milliseconds signal_interval{20};

// What those who wait sleep on. Made anew in a forked child, whose copy nobody would ever wake.
struct Bell {
    std::mutex mutex;
    std::condition_variable rung;
    std::uint64_t rings = 0;  // written with both the GIL and the mutex held
};

alignas(Bell) unsigned char bell_storage[sizeof(Bell)];
Bell* bell = new (bell_storage) Bell;
std::uint64_t current_epoch = 0;  // guarded by the GIL, as are the next two
Locks* oldest_waiting = nullptr;  // a queue linked by Locks::newer_
thread_local Locks* innermost = nullptr;

[[maybe_unused]] const int at_fork = pthread_atfork(nullptr, nullptr, [] {
    bell = new (bell_storage) Bell;
    oldest_waiting = nullptr;
    ++current_epoch;
});

LockState& state_of(const Use& use) noexcept {
    LockState& state = use.container->lock;
    if (state.epoch != current_epoch) state = LockState{.epoch = current_epoch};
    return state;
}

bool conflict(std::span<const Use> left, std::span<const Use> right) noexcept {
    return std::ranges::any_of(left, [&](const Use& a) {
        return std::ranges::any_of(right, [&](const Use& b) {
            return a.container == b.container && (a.written || b.written);
        });
    });
}

void ring() noexcept {
    {
        const std::lock_guard hold(bell->mutex);
        ++bell->rings;
    }
    bell->rung.notify_all();
}

// Sleep without the GIL until somebody releases a container or signals are due.
void sleep() noexcept {
    const std::uint64_t heard = bell->rings;
    PyThreadState* state = gil::release();
    {
        std::unique_lock hold(bell->mutex);
        bell->rung.wait_for(hold, signal_interval, [&] { return bell->rings != heard; });
    }
    gil::regain(state);
}

}  // namespace

bool Locks::free() const noexcept {
    const bool undisputed = std::ranges::none_of(uses_, [](const Use& use) {
        const LockState& state = state_of(use);
        return state.written || (use.written && state.readers != 0);
    });
    if (!undisputed) return false;
    // Those who came before go first; but not before a call that this thread is in the middle of,
    // for which they may be waiting.
    if (innermost != nullptr) return true;
    for (const Locks* other = oldest_waiting; other != nullptr && other != this;
         other = other->newer_)
        if (conflict(uses_, other->uses_)) return false;
    return true;
}

bool Locks::interrupts_own_call() const noexcept {
    for (const Locks* call = innermost; call != nullptr; call = call->outer_)
        if (conflict(uses_, call->uses_)) return true;
    return false;
}

bool Locks::held_by_this_thread(const Container& container) noexcept {
    for (const Locks* call = innermost; call != nullptr; call = call->outer_)
        for (const Use& use : call->uses_)
            if (use.container == &container) return true;
    return false;
}

bool Locks::wait() noexcept {
    Locks** end = &oldest_waiting;
    while (*end != nullptr) end = &(*end)->newer_;
    *end = this;
    bool calm = true;
    while (calm && !free()) {
        sleep();
        calm = PyErr_CheckSignals() == 0;
    }
    // A signal handler may have forked, and a child's queue is empty.
    Locks** link = &oldest_waiting;
    while (*link != nullptr && *link != this) link = &(*link)->newer_;
    if (*link == this) *link = std::exchange(newer_, nullptr);
    // Someone behind may have waited for this place in the queue alone.
    if (oldest_waiting != nullptr) ring();
    return calm;
}

void Locks::hold() noexcept {
    for (const Use& use : uses_) {
        LockState& state = state_of(use);
        if (use.written)
            state.written = true;
        else
            ++state.readers;
    }
    epoch_ = current_epoch;
    outer_ = std::exchange(innermost, this);
    held_ = true;
}

bool Locks::acquire() noexcept {
    if (uses_.empty()) return true;
    if (innermost != nullptr && interrupts_own_call()) {
        PyErr_SetString(PyExc_RuntimeError,
                        "a shared variable is in use by the call that this code interrupts");
        return false;
    }
    if (!free() && !wait()) return false;
    hold();
    return true;
}

Locks::~Locks() {
    if (!held_) return;
    innermost = outer_;
    if (epoch_ != current_epoch) return;
    for (const Use& use : uses_) {
        LockState& state = use.container->lock;
        if (use.written)
            state.written = false;
        else
            --state.readers;
    }
    if (oldest_waiting != nullptr) ring();
}

}  // namespace symc
