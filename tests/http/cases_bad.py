"""Bad JSON, bad scripts, bodies too large or too slow."""

import threading

from harness import MIB, is_future, is_problem, is_well, same, test


@test()
def bad_json(s):
    for body, status, slug in (
        (b"", 400, "malformed-json"),
        (b"{", 400, "malformed-json"),
        (b"nonsense", 400, "malformed-json"),
        (b'{"script": "1"} x', 400, "malformed-json"),
        (b'{"script": "1", "script": "2"}', 400, "duplicate-key"),
        (b'{"script": "1", "input": {"a": 1, "a": 2}}', 400, "duplicate-key"),
        (b'{"script": "\xff"}', 400, "invalid-utf-8"),
        (b'{"script": "\\ud800"}', 400, "invalid-utf-8"),
        (b'{"script": "1", "input": {"\\u0000": 1}}', 422, "nul-in-key"),
        (b'{"script": "1", "input": 9223372036854775808}', 422, "number-out-of-range"),
        (b'{"script": "1", "input": 1e999}', 422, "number-out-of-range"),
        (b"[]", 422, "invalid-field"),
        (b"{}", 422, "invalid-field"),
        (b'{"script": 1}', 422, "invalid-field"),
        (b'{"script": null}', 422, "invalid-field"),
        (b'{"script": "1", "extra": 1}', 422, "unknown-field"),
        (b'{"script": "1", "limits": {"cpu": 1}}', 422, "unknown-field"),
        (b'{"script": "1", "limits": {"fuel": "1"}}', 422, "invalid-field"),
        (b'{"script": "1", "limits": {"fuel": 1.5}}', 422, "invalid-field"),
        (b'{"script": "1", "options": {"contracts": true}}', 422, "invalid-field"),
        (b'{"script": "1", "options": {"x": true}}', 422, "unknown-field"),
        (b'{"script": "1", "env": {"A": 1}}', 422, "invalid-field"),
        (b'{"script": "1", "modules": []}', 422, "invalid-field"),
        (b'{"script": "1", "wait_ms": -1}', 422, "invalid-field"),
        (b'{"script": "1", "seed": "x"}', 422, "invalid-field"),
        (b'{"script": "1", "label": 1}', 422, "invalid-field"),
        (b"[" * 10000 + b"]" * 10000, 400, "nesting-too-deep"),
        (b'{"a":' * 9000 + b"1", 400, "nesting-too-deep"),
    ):
        is_problem(s.post(body), status, slug)
    problem = s.post(b'{"script": "1", "limits": {"cpu": 1}}').json
    same(problem["field"], "limits.cpu")
    is_well(s)


@test()
def bad_json_names_the_field(s):
    """At the place of it, within large bodies too."""
    for pad in ("", " " * 20000):
        for body, field in (
            ('{"script": "1", "input": [0, {"a": 9223372036854775808}]}', "input[1].a"),
            ('{"script": "1", "seed": -9223372036854775809}', "seed"),
            ('{"script": "1", "input": {"x": 1e999}}', "input.x"),
            ('{"script": "1", "input": {"x": {"y": 1, "y": 2}}}', "input.x.y"),
            ('{"script": "1", "env": {"A": "\\udfff"}}', "env.A"),
        ):
            same(s.post(pad + body).json["field"], field, body)
    is_well(s)


@test(max_fuel=5000)
def absurd_limits(s):
    for value in ("-1", "0", "1.5", "1e3", "5001", "9223372036854775808", "1e999", '"7"',
                  "true", "null", "[]"):
        for pad in ("", " " * 20000):
            body = pad + '{"script": "1", "limits": {"fuel": %s}}' % value
            problem = is_problem(s.post(body), 422)
            same((problem["field"], problem["limit"]), ("limits.fuel", 5000), value)
    is_well(s)


@test()
def numbers_are_exact(s):
    for number in (9223372036854775807, -9223372036854775808, 0):
        answer = s.post('{"script": "1", "input": %d}' % number)
        same(answer.status, 200, str(number))


@test()
def nul_in_script(s):
    is_problem(s.post({"script": '"a\u0000b"'}), 422, "invalid-script")
    is_problem(s.eval(b'(println "a\x00b")'), 422, "invalid-script")


# ---- bad scripts and bodies -----------------------------------------------


