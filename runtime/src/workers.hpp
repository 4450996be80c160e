// The threads that share long work, one pool in the process.
#pragma once

#include <cstdint>

#include "symc/symc.h"

namespace symc::workers {

// Run body(closure, lower, upper) over parts of 0..n, each `grain` long but the last, on the calling
// thread and up to threads - 1 others; return when all are done. A pool that is at work already, for
// another call or the one around this, lends nothing: the caller then runs all parts itself.
void run(std::int32_t threads, std::int64_t n, std::int64_t grain, symc_body body,
         void* closure) noexcept;

}  // namespace symc::workers
