"""Idempotency-Key: a request that is sent again runs once."""

import threading

from harness import eventually, is_future, is_problem, is_well, same, test


def keyed(key, **more):
    return dict(more, **{"Idempotency-Key": key})


@test()
def the_same_request_is_the_same_future(s):
    first = is_future(s.eval("(+ 1 2)", headers=keyed("k1")))
    again = s.eval("(+ 1 2)", headers=keyed("k1"))
    same(is_future(again), first)
    same(is_future(s.eval("(+ 1 2)", headers=keyed('"k1"'))), first, "quoted")
    body = {"script": "(+ 1 2)", "wait_ms": 5000, "label": "x"}
    second = is_future(s.post(body, headers=keyed("k2")))
    same(is_future(s.post(body, headers=keyed("k2"))), second)
    assert is_future(s.eval("(+ 1 2)", headers=keyed("k3")))["id"] != first["id"]
    assert is_future(s.eval("(+ 1 2)"))["id"] != first["id"]
    same(s.metric('gened_evaluations_total{outcome="success"}'), 4)


@test()
def another_request_under_the_key(s):
    s.eval("1", headers=keyed("k"))
    problem = is_problem(s.eval("2", headers=keyed("k")), 422, "idempotency-key-reused")
    same(problem["field"], "Idempotency-Key")
    is_problem(s.eval(" 1", headers=keyed("k")), 422, "idempotency-key-reused")
    same(is_future(s.eval("1", headers=keyed("j")))["value"], 1)
    is_problem(s.post("1", headers=keyed("j")), 422, "idempotency-key-reused")
    same(is_future(s.eval("1", headers=keyed("k")))["value"], 1)


@test()
def also_while_it_runs(s):
    slow = "(gene/sleep 60000)"
    first = is_future(s.eval(slow, headers=keyed("k", Prefer="respond-async")), 202, "pending")
    again = s.eval(slow, headers=keyed("k", Prefer="respond-async"))
    same(is_future(again, 202, "pending")["id"], first["id"])
    same(again.headers["location"], first["links"]["self"])
    again = s.eval(slow, "/eval?wait=0.05", headers=keyed("k"))
    same(is_future(again, 202, "pending")["id"], first["id"])
    with s.connect() as c:
        c.write("POST", "/eval", slow, keyed("k", Prefer="wait=50"))
        eventually("two in flight", lambda: s.metric("gened_http_in_flight") >= 2)
        s.request("DELETE", first["links"]["self"])
        same(is_future(c.read(), 200, "cancelled")["id"], first["id"])
    same(is_future(s.eval(slow, headers=keyed("k")), 200, "cancelled")["id"], first["id"])


@test()
def the_wait_of_the_body_counts_again(s):
    body = {"script": "(gene/sleep 60000)", "wait_ms": 50}
    first = is_future(s.post(body, headers=keyed("k")), 202, "pending")
    same(is_future(s.post(body, headers=keyed("k")), 202, "pending")["id"], first["id"])


