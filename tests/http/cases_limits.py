"""Limits of evaluations and of the process."""

import threading
import time

from harness import MIB, eventually, is_future, is_problem, is_well, same, test


@test()
def loop_ends_by_its_fuel(s):
    answers = []
    thread = threading.Thread(target=lambda: answers.append(s.eval("(loop 1)", path="/eval?wait=30")))
    thread.start()
    slowest = 0.0
    while thread.is_alive():
        start = time.monotonic()
        same(s.get("/healthz").status, 200)
        same(is_future(s.eval("(+ 1 2)"))["value"], 3)
        slowest = max(slowest, time.monotonic() - start)
    thread.join()
    assert slowest < 2.0, "others waited %.3f s" % slowest
    future = is_future(answers[0], answers[0].status, "failure")
    same(future["error"]["class"], "LimitException")
    assert future["error"]["code"] in ("GENE.LIMIT.FUEL", "GENE.LIMIT.WALL")


@test()
def wall_limit(s):
    for script in ("(gene/sleep 60000)", "(loop 1)"):
        future = is_future(
            s.post({"script": script, "limits": {"wall_ms": 100}}),
            status="failure",
        )
        same(future["error"]["code"], "GENE.LIMIT.WALL", script)
        assert future["usage"]["wall_us"] >= 100000


@test()
def fuel_limit(s):
    future = is_future(
        s.post({"script": "(loop 1)", "limits": {"fuel": 10000}}),
        status="failure",
    )
    same(future["error"]["code"], "GENE.LIMIT.FUEL")
    same(future["error"]["class"], "LimitException")


@test()
def memory_limit(s):
    script = '(var xs []) (loop (xs .add "xxxxxxxxxxxxxxxx"))'
    future = is_future(s.eval(script, "/eval?wait=30"), status="failure")
    same(future["error"]["code"], "GENE.LIMIT.MEMORY")
    before = s.rss()
    for _ in range(8):
        future = is_future(s.eval(script, "/eval?wait=30"), status="failure")
        same(future["error"]["code"], "GENE.LIMIT.MEMORY")
    if not s.is_sanitized():
        assert s.rss() - before < 48 * MIB, (before, s.rss())
    eventually("given back", lambda: s.metric("gened_context_bytes") == 0)
    is_well(s)


@test(max_context_bytes="48MiB", max_memory="16MiB", max_wall="60s")
def memory_of_all_is_bounded(s):
    script = '(var xs []) (loop (xs .add "xxxxxxxxxxxxxxxx"))'
    open_ones = []
    for _ in range(12):
        c = s.connect()
        c.write("POST", "/eval", script, {"Prefer": "wait=60"})
        open_ones.append(c)
    most = 0
    while s.metric("gened_http_in_flight") > 1:
        most = max(most, s.metric("gened_context_bytes"))
    for c in open_ones:
        future = is_future(c.read(), status="failure")
        same(future["error"]["code"], "GENE.LIMIT.MEMORY")
        c.close()
    assert 16 * MIB < most < 64 * MIB, most


@test()
def output_limit(s):
    future = is_future(
        s.post(
            {
                "script": '(var i 0) (while (< i 100) (println "abcdefghi") (i = (+ i 1))) 1',
                "limits": {"output_bytes": 100},
            }
        )
    )
    same(future["output_truncated"], True)
    assert len(future["output"]) <= 100
    same(future["usage"]["output_bytes"], 1000)
    same(future["value"], 1)


