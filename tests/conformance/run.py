#!/usr/bin/env python3
"""Runs the conformance cases: Gene scripts with the output they must give.

A case is cases/AREA/NAME.gene with NAME.out beside it; `mod_*.gene` and
`lib/*.gene` are modules that cases import. A case passes when it ends well and
its output is NAME.out to the byte. By default each is run by `gene run` in an
empty folder; with --http or --gened each is posted to /eval instead. The cases
that pending.txt names are skipped.

  run.py                                     all cases by build/release/gene
  run.py syntax 'async/await*'               some areas or cases
  run.py --gene build/asan/gene --env GENE_STRESS=gc
  run.py --gened build/release/gened         start it, post to it, end it
  run.py --http http://127.0.0.1:8080        post to one that runs
  run.py --list-unexpected-pass              pending cases that pass by now
"""

import argparse
import difflib
import fnmatch
import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
CASES = HERE / "cases"
PENDING = HERE / "pending.txt"

# A comment such as "# Needs the fs capability" keeps a case from the service,
# which grants nothing; relative names live in the scratch folder and need no
# grant.
GRANT = re.compile(
    rb"^#\s*(?:Needs the )?(\w+) capability(?!.*relative names only)", re.M)


class Case:
    """One script and the output that it must give."""

    def __init__(self, path):
        self.path = path
        self.name = str(path.relative_to(CASES).with_suffix(""))
        self.script = path.read_bytes()
        self.expected = path.with_suffix(".out").read_bytes()

    def status(self):
        """How the evaluation ends: NAME.status tells, else success."""
        file = self.path.with_suffix(".status")
        return file.read_text().strip() if file.exists() else "success"

    def grant(self):
        found = GRANT.search(self.script)
        return found.group(1).decode() if found else None

    def modules(self):
        """What an import of this case may find: name -> source."""
        if b"(import" not in self.script:
            return {}
        folder = self.path.parent
        files = [*folder.glob("mod_*.gene"), *folder.glob("lib/**/*.gene")]
        return {str(f.relative_to(folder).with_suffix("")): f.read_text("utf-8")
                for f in files}


class Failure(Exception):
    """Why a case did not pass, in words for the person who reads the log."""


def find_cases():
    cases = []
    for path in sorted(CASES.rglob("*.gene")):
        is_module = path.name.startswith("mod_") or path.parent.name == "lib"
        if path.with_suffix(".out").exists():
            cases.append(Case(path))
        elif not is_module:
            sys.exit(f"run.py: {path} has no .out file beside it")
    if not cases:
        sys.exit(f"run.py: no cases below {CASES}")
    return cases


def read_pending(cases):
    globs = []
    for line in PENDING.read_text("utf-8").splitlines():
        glob = line.split("#", 1)[0].strip()
        if not glob:
            continue
        if not any(fnmatch.fnmatchcase(c.name, glob) for c in cases):
            sys.exit(f"run.py: '{glob}' in {PENDING.name} matches no case")
        globs.append(glob)
    return globs


def matches(case, globs):
    return any(fnmatch.fnmatchcase(case.name, g) for g in globs)


def chosen(case, filters):
    return not filters or any(
        case.name.startswith(f.rstrip("/") + "/")
        or fnmatch.fnmatchcase(case.name, f) for f in filters)


def compare(case, output):
    if output == case.expected:
        return
    want = case.expected.decode("utf-8", "replace").splitlines(keepends=True)
    have = output.decode("utf-8", "replace").splitlines(keepends=True)
    lines = difflib.unified_diff(want, have, "expected", "printed")
    raise Failure("".join(
        line if line.endswith("\n") else line + "\n\\ no newline at the end\n"
        for line in lines).rstrip("\n"))


def tail(data, lines=15):
    text = data.decode("utf-8", "replace").rstrip("\n")
    return "\n".join(text.split("\n")[-lines:])


class ByTool:
    """Runs a case by `gene run`, in an empty folder of its own."""

    def __init__(self, options):
        self.gene = Path(options.gene).resolve()
        self.flags = options.flag
        self.timeout = options.timeout
        self.env = dict(os.environ, **dict(options.env))
        if not self.gene.exists():
            sys.exit(f"run.py: {self.gene} does not exist: build it first")

    def skips(self, _case):
        return None

    def run(self, case):
        command = [self.gene, "run", *self.flags, case.path]
        with tempfile.TemporaryDirectory(prefix="gene-case-") as folder:
            try:
                done = subprocess.run(
                    command, cwd=folder, env=self.env, timeout=self.timeout,
                    stdin=subprocess.DEVNULL, capture_output=True, check=False)
            except subprocess.TimeoutExpired as e:
                raise Failure(f"not done after {self.timeout:g} s\n"
                              + tail(e.stdout or b"")) from e
        code = done.returncode
        if code != (0 if case.status() == "success" else 1):
            how = (f"exit code {code}" if code > 0
                   else f"killed by {signal.Signals(-code).name}")
            raise Failure(f"{how}\n{tail(done.stdout, 5)}\n{tail(done.stderr)}")
        compare(case, done.stdout)


