"""gene --server: broken connections, services that lie, terminals, TLS."""

import contextlib
import re
import socket
import ssl
import subprocess
import tempfile
import time

from harness import MIB, command, eventually, same, test
from remote import (ID, Fake, answer, ask, begun, event, future, path_of, stream,
                    tool)

DONE = answer(200, future("success", text="3", output="out\n"))
PENDING = answer(202, future())


def problem(status, slug, **fields):
    headers = fields.pop("headers", {})
    value = {"type": "/problems/" + slug, "title": "Title of it", "status": status}
    value.update(fields)
    return answer(status, value, "application/problem+json",
                  X_Request_Id="id-of-it", **headers)


NOT_FOUND = problem(404, "not-found")
BUSY = problem(503, "overloaded", detail="no room", headers={"Retry-After": "1"})


# ---- sent again ----------------------------------------------------------


@command
def remote_request_is_sent_again(binary):
    for bad in (None, BUSY, problem(429, "rate-limited"), answer(502, b"<p>", "text/html"),
                b"HTTP/1.1 200 X\r\nContent-Length: 100\r\n\r\n{"):
        with Fake(bad, bad, DONE) as fake:
            began = time.monotonic()
            done = ask(tool(binary), fake.url, "eval", "(+ 1 2)")
            same((done.returncode, done.stdout, done.stderr), (0, "out\n3\n", ""), repr(bad))
            keys = [r.headers["idempotency-key"] for r in fake.requests]
            same((len(keys), len(set(keys))), (3, 1))
            same(len(set(r.body for r in fake.requests)), 1, "bodies")
            assert re.fullmatch("gene-[0-9a-f]{32}", keys[0]), keys
            if bad is BUSY:
                assert time.monotonic() - began >= 2, "Retry-After was not minded"


@command
def remote_sends_no_more_than_it_may(binary):
    with Fake(BUSY) as fake:
        done = ask(tool(binary), fake.url, "eval", "--retries=1", "1")
        same((done.returncode, len(fake.requests)), (3, 2))
        for word in ("/eval: 503 Title of it", "no room", "after 1 s", "request id: id-of-it"):
            assert word in done.stderr, done.stderr
    with Fake(problem(429, "x", headers={"Retry-After": "3600"})) as fake:
        done = ask(tool(binary), fake.url, "eval", "1")
        same((done.returncode, len(fake.requests)), (3, 1), "an hour is not waited")
    for status, code in ((400, 2), (403, 2), (422, 2), (500, 3)):
        with Fake(problem(status, "x")) as fake:
            done = ask(tool(binary), fake.url, "eval", "1")
            same((done.returncode, len(fake.requests)), (code, 1), status)
    # nobody knows whether a DELETE was heard, so it is looked again
    deleted = Fake(answer(200, future()), None, answer(200, future("cancelled")))
    with deleted as fake:
        done = ask(tool(binary), fake.url, "cancel", ID)
        same((done.returncode, done.stdout), (0, ID + " cancelled\n"))
        same([r.method for r in fake.requests], ["GET", "DELETE", "GET"])


@test()
def remote_runs_once_over_a_bad_way(s):
    """The answer gets lost, twice; the script has run once."""

    def lose(request, connection):
        with socket.create_connection(s.address) as real:
            real.sendall(request.raw)
            real.recv(100)

    def forward(request, connection):
        with socket.create_connection(s.address) as real:
            real.sendall(request.raw.replace(b"\r\n", b"\r\nConnection: close\r\n", 1))
            while data := real.recv(65536):
                connection.sendall(data)

    with Fake(lose, lose, forward) as fake:
        done = ask(path_of(s), fake.url, "eval", "(+ 1 2)")
        same((done.returncode, done.stdout), (0, "3\n"), done.stderr)
    same(s.metric('gened_evaluations_total{outcome="success"}'), 1)


# ---- streams -------------------------------------------------------------


def out(text, offset, number=None):
    return event("output", {"text": text, "offset": offset}, number)


