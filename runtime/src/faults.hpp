// Faults injected for tests: one chosen call of a fallible hook fails.
#pragma once

#include <atomic>
#include <cstdint>

namespace symc::faults {

inline std::atomic<bool> armed{false};

// Begin counting from 1 and let call number `site` fail; 0 only counts.
void arm(std::int64_t site) noexcept;
void disarm() noexcept;
std::int64_t seen() noexcept;
bool count_and_decide() noexcept;

// Whether this call of a fallible hook must fail. One load when no test is on.
inline bool strikes() noexcept {
    return armed.load(std::memory_order_relaxed) && count_and_decide();
}

}  // namespace symc::faults
