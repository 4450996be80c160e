"""Plan: a module of kernel applications becomes a program over buffers and host scalars."""

from symc.passes.plan.planner import plan

__all__ = ["plan"]
