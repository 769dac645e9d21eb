#!/usr/bin/env python3
"""Measures gene and gened against their peers and prints tables.

Started by run.sh, which builds and installs what is needed. Without a name
all is measured; a name is a row of a table, or a part with all its rows.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import part_context
import part_scripts
import part_service
import part_streams
import report

ROOT = Path(__file__).resolve().parent.parent.parent
PARTS = {"scripts": part_scripts, "context": part_context,
         "service": part_service, "streams": part_streams}


def parse_arguments():
    names = "\n".join(f"  {part}: {' '.join(module.NAMES)}"
                      for part, module in PARTS.items())
    p = argparse.ArgumentParser(
        prog="run.sh", formatter_class=argparse.RawDescriptionHelpFormatter,
        description=__doc__, epilog=f"Parts and names:\n{names}\n\n"
        "run.sh itself takes --no-install and --no-build as well. The Debian "
        "package of\nnginx starts a server on port 80 when it is installed.")
    p.add_argument("name", nargs="*", help="what to measure (all)")
    p.add_argument("--quick", action="store_true",
                   help="3 short rounds: to see that it works, not to quote")
    p.add_argument("--rounds", type=int, metavar="N",
                   help="how often each takes its turn (5, quick 3)")
    p.add_argument("--build", default=ROOT / "build/release", metavar="DIR",
                   help="the build to measure, as it is (build/release)")
    p.add_argument("--out", default=ROOT / "build/bench", metavar="DIR",
                   help="where the JSON goes (build/bench)")
    p.add_argument("--list", action="store_true", help="print the names")
    options = p.parse_args()
    options.build = Path(options.build).resolve()
    options.out = Path(options.out)
    options.rounds = options.rounds or (3 if options.quick else 5)
    known = {n for m in PARTS.values() for n in m.NAMES} | set(PARTS)
    for name in options.name:
        if name not in known:
            p.error(f"there is nothing named '{name}' to measure")
    return options


def chosen(part, module, names):
    """The rows of a part that were asked for, in the order of the table."""
    if not names or part in names:
        return module.NAMES
    return [n for n in module.NAMES if n in names]


def first_line(command):
    try:
        done = subprocess.run(command, capture_output=True, text=True,
                              cwd=ROOT, check=False)
        return (done.stdout or done.stderr).splitlines()[0]
    except (OSError, IndexError):
        return None


def circumstances(options):
    """What a figure must be seen with."""
    model = first_line(["sed", "-n", "s/^model name.*: //p", "/proc/cpuinfo"])
    return {"when": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            "commit": first_line(["git", "rev-parse", "--short=12", "HEAD"]),
            "cpu": model, "cpus": os.cpu_count(), "kernel": os.uname().release,
            "rounds": options.rounds, "quick": options.quick}


def main():
    options = parse_arguments()
    if options.list:
        print("\n".join(n for m in PARTS.values() for n in m.NAMES))
        return 0
    about = circumstances(options)
    busy = os.getloadavg()[0]
    print(f"{about['cpu']}, {about['cpus']} CPUs, Linux {about['kernel']}, "
          f"{options.rounds} rounds, load at the start {busy:.1f}")
    options.out.mkdir(parents=True, exist_ok=True)
    failures = []
    for part, module in PARTS.items():
        names = chosen(part, module, options.name)
        if not names:
            continue
        result = module.measure(names, options)
        report.show(result)
        failures += result.failures
        data = {"part": part, "about": about, "rows": result.data,
                "goals": [g.as_data() for g in result.goals],
                "failures": result.failures}
        (options.out / f"{part}.json").write_text(json.dumps(data, indent=1))
    for failure in failures:
        print(f"FAILED {failure}", file=sys.stderr)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
