"""Code generation: the kernel builder, its printers and the elementary functions."""

from symc.compiler.codegen.builder import KernelBuilder
from symc.compiler.codegen.compile import ObjectCode, c_source, compile_module
from symc.compiler.codegen.register import Register

__all__ = ["KernelBuilder", "ObjectCode", "Register", "c_source", "compile_module"]
