"""Programs in other languages, each in an environment and a process of its own."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
OWN = ("symc", "c")
"""What runs in the environment of the benchmark itself."""
LIBRARIES = ("OMP", "OPENBLAS", "MKL", "NUMBA")
LIMIT = 240.0
"""Seconds for one answer; compiling for the first time takes one."""
SHARED = {"torch_compile": "torch"}
"""Languages that live in the environment of another."""
CACHES = {
    "BENCH_CACHE": "iree",
    "JAX_COMPILATION_CACHE_DIR": "jax",
    "NUMBA_CACHE_DIR": "numba_{}",
    "TORCHINDUCTOR_CACHE_DIR": "torch",
}
"""Where each keeps what it has compiled, so that a second run compiles nothing.

Numba would take what it compiled for one thread on two.
"""
OPTIONS = {
    "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0",
    "JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES": "0",
    "TORCHINDUCTOR_COMPILE_THREADS": "1",
}


def home() -> Path:
    """Return the folder of the environments."""
    return Path(os.environ.get("BENCH_PEERS", Path.home() / ".cache" / "symc-bench"))


def _settings(threads: int) -> dict[str, str]:
    """Return the environment of a process: its threads and its caches."""
    found = {**os.environ, **OPTIONS}
    found.update({f"{library}_NUM_THREADS": str(threads) for library in LIBRARIES})
    if threads == 1:
        found["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false"
    for variable, folder in CACHES.items():
        cache = home() / "cache" / folder.format(threads)
        if home().exists():
            cache.mkdir(parents=True, exist_ok=True)
            found[variable] = str(cache)
    return found


class Peer:
    """A process of one language: it answers questions, a line of JSON each.

    Its first line, `known`, says what it is. Where it has ended it answers with an 'error'.
    """

    def __init__(self, name: str, python: str, worker: str, threads: int = 1) -> None:
        self.name = name
        self.process = subprocess.Popen(
            [python, str(HERE / worker), name],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env=_settings(threads),
            start_new_session=True,
        )
        self.known = self.receive()

    @contextmanager
    def stopped(self) -> Iterator[None]:
        """Stop all its threads meanwhile: those that wait by spinning would take a core."""
        self._signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self._signal(signal.SIGCONT)

    @contextmanager
    def running(self) -> Iterator[None]:
        """Let it run while it is stopped otherwise."""
        self._signal(signal.SIGCONT)
        try:
            yield
        finally:
            self._signal(signal.SIGSTOP)

    def _signal(self, number: int) -> None:
        """Send a signal to the process and those that it has started."""
        with suppress(ProcessLookupError):  # it has ended, as its answers say
            os.killpg(self.process.pid, number)

    def ask(self, do: str, **what: Any) -> dict[str, Any]:
        """Return the answer to a question."""
        self.send(do, **what)
        return self.receive()

    def send(self, do: str, **what: Any) -> None:
        """Ask a question whose answer is received later."""
        assert self.process.stdin is not None
        try:
            self.process.stdin.write(json.dumps({"do": do, **what}) + "\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            pass  # it has ended: that is its answer

    def receive(self) -> dict[str, Any]:
        """Return the next answer; a peer that takes longer than LIMIT for it is ended."""
        assert self.process.stdout is not None
        if not select.select([self.process.stdout], [], [], LIMIT)[0]:
            sys.stderr.write(f"{self.name} takes too long and is left out from now on\n")
            self._signal(signal.SIGKILL)
        answer: dict[str, Any] = json.loads(self.process.stdout.readline() or '{"error": "ended"}')
        return answer

    def __enter__(self) -> Peer:
        return self

    def __exit__(self, *_: object) -> None:
        self._signal(signal.SIGKILL)
        self.process.wait()


def environments(names: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield the languages that there are, each with its Python.

    Those of others are in folders of BENCH_PEERS by their names; `SHARED` names those that are in
    another's.
    """
    for name in names:
        python = home() / SHARED.get(name, name) / "bin" / "python"
        if name in OWN:
            yield name, sys.executable
        elif python.exists():
            yield name, str(python)
