"""HTTP itself: what would smuggle, what is malformed, what is allowed."""

import re
import time
from email.utils import format_datetime, parsedate_to_datetime

from harness import eventually, is_future, is_problem, is_well, same, test


def refused(s, data, status=400):
    """Sends bytes; they have to be refused and the connection closed."""
    with s.connect() as c:
        c.send(data)
        answer = c.read()
        is_problem(answer, status)
        assert c.is_closed(), "left open after %r" % data
        return answer


@test()
def conflicting_lengths(s):
    post = "POST /eval HTTP/1.1\r\nHost: t\r\n"
    body = "\r\n(+ 1 2)"
    for heads in (
        "Content-Length: 7\r\nContent-Length: 7\r\n",
        "Content-Length: 7\r\nContent-Length: 8\r\n",
        "Content-Length: 7\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: chunked\r\nContent-Length: 7\r\n",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: identity\r\n",
        "Transfer-Encoding: gzip, chunked\r\n",
        "Transfer-Encoding: xchunked\r\n",
        "Transfer-Encoding: chunked \r\n",
        "Transfer-Encoding: chunked\t\r\n",
        "Content-Length : 7\r\n",
        " Content-Length: 7\r\n",
        "Content-Length: 7\r\n X: y\r\n",
        "Content-Length: 7\r\nX: a\r\n b\r\n",
        "Content-Length: 7\nX: y\r\n",
        "Content-Length: 7\r\nX: y\n",
        "X-Bad\x01: y\r\n",
        "X: a\x01b\r\n",
        "Host: u\r\n",
    ):
        refused(s, post + heads + body)
    for heads in ("Content-Length: +7\r\n", "Content-Length: 0x7\r\n",
                  "Content-Length: -1\r\n", "Content-Length: 7, 7\r\n",
                  "Content-Length: \r\n"):
        refused(s, post + heads + body)
    chunked = post + "Transfer-Encoding: chunked\r\n\r\n"
    refused(s, chunked + "zz\r\n1")
    refused(s, chunked + "f" * 30 + "\r\n1", 413)
    refused(s, "POST /eval HTTP/1.1\nHost: t\r\nContent-Length: 7\r\n" + body)
    refused(s, "POST /eval HTTP/1.1\r\nHost: t\r\nContent-Length: 7\r\n\n(+ 1 2)")
    for length in (2**64 - 2, 2**64 - 1, 2**64):
        refused(s, post + "Content-Length: %d\r\n" % length + body, 413)
    refused(
        s, "POST /eval HTTP/1.1\r\nHost: t\r\nContent-Length: "
        + "9" * 30 + "\r\n" + body, 413,
    )
    is_well(s)


