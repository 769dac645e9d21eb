"""The page and the contract as files: what is sent, and when it is not."""

import gzip
import re
from pathlib import Path

import yaml

from cases_config import folder, serving
from cases_keys import line
from harness import command, eventually, is_problem, is_well, same, test

API = Path(__file__).resolve().parents[2] / "api"
GZIP = {"Accept-Encoding": "gzip, deflate, br, zstd"}
FILES = {
    "/": ("text/html; charset=utf-8", "index.html"),
    "/page/app.js": ("text/javascript; charset=utf-8", "app.js"),
    "/page/style.css": ("text/css; charset=utf-8", "style.css"),
    "/page/favicon.svg": ("image/svg+xml", "favicon.svg"),
}


@test()
def page_files_are_those_of_the_source(s):
    for path, (kind, name) in FILES.items():
        answer = s.get(path)
        same(answer.status, 200, path)
        same(answer.headers["content-type"], kind, path)
        same(answer.body, (API / "page" / name).read_bytes(), path)
        assert "content-encoding" not in answer.headers, path
    assert b"CodeMirror, copyright" in s.get("/page/codemirror.js").body
    assert b"export const gallery" in s.get("/page/gallery.js").body


@test()
def page_files_go_out_gzipped(s):
    for path in [*FILES, "/page/codemirror.js", "/openapi.json"]:
        plain, packed = s.get(path), s.get(path, GZIP)
        same(packed.headers["content-encoding"], "gzip", path)
        same(gzip.decompress(packed.body), plain.body, path)
        same(packed.headers["content-type"], plain.headers["content-type"])
        assert packed.headers["etag"] != plain.headers["etag"], path
        for answer in (plain, packed):
            same(answer.headers["vary"], "Accept-Encoding", path)
    assert len(packed.body) < len(plain.body) / 4


@test()
def page_encodings_that_are_no_gzip(s):
    for accept in ("identity", "br", "gzip;q=0", "*;q=0, identity", "gzip;q=0, *",
                   "gzip;q=x", ""):
        answer = s.get("/", {"Accept-Encoding": accept})
        assert "content-encoding" not in answer.headers, accept
    for accept in ("*", "GZIP", "x-gzip", "br, gzip;q=0.1", "identity, gzip"):
        answer = s.get("/", {"Accept-Encoding": accept})
        same(answer.headers["content-encoding"], "gzip", accept)


@test()
def page_files_that_the_client_has(s):
    for path in [*FILES, "/openapi.json"]:
        for more in ({}, GZIP):
            first = s.get(path, more)
            tag = first.headers["etag"]
            assert re.fullmatch(r'"[0-9a-f]{24}(-gzip)?"', tag), tag
            for known in (tag, "W/" + tag, '"x", ' + tag, "*"):
                again = s.get(path, {"If-None-Match": known, **more})
                same((again.status, again.body), (304, b""), known)
                same(again.headers["etag"], tag)
                same(again.headers["vary"], "Accept-Encoding")
                same(again.headers["cache-control"], "no-cache")
            for other in ('"x"', tag[:-2] + '"', tag.strip('"')):
                same(s.get(path, {"If-None-Match": other, **more}).status, 200)
    tag = s.get("/").headers["etag"]
    same(s.get("/", {"If-None-Match": tag, **GZIP}).status, 200)


@test()
def page_heads(s):
    for path in [*FILES, "/page/codemirror.js", "/openapi.json"]:
        with s.connect() as c:
            whole = c.request("GET", path)
            head = c.request("HEAD", path)
            after = c.request("GET", "/healthz")
        same((head.status, head.body, after.status), (200, b"", 200), path)
        for name in ("content-type", "etag", "content-length", "vary"):
            same(head.headers[name], whole.headers[name], path)


@test()
def page_guards_the_browser(s):
    for path in FILES:
        headers = s.get(path).headers
        policy = dict(part.strip().split(" ", 1)
                      for part in headers["content-security-policy"].split(";"))
        same(policy.pop("img-src"), "'self' data:")
        for name in ("script-src", "style-src", "connect-src"):
            same(policy.pop(name), "'self'", name)
        same(set(policy.values()), {"'none'"})
        assert {"default-src", "base-uri", "form-action", "frame-ancestors"} == set(policy)
        same(headers["x-content-type-options"], "nosniff")
        same(headers["referrer-policy"], "no-referrer")
        same(headers["cross-origin-opener-policy"], "same-origin")
        same(headers["cross-origin-resource-policy"], "same-origin")
        assert "camera=()" in headers["permissions-policy"]
    text = s.get("/").text
    assert not re.search(r"<script[^>]*>[^<]|<style|\sstyle=|\son\w+=", text)
    assert not re.search(r"""(?:src|href)=["']?(?:https?:|//)""", text)


@test()
def page_has_no_other_files(s):
    for path in ("/page/", "/page/embed.py", "/page/index.html", "/page/app.js/",
                 "/page/..%2fopenapi.json", "/page/../openapi.json", "/index.html",
                 "/page/%61pp.js", "/openapi.yaml", "/page/gallery"):
        is_problem(s.get(path), 404, "not-found")
    is_problem(s.get("/?x=1"), 400)
    is_problem(s.request("POST", "/", ""), 405, "method-not-allowed")
    same(s.request("OPTIONS", "/").headers["allow"], "GET, HEAD, OPTIONS")


@test()
def page_beside_a_large_head(s):
    answer = s.get("/", {"X-Filler": "x" * 5500, **GZIP})
    same(answer.status, 200)
    same(answer.headers["referrer-policy"], "no-referrer")
    is_problem(s.get("/", {"X-Filler": "x" * 9000}), 431)
    is_well(s)


@test()
def page_readers_that_stop(s):
    """Large files lie in the program: who does not read them costs nothing."""
    before = s.rss()
    readers = [s.connect() for _ in range(50)]
    for reader in readers:
        reader.write("GET", "/page/codemirror.js")
    is_well(s)
    if not s.is_sanitized():
        assert s.rss() - before < 50 * (256 << 10), s.rss() - before
    for reader in readers:
        reader.close()
    eventually("all are gone", lambda: s.metric("gened_http_connections") <= 1)


@test()
def page_contract_is_the_yaml(s):
    answer = s.get("/openapi.json")
    same(answer.headers["content-type"], "application/json")
    same(answer.json, yaml.safe_load((API / "openapi.yaml").read_text("utf-8")))
    assert "content-security-policy" not in answer.headers


@test(cors_origin="https://a.example")
def page_with_all_headers_at_once(s):
    """None of them pushes another out."""
    answer = s.get("/", {"Origin": "https://a.example", **GZIP,
                         "traceparent": "00-%s-%s-01" % ("a" * 32, "b" * 16)})
    same(answer.status, 200)
    same(answer.headers["access-control-allow-origin"], "https://a.example")
    for name in ("content-encoding", "etag", "permissions-policy",
                 "content-security-policy", "traceparent"):
        assert name in answer.headers, name


@command
def page_needs_no_key(binary):
    with folder(a_keys=line("a")) as path:
        with serving(binary, keys=path + "/a.keys") as s:
            for path in [*FILES, "/openapi.json"]:
                same(s.get(path).status, 200, path)
            is_problem(s.get("/limits"), 401)
