// The threads that share long work. A job is open while `epoch` is odd. A worker announces itself and
// then looks whether the job is still open; the caller closes it and waits only for those announced,
// so a worker that the system has put aside never delays a job in which it took no part.
#include "workers.hpp"

#include <pthread.h>

#include <algorithm>
#include <atomic>
#include <mutex>
#include <thread>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace symc::workers {

namespace {

// Rounds in which a thread without work looks for some before it sleeps: some 20 us, since waking
// takes 5 us and the parts of one call follow one another closely.
constexpr int patience = 1000;

void pause() noexcept {
#if defined(__x86_64__)
    _mm_pause();
#elif defined(__aarch64__)
    asm volatile("yield");
#endif
}

struct Pool {
    std::mutex busy;  // held while a job runs
    std::int32_t started = 0;  // workers, guarded by busy
    std::int32_t wanted = 0;   // how many of them may take part
    symc_body body = nullptr;
    void* closure = nullptr;
    std::int64_t n = 0, grain = 1;
    alignas(64) std::atomic<std::uint32_t> epoch{0};
    alignas(64) std::atomic<std::int32_t> active{0};
    alignas(64) std::atomic<std::int64_t> next{0};

    // Take parts until none is left.
    void work() noexcept {
        for (;;) {
            const std::int64_t lower = next.fetch_add(grain, std::memory_order_relaxed);
            if (lower >= n) return;
            body(closure, lower, std::min(lower + grain, n));
        }
    }
};

// Never destroyed: workers wait in it until the process ends. A child of fork has none of them and
// begins with a pool of its own.
std::atomic<Pool*> pool{nullptr};

[[maybe_unused]] const int at_fork =
    pthread_atfork(nullptr, nullptr, [] { pool.store(nullptr); });

Pool& the_pool() {
    Pool* found = pool.load();
    if (found != nullptr) return *found;
    auto* made = new Pool;
    if (pool.compare_exchange_strong(found, made)) return *made;
    delete made;
    return *found;
}

std::uint32_t wait_for_job(Pool& p, std::uint32_t seen) noexcept {
    for (int round = 0;; ++round) {
        const std::uint32_t now = p.epoch.load(std::memory_order_acquire);
        if (now != seen && (now & 1) != 0) return now;
        if (round < patience) {
            pause();
            continue;
        }
        p.epoch.wait(now);
        round = 0;
    }
}

void serve(Pool& p, std::int32_t number) noexcept {
    std::uint32_t seen = 0;
    for (;;) {
        seen = wait_for_job(p, seen);
        p.active.fetch_add(1);
        if (p.epoch.load() == seen && number < p.wanted) p.work();
        p.active.fetch_sub(1);
    }
}

// Start workers up to a number; fewer where the system refuses more.
void start(Pool& p, std::int32_t wanted) noexcept {
    for (; p.started < wanted; ++p.started) {
        try {
            std::thread([&p, number = p.started] { serve(p, number); }).detach();
        } catch (...) {
            return;
        }
    }
}

}  // namespace

void run(std::int32_t threads, std::int64_t n, std::int64_t grain, symc_body body,
         void* closure) noexcept {
    const std::int64_t parts = (n + grain - 1) / grain;
    const auto helpers = static_cast<std::int32_t>(std::min<std::int64_t>(threads, parts)) - 1;
    if (helpers <= 0) return body(closure, 0, n);
    Pool& p = the_pool();
    const std::unique_lock job(p.busy, std::try_to_lock);
    if (!job) return body(closure, 0, n);
    start(p, helpers);
    p.wanted = helpers;
    p.body = body;
    p.closure = closure;
    p.n = n;
    p.grain = grain;
    p.next.store(0, std::memory_order_relaxed);
    p.epoch.fetch_add(1);
    p.epoch.notify_all();
    p.work();
    p.epoch.fetch_add(1);
    while (p.active.load() != 0) pause();
}

}  // namespace symc::workers
