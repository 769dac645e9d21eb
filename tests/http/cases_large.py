"""Bodies that are read and compiled beside the loop."""

import json
import threading
import time

from harness import eventually, is_future, is_problem, same, test

MANY = 100000  # numbers; a body of some 200 KB


def slow_script(n):
    """A MiB that takes a while to compile, and differs for each n."""
    return "(fn f [x] x) (f %d) " % n + "(f 1) " * 170000


def numbers(n=MANY):
    return '{"script": "[($input .size) $input/0 $input/99999]", "input": [%s]}' % ",".join(
        str(i) for i in range(n)
    )


@test(max_body="1MiB")
def large_input_arrives_whole(s):
    future = is_future(s.post(numbers()))
    same(future["value"], [MANY, 0, MANY - 1])
    words = {"k%d" % i: "v\u00e9%d\n" % i for i in range(20000)}
    body = {"script": "$input", "input": words, "label": "l", "wait_ms": 20000}
    same(is_future(s.post(body))["value"], words)
    deep = json.loads("[" * 400 + "1" + "]" * 400)
    body = {"script": "($input .size)", "input": [deep, " " * 20000]}
    same(is_future(s.post(body))["value"], 2)


@test(max_body="1MiB")
def large_env_and_no_input(s):
    env = {"NAME%d" % i: "text %d" % i for i in range(30000)}
    body = {"script": "[($env .size) $env/NAME29999 $input]", "env": env}
    same(is_future(s.post(body))["value"], [30000, "text 29999", None])
    body = {"script": "[($env .size) $input]" + " " * 20000, "seed": 1}
    same(is_future(s.post(body))["value"], [0, None])


@test(max_body="1MiB")
def large_input_is_paid_for(s):
    body = json.loads(numbers())
    usage = is_future(s.post(body))["usage"]
    assert usage["fuel"] > MANY, usage
    body["limits"] = {"fuel": 1000}
    error = is_future(s.post(body), status="failure")["error"]
    same(error["code"], "GENE.LIMIT.FUEL")
    body["limits"] = {"memory_bytes": 1000000}
    error = is_future(s.post(body), status="failure")["error"]
    same(error["code"], "GENE.LIMIT.MEMORY")


@test(max_body="1MiB")
def time_in_the_pool_is_time_in_the_queue(s):
    usage = is_future(s.eval(slow_script(0) + "1", "/eval?wait=60"))["usage"]
    assert usage["queue_us"] > 10000, usage


@test(max_body="1MiB")
def large_scripts_are_kept(s):
    script = "(var x 1)\n" * 5000 + "x"
    for way in range(3):
        same(is_future(s.eval(script))["value"], 1)
        same(is_future(s.post({"script": script}))["value"], 1)
    same(s.metric("gened_program_hits_total"), 5)


@test(max_body="1MiB")
def large_mistakes_are_told_as_small_ones(s):
    """The same problem, but for where it is."""
    for tail in ("(var x", "(if)", "(var)", '(println "', ")"):
        small = is_problem(s.eval("1\n" + tail), 422, "invalid-script")
        script = "(+ 1 2)\n" * 5000 + tail
        for answer in (s.eval(script), s.post({"script": script})):
            large = is_problem(answer, 422, "invalid-script")
            if small.get("line") == 2:
                same(large.pop("line"), 5001)
                del small["line"]
            same(large, {**large, **small}, tail)
            small = is_problem(s.eval("1\n" + tail), 422, "invalid-script")
    pad = ' "label": "%s"}' % ("x" * 20000)
    for body, status, slug in (
        ('{"script": 1,' + pad, 422, "invalid-field"),
        ('{"script": "1",' + pad, 422, "invalid-field"),
        ('{"nosuch": [%s],' % ",".join(["[]"] * 9000) + pad, 422, "unknown-field"),
        ('{"script": "1" "x"' + pad, 400, "malformed-json"),
        ("[" * 20000, 400, "nesting-too-deep"),
        ('{"label": "", ' + pad, 400, "duplicate-key"),
        ('{"input": 1e999, ' + pad, 422, "number-out-of-range"),
        (b'{"script": "\xff"' + b" " * 20000 + b"}", 400, "invalid-utf-8"),
        ("{}" + " " * 20000, 422, "invalid-field"),
    ):
        is_problem(s.post(body), status, slug)
    is_problem(s.eval(b"1 \xff" + b" " * 20000), 400, "invalid-utf-8")
    is_problem(s.post(numbers(), "/eval?wait=x"), 400, "bad-query")
    same(s.metric("gened_queue_length"), 0)


@test(max_body="1MiB")
def others_go_on_meanwhile(s):
    """The loop is free while bodies are read and compiled."""
    stop = []

    def flood(seed):
        with s.connect() as c:
            n = seed * 1000000
            while not stop:
                n += 1
                c.request("POST", "/eval", slow_script(n), {"Content-Type": "text/plain"})

    threads = [threading.Thread(target=flood, args=(i,)) for i in range(3)]
    for thread in threads:
        thread.start()
    try:
        eventually("busy", lambda: s.metric("gened_queue_length") >= 2)
        took = []
        for i in range(100):
            start = time.monotonic()
            same(is_future(s.eval("(+ 1 2)"))["value"], 3)
            took.append(time.monotonic() - start)
    finally:
        stop.append(True)
        for thread in threads:
            thread.join()
    took.sort()
    assert took[50] < 0.1, "median %.3f s" % took[50]