class ByService:
    """Posts a case to /eval and waits for its future."""

    def __init__(self, options, url):
        self.url = url.rstrip("/")
        self.timeout = options.timeout

    def skips(self, case):
        grant = case.grant()
        return f"needs the grant {grant}" if grant else None

    def ask(self, path, body=None):
        """The future that the service answers with."""
        request = urllib.request.Request(self.url + path)
        if body is not None:
            request.data = json.dumps(body).encode("utf-8")
            request.add_header("Content-Type", "application/json")
        try:
            with urllib.request.urlopen(request, timeout=self.timeout) as got:
                future = json.load(got)
            if not isinstance(future, dict) or "status" not in future:
                raise Failure(f"this is no future: {future!r:.200}")
            return future
        except urllib.error.HTTPError as e:
            raise Failure(f"HTTP {e.code}: {tail(e.read())}") from e
        except (OSError, ValueError) as e:
            raise Failure(f"no answer: {e}") from e

    def run(self, case):
        body = {"script": case.script.decode("utf-8"), "wait_ms": 5000}
        if case.modules():
            body["modules"] = case.modules()
        future = self.ask("/eval", body)
        end = time.monotonic() + self.timeout
        while future["status"] == "pending" and time.monotonic() < end:
            future = self.ask(f"/futures/{future.get('id')}?wait=5")
        if future["status"] != case.status():
            raise Failure(f"status {future['status']}\n"
                          + json.dumps(future.get("error"), indent=1))
        compare(case, future.get("output", "").encode("utf-8"))


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def wait_until_ready(url, process, seconds):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if process.poll() is not None:
            sys.exit(f"run.py: gened ended with code {process.returncode}")
        try:
            with urllib.request.urlopen(url + "/readyz", timeout=2):
                return
        except OSError:
            time.sleep(0.05)
    sys.exit(f"run.py: gened was not ready after {seconds} s")


@contextmanager
def service(options):
    """A gened of our own on a free port, as its URL and its process."""
    url = f"http://127.0.0.1:{free_port()}"
    command = [Path(options.gened).resolve(), "--listen", url[7:],
               *options.flag]
    env = dict(os.environ, **dict(options.env))
    with (open(options.log, "wb") if options.log
          else tempfile.TemporaryFile()) as log:
        process = subprocess.Popen(command, env=env, stderr=log, stdout=log,
                                   stdin=subprocess.DEVNULL)
        try:
            wait_until_ready(url, process, 20)
            yield url, process
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()


def ends_well(process):
    """A service that is told to end does so soon, with exit code 0."""
    process.terminate()
    try:
        code = process.wait(30)
    except subprocess.TimeoutExpired:
        code = None
    if code != 0:
        why = "it hangs" if code is None else f"its exit code is {code}"
        print(f"FAIL gened does not end well when told to: {why}\n")
    return code == 0


def run_all(cases, how, options):
    """Says of each case that fails why; returns what passed, what failed."""
    def one(case):
        try:
            how.run(case)
            return case, None
        except Failure as e:
            return case, str(e)

    passed, failed = [], []
    with ThreadPoolExecutor(options.jobs) as pool:
        for case, why in pool.map(one, cases):
            (failed if why else passed).append(case)
            if options.list_unexpected_pass:
                continue
            if why:
                print(f"FAIL {case.name}\n{why}\n")
            elif options.verbose:
                print(f"ok   {case.name}")
    return passed, failed


def run_by_chosen_way(cases, options):
    """Returns the passed, the failed and the number of skipped cases."""
    def go(how):
        reasons = {c.name: how.skips(c) for c in cases}
        for name, why in reasons.items():
            if why and options.verbose:
                print(f"skip {name}: {why}")
        kept = [c for c in cases if not reasons[c.name]]
        return (*run_all(kept, how, options), len(cases) - len(kept))

    if options.gened:
        with service(options) as (url, process):
            passed, failed, skipped = go(ByService(options, url))
            if not ends_well(process):
                failed.append("the end of gened")
        return passed, failed, skipped
    if options.http:
        return go(ByService(options, options.http))
    return go(ByTool(options))


def pair(text):
    name, equals, value = text.partition("=")
    if not name or not equals:
        raise argparse.ArgumentTypeError(f"'{text}' is not NAME=VALUE")
    return name, value


def parse_arguments():
    p = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    p.add_argument("filter", nargs="*", help="an area, or a glob of case names")
    p.add_argument("--gene", default=ROOT / "build/release/gene",
                   help="the gene to run (build/release/gene)")
    p.add_argument("--gened", help="start this gened and post to it")
    p.add_argument("--http", metavar="URL", help="post to this gened")
    p.add_argument("--flag", action="append", default=[],
                   help="a further flag for gene run or gened: --flag=--sandbox")
    p.add_argument("--env", action="append", default=[], type=pair,
                   metavar="NAME=VALUE", help="a variable for gene or gened")
    p.add_argument("--exclude", action="append", default=[], metavar="GLOB",
                   help="skip these cases as well")
    p.add_argument("--timeout", type=float, default=20, metavar="SECONDS",
                   help="for one case (20)")
    p.add_argument("--log", help="where gened's log goes")
    p.add_argument("-j", "--jobs", type=int, default=2)
    p.add_argument("-v", "--verbose", action="store_true",
                   help="name what passes and what is skipped, too")
    p.add_argument("--list-unexpected-pass", action="store_true",
                   help="run the pending cases alone, name those that pass")
    return p.parse_args()


def main():
    options = parse_arguments()
    cases = find_cases()
    pending = read_pending(cases)
    cases = [c for c in cases if chosen(c, options.filter)]
    if not cases:
        sys.exit("run.py: no case has such a name")

    waiting = [c for c in cases if matches(c, pending)]
    if options.list_unexpected_pass:
        passed, _, _ = run_by_chosen_way(waiting, options)
        for case in passed:
            print(case.name)
        print(f"{len(passed)} of {len(waiting)} pending cases pass")
        return 0

    left_out = [c for c in cases if c in waiting or matches(c, options.exclude)]
    cases = [c for c in cases if c not in left_out]
    passed, failed, skipped = run_by_chosen_way(cases, options)
    print(f"{len(passed)} passed, {len(failed)} failed, "
          f"{skipped + len(left_out)} skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
