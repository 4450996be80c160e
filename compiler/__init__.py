"""The compiler: types, ops, IR, interpreter, kernels, programs, code generators and cache."""