@test(max_body="1MiB")
def client_gone_while_it_compiles(s):
    for turn in range(4):
        gone = []
        for i in range(6):
            c = s.connect()
            c.write("POST", "/eval", slow_script(turn * 10 + i))
            gone.append(c)
        c = s.connect()
        c.write("POST", "/eval", numbers(), {"Content-Type": "application/json"})
        gone.append(c)
        eventually("there", lambda: s.metric("gened_queue_length") >= 3)
        for c in gone:
            c.close()
        eventually("all gone", lambda: s.metric("gened_queue_length") == 0)
    same(is_future(s.eval("(+ 1 2)"))["value"], 3)
    same(s.metric('gened_evaluations_total{outcome="failure"}'), 0)
    eventually("nobody", lambda: s.metric("gened_http_connections") == 1)


@test(max_body="1MiB", queue_length=2, queue_time="60s")
def more_than_the_queue_holds(s):
    """Each is answered: served, or refused at once."""
    clients = []
    for i in range(12):
        c = s.connect()
        c.write("POST", "/eval", slow_script(i) + "7", {"Prefer": "wait=60"})
        clients.append(c)
    statuses = {}
    for c in clients:
        answer = c.read()
        statuses[answer.status] = statuses.get(answer.status, 0) + 1
        if answer.status == 503:
            is_problem(answer, 503, "overloaded")
            same(answer.headers["retry-after"], "1")
        else:
            same(is_future(answer)["value"], 7)
        c.close()
    assert statuses[200] >= 2 and statuses[503] >= 1, statuses
    same(s.metric('gened_evaluations_refused_total{reason="queue"}'), statuses[503])
    same(s.get("/readyz").status, 200)


@test(max_body="1MiB", queue_time="1ms")
def too_long_in_the_queue(s):
    clients = []
    for i in range(6):
        c = s.connect()
        c.write("POST", "/eval", slow_script(i) + "7", {"Prefer": "wait=60"})
        clients.append(c)
    answers = [c.read() for c in clients]
    late = [a for a in answers if a.status == 503]
    assert late, answers
    for answer in late:
        is_problem(answer, 503, "overloaded")


@test(max_body="1MiB", drain_timeout="60s", queue_time="60s")
def drain_waits_for_what_compiles(s):
    clients = []
    for i in range(4):
        c = s.connect()
        c.write("POST", "/eval", slow_script(i) + "7", {"Prefer": "wait=60"})
        clients.append(c)
    eventually("there", lambda: s.metric("gened_queue_length") >= 3)
    s.terminate()
    for c in clients:
        same(is_future(c.read())["value"], 7)
    same(s.wait(), 0)


@test(max_body="1MiB", drain_timeout="10ms")
def drain_refuses_what_compiles(s):
    clients = []
    for i in range(6):
        c = s.connect()
        c.write("POST", "/eval", slow_script(i), {"Prefer": "wait=60"})
        clients.append(c)
    eventually("there", lambda: s.metric("gened_queue_length") >= 5)
    s.terminate()
    statuses = [c.read().status for c in clients]
    assert 503 in statuses, statuses
    same(s.wait(), 0)


@test(max_body="1MiB", drain_timeout="60s", queue_time="60s")
def second_signal_while_it_compiles(s):
    clients = [s.connect() for _ in range(6)]
    for i, c in enumerate(clients):
        c.write("POST", "/eval", slow_script(i), {"Prefer": "wait=60"})
    eventually("there", lambda: s.metric("gened_queue_length") >= 5)
    s.terminate()
    s.wait_log(lambda e: e.get("event") == "stopping")
    s.terminate()
    same(s.wait(), 0)


@test(max_body="1MiB", max_contexts=1)
def large_ones_wait_for_a_context_too(s):
    path = s.eval("(loop 1)", headers={"Prefer": "respond-async"}).headers["location"]
    later = []
    for i in range(3):
        body = json.loads(numbers())
        body["label"] = "n%d" % i
        answer = s.post(body, headers={"Prefer": "respond-async"})
        same(answer.status, 202)
        later.append(answer.headers["location"])
    s.request("DELETE", later[1])
    s.request("DELETE", path)
    for at in (0, 2):
        future = is_future(s.get(later[at] + "?wait=20"))
        same(future["value"], [MANY, 0, MANY - 1])
    is_future(s.get(later[1]), 200, "cancelled")


@test(max_body="1MiB", max_fuel=0x7FFFFFFF)
def a_large_input_ends_by_wall_and_cancel(s):
    body = json.loads(numbers())
    body["script"] = "(loop 1)"
    body["limits"] = {"wall_ms": 100}
    error = is_future(s.post(body), status="failure")["error"]
    same(error["code"], "GENE.LIMIT.WALL")
    body["limits"] = {}
    for i in range(5):
        path = s.post(body, headers={"Prefer": "respond-async"}).headers["location"]
        s.request("DELETE", path)
        is_future(s.get(path + "?wait=20"), 200, "cancelled")
