#!/usr/bin/env python3
"""The contract read by programs of others: a linter and a client generator.

Usage: tests/openapi/run.py --gened PATH

Spectral lints api/openapi.yaml; openapi-ts makes a client of it, the TypeScript
compiler checks first_steps.ts against that client, and node runs it against a
gened. All is made in build/openapi. The last line is `N passed, N failed`.
"""

import argparse
import re
import shutil
import subprocess
import sys
import traceback
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
WORK = ROOT / "build" / "openapi"
CONTRACT = ROOT / "api" / "openapi.yaml"
sys.path.insert(0, str(ROOT / "tests" / "http"))

import harness  # noqa: E402


def run(*command):
    done = subprocess.run([str(part) for part in command], cwd=WORK,
                          capture_output=True, text=True)
    assert done.returncode == 0, "%s: %s%s" % (
        command[0], done.stdout, done.stderr)
    return done.stdout


def tool(name):
    return WORK / "node_modules" / ".bin" / name


def packages(_):
    """The packages of the lock file, and our own files beside them."""
    WORK.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "package-lock.json", ".spectral.yaml",
                 "tsconfig.json", "first_steps.ts"):
        shutil.copy(HERE / name, WORK / name)
    lock = WORK / "node_modules" / ".package-lock.json"
    if not lock.exists() or lock.stat().st_mtime < (
            HERE / "package-lock.json").stat().st_mtime:
        run("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund")


def lint(_):
    run(tool("spectral"), "lint", "--fail-severity=hint", CONTRACT)


def generate(_):
    run(tool("openapi-ts"), "-i", CONTRACT, "-o", "client",
        "-c", "@hey-api/client-fetch")
    run(tool("tsc"), "-p", ".")


def first_steps(gened):
    server = harness.Server(gened, {})
    try:
        said = run("node", "build/first_steps.js",
                   "http://%s:%d" % server.address)
        assert re.search(r"^7 passed, 0 failed$", said, re.M), said
        server.stop()
    finally:
        server.discard()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--gened", required=True, type=Path)
    args = parser.parse_args()
    passed = failed = 0
    for check in (packages, lint, generate, first_steps):
        try:
            check(args.gened.resolve())
            print("ok   %s" % check.__name__, flush=True)
            passed += 1
        except Exception:  # a check must not end the others
            print("FAIL %s\n%s" % (check.__name__, traceback.format_exc()))
            failed += 1
    print("%d passed, %d failed" % (passed, failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