@test()
def bad_text(s):
    is_problem(s.eval(b"\xff\xfe\x00("), 400, "invalid-utf-8")
    is_problem(s.eval(b'"\xc3\x28"'), 400, "invalid-utf-8")
    is_problem(s.eval(b'"\xed\xa0\x80"'), 400, "invalid-utf-8")
    problem = is_problem(s.eval("(" * 10000 + ")" * 10000), 422, "invalid-script")
    assert problem["line"] == 1 and problem["column"] > 100
    is_problem(s.eval("(" * 10000), 422, "invalid-script")
    is_problem(s.eval('"' + "x" * 50000), 422, "invalid-script")
    is_problem(s.eval(")"), 422, "invalid-script")
    is_well(s)


@test()
def media_types(s):
    for kind in (
        "image/png",
        "application/xml",
        "multipart/form-data; boundary=x",
        "text/plain; charset=utf-16",
        "garbage",
    ):
        problem = is_problem(s.eval("1", headers={"Content-Type": kind}), 415)
        assert "Content-Type is " + kind in problem["detail"], problem
    problem = is_problem(s.eval("1", headers={"Content-Encoding": "gzip"}), 415)
    assert "Content-Encoding is gzip" in problem["detail"], problem
    same(s.eval("1", headers={"Content-Encoding": "identity"}).status, 200)


@test()
def body_over_the_limit(s):
    same(s.eval('"' + "x" * 65534 + '"').status, 200)
    problem = is_problem(s.eval("x" * 65537), 413, "script-too-large")
    same(problem["limit"], 65536)
    same(problem["detail"], "Content-Length says 65537 bytes; 65536 are allowed.")
    is_well(s)


@test()
def huge_body_is_refused_unread(s):
    with s.connect() as c:
        c.send("POST /eval HTTP/1.1\r\nHost: t\r\nContent-Length: 104857600\r\n\r\n")
        is_problem(c.read(), 413)
    with s.connect() as c:
        c.send(
            "POST /eval HTTP/1.1\r\nHost: t\r\nContent-Length: 104857600\r\n"
            "Expect: 100-continue\r\n\r\n"
        )
        is_problem(c.read(), 413)
    before = s.rss()
    with s.connect() as c:
        c.send("POST /eval HTTP/1.1\r\nHost: t\r\nContent-Length: 104857600\r\n\r\n")
        chunk = b"x" * MIB
        try:
            for _ in range(100):
                c.send(chunk)
        except OSError:
            pass  # cut off at last; the answer is there all the same
        is_problem(c.read(), 413)
    assert s.is_sanitized() or s.rss() - before < 32 * MIB
    is_well(s)


@test()
def expect_continue(s):
    with s.connect() as c:
        c.send(
            "POST /eval HTTP/1.1\r\nHost: t\r\nContent-Length: 7\r\n"
            "Expect: 100-continue\r\n\r\n"
        )
        while b"\r\n\r\n" not in c.buffer:
            c.fill()
        assert c.buffer.startswith(b"HTTP/1.1 100 "), c.buffer
        c.send("(+ 1 2)")
        same(is_future(c.read())["value"], 3)
    is_problem(s.eval("1", headers={"Expect": "tea"}), 417)


@test()
def chunked(s):
    head = "POST /eval HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n"
    with s.connect() as c:
        c.send(head + "3\r\n(+ \r\n4\r\n1 2)\r\n0\r\n\r\n")
        same(is_future(c.read())["value"], 3)
        c.send(head + "3\r\n(+ \r\n4\r\n2 2)\r\n0\r\n\r\n")
        same(is_future(c.read())["value"], 4)
    with s.connect() as c:
        c.send(head)
        try:
            for _ in range(100):
                c.send(b"10000\r\n" + b"x" * 65536 + b"\r\n")
        except OSError:
            pass
        is_problem(c.read(), 413)
    with s.connect() as c:
        c.send(head + "zz\r\n")
        same(c.read().status, 400)
    is_well(s)


@test(connection_timeout="500ms")
def slow_requests_are_cut_off(s):
    with s.connect() as c:
        c.send("POST /eval HTTP/1.1\r\nHost: t\r\nContent-Length: 100\r\n\r\n")
        stop = threading.Event()

        def drip():
            while not stop.wait(0.1):
                try:
                    c.send("(")
                except OSError:
                    return

        thread = threading.Thread(target=drip)
        thread.start()
        try:
            is_problem(c.read(), 408, "request-timeout")
        finally:
            stop.set()
            thread.join()
    with s.connect() as c:
        c.send("POST /eval HTTP/1.1\r\nHost: t\r\nX-A: ")
        is_problem(c.read(), 408)
    with s.connect() as c:
        assert c.is_closed()  # idle
    is_well(s)


@test(connection_timeout="500ms")
def a_pending_request_is_not_cut_off(s):
    same(is_future(s.eval("(gene/sleep 1500) 5"))["value"], 5)