@test()
def bad_request_lines(s):
    refused(s, "GET /healthz HTTP/1.1\r\n\r\n")  # no Host
    refused(s, "GET /healthz HTTP/2.0\r\nHost: t\r\n\r\n", 505)
    refused(s, "GET /a b HTTP/1.1\r\nHost: t\r\n\r\n")
    refused(s, "GET /a\0b HTTP/1.1\r\nHost: t\r\n\r\n")
    refused(s, "GET /version?a\0b HTTP/1.1\r\nHost: t\r\n\r\n")
    refused(s, "GET /version HTTP/1.1\r\nHost: a b/c\r\n\r\n")
    refused(s, "G\x01T /healthz HTTP/1.1\r\nHost: t\r\n\r\n")
    refused(s, "GET healthz HTTP/1.1\r\nHost: t\r\n\r\n")
    refused(s, "GET /healthz HTTP/9\r\nHost: t\r\n\r\n")
    with s.connect() as c:
        c.send("nonsense\r\n\r\n")  # not even HTTP: closed
        assert c.is_closed()
    refused(s, b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\r\n" * 4)
    is_well(s)


@test()
def clients_that_close_early(s):
    """Their last bytes and their FIN come together."""
    open_before = s.descriptors()
    for part in ("POST /ev", "POST /eval HTTP/1.1\r\nHost: t\r\n",
                 "POST /eval HTTP/1.1\r\nHost: t\r\nContent-Length: 9\r\n\r\n(+ 1"):
        for _ in range(50):
            with s.connect() as c:
                c.send(part)
    eventually("all closed", lambda: s.descriptors() <= open_before + 2)
    with s.connect() as c:
        c.send("POST /eval HTTP/1.1\r\nHost: t\r\nContent-Length: 9\r\n\r\n(+ 1")
        c.shut_writing()
        is_problem(c.read(), 400)
    with s.connect() as c:
        c.send("POST /eval HTTP/1.1\r\nHost: t\r\nContent-Length: 7\r\n\r\n(+ 1 2)")
        c.shut_writing()
        same(c.read().status, 200)
    is_well(s)


@test()
def endless_heads_of_chunks(s):
    post = "POST /eval HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n"
    for head in ("1;" + "a" * 9000, "0" * 9000, "1;" + "a" * 8200 + "\r\n1\r\n0\r\n\r\n"):
        with s.connect() as c:
            c.send(post + head)
            is_problem(c.read(), 400)
            assert c.is_closed()
    for _ in range(20):
        with s.connect() as c:
            c.send(post + "1;" + "a" * 9000)
    eventually("all closed", lambda: s.metric("gened_http_connections") == 1)
    is_well(s)


@test()
def large_heads(s):
    same(s.get("/healthz", {"X-Large": "x" * 5000}).status, 200)
    for size in (6700, 7200, 7600):
        refused(s, "GET /healthz HTTP/1.1\r\nHost: t\r\nX: %s\r\n\r\n"
                % ("x" * size), 431)
    refused(s, "GET /healthz HTTP/1.1\r\nHost: t\r\nX: %s\r\n\r\n"
            % ("x" * 20000), 431)
    refused(s, "GET /%s HTTP/1.1\r\nHost: t\r\n\r\n" % ("x" * 20000), 414)
    refused(s, "x" * 30000, 414)
    mine = refused(s, "GET / HTTP/1.1\r\nHost: t\r\nX-Request-Id: mine\r\nno\r\n\r\n")
    same(mine.headers["x-request-id"], "mine")
    for size in list(range(7500, 8300, 50)):
        refused(s, "GET /%s HTTP/1.1\r\nHost: t\r\n\r\n" % ("x" * size), 414)
        refused(s, "GET /?%s HTTP/1.1\r\nHost: t\r\n\r\n" % ("x" * size), 414)
        refused(s, "GET / HTTP/1.1\r\nHost: t\r\nX: %s\r\n\r\n" % ("x" * size),
                431)
    for count in list(range(106, 130)) + [3000]:
        refused(s, "GET /?%s HTTP/1.1\r\nHost: t\r\n\r\n" % ("a&" * count), 414)
        for head in ("X:1\r\n" * count, "Cookie: %s\r\n" % ("a=b;" * count)):
            refused(s, "GET / HTTP/1.1\r\nHost: t\r\n%s\r\n" % head, 431)
    eventually("nothing in flight", lambda: s.metric("gened_http_in_flight") <= 1)
    many = "".join("X-%d: y\r\n" % i for i in range(3000))
    refused(s, "GET /healthz HTTP/1.1\r\nHost: t\r\n%s\r\n" % many, 431)
    is_problem(s.get("/" + "y" * 3000), 404)
    is_well(s)

@test()
def unknown_paths_and_methods(s):
    for path in ("/nothing", "/eval/", "/evaluate", "//eval", "/eval/x"):
        is_problem(s.get(path), 404)
        is_problem(s.request("POST", path, "(+ 1 2)"), 404)
    for method, path, allow in (
        ("GET", "/eval", "POST"),
        ("PUT", "/eval", "POST"),
        ("BREW", "/eval", "POST"),
        ("POST", "/healthz", "GET"),
        ("DELETE", "/metrics", "GET"),
        ("PATCH", "/futures/f_AAAAAAAAAAAAAAAAAAAAAA", "DELETE"),
    ):
        answer = s.request(method, path, "x")
        is_problem(answer, 405)
        assert allow in answer.headers["allow"], answer
    answer = s.request("OPTIONS", "/eval")
    same((answer.status, answer.body), (204, b""))
    assert "POST" in answer.headers["allow"]


@test()
def refusals_keep_the_connection(s):
    with s.connect() as c:
        is_problem(c.request("POST", "/nothing", "x" * 1000), 404)
        is_problem(c.request("PUT", "/eval", "x" * 1000), 405)
        is_problem(c.request("POST", "/eval", "(", {}), 422)
        same(is_future(c.request("POST", "/eval", "(+ 1 2)"))["value"], 3)


@test()
def head_requests(s):
    with s.connect() as c:
        answer = c.request("HEAD", "/healthz")
        same((answer.status, answer.body), (200, b""))
        assert int(answer.headers["content-length"]) > 0
        same(c.request("GET", "/healthz").status, 200)


@test()
def keep_alive_and_pipelining(s):
    with s.connect() as c:
        for i in range(50):
            same(is_future(c.request("POST", "/eval", "(+ %d 1)" % i))["value"], i + 1)
        for i in range(20):
            c.write("POST", "/eval", "(+ %d 1)" % i)
        for i in range(20):
            same(is_future(c.read())["value"], i + 1)
        c.write("POST", "/eval", "(gene/sleep 200) 1")
        c.write("POST", "/eval", "2")
        same(is_future(c.read())["value"], 1)
        same(is_future(c.read())["value"], 2)
        answer = c.request("GET", "/healthz", headers={"Connection": "close"})
        same(answer.headers["connection"], "close")
        assert c.is_closed()
    with s.connect() as c:
        c.send("GET /healthz HTTP/1.0\r\n\r\n")
        same(c.read().status, 200)
        assert c.is_closed()


@test()
def byte_by_byte(s):
    with s.connect() as c:
        data = b"POST /eval HTTP/1.1\r\nHost: t\r\nContent-Length: 7\r\n\r\n(+ 1 2)"
        for i in range(len(data)):
            c.send(data[i : i + 1])
        same(is_future(c.read())["value"], 3)


@test()
def request_ids(s):
    same(s.get("/healthz", {"X-Request-Id": "abc-1:2/3"}).headers["x-request-id"],
         "abc-1:2/3")
    for bad in ("a b", "x" * 200, 'a"b', ""):
        answer = s.get("/healthz", {"X-Request-Id": bad})
        assert re.fullmatch(r"[0-9a-f]{16}", answer.headers["x-request-id"]), answer


@test()
def dates_go_on(s):
    """Answers of one length come from one object, whose date is renewed."""
    with s.connect() as c:
        for _ in range(4):
            answer = c.request("GET", "/version")
            date = parsedate_to_datetime(answer.headers["date"])
            same(format_datetime(date, usegmt=True), answer.headers["date"])
            assert abs(date.timestamp() - int(time.time())) <= 1, answer
            time.sleep(0.8)


TRACE = "0af7651916cd43dd8448eb211c80319c"


@test()
def traces_go_on(s):
    """The same trace, our span for the parent, in the answer and the log."""
    spans = set()
    for version, flags in (("00", "01"), ("00", "00"), ("01", "ff")):
        sent = "%s-%s-b7ad6b7169203331-%s" % (version, TRACE, flags)
        id = "traced-%s-%s" % (version, flags)
        answer = s.eval("1", headers={"X-Request-Id": id, "traceparent": sent})
        found = re.fullmatch(
            "00-%s-([0-9a-f]{16})-%s" % (TRACE, flags), answer.headers["traceparent"]
        )
        assert found, answer
        for event in ("request", "evaluation"):
            line = s.wait_log(lambda e: e.get("request_id") == id and e["event"] == event)
            same(line["trace_id"], TRACE)
            same(line["parent_span_id"], "b7ad6b7169203331")
            same(line["span_id"], found[1])
        spans.add(found[1])
    same(len(spans), 3)
    later = "01-%s-b7ad6b7169203331-01-more" % TRACE
    assert TRACE in s.get("/nothing", {"traceparent": later}).headers["traceparent"]


@test()
def traces_that_are_none(s):
    for bad in (
        "",
        "x",
        "00-%s-b7ad6b7169203331" % TRACE,
        "00-%s-b7ad6b7169203331-1" % TRACE,
        "00-%s-b7ad6b7169203331-01-more" % TRACE,
        "01-%s-b7ad6b7169203331-01.more" % TRACE,
        "ff-%s-b7ad6b7169203331-01" % TRACE,
        "00-%s-b7ad6b7169203331-01" % TRACE.upper(),
        "00-%s-b7ad6b7169203331-0g" % TRACE,
        "00-%s-0000000000000000-01" % TRACE,
        "00-%s-b7ad6b7169203331-01" % ("0" * 32),
        "00_%s-b7ad6b7169203331-01" % TRACE,
    ):
        id = "t-%d" % abs(hash(bad))
        answer = s.get("/version", {"traceparent": bad, "X-Request-Id": id})
        same((answer.status, answer.headers.get("traceparent")), (200, None), bad)
        assert "trace_id" not in s.wait_log(lambda e: e.get("request_id") == id)


@test()
def absolute_target(s):
    same(s.get("http://example.org/healthz").status, 200)
