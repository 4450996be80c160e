// Work memory, kept between calls.
#pragma once

#include <cstddef>

namespace symc::arena {

inline constexpr std::size_t alignment = 64;  // a cache line, and the widest vector

// Return at least `bytes` of memory aligned to 64 bytes, or NULL. Any thread may ask.
void* take(std::size_t bytes) noexcept;
// Keep what `take` returned for a later call.
void give_back(void* memory) noexcept;
// Return the kept memory to the system, and how much it was.
std::size_t release_all() noexcept;

}  // namespace symc::arena
