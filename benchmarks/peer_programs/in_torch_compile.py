"""The cases in PyTorch, each a function that torch.compile makes native code of."""

from __future__ import annotations

import torch

from peer_programs.torch_style import Function, programs

VERSION = f"torch.compile {torch.__version__}"


def _compiled(function: Function) -> Function:
    torch._dynamo.reset()
    made: Function = torch.compile(function, dynamic=False)
    return made


# A loop in Python over a hundred steps takes it minutes.
PROGRAMS = programs(_compiled, recurrent=False)