@command
def remote_stream_goes_on_where_it_broke(binary):
    end = event("done", future("success", text="7", output="aébcdé\n"), 9)
    with Fake(PENDING,
              stream("retry: 100\n\n", ": hello\n\n", out("aé", 0, 3), out("b", 3),
                     "id: 4\nevent: output\ndata: {\"te"),
              stream(event("gap", {"from": 4, "to": 5, "output_offset": 1}),
                     out("ébc", 1, 6), out("dé\n", 5, 7), end)) as fake:
        done = ask(tool(binary), fake.url, "eval", "x")
        same((done.returncode, done.stdout, done.stderr), (0, "aébcdé\n7\n", ""))
        same([r.headers.get("last-event-id") for r in fake.requests], [None, None, "3"])
        same(fake.requests[2].path, "/futures/%s/events" % ID)
    # without offsets pieces follow one another; lines may end in any way
    pieces = [event("output", {"text": t}) for t in ("one ", "two\n")]
    end = event("done", future("success", text="7", output="one two\n"))
    text = "\ufeff" + "".join(pieces).replace("\n", "\r\n") + end.replace("\n", "\r")

    def dribble(request, connection):
        for byte in stream(text):
            connection.sendall(bytes([byte]))

    with Fake(PENDING, dribble) as fake:
        done = ask(tool(binary), fake.url, "eval", "x")
        same((done.returncode, done.stdout), (0, "one two\n7\n"), done.stderr)
    with Fake(PENDING, stream(out("a", 0, 1), out("b", 50, 2)), NOT_FOUND, NOT_FOUND) as fake:
        done = ask(tool(binary), fake.url, "eval", "x")
        assert "49 bytes of output are lost" in done.stderr, done.stderr


@command
def remote_polls_where_there_is_no_stream(binary):
    for none in (NOT_FOUND, problem(503, "too-many-streams"), answer(200, {}),
                 stream("event: status\ndata: {\n\n"), stream(event("done", {"id": "x"}))):
        with Fake(PENDING, none, answer(200, future(output="a\n", version=3)),
                  answer(200, future(output="a\nb\n", version=4)), DONE) as fake:
            done = ask(tool(binary), fake.url, "eval", "x")
            same((done.returncode, done.stdout[:4]), (0, "a\nb\n"), done.stderr)
            assert fake.requests[3].path.endswith("&since=3"), fake.requests[3].path
    # one that holds no answer back is asked as seldom as it says
    same_again = answer(200, future(), Retry_After="1")
    with Fake(PENDING, NOT_FOUND, same_again, same_again, DONE) as fake:
        began = time.monotonic()
        same(ask(tool(binary), fake.url, "eval", "x").returncode, 0)
        assert time.monotonic() - began > 1.9
    with Fake(PENDING, NOT_FOUND, problem(410, "expired", detail="gone")) as fake:
        done = ask(tool(binary), fake.url, "eval", "x")
        assert done.returncode == 2 and "gone" in done.stderr, done.stderr


@command
def remote_watch_tells_progress(binary):
    steps = stream(event("status", {"phase": "queued"}), event("status", {"phase": "running"}),
                   event("progress", {"fraction": 0.4, "message": "two\x1b of\nfive"}),
                   event("progress", {"value": [1, "x"]}), event("progress", None),
                   event("progress", {"fraction": 7, "message": None}),
                   event("done", future("cancelled"), 2))
    with Fake(answer(200, future()), steps) as fake:
        done = ask(tool(binary), fake.url, "watch", ID)
        same((done.returncode, done.stdout), (130, ""))
        same(done.stderr, "gene: running\ngene: queued\ngene: running\n"
             "gene: 40 % two\\u{1b} of\\u{a}five\ngene: [1,\"x\"]\ngene: 100 %\n"
             "gene: done\n")


# ---- Ctrl-C --------------------------------------------------------------


def silent(request, connection):
    """Says nothing, until the other side goes."""
    with contextlib.suppress(OSError):
        connection.recv(1)


def open_stream(request, connection):
    connection.sendall(stream(out("here\n", 0, 1)))
    silent(request, connection)


@command
def remote_second_interrupt_leaves(binary):
    with Fake(PENDING, open_stream, silent) as fake:
        with begun(tool(binary), fake.url, "eval", "x") as it:
            it.until("here\n")
            it.signal()
            eventually("it cancels", lambda: len(fake.requests) == 3)
            assert it.process.poll() is None
            it.signal()
            same(it.finish()[0], 130)


@command
def remote_interrupt_before_the_id(binary):
    with Fake(silent) as fake:
        with begun(tool(binary), fake.url, "eval", "x") as it:
            eventually("it is asked", lambda: fake.requests)
            began = time.monotonic()
            it.signal()
            code, _, err = it.finish()
            assert 1 < time.monotonic() - began < 10, "it waits a little for the id"
            same(code, 130)
            assert "no answer" in err, err

    def late(request, connection):
        time.sleep(0.5)
        return PENDING

    with Fake(late, answer(200, future()), answer(200, future("cancelled")), NOT_FOUND,
              answer(200, future("cancelled"))) as fake:
        with begun(tool(binary), fake.url, "eval", "x") as it:
            eventually("it is asked", lambda: fake.requests)
            it.signal()
            code, _, err = it.finish()
            same(code, 130)
            assert ID + " is cancelled" in err, err
            assert "DELETE" in [r.method for r in fake.requests]


# ---- terminals -----------------------------------------------------------


def screens(text):
    """What the line of progress was, each time."""
    return [part.split("\x1b[K")[0] for part in text.split("\r") if "\x1b[K" in part]


