// Work memory, kept in a short free list, since fresh pages cost more than most calls.
#include "arena.hpp"

#include <pthread.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <limits>
#include <mutex>
#include <new>
#include <utility>

namespace symc::arena {

namespace {

constexpr std::size_t kept_blocks = 8;
// A block may be this many times larger than asked for, so that a small call does not sit on the
// large block that the next one needs.
constexpr std::size_t slack = 4;
constexpr std::size_t page = 4096;

// Stands before the memory it describes, in the same allocation.
struct alignas(alignment) Block {
    std::size_t bytes;
    unsigned long long last_used;
};

std::mutex guard;
std::array<Block*, kept_blocks> kept{};  // guarded
unsigned long long clock_ = 0;           // guarded

// A child has only the thread that forked, so the list must be whole and unlocked at that moment.
[[maybe_unused]] const int at_fork =
    pthread_atfork([] { guard.lock(); }, [] { guard.unlock(); }, [] { guard.unlock(); });

Block* reuse(std::size_t bytes) noexcept {
    const std::lock_guard hold(guard);
    Block** best = nullptr;
    for (Block*& block : kept) {
        if (block == nullptr || block->bytes < bytes || block->bytes / slack > bytes) continue;
        if (best == nullptr || block->bytes < (*best)->bytes) best = &block;
    }
    return best == nullptr ? nullptr : std::exchange(*best, nullptr);
}

Block* allocate(std::size_t bytes) noexcept {
    void* memory = std::aligned_alloc(alignment, bytes + sizeof(Block));
    return memory == nullptr ? nullptr : new (memory) Block{bytes, 0};
}

// Put a block into the list; return the one, if any, that must leave for it.
Block* keep(Block* block) noexcept {
    const std::lock_guard hold(guard);
    block->last_used = ++clock_;
    const auto age = [](const Block* b) { return b == nullptr ? 0 : b->last_used; };
    Block*& oldest = *std::ranges::min_element(kept, {}, age);
    return std::exchange(oldest, block);
}

}  // namespace

void* take(std::size_t bytes) noexcept {
    constexpr std::size_t most = std::numeric_limits<std::size_t>::max() / 2;
    if (bytes > most) return nullptr;
    // With its header a block fills whole pages; calls whose sizes differ a little share blocks.
    const std::size_t whole = (bytes + sizeof(Block) + page - 1) / page * page - sizeof(Block);
    Block* block = reuse(whole);
    if (block == nullptr) block = allocate(whole);
    return block == nullptr ? nullptr : block + 1;
}

void give_back(void* memory) noexcept {
    if (memory != nullptr) std::free(keep(static_cast<Block*>(memory) - 1));
}

std::size_t release_all() noexcept {
    const std::lock_guard hold(guard);
    std::size_t bytes = 0;
    for (Block*& block : kept) {
        if (block != nullptr) bytes += block->bytes + sizeof(Block);
        std::free(std::exchange(block, nullptr));
    }
    return bytes;
}

}  // namespace symc::arena
