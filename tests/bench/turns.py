"""Measuring in turns: A, B, C, then C, B, A, and so on.

Runs that are compared lie side by side in time, so that what disturbs the
machine disturbs both; a ratio is the median of the ratios of the rounds.
"""

import os
import subprocess
import threading
import time
from statistics import median

LONGEST = 120  # seconds a process may take


class Failed(Exception):
    """A run that gave no figure, and why."""


def run_process(command, folder):
    """Runs a command to its end: wall and user seconds, and its output."""
    start = time.perf_counter()
    process = subprocess.Popen(
        command, cwd=folder, stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    watch = threading.Timer(LONGEST, process.kill)
    watch.start()
    output = process.stdout.read()
    _, status, used = os.wait4(process.pid, 0)
    wall = time.perf_counter() - start
    watch.cancel()
    process.returncode = os.waitstatus_to_exitcode(status)
    errors = process.stderr.read()
    process.stdout.close()
    process.stderr.close()
    if process.returncode != 0:
        last = errors.decode("utf-8", "replace").strip().splitlines()[-1:]
        raise Failed(f"exit code {process.returncode}: {' '.join(last)}")
    return wall, used.ru_utime, output.decode("utf-8", "replace")


def in_turns(runs, rounds):
    """Calls each of {name: function} once a round, in alternating order.

    Returns {name: [figure, ...]}, round by round; of a name whose function
    raised Failed, the exception, and it has no further turn."""
    figures = {name: [] for name in runs}
    for turn in range(rounds):
        for name in (list(runs) if turn % 2 == 0 else reversed(list(runs))):
            if isinstance(figures[name], Failed):
                continue
            try:
                figures[name].append(runs[name]())
            except Failed as e:
                figures[name] = e
    return figures


def ratio(ours, theirs):
    """Median of the ratios of rounds. A time of 0 is less than the clock of
    the kernel can tell, taken as a tenth of a millisecond."""
    return median(max(a, 1e-4) / max(b, 1e-4) for a, b in zip(ours, theirs))