@command
def remote_progress_on_a_terminal(binary):
    def slow(request, connection):
        connection.sendall(stream(
            out("\x1b[31mred\x07\n", 0, 1), event("status", {"phase": "run\x1bning"}),
            event("progress", {"fraction": 0.5, "message": "half\x1b\n" + "wide 漢" * 30})))
        time.sleep(2)
        connection.sendall((out("tail", 10, 2) + event(
            "done", future("failure", output="\x1b[31mred\x07\ntail", error={
                "class": "E\x1bx", "message": "m\x9b2J\n", "line": 1, "column": 3,
                "stack": [{"function": "f\x1b", "line": 1, "column": 3, "module": None}],
                "cause": "\x1bcause"}))).encode())

    with Fake(PENDING, slow) as fake:
        with begun(tool(binary), fake.url, "eval", "(x\ty)", terminal=True, columns=60) as it:
            it.until("half")
            it.until("]  50 %")
            code, text, _ = it.finish()
    same(code, 1)
    text = text.replace("\r\n", "\n")
    lines = screens(text)
    assert any("[##########----------]  50 %  half  wide" in t for t in lines), lines
    assert all(len(t) < 60 for t in lines), lines
    assert not re.search(r"\x1b(?!\[K)|[\x07\x9b]", text), text
    for part in ("\\u{1b}[31mred\\u{7}\n", "\r\x1b[Ktail\n", "E\\u{1b}x: m\\u{9b}2J\n",
                 "    1 | (x\ty)\n", "in f\\u{1b} at <eval>:1:3", 'Caused by: "\\u001Bcause"'):
        assert part in text, (part, text)


@command
def remote_quick_ones_draw_nothing(binary):
    with Fake(DONE) as fake:
        with begun(tool(binary), fake.url, "eval", "x", terminal=True) as it:
            same(it.finish()[:2], (0, "out\r\n3\r\n"))


@command
def remote_interrupt_on_a_terminal(binary):
    with Fake(PENDING, open_stream, silent) as fake:
        with begun(tool(binary), fake.url, "eval", "x", terminal=True) as it:
            it.until("running 1.")
            it.signal()
            it.until("cancelling " + ID)
            it.until("running 2.")
            it.signal()
            code, text, _ = it.finish()
            same(code, 130)
            assert text.endswith("\x1b[K"), repr(text[-80:])


@command
def remote_watch_on_a_terminal(binary):
    lines = "".join("line %d\n" % i for i in range(1, 31))
    with Fake(answer(200, future(output=lines, usage={"wall_us": 65000000})), open_stream) as fake:
        with begun(tool(binary), fake.url, "watch", ID, terminal=True) as it:
            it.until("running 1 min 05 s")
            it.signal()
            code, text, _ = it.finish()
    same(code, 130)
    assert "line 20\r" not in text and "line 21\r\nline 22\r\n" in text, text
    assert "bytes of output are not shown" in text and "goes on" in text, text


@command
def remote_futures_on_a_terminal(binary):
    items = [future("success", text="a\tb\x1b\x9b" + "漢" * 100, id=ID),
             future("failure", error={"class": "C\x1b", "message": "m" * 500}),
             future(phase="r\x1bun"), {"id": "../x", "status": "success"}, 7]
    with Fake(answer(200, {"items": items, "next": None})) as fake:
        with begun(tool(binary), fake.url, "futures", terminal=True, columns=100) as it:
            code, text, _ = it.finish()
    same(code, 0)
    rows = text.split("\r\n")[:-1]
    same(len(rows), 4)
    assert not re.search("[\x00-\x09\x0b\x0c\x0e-\x1f\x7f-\x9f]", text), repr(text)
    for row in rows:
        assert len(row) + row.count("漢") <= 100, (len(row), row)


# ---- services that lie ---------------------------------------------------


