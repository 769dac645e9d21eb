#!/usr/bin/env python3
"""Tests of the page in a headless Chromium, and of its scripts in node.

Usage: tests/browser/run.py --gened PATH [FILTER]

Each test has a gened and a tab of its own; whatever the browser complains of,
a request to anywhere else included, fails it. Screenshots go to build/browser.
Prints each test with ok or FAIL, and last `N passed, N failed`.
"""

import argparse
import sys
import time
import traceback
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "http"))

import cases_keyboard  # noqa: E402
import cases_look  # noqa: E402
import cases_run  # noqa: E402
import cases_service  # noqa: E402
import units  # noqa: E402
from chrome import Browser  # noqa: E402
from page import tests_of  # noqa: E402

MODULES = (cases_run, cases_keyboard, cases_look, cases_service)


def attempt(name, run):
    try:
        began = time.monotonic()
        run()
        took = time.monotonic() - began
        print("ok   %s (%.1f s)" % (name, took), flush=True)
        return True
    except Exception:  # a test must not end the others
        print("FAIL %s\n%s" % (name, traceback.format_exc()), flush=True)
        return False


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--gened", required=True, type=Path)
    parser.add_argument("filter", nargs="?", default="")
    args = parser.parse_args()
    gened = str(args.gened.resolve())
    wanted = [(name, run) for module in MODULES
              for name, run in tests_of(module) if args.filter in name]
    results = []
    if args.filter in "units":
        results.append(attempt("units", lambda: units.run(gened)))
    browser = Browser()
    try:
        for name, run in wanted:
            results.append(attempt(name, lambda: run(browser, gened)))
    finally:
        browser.close()
    print("%d passed, %d failed" % (results.count(True), results.count(False)))
    return 0 if results and all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
