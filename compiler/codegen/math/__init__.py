"""Elementary functions as branch-free code on the kernel builder, for float32 and float64."""
