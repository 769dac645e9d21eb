"""Futures that are polled, waited for, cancelled, forgotten."""

import socket
import time

from harness import eventually, is_future, is_problem, same, test


@test()
def respond_async(s):
    answer = s.eval("(gene/sleep_async 60000)", headers={"Prefer": "respond-async"})
    future = is_future(answer, 202, "pending")
    same(answer.headers["location"], "/futures/" + future["id"])
    same(answer.headers["preference-applied"], "respond-async")
    assert int(answer.headers["retry-after"]) >= 1
    path = answer.headers["location"]

    answer = s.get(path)
    is_future(answer, 200, "pending")
    same(answer.headers["etag"], '"%d"' % answer.json["version"])
    assert int(answer.headers["retry-after"]) >= 1

    answer = s.request("DELETE", path)
    assert answer.status in (200, 202), answer
    eventually("cancelled", lambda: s.get(path).json["status"] == "cancelled")
    future = is_future(s.get(path), 200, "cancelled")
    same(future["error"]["class"], "CancellationException")
    same(s.request("DELETE", path).status, 204)
    is_problem(s.get(path), 404)
    is_problem(s.request("DELETE", path), 404)


@test()
def respond_async_of_what_is_done(s):
    answer = s.eval("(+ 1 2)", headers={"Prefer": "respond-async"})
    same(answer.status, 202)
    future = is_future(s.get(answer.headers["location"] + "?wait=10"))
    same(future["value"], 3)
    assert "retry-after" not in s.get(answer.headers["location"]).headers


@test()
def pending_value_is_202(s):
    start = time.monotonic()
    answer = s.eval("(gene/sleep_async 20000)")
    future = is_future(answer, 202, "pending")
    assert time.monotonic() - start < 4.5
    s.request("DELETE", future["links"]["self"])


@test()
def wait_is_respected(s):
    answer = s.eval("(gene/sleep 60000)", path="/eval?wait=0.1")
    is_future(answer, 202, "pending")
    answer = s.post({"script": "(gene/sleep 60000)", "wait_ms": 50})
    is_future(answer, 202, "pending")
    answer = s.eval("(gene/sleep 60000)", headers={"Prefer": "wait=0"})
    is_future(answer, 202, "pending")
    same(answer.headers["preference-applied"], "wait=0")
    answer = s.eval("(gene/sleep 100) 7", headers={"Prefer": "wait=20"})
    same(is_future(answer)["value"], 7)
    same(answer.headers["preference-applied"], "wait=20")
    answer = s.eval("(gene/sleep_async 200)", path="/eval?wait=20")
    is_future(answer)
    answer = s.eval(
        "(gene/sleep 100) 8", headers={"Prefer": 'respond-async, wait="20"'}
    )
    same(is_future(answer)["value"], 8)


@test(max_wait="100ms")
def wait_is_cut(s):
    is_future(s.eval("(gene/sleep 60000)", path="/eval?wait=60"), 202, "pending")


@test(max_wait="1s")
def preference_applied_is_what_was_applied(s):
    waiting = "(gene/sleep 60000)"
    answer = s.eval(waiting, headers={"Prefer": "wait=100"})
    is_future(answer, 202, "pending")
    same(answer.headers["preference-applied"], "wait=1")
    answer = s.eval(waiting, headers={"Prefer": "respond-async, wait=0.05"})
    same(answer.headers["preference-applied"], "respond-async, wait=0.05")
    answer = s.eval(waiting, path="/eval?wait=0", headers={"Prefer": "wait=1"})
    assert "preference-applied" not in answer.headers, answer
    same(s.eval("1", headers={"Prefer": "wait=7"}).headers["preference-applied"],
         "wait=1")


@test(cancel_grace="50ms")
def cancelled_after_its_grace(s):
    """The reason stays, however the script was ended."""
    stubborn = "(loop (try (gene/sleep 60000) catch * nil))"
    for script in ("(gene/sleep 60000)", stubborn, "(loop 1)"):
        answer = s.eval(script, headers={"Prefer": "respond-async"})
        path = answer.headers["location"]
        s.request("DELETE", path)
        future = is_future(s.get(path + "?wait=20"), 200, "cancelled")
        same(future["error"]["message"], "Cancelled by request", script)


@test(default_wait="100ms")
def default_wait(s):
    is_future(s.eval("(await (gene/sleep_async 60000))"), 202, "pending")


@test()
def bad_wait(s):
    for query in ("wait=x", "wait=-1", "wait=", "wait=1e9", "wait=1.", "wait"):
        is_problem(s.eval("1", path="/eval?" + query), 400)
    same(s.eval("(+ 1 2)", headers={"Prefer": "wait=soon"}).status, 200)


