"""What a context costs in time and memory, measured by bench_context."""

import json
import tempfile
from statistics import median

from report import Goal, Result
from turns import Failed, in_turns, run_process

NAMES = ["create", "sleepers"]
SLEEPERS = 10000

ROWS = [
    ("core_create_us", "core, once a process"),
    ("create_destroy_warm_us", "create, destroy"),
    ("create_run_destroy_warm_us", "create, run (+ 1 2), destroy"),
    ("create_run_destroy_1000_live_us", "the same, 1,000 alive at once"),
    ("source_seen_before_us", "the same from source, in the cache"),
    ("source_never_seen_us", "the same from source, compiled"),
    ("create_destroy_cold_us", "create, destroy, cold"),
    ("create_run_destroy_cold_us", "create, run (+ 1 2), destroy, cold"),
]

HOW = """How to read: medians over processes of medians over batches of
  1,000, all in one thread. Warm: pages come from the pool; cold: the pool keeps
  none, so that each page is given back and touched anew. Memory of a sleeping
  evaluation is what the process grew by (resident), and what the core counts as
  its heap."""


def asker(program, *arguments):
    def ask():
        with tempfile.TemporaryDirectory(prefix="gene-bench-") as folder:
            output = run_process([str(program), *arguments], folder)[2]
        return json.loads(output)
    return ask


def medians(figures):
    return {key: median(f[key] for f in figures) for key in figures[0]}


def measure_time(figures, result):
    lines = [[text, f"{figures[key]:.2f}"] for key, text in ROWS]
    result.tables.append(("create: time of a context", ["", "us"], lines))
    result.goals.append(Goal("create + destroy, warm",
                             figures["create_destroy_warm_us"], 10, " us"))


def measure_memory(figures, result):
    lines = [["resident bytes", f"{figures['resident_bytes_each']:.0f}"],
             ["heap bytes", f"{figures['heap_bytes_each']:.0f}"],
             ["us to start it", f"{figures['start_us_each']:.1f}"]]
    result.tables.append((f"sleepers: {SLEEPERS:,} sleeping evaluations, "
                          "without a service", ["", "each"], lines))
    result.goals.append(
        Goal("a sleeping evaluation", figures["resident_bytes_each"] / 1024,
             16, " KiB"))


def measure(names, options):
    result = Result(HOW)
    program = options.build / "bench/bench_context"
    if not program.exists():
        result.failures.append(f"context: there is no {program}")
        return result
    asked = {"create": asker(program, "time", "21" if options.quick else "51"),
             "sleepers": asker(program, "sleepers", str(SLEEPERS))}
    figures = in_turns({n: asked[n] for n in names}, options.rounds)
    for name, show in (("create", measure_time), ("sleepers", measure_memory)):
        if isinstance(figures.get(name), Failed):
            result.failures.append(f"{name}: {figures[name]}")
        elif name in figures:
            middle = medians(figures[name])
            result.data.append({"name": name, "medians": middle,
                                "rounds": figures[name]})
            show(middle, result)
    return result
