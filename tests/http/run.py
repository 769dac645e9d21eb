#!/usr/bin/env python3
"""HTTP tests of gened: starts the given binary on free ports and talks to it.

Usage: tests/http/run.py --gened PATH [--jobs N] [--soak] [FILTER]

Prints each test with ok or FAIL, and last `N passed, N failed`. Raw sockets,
since half of what is sent here no decent client would send. With --soak those
that take long are run, and no others.
"""

import argparse
import importlib
import sys
import time
import traceback
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import harness

CASES = [importlib.import_module(path.stem) for path in
         sorted(Path(__file__).parent.glob("cases_*.py"))]


def attempt(case):
    """Runs one; (passed, what to print)."""
    name, run, gened = case
    start = time.monotonic()
    try:
        run(gened)
        return True, "ok   %s (%.1f s)" % (name, time.monotonic() - start)
    except Exception:  # a test must not end the others
        return False, "FAIL %s\n%s" % (name, traceback.format_exc())


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--gened", required=True)
    parser.add_argument("--jobs", type=int, default=1, metavar="N",
                        help="so many at a time, each with a gened of its own")
    parser.add_argument("--soak", action="store_true",
                        help="those that take long, and no others")
    parser.add_argument("filter", nargs="?", default="")
    args = parser.parse_args()
    cases = [(name, run, args.gened) for module in CASES
             for name, run in harness.cases_of(module) if args.filter in name
             and args.soak == (name in harness.SOAK)]
    passed = failed = 0
    with ThreadPoolExecutor(args.jobs) as pool:
        for good, said in pool.map(attempt, cases):
            print(said, flush=True)
            passed += good
            failed += not good
    print("%d passed, %d failed" % (passed, failed))
    return 1 if failed or passed == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
