"""Runs all benchmarks, one after the other."""

from __future__ import annotations

import call_overhead
import compile_time
import gather
import loops
import matrices
import one_liners
import products
import random_numbers
import start_up
import throughput

if __name__ == "__main__":
    call_overhead.main()
    throughput.main()
    one_liners.main()
    random_numbers.main()
    gather.main()
    matrices.main()
    products.main()
    loops.main()
    compile_time.main()
    start_up.main()
