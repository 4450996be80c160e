// Memory that is kept for the next who asks, since fresh pages cost more than most calls.
#pragma once

#include <array>
#include <cstddef>

namespace symc {

class Pool {
  public:
    static constexpr std::size_t alignment = 64;  // a cache line, and the widest vector

    // Keep at most so many blocks, 16 or fewer, of `most_bytes` together; give out a block to a
    // request that it exceeds by at most `spare` eighths of it.
    constexpr Pool(std::size_t blocks, std::size_t most_bytes, std::size_t spare) noexcept
        : blocks_(blocks), most_bytes_(most_bytes), spare_(spare) {}

    // Return at least `bytes` of memory aligned to 64 bytes, or NULL. Any thread may ask.
    void* take(std::size_t bytes) noexcept;
    // Return how many bytes of memory that `take` returned may be used.
    static std::size_t size_of(const void* memory) noexcept;
    // Keep what `take` returned for a later call.
    void give_back(void* memory) noexcept;
    // Return the kept memory to the system, and how much it was.
    std::size_t release_all() noexcept;
    // Set how many bytes are kept at most; return how many were.
    std::size_t keep_at_most(std::size_t bytes) noexcept;

  private:
    struct Block;

    [[nodiscard]] bool fits(const Block* block, std::size_t bytes) const noexcept;
    Block* reuse(std::size_t bytes) noexcept;
    Block* keep(Block* block) noexcept;
    Block* trim(std::size_t blocks, std::size_t bytes) noexcept;
    Block* remove(std::size_t place) noexcept;

    const std::size_t blocks_;
    std::size_t most_bytes_;
    const std::size_t spare_;
    std::array<Block*, 16> kept_{};  // the oldest first
    std::size_t count_ = 0;
    std::size_t bytes_ = 0;
};

// What calls work in, and what the arrays that they return lie in. A large workspace may serve a
// small call, but an array may live long, so that its block is not to be much larger.
extern Pool workspaces;
extern Pool results;

}  // namespace symc