@test()
def long_poll(s):
    path = s.eval(
        "(gene/sleep 300) 9", headers={"Prefer": "respond-async"}
    ).headers["location"]
    same(is_future(s.get(path + "?wait=20"))["value"], 9)
    path = s.eval(
        "(gene/sleep 60000)", headers={"Prefer": "respond-async"}
    ).headers["location"]
    is_future(s.get(path + "?wait=0.1"), 200, "pending")
    with s.connect() as waiting:
        waiting.write("GET", path + "?wait=30")
        eventually("two in flight", lambda: s.metric("gened_http_in_flight") >= 2)
        s.request("DELETE", path)
        is_future(waiting.read(), 200, "cancelled")


@test()
def long_poll_since(s):
    path = s.eval(
        '(gene/sleep 300) (println "a") (gene/sleep 60000)',
        headers={"Prefer": "respond-async"},
    ).headers["location"]
    version = s.get(path).json["version"]
    seen = ""
    while "a" not in seen:
        future = is_future(
            s.get(path + "?wait=20&since=%d" % version), 200, "pending"
        )
        assert future["version"] > version
        version, seen = future["version"], future["output"]
    same(is_problem(s.get(path + "?wait=1&since=x"), 400)["field"], "since")
    same(is_problem(s.get(path + "?wait=x&since=1"), 400)["field"], "wait")


@test()
def etag(s):
    path = is_future(s.eval("(+ 1 2)"))["links"]["self"]
    answer = s.get(path)
    tag = answer.headers["etag"]
    for value in (tag, "W/" + tag, "*", '"0", ' + tag):
        answer = s.get(path, {"If-None-Match": value})
        same((answer.status, answer.body), (304, b""), value)
        same(answer.headers["etag"], tag)
    for value in ('"0"', '"0%s' % tag[1:], tag[1:-1], tag[:-1], tag + tag, '""', ", ,"):
        same(s.get(path, {"If-None-Match": value}).status, 200, value)


@test()
def get_as_text(s):
    path = is_future(s.eval('(println "x") 5'))["links"]["self"]
    same(s.get(path, {"Accept": "text/plain"}).text, "x\n5\n")


@test()
def ids_that_do_not_exist(s):
    for path in (
        "/futures/f_AAAAAAAAAAAAAAAAAAAAAA",
        "/futures/f_0123456789abcdefghijkg",
        "/futures/x",
        "/futures/f_",
        "/futures/" + "f" * 2000,
        "/futures/f_%2e%2e%2f",
    ):
        is_problem(s.get(path), 404)
        is_problem(s.request("DELETE", path), 404)
    is_problem(s.get("/futures/"), 404)
    is_problem(s.get("/futures/a/b"), 404)


@test(keep_count=3)
def expired_is_410(s):
    first = is_future(s.eval("(+ 1 2)"))["links"]["self"]
    same(s.get(first).status, 200)
    for _ in range(5):
        last = is_future(s.eval("(+ 1 2)"))["links"]["self"]
    is_problem(s.get(first), 410, "expired")
    same(s.get(last).status, 200)


@test(keep_time="200ms")
def kept_for_a_time(s):
    path = is_future(s.eval("(+ 1 2)"))["links"]["self"]
    eventually("expired", lambda: s.get(path).status == 410)


@test(keep_bytes="4KiB")
def kept_by_bytes(s):
    path = is_future(s.eval('"' + "x" * 5000 + '"'))["links"]["self"]
    eventually("expired", lambda: s.get(path).status == 410)


@test()
def client_goes_away(s):
    c = s.connect()
    c.write("POST", "/eval", "(gene/sleep 60000)", {"Prefer": "wait=50"})
    eventually("running", lambda: s.metric("gened_contexts_live") == 1)
    c.close()
    eventually("cancelled", lambda: s.metric("gened_contexts_live") == 0)
    same(s.metric('gened_evaluations_total{outcome="cancelled"}'), 1)


@test()
def client_goes_away_by_reset(s):
    c = s.connect()
    c.write("POST", "/eval", "(gene/sleep 60000)", {"Prefer": "wait=50"})
    eventually("running", lambda: s.metric("gened_contexts_live") == 1)
    c.socket.setsockopt(
        socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0"
    )
    c.close()
    eventually("cancelled", lambda: s.metric("gened_contexts_live") == 0)


@test()
def client_with_an_id_goes_away(s):
    path = s.eval(
        "(gene/sleep 60000)", headers={"Prefer": "respond-async"}
    ).headers["location"]
    c = s.connect()
    c.write("GET", path + "?wait=50")
    eventually("waiting", lambda: s.metric("gened_http_in_flight") == 2)
    c.close()
    eventually("gone", lambda: s.metric("gened_http_in_flight") == 1)
    is_future(s.get(path), 200, "pending")
