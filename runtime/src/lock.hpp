// Who uses which shared state: any number of readers, or one writer.
//
// The counts are guarded by the GIL, so a call nobody disputes pays a few plain loads and stores.
// A call takes all its containers at once or waits holding none, and those who wait go in the order
// they came, so calls can neither deadlock nor starve.
#pragma once

#include <cstdint>
#include <span>

namespace symc {

class Container;

// The part of a container that says who uses it.
struct LockState {
    std::uint64_t epoch = 0;  // counts of another epoch were made in a parent process, and are void
    int readers = 0;
    bool written = false;
};

struct Use {
    Container* container;
    bool written;
};

// Holds containers from `acquire` to its end. Made and ended with the GIL held.
class Locks {
  public:
    explicit Locks(std::span<const Use> uses) noexcept : uses_(uses) {}
    Locks(const Locks&) = delete;
    Locks& operator=(const Locks&) = delete;
    ~Locks();

    // Wait, the GIL released, until nobody's use conflicts; false with a Python exception set if a
    // signal handler raises, or if the call that this thread is in the middle of is in the way.
    bool acquire() noexcept;

    // Whether the call that this thread is in the middle of uses a container. It writes nothing
    // while Python code can run, so that code may look at the state without a lock.
    static bool held_by_this_thread(const Container& container) noexcept;

  private:
    [[nodiscard]] bool free() const noexcept;
    [[nodiscard]] bool interrupts_own_call() const noexcept;
    [[nodiscard]] bool wait() noexcept;
    void hold() noexcept;

    std::span<const Use> uses_;
    std::uint64_t epoch_ = 0;
    Locks* outer_ = nullptr;  // the call this one interrupts, on the same thread
    Locks* newer_ = nullptr;  // the next in the queue of those who wait
    bool held_ = false;
};

}  // namespace symc
