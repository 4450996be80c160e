#include "pool.hpp"

#include <pthread.h>
#include <sys/mman.h>

#include <algorithm>
#include <cstdlib>
#include <limits>
#include <mutex>
#include <new>
#include <utility>

namespace symc {

namespace {

constexpr std::size_t page = 4096;
// What stands before a block, so that its memory begins with a page. NumPy's large arrays begin at
// 16 or 64 of a page. A loop that reads x and writes y a little further on within a page than x
// waits for its own stores, since the processor tells addresses apart by their last 12 bits first;
// one whose arrays come to the ends of their pages together waits there once, not for each.
constexpr std::size_t start = page - Pool::alignment;
constexpr std::size_t huge = std::size_t{4} << 20;  // from here on NumPy asks for huge pages too

std::mutex guard;  // of all pools

// A child has only the thread that forked, so the lists must be whole and unlocked at that moment.
[[maybe_unused]] const int at_fork =
    pthread_atfork([] { guard.lock(); }, [] { guard.unlock(); }, [] { guard.unlock(); });

}  // namespace

// Stands before the memory it describes, in the same allocation.
struct alignas(Pool::alignment) Pool::Block {
    std::size_t bytes;
    Block* next;  // of those that leave the pool together

    static Block* allocate(std::size_t bytes) noexcept {
        const std::size_t whole = start + sizeof(Block) + bytes;
        void* memory = std::aligned_alloc(page, whole);
        if (memory == nullptr) return nullptr;
#ifdef MADV_HUGEPAGE
        if (whole >= huge) madvise(memory, whole, MADV_HUGEPAGE);
#endif
        return new (static_cast<std::byte*>(memory) + start) Block{bytes, nullptr};
    }

    static void release(Block* list) noexcept {
        while (list != nullptr) {
            Block* block = std::exchange(list, list->next);
            std::free(reinterpret_cast<std::byte*>(block) - start);
        }
    }
};

bool Pool::fits(const Block* block, std::size_t bytes) const noexcept {
    return block->bytes >= bytes && (block->bytes - bytes) / spare_ <= bytes / 8;
}

Pool::Block* Pool::remove(std::size_t place) noexcept {
    Block* block = kept_[place];
    std::move(kept_.data() + place + 1, kept_.data() + count_, kept_.data() + place);
    --count_;
    bytes_ -= block->bytes;
    return block;
}

Pool::Block* Pool::reuse(std::size_t bytes) noexcept {
    const std::lock_guard hold(guard);
    std::size_t best = count_;
    for (std::size_t i = count_; i-- > 0;) {  // of equal blocks the newest, which caches may hold
        if (!fits(kept_[i], bytes)) continue;
        if (best == count_ || kept_[i]->bytes < kept_[best]->bytes) best = i;
    }
    return best == count_ ? nullptr : remove(best);
}

// Remove the oldest blocks down to a number and a sum of bytes; return them as a list.
Pool::Block* Pool::trim(std::size_t blocks, std::size_t bytes) noexcept {
    Block* leaving = nullptr;
    while (count_ > blocks || bytes_ > bytes) {
        Block* block = remove(0);
        block->next = std::exchange(leaving, block);
    }
    return leaving;
}

// Put a block into the list; return those that must leave for it.
Pool::Block* Pool::keep(Block* block) noexcept {
    const std::lock_guard hold(guard);
    block->next = nullptr;
    if (block->bytes > most_bytes_) return block;
    Block* leaving = trim(blocks_ - 1, most_bytes_ - block->bytes);
    kept_[count_++] = block;
    bytes_ += block->bytes;
    return leaving;
}

void* Pool::take(std::size_t bytes) noexcept {
    constexpr std::size_t most = std::numeric_limits<std::size_t>::max() / 2;
    if (bytes > most) return nullptr;
    // With its header a block fills whole pages; calls whose sizes differ a little share blocks.
    constexpr std::size_t header = start + sizeof(Block);
    const std::size_t whole = (bytes + header + page - 1) / page * page - header;
    Block* block = reuse(whole);
    if (block == nullptr) block = Block::allocate(whole);
    return block == nullptr ? nullptr : block + 1;
}

std::size_t Pool::size_of(const void* memory) noexcept {
    return (static_cast<const Block*>(memory) - 1)->bytes;
}

void Pool::give_back(void* memory) noexcept {
    if (memory != nullptr) Block::release(keep(static_cast<Block*>(memory) - 1));
}

std::size_t Pool::release_all() noexcept {
    std::unique_lock hold(guard);
    const std::size_t bytes = bytes_ + count_ * (start + sizeof(Block));
    Block* leaving = trim(0, 0);
    hold.unlock();
    Block::release(leaving);
    return bytes;
}

std::size_t Pool::keep_at_most(std::size_t bytes) noexcept {
    std::unique_lock hold(guard);
    const std::size_t before = std::exchange(most_bytes_, bytes);
    Block* leaving = trim(blocks_, bytes);
    hold.unlock();
    Block::release(leaving);
    return before;
}

constinit Pool workspaces{8, std::numeric_limits<std::size_t>::max(), 24};
constinit Pool results{16, std::size_t{512} << 20, 1};

}  // namespace symc
