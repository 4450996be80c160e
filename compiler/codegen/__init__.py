"""Code generation: the kernel builder, its printers and the elementary functions."""
