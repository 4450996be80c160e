"""Compiles several modules at once: threads generate code while one prints and parses what is next.

Code generation is two thirds of the time, and one call without Python's lock for each module. What
comes before stays in one thread, which would only wait for Python's lock in several. Code is the
same for any number of threads: each module is generated from alone, in a context of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import ExitStack, contextmanager

from symc.compiler.codegen.compile import (
    Job,
    ObjectCode,
    Ready,
    compile_module,
    complete,
    generate,
    prepare,
)
from symc.compiler.target.assemble import Assembler, assembler


def compile_modules(
    jobs: Sequence[Job], printer: str, *, texts: tuple[str, ...] = (), workers: int = 1
) -> list[ObjectCode]:
    """Compile modules with as many threads as are allowed and of use, in any order.

    The first that fails raises, and those that have not begun are left out.
    """
    if workers < 2 or len(jobs) < 2:
        return [
            compile_module(
                job.emit, job.target, job.printer or printer, texts=texts, finish=job.finish
            )
            for job in jobs
        ]
    with _crew(min(workers, len(jobs)), texts) as crew:
        for place, job in enumerate(jobs):
            crew.hand_over(place, prepare(job, job.printer or printer, crew.assembler()))
        made = crew.all()
    return [made[place] for place in range(len(jobs))]


class _Crew:
    """Threads that generate code, and what they are at."""

    def __init__(
        self, pool: ThreadPoolExecutor, idle: list[Assembler], texts: tuple[str, ...]
    ) -> None:
        self.pool = pool
        self.idle = idle
        self.texts = texts
        self.running: dict[Future[bytes], tuple[int, Ready]] = {}
        self.made: dict[int, ObjectCode] = {}

    def assembler(self) -> Assembler:
        """Return an assembler that no thread uses, after one is done where all are used."""
        while not self.idle:
            self._collect(FIRST_COMPLETED)
        return self.idle.pop()

    def hand_over(self, place: int, ready: Ready) -> None:
        """Let a thread generate the code of a module."""
        try:
            future = self.pool.submit(generate, ready)
        except RuntimeError:  # the interpreter ends and starts no thread: a function made at exit
            future = Future()
            future.set_result(generate(ready))
        self.running[future] = place, ready

    def all(self) -> dict[int, ObjectCode]:
        """Return all objects by their places, once they are done."""
        while self.running:
            self._collect(FIRST_COMPLETED)
        return self.made

    def _collect(self, when: str) -> None:
        for future in wait(self.running, return_when=when).done:
            place, ready = self.running.pop(future)
            self.made[place] = complete(ready, future.result(), self.texts)
            self.idle.append(ready.assembler)


@contextmanager
def _crew(workers: int, texts: tuple[str, ...]) -> Iterator[_Crew]:
    """Hire threads, with an assembler each and one for who prepares what is next.

    They are gone when this ends: a process that forks afterwards has none that could be missed.
    """
    with ExitStack() as lent:
        idle = [lent.enter_context(assembler()) for _ in range(workers + 1)]
        pool = ThreadPoolExecutor(workers, thread_name_prefix="symc-compiler")
        lent.callback(pool.shutdown, cancel_futures=True)
        yield _Crew(pool, idle, texts)
