#!/usr/bin/env python3
"""HTTP tests of gened: starts the given binary on free ports and talks to it.

Usage: tests/http/run.py --gened PATH [FILTER]

Prints each test with ok or FAIL, and last `N passed, N failed`. Only the
standard library; raw sockets, since half of what is sent here no decent client
would send.
"""

import argparse
import sys
import traceback

import cases_async
import cases_bad
import cases_eval
import cases_large
import cases_limits
import cases_operation
import cases_protocol
import cases_stall
import cases_system
import cases_tool
import harness

CASES = (cases_eval, cases_async, cases_large, cases_limits, cases_bad, cases_protocol,
         cases_operation, cases_stall, cases_system, cases_tool)


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
