#!/usr/bin/env python3
"""Makes a C file of the page, of CodeMirror and of the contract.

Usage: embed.py API CODEMIRROR OUT.c

API is the room that has page/ and openapi.yaml in it, CODEMIRROR the folder
with lib/ and addon/. Each file is there twice, as it is and gzipped, with a
strong entity tag. The same input gives the same output, byte for byte.
"""

import gzip
import hashlib
import json
import sys
from pathlib import Path

import yaml

TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".json": "application/json",
}
CODEMIRROR = ("lib/codemirror.js", "lib/codemirror.css",
              "addon/edit/matchbrackets.js", "addon/edit/closebrackets.js",
              "addon/comment/comment.js")


def contract(source):
    """The YAML as JSON; a date in it would be no JSON, and is an error."""
    text = json.dumps(yaml.safe_load(source.read_text("utf-8")),
                      ensure_ascii=False, separators=(",", ":"))
    return (text + "\n").encode("utf-8")


def example(path):
    """A script. Its first comment is the title, the second what it shows; any
    further lines up to the empty one are fields of the request, as JSON."""
    head, _, script = path.read_text("utf-8").partition("\n\n")
    lines = [line[2:] for line in head.split("\n") if line.startswith("# ")]
    if len(lines) < 2 or len(lines) != head.count("\n") + 1 or not script:
        sys.exit("%s: a title, a line about it and an empty one" % path)
    made = {"name": path.stem.partition("-")[2], "title": lines[0],
            "about": lines[1], "script": script.rstrip("\n")}
    for line in lines[2:]:
        name, _, value = line.partition(": ")
        json.loads(value)
        made[name] = value
    return made


def gallery(folder):
    """The examples as a module, in the order of their file names."""
    examples = [example(path) for path in sorted(folder.glob("*.gene"))]
    return ("export const gallery = %s;\n" %
            json.dumps(examples, ensure_ascii=False)).encode("utf-8")


def files(api, codemirror):
    """Pairs of a path and its bytes."""
    yield "/openapi.json", contract(api / "openapi.yaml")
    yield "/", (api / "page" / "index.html").read_bytes()
    yield "/page/gallery.js", gallery(api / "page" / "gallery")
    for path in sorted((api / "page").iterdir()):
        if path.suffix in TYPES and path.name != "index.html":
            yield "/page/" + path.name, path.read_bytes()
    for name in CODEMIRROR:
        path = codemirror / name
        yield "/page/" + path.name, path.read_bytes()


def array(name, data):
    rows = (data[at:at + 32] for at in range(0, len(data), 32))
    return "static const unsigned char %s[] = {\n%s};\n" % (
        name, "".join(",".join(map(str, row)) + ",\n" for row in rows))


def form(name, data, suffix):
    tag = hashlib.sha256(data).hexdigest()[:24]
    return '{%s, %d, "\\"%s%s\\""}' % (name, len(data), tag, suffix)


def main():
    api, codemirror, out = map(Path, sys.argv[1:])
    rows, arrays = [], []
    for number, (path, data) in enumerate(files(api, codemirror)):
        packed = gzip.compress(data, 9, mtime=0)
        kind = TYPES[Path(path).suffix or ".html"]
        arrays += [array("plain_%d" % number, data),
                   array("gzip_%d" % number, packed)]
        rows.append('    {"%s", "%s",\n     %s,\n     %s},\n' % (
            path, kind, form("plain_%d" % number, data, ""),
            form("gzip_%d" % number, packed, "-gzip")))
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(
        "/* page_files.c: written by api/page/embed.py, never edited. */\n"
        '#include "api/page.h"\n\n%s\n'
        "const struct page_file page_files[] = {\n%s    {0}};\n" %
        ("\n".join(arrays), "".join(rows)), "ascii")


if __name__ == "__main__":
    main()
