// Faults injected for tests: counting the fallible hooks.
#include "faults.hpp"

namespace symc::faults {

namespace {
std::atomic<std::int64_t> count{0};
std::atomic<std::int64_t> target{0};
}  // namespace

void arm(std::int64_t site) noexcept {
    count = 0;
    target = site;
    armed = true;
}

void disarm() noexcept { armed = false; }

std::int64_t seen() noexcept { return count; }

bool count_and_decide() noexcept { return ++count == target; }

}  // namespace symc::faults