@command
def remote_answers_that_make_no_sense(binary):
    for odd in (answer(200, b"<html>", "text/html"), answer(200, b"{"), answer(200, []),
                answer(200, {"id": "f_../../x", "status": "pending"}), answer(200, {"id": ID}),
                answer(200, b""), answer(404, b"no", "text/plain"), answer(204, b""),
                answer(500, b"\x1b[31m", "application/problem+json"),
                answer(301, b"", Location="http://127.0.0.1:1/"),
                answer(200, b'{"id":"\xff"}'), answer(200, b"[" * 100000)):
        with Fake(odd) as fake:
            done = ask(tool(binary), fake.url, "eval", "1")
            same((done.returncode, done.stdout, len(fake.requests)), (3, "", 1), odd[:300])
            assert fake.url + "/eval: " in done.stderr and "\x1b" not in done.stderr
    for odd in ({}, {"items": 7}, {"items": [], "next": "x" * 600}):
        with Fake(answer(200, odd)) as fake:
            same(ask(tool(binary), fake.url, "futures").returncode, 3)
    fields = {"output": 7, "text": [], "error": 3, "unhandled": {}, "diagnostics": [1, {}],
              "progress": [], "usage": "x", "version": -1, "phase": {}}
    with Fake(answer(200, future("failure", **fields))) as fake:
        same(ask(tool(binary), fake.url, "eval", "--stats", "1").returncode, 1)
    title = problem(422, "x", title="a\x1b]0;b\x07", detail="c\nd\x9b", reasons=["e\x1b", 1])
    with Fake(title) as fake:
        done = ask(tool(binary), fake.url, "eval", "1")
        same(done.returncode, 2)
        assert "a\\u{1b}]0;b\\u{7}" in done.stderr and "\\u{9b}" in done.stderr, done.stderr
    bad = problem(422, "invalid-script", detail="P\x1b: no\x1b", line=4294967295,
                  column=99999999999, caret=2**62, source_line="\x1b" * 4000, hint="\x1bh")
    with Fake(bad) as fake:
        done = ask(tool(binary), fake.url, "eval", "1")
        same(done.returncode, 1)
        assert "\x1b" not in done.stderr and "hint: " in done.stderr, done.stderr
    chain = {"class": "C", "message": "m", "stack": [], "cause": None}
    for _ in range(500):
        chain = dict(chain, cause=chain, stack=[{"line": "x"}] * 150, line=-5)
    with Fake(answer(200, future("failure", error=chain))) as fake:
        done = ask(tool(binary), fake.url, "eval", "1")
        same((done.returncode, done.stderr.count("Caused by")), (1, 19))


@command
def remote_endless_answers(binary):
    def body(request, connection):
        connection.sendall(b"HTTP/1.1 200 X\r\nContent-Type: application/json\r\n\r\n")
        while True:
            connection.sendall(b"[" * MIB)

    def headers(request, connection):
        connection.sendall(b"HTTP/1.1 200 X\r\n")
        while True:
            connection.sendall(b"X: y\r\n" * 10000)

    def line(request, connection):
        connection.sendall(stream("data: "))
        while True:
            connection.sendall(b"x" * MIB)

    with Fake(body) as fake:
        done = ask(tool(binary), fake.url, "eval", "1")
        same(done.returncode, 1)
        assert "64 MiB" in done.stderr, done.stderr
    with Fake(headers) as fake:
        same(ask(tool(binary), fake.url, "eval", "--retries=0", "1").returncode, 3)
    with Fake(PENDING, line, DONE) as fake:
        same(ask(tool(binary), fake.url, "eval", "1").stdout, "out\n3\n")
    with Fake(body) as fake:  # smaller pages might do
        done = ask(tool(binary), fake.url, "futures", "--json")
        same(done.returncode, 1)
        same([r.path.split("=")[1] for r in fake.requests], ["50", "25", "12", "6", "3", "1"])


# ---- TLS -----------------------------------------------------------------


def certificate(path, names):
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                    "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=a",
                    "-addext", "subjectAltName=" + names, "-keyout", path + ".key",
                    "-out", path + ".crt"], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path + ".crt", path + ".key")
    return context


@command
def remote_over_tls(binary):
    with tempfile.TemporaryDirectory() as path:
        good = certificate(path + "/good", "DNS:localhost")
        other = certificate(path + "/other", "DNS:elsewhere.test")
        with Fake(DONE, tls=good) as fake:
            done = ask(tool(binary), fake.url, "--ca", path + "/good.crt", "eval", "x")
            same((done.returncode, done.stdout), (0, "out\n3\n"), done.stderr)
            for ca in ([], ["--ca", path + "/other.crt"]):
                done = ask(tool(binary), fake.url, *ca, "eval", "x", GENE_KEY="secret")
                same((done.returncode, done.stdout), (3, ""))
                assert fake.url + "/eval: not trusted: " in done.stderr, done.stderr
                same("--ca FILE" in done.stderr, not ca)
            same(len(fake.requests), 1, "nothing is said to one who is not trusted")
            plain = fake.url.replace("https", "http")
            same(ask(tool(binary), plain, "eval", "--retries=0", "x").returncode, 3)
        with Fake(DONE, tls=other) as fake:
            done = ask(tool(binary), fake.url, "--ca", path + "/other.crt", "eval", "x")
            same(done.returncode, 3, "the name is another one")
        same(ask(tool(binary), fake.url, "--ca", path + "/none", "eval", "x").returncode, 2)
        with open(path + "/empty", "w"):
            pass
        same(ask(tool(binary), fake.url, "--ca", path + "/empty", "eval", "x").returncode, 3)
    with Fake(DONE) as fake:
        url = fake.url.replace("http", "https")
        same(ask(tool(binary), url, "eval", "--retries=0", "x").returncode, 3)
