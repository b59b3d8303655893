"""What one run of a program costs, and what several runs of it have in common."""

import ctypes
import os
import statistics
import subprocess
import time
from dataclasses import dataclass

MIB_PER_KIB = 1 / 1024


@dataclass(frozen=True)
class Cost:
    """The cost of a process: it alone, without the server that it talks to."""

    cpu_seconds: float
    """User and system time of all its threads."""

    wall_seconds: float
    peak_mib: float
    """The most physical memory that it held at once."""


def run(command, environment, output, accepted=(0,)):
    """Runs `command` with standard output into the file `output`; an exit code that is not `accepted` is an error."""
    with open(output, "wb") as out, open(f"{output}.err", "wb") as err:
        started = time.monotonic()
        # Linux counts the memory of whoever starts a process as the process's own: a shell is
        # small, Python is not. The shell ends at once and leaves the process to `adopt`.
        subprocess.run(
            ["sh", "-c", '"$@" &', "sh", *command],
            env={"PATH": os.environ["PATH"], **environment},
            stdout=out,
            stderr=err,
            check=True,
        )
        _, status, usage = os.wait4(-1, 0)
        wall_seconds = time.monotonic() - started
    if (code := os.waitstatus_to_exitcode(status)) not in accepted:
        with open(f"{output}.err", encoding="utf-8") as err:
            raise SystemExit(f"{command} ended with {code}:\n{err.read()}")
    return Cost(usage.ru_utime + usage.ru_stime, wall_seconds, usage.ru_maxrss * MIB_PER_KIB)


def adopt():
    """Makes this process the parent of processes whose own parent has ended."""
    set_child_subreaper = 36
    if ctypes.CDLL(None, use_errno=True).prctl(set_child_subreaper, 1) != 0:
        raise OSError(ctypes.get_errno(), "prctl")


def middle(costs):
    """The median time and the highest peak of `costs`."""
    return Cost(
        statistics.median(cost.cpu_seconds for cost in costs),
        statistics.median(cost.wall_seconds for cost in costs),
        max(cost.peak_mib for cost in costs),
    )
