"""Code generation: the kernel builder, its printers and the elementary functions."""

from symc.compiler.codegen.builder import KernelBuilder
from symc.compiler.codegen.compile import ObjectCode, compile_module
from symc.compiler.codegen.register import Register

__all__ = ["KernelBuilder", "ObjectCode", "Register", "compile_module"]
