#!/usr/bin/env python3
"""HTTP tests of gened: starts the given binary on free ports and talks to it.

Usage: tests/http/run.py --gened PATH [FILTER]

Prints each test with ok or FAIL, and last `N passed, N failed`. Only the
standard library; raw sockets, since half of what is sent here no decent client
would send.
"""

import argparse
import importlib
import sys
import traceback
from pathlib import Path

import harness

CASES = [importlib.import_module(path.stem) for path in
         sorted(Path(__file__).parent.glob("cases_*.py"))]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--gened", required=True)
    parser.add_argument("filter", nargs="?", default="")
    args = parser.parse_args()
    passed = failed = 0
    for module in CASES:
        for name, run in harness.cases_of(module):
            if args.filter not in name:
                continue
            try:
                run(args.gened)
                print("ok   %s" % name, flush=True)
                passed += 1
            except Exception:  # a test must not end the others
                print("FAIL %s\n%s" % (name, traceback.format_exc()), flush=True)
                failed += 1
    print("%d passed, %d failed" % (passed, failed))
    return 1 if failed or passed == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
