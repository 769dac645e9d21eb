#!/usr/bin/env python3
"""Checks what no compiler checks: that the rooms of the house stay apart.

Which room may include what is the table below; besides, each file opens with
a comment that says what it is for, keeps to 80 columns and to a length that
can be read, and holds no note to do something later. The last line is the sum
of the rules kept and broken.
"""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
SOURCES = ("vm", "server", "api", "tests")
TEXTS = {".c", ".h", ".py", ".sh", ".md", ".txt", ".yaml", ".html", ".js",
         ".css", ".gene"}
LONGEST_FILE = 700
WIDEST_LINE = 80
# A dispatch loop, a page made by `gene doc --all`, a contract of one piece.
GIANTS = {"vm/run/interp.c", "vm/REFERENCE.md", "api/openapi.yaml"}
# One row for each opcode, however long.
WIDE_TABLES = {"vm/compile/opcodes.h"}
# Spelled so that this file does not hold the words.
LATER = re.compile(r"\b(TO" r"DO|FIX" r"ME|XX" r"X|HA" r"CK)\b")
INCLUDE = re.compile(r'^\s*#\s*include\s*[<"]([^>"]+)[>"]', re.M)

# (what, files it is about, files left out, includes that they must not have)
RULES = [
    ("only vm/io and the tool's own loop know libuv in the VM",
     r"vm/", r"vm/(io/|cli/|gene_io\.h)", r"uv\.h$"),
    ("only digests know nettle",
     r"(vm|server|api)/", r"vm/lib/digest\.c$", r"nettle/"),
    ("the VM knows nothing of the service",
     r"vm/", r"vm/cli/remote/", r"(microhttpd|jansson)\.h$|(server|api)/"),
    ("the tool speaks with a service by HTTP, not by its code",
     r"vm/cli/remote/", None, r"microhttpd\.h$|(server|api)/"),
    ("only the tool's client of services knows libcurl",
     r"(vm|server|api)/", r"vm/cli/remote/", r"curl/"),
    ("only the transport knows libmicrohttpd",
     r"(server|api)/", r"server/transport", r"microhttpd\.h$"),
    ("the service knows the VM by its public headers",
     r"(server|api)/", None,
     r"(core|syntax|compile|run|types|lib|io|cli)/|vm/(?!gene)"),
    ("only main.c of the process knows the handlers",
     r"server/", r"server/main\.c$", r"api/"),
    ("only keys and TLS know GnuTLS",
     r"(server|api)/", r"server/(keys|tls)", r"gnutls/"),
    ("handlers know neither the loop nor sockets",
     r"api/", None, r"uv\.h$|sys/socket\.h$|netinet/|arpa/"),
    ("JSON of requests is the handlers' affair",
     r"server/", None, r"jansson\.h$"),
]


def files():
    found = (p for room in SOURCES for p in (ROOT / room).rglob("*"))
    return {str(p.relative_to(ROOT)): p.read_text("utf-8", "replace")
            for p in sorted(found) if p.suffix in TEXTS and p.is_file()}


def wrong_includes(code, about, left_out, forbidden):
    for name, text in code.items():
        if not re.match(about, name) or (left_out and re.match(left_out, name)):
            continue
        for included in INCLUDE.findall(text):
            if re.match(rf"(?:{forbidden})", included):
                yield f"{name} includes {included}"


def without_opening_comment(code):
    return [f"{n} does not say what it is for" for n, text in code.items()
            if not text.startswith(("/*", "//"))]


def too_long(code):
    for name, text in code.items():
        lines = text.count("\n")
        if lines > LONGEST_FILE and name not in GIANTS:
            yield f"{name} has {lines} lines"


def too_wide(code):
    for name, text in code.items():
        if name in WIDE_TABLES:
            continue
        for number, line in enumerate(text.splitlines(), 1):
            if len(line) > WIDEST_LINE:
                yield f"{name}:{number} has {len(line)} columns"


def notes_for_later(everything):
    for name, text in everything.items():
        if name.startswith("tests/conformance/cases/"):
            continue
        for number, line in enumerate(text.splitlines(), 1):
            if LATER.search(line):
                yield f"{name}:{number}: {line.strip()}"


def main():
    everything = files()
    code = {n: t for n, t in everything.items() if n.endswith((".c", ".h"))}
    found = [(what, list(wrong_includes(code, *rest))) for what, *rest in RULES]
    found += [
        ("every file says what it is for", without_opening_comment(code)),
        (f"no file over {LONGEST_FILE} lines", list(too_long(code))),
        (f"no line over {WIDEST_LINE} columns", list(too_wide(code))),
        ("no notes for later", list(notes_for_later(everything))),
    ]
    broken = 0
    for what, places in found:
        if places:
            broken += 1
            print(f"broken: {what}", *places, sep="\n  ")
    print(f"{len(found) - broken} passed, {broken} failed")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