@test(max_nesting="20", max_value_nesting="30", max_answer_nesting="3")
def nesting_limits(s):
    limits = s.get("/limits").json
    same([limits[n] for n in ("nesting", "value_nesting", "answer_nesting")], [20, 30, 3])
    same(s.eval("[" * 20 + "]" * 20).status, 200)
    problem = is_problem(s.eval("[" * 21 + "]" * 21), 422, "invalid-script")
    same((problem["line"], problem["column"]), (1, 21))
    assert "Nesting too deep (the limit is 20 levels)" in problem["detail"], problem
    body = '{"script": "1", "input": %s%s}'
    json = {"Content-Type": "application/json"}
    same(s.eval(body % ("[" * 19, "]" * 19), headers=json).status, 200)
    problem = is_problem(s.eval(body % ("[" * 20, "]" * 20), headers=json), 400)
    same((problem["type"], problem["limit"]), ("/problems/nesting-too-deep", 20))
    deep = "(var a [1]) (repeat %d (a = [a])) a"
    future = is_future(s.eval(deep % 29))
    same(future["value"], [[[{"$opaque": "Array", "text": "[" * 27 + "1" + "]" * 27}]]])
    assert "3 levels" in future["diagnostics"][0]["message"], future
    error = is_future(s.eval(deep % 30), status="failure")["error"]
    same(error["class"], "RuntimeException")
    same(error["message"], "Nesting too deep (the limit is 30 levels)")
    same(error["line"], 1)


@test(max_regex_steps="200")
def regex_steps(s):
    same(s.get("/limits").json["regex_steps"], 200)
    match = '(#/^(a+)+b/ .match? "%s")'
    same(is_future(s.eval(match % "aab"))["value"], True)
    error = is_future(s.eval(match % ("a" * 20 + "cb")), status="failure")["error"]
    same(error["message"], "Regex step limit exceeded")


@test()
def limits_can_only_be_lowered(s):
    for name, value in (
        ("wall_ms", 10001),
        ("fuel", 1000000001),
        ("memory_bytes", 1 << 40),
        ("output_bytes", 1 << 40),
        ("stack_depth", 20001),
    ):
        problem = is_problem(
            s.post({"script": "1", "limits": {name: value}}), 422, "limit-too-high"
        )
        same(problem["field"], "limits." + name)
        assert problem["limit"] < value
    problem = is_problem(s.post({"script": "1", "limits": {"fuel": 0}}), 422)
    same(problem["field"], "limits.fuel")


@test(max_contexts=2, queue_length=1, queue_time="300ms")
def queue_is_bounded(s):
    paths = [
        s.eval("(gene/sleep 9000)", headers={"Prefer": "respond-async"}).headers[
            "location"
        ]
        for _ in range(2)
    ]
    with s.connect() as queued:
        queued.write("POST", "/eval", "(+ 1 2)")
        eventually("queued", lambda: s.metric("gened_queue_length") == 1)
        problem = is_problem(s.eval("(+ 1 2)"), 503, "overloaded")
        assert problem["detail"]
        answer = queued.read()
        is_problem(answer, 503, "overloaded")
        assert int(answer.headers["retry-after"]) >= 1
    with s.connect() as queued:
        queued.write("POST", "/eval", "(+ 1 2)")
        eventually("queued", lambda: s.metric("gened_queue_length") == 1)
        s.request("DELETE", paths[0])
        future = is_future(queued.read())
        same(future["value"], 3)
        assert future["usage"]["queue_us"] > 0


@test(max_contexts=1, queue_length=5)
def queued_can_be_cancelled(s):
    s.eval("(gene/sleep 9000)", headers={"Prefer": "respond-async"})
    path = s.eval("(+ 1 2)", headers={"Prefer": "respond-async"}).headers["location"]
    same(s.get(path).json["phase"], "queued")
    is_future(s.request("DELETE", path), 200, "cancelled")
    c = s.connect()
    c.write("POST", "/eval", "(+ 1 2)")
    eventually("queued", lambda: s.metric("gened_queue_length") == 1)
    c.close()
    eventually("dropped", lambda: s.metric("gened_queue_length") == 0)


@test()
def cancel_takes_a_loop(s):
    path = s.eval("(loop 1)", headers={"Prefer": "respond-async"}).headers["location"]
    s.request("DELETE", path)
    is_future(s.get(path + "?wait=20"), 200, "cancelled")


@test(max_connections=8)
def too_many_connections(s):
    open_ones = [s.connect() for _ in range(8)]
    for c in open_ones:
        same(c.request("GET", "/healthz").status, 200)
    with s.connect() as c:
        answer = c.request("GET", "/healthz")
        is_problem(answer, 503, "too-many-connections")
        assert c.is_closed()
    for c in open_ones:
        c.close()
    eventually("room", lambda: s.get("/healthz").status == 200)
