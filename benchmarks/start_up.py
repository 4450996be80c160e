"""What `import symc` takes over `import numpy`, each in new processes, in turn."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time

from measure import table

PROGRAMS = {
    "python": "pass",
    "import numpy": "import numpy",
    "import symc": "import symc",
    "import symc, symc.tensor": "import symc, symc.tensor",
}


def seconds(program: str) -> float:
    """Return the wall time of a process."""
    start = time.perf_counter()
    subprocess.run([sys.executable, "-c", program], check=True)
    return time.perf_counter() - start


def main() -> None:
    """Measure and print."""
    samples: dict[str, list[float]] = {name: [] for name in PROGRAMS}
    for _ in range(11):
        for name, program in PROGRAMS.items():
            samples[name].append(seconds(program))
    base = statistics.median(samples["import numpy"])
    rows = [["", "median ms", "least", "over NumPy"]]
    for name, times in samples.items():
        middle = statistics.median(times)
        rows.append(
            [
                name,
                f"{1e3 * middle:.0f}",
                f"{1e3 * min(times):.0f}",
                f"{1e3 * (middle - base):+.0f}",
            ]
        )
    table("start-up", rows)


if __name__ == "__main__":
    main()