@test()
def a_hundred_at_once_run_once(s):
    script = '(println "ran") (gene/sleep 200) 7'
    answers = []

    def send():
        with s.connect() as c:
            answers.append(c.request("POST", "/eval", script, keyed("once", Prefer="wait=30")))

    threads = [threading.Thread(target=send) for _ in range(100)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    same(len(answers), 100)
    futures = [is_future(answer) for answer in answers]
    same(len(set(future["id"] for future in futures)), 1)
    same(set(future["output"] for future in futures), {"ran\n"})
    same(s.metric('gened_evaluations_total{outcome="success"}'), 1)


@test(max_body="1MiB", queue_time="60s")
def a_hundred_large_ones_run_once(s):
    """Those that come while it is being compiled are told to come again."""
    script = "(println 1)" + "(+ 1 2)" * 60000 + " 7"
    futures, busy = [], []
    others = [s.connect() for _ in range(16)]
    for i, other in enumerate(others):  # the threads that compile are busy
        other.write("POST", "/eval?wait=30", "%d %s" % (i, script))

    def send():
        while True:
            answer = s.eval(script, headers=keyed("large", Prefer="wait=30"))
            if answer.status != 409:
                futures.append(is_future(answer))
                return
            problem = is_problem(answer, 409, "idempotent-request-in-progress")
            assert int(answer.headers["retry-after"]) >= 1
            busy.append(problem)

    threads = [threading.Thread(target=send) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for other in others:
        is_future(other.read())
        other.close()
    same(len(set(future["id"] for future in futures)), 1)
    same(s.metric('gened_evaluations_total{outcome="success"}'), 17)
    assert busy, "none came too early"


@test()
def a_client_with_a_key_may_go_and_come_back(s):
    script = '(gene/sleep 300) "done"'
    with s.connect() as c:
        c.write("POST", "/eval", script, keyed("k", Prefer="wait=50"))
        eventually("running", lambda: s.metric("gened_contexts_live") == 1)
    future = is_future(s.eval(script, headers=keyed("k", Prefer="wait=50")))
    same(future["value"], "done")
    same(s.metric('gened_evaluations_total{outcome="success"}'), 1)


@test()
def what_was_refused_frees_the_key(s):
    is_problem(s.eval("(+ 1", headers=keyed("k")), 422, "invalid-script")
    same(is_future(s.eval("(+ 1 2)", headers=keyed("k")))["value"], 3)
    is_problem(s.post('{"script": 1}', headers=keyed("j")), 422, "invalid-field")
    is_problem(s.post('{"script": "(" , "label": "%s"}' % ("x" * 9000), headers=keyed("j")), 422)
    is_problem(s.eval("1", "/eval?wait=x", headers=keyed("j")), 400)
    is_problem(s.eval('"' + "x" * 9000, headers=keyed("j")), 422, "invalid-script")
    same(is_future(s.post({"script": "2"}, headers=keyed("j")))["value"], 2)


@test(max_body="1MiB")
def gone_before_it_was_accepted(s):
    script = "(+ 1 2)" * 100000 + " 7"
    for _ in range(5):
        with s.connect() as c:
            c.write("POST", "/eval", script, keyed("k"))
            eventually("there", lambda: s.metric("gened_http_in_flight") >= 1)
    def again():
        answer = s.eval(script, headers=keyed("k", Prefer="wait=30"))
        return answer.status == 200 and is_future(answer)["value"] == 7
    eventually("accepted", again)
    is_well(s)


@test(keep_count=3)
def a_key_is_kept_as_long_as_its_future(s):
    first = is_future(s.eval("1", headers=keyed("k")))["id"]
    same(is_future(s.eval("1", headers=keyed("k")))["id"], first)
    for _ in range(6):
        s.eval("1")
    second = is_future(s.eval("2", headers=keyed("k")))
    assert second["id"] != first
    same(s.request("DELETE", second["links"]["self"]).status, 204)
    third = is_future(s.eval("3", headers=keyed("k")))
    same(third["value"], 3)


@test()
def keys_that_are_none(s):
    for key in ("", '""', '"', '"x', "x" * 256, '"' + "x" * 256 + '"', "caf\u00e9", "a\tb"):
        problem = is_problem(s.eval("1", headers=keyed(key)), 400)
        assert problem["type"] in ("/problems/bad-idempotency-key", "/problems/malformed-request")
    for key in ("x" * 255, '"' + "x" * 255 + '"', "a b~!", "\\"):
        is_future(s.eval("1", headers=keyed(key)))
    problem = is_problem(s.eval("1", headers=keyed("x" * 256)), 400, "bad-idempotency-key")
    same(problem["limit"], 255)
    with s.connect() as c:
        c.send(
            "POST /eval HTTP/1.1\r\nHost: t\r\nContent-Length: 1\r\n"
            "Idempotency-Key: a\r\nIdempotency-Key: b\r\n\r\n1"
        )
        same(c.read().status, 400)
    is_well(s)
