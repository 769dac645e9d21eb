"""POST /eval/batch: many requests at once, each answered for itself."""

import json
import threading
import time

from harness import FIELDS, eventually, is_future, is_problem, is_well, same, test


def batch(s, items, path="/eval/batch", headers=None):
    return s.post({"items": items}, path, headers)


def items_of(answer, status=200):
    same(answer.status, status, "status of %r" % answer)
    same(answer.headers["content-type"], "application/json")
    same(set(answer.json), {"items"})
    return answer.json["items"]


def is_item(item, status="success"):
    same(set(item), FIELDS)
    same(item["status"], status)
    return item


def is_item_problem(item, status, slug):
    same((item["status"], item["type"]), (status, "/problems/" + slug))
    assert item["title"], item
    return item


@test()
def in_order(s):
    got = items_of(batch(s, [{"script": "(* %d 2)" % i} for i in range(20)]))
    same([is_item(item)["value"] for item in got], [i * 2 for i in range(20)])
    same(len(set(item["id"] for item in got)), 20)
    for item in got[:3]:
        same(s.get(item["links"]["self"]).json, item)
    same(items_of(batch(s, [])), [])
    same(items_of(batch(s, [{"script": "$input/n", "input": {"n": 7}, "label": "x"}]))[0]["value"], 7)
    same(len(s.get("/futures?label=x").json["items"]), 1)


@test()
def a_broken_item_spoils_no_other(s):
    good = '{"script": "1"}'
    for bad, status, slug, field in (
        ('{"script": "(+ 1"}', 422, "invalid-script", None),
        ('{"script": "1", "extra": 1}', 422, "unknown-field", "extra"),
        ('{"script": "1", "limits": {"fuel": 0}}', 422, "invalid-field", "limits.fuel"),
        ('{"script": "1", "seed": 99999999999999999999}', 422, "number-out-of-range", "seed"),
        ('{"script": "1", "script": "2"}', 400, "duplicate-key", "script"),
        ('{"script": "\\ud800"}', 400, "invalid-utf-8", "script"),
        ('{"script": }', 400, "malformed-json", None),
        ("{}", 422, "invalid-field", "script"),
        ("7", 400, "malformed-json", None),
        ("[]", 422, "invalid-field", None),
        ("null", 400, "malformed-json", None),
        ('"a, ]} b"', 400, "malformed-json", None),
        ("[" * 600 + "]" * 600, 400, "nesting-too-deep", None),
    ):
        answer = s.post('{"items": [%s, %s , %s]}' % (good, bad, good), "/eval/batch")
        got = items_of(answer)
        same(len(got), 3, bad)
        is_item(got[0])
        is_item(got[2])
        problem = is_item_problem(got[1], status, slug)
        same(problem["instance"], "/eval/batch")
        if field:
            same(problem["field"], field, bad)
    got = items_of(batch(s, [{"script": '(throw "x")'}, {"script": "(println 5)"}]))
    same(is_item(got[0], "failure")["error"]["message"], "x")
    same(is_item(got[1])["output"], "5\n")
    same(s.metric('gened_evaluations_refused_total{reason="syntax"}'), 1)


@test()
def bad_batches(s):
    for body, status, slug, field in (
        ("", 400, "malformed-json", None),
        ("{", 400, "malformed-json", None),
        ("[]", 400, "malformed-json", None),
        ("{}", 422, "invalid-field", "items"),
        ('{"items": 1}', 422, "invalid-field", "items"),
        ('{"items": {}}', 422, "invalid-field", "items"),
        ('{"items": [', 400, "malformed-json", None),
        ('{"items": [{"script": "1"}', 400, "malformed-json", None),
        ('{"items": [{"script": "1"},]}', 400, "malformed-json", None),
        ('{"items": [,]}', 400, "malformed-json", None),
        ('{"items": [] } x', 400, "malformed-json", None),
        ('{"items": ["x', 400, "malformed-json", None),
        ('{"items": [], "items": []}', 400, "duplicate-key", "items"),
        ('{"items": [], "\\u0069tems": []}', 400, "duplicate-key", "items"),
        ('{"items": [], "wait": [1, "]"]}', 422, "unknown-field", "wait"),
        (b'{"items": ["\xff"]}', 400, "invalid-utf-8", None),
        ('{"items": [%s]}' % ",".join(["1"] * 1001), 422, "too-many-items", "items"),
    ):
        problem = is_problem(s.post(body, "/eval/batch"), status, slug)
        same(problem.get("field"), field, str(body))
        if slug == "too-many-items":
            same(problem["limit"], 1000)
    is_problem(s.eval("1", "/eval/batch"), 415)
    is_problem(s.request("POST", "/eval/batch", '{"items": []}'), 415)
    is_problem(batch(s, [], headers={"Accept": "text/plain"}), 406)
    is_problem(batch(s, [], headers={"Content-Encoding": "gzip"}), 415)
    is_problem(batch(s, [], "/eval/batch?wait=x"), 400, "bad-query")
    is_problem(batch(s, [], "/eval/batch?limit=1"), 400, "unknown-parameter")
    is_problem(s.get("/eval/batch"), 405)
    is_problem(s.post('{"items": ["' + "x" * 70000 + '"]}', "/eval/batch"), 413)
    is_well(s)


@test()
def waiting(s):
    slow, quick = {"script": "(gene/sleep 60000)"}, {"script": "1"}
    got = items_of(batch(s, [slow, quick], "/eval/batch?wait=0.1"), 202)
    is_item(got[0], "pending")
    is_item(got[1])
    assert s.request("DELETE", got[0]["links"]["self"]).status in (200, 202)
    answer = batch(s, [slow, quick], headers={"Prefer": "wait=0.1"})
    items_of(answer, 202)
    same(answer.headers["preference-applied"], "wait=0.1")
    assert int(answer.headers["retry-after"]) >= 1
    items_of(batch(s, [quick, dict(slow, wait_ms=20), dict(quick, wait_ms=100)]), 202)
    answer = batch(s, [quick, quick], headers={"Prefer": "respond-async"})
    got = items_of(answer, 202)
    same(answer.headers["preference-applied"], "respond-async")
    for item in got:
        same(is_future(s.get(item["links"]["self"] + "?wait=20"))["value"], 1)
    got = items_of(batch(s, [{"script": "(gene/sleep_async 60000)"}, quick]), 202)
    is_item(got[0], "pending")
    start = time.monotonic()
    sleeps = [{"script": "(gene/sleep 300) %d" % i} for i in range(50)]
    got = items_of(batch(s, sleeps, "/eval/batch?wait=20"))
    same([item["value"] for item in got], list(range(50)))
    assert time.monotonic() - start < 5


@test(max_body="1MiB")
def large_batches(s):
    """A thousand items, all different, while others are answered quickly."""
    answers = []
    items = [{"script": "(var x %d) (* x x) ;%s" % (i, "y" * 800)} for i in range(1000)]

    def send():
        answers.append(batch(s, items, "/eval/batch?wait=60"))

    thread = threading.Thread(target=send)
    thread.start()
    slowest = 0.0
    with s.connect() as c:
        while thread.is_alive():
            start = time.monotonic()
            same(c.request("POST", "/eval", "1").status, 200)
            slowest = max(slowest, time.monotonic() - start)
    thread.join()
    got = items_of(answers[0])
    same([item["value"] for item in got], [i * i for i in range(1000)])
    assert s.is_sanitized() or slowest < 0.25, slowest
    is_well(s)


@test(keep_count=3)
def what_is_not_kept_is_answered_all_the_same(s):
    items = [{"script": "%d" % i} for i in range(50)] + [{"script": "(gene/sleep 300) 50"}]
    got = items_of(batch(s, items))
    same([is_item(item)["value"] for item in got], list(range(51)))
    same(s.get(got[0]["links"]["self"]).status, 410)


@test(max_contexts=2, queue_length=3)
def items_without_room(s):
    slow = {"script": "(gene/sleep 300) 1"}
    got = items_of(batch(s, [slow] * 8, "/eval/batch?wait=20"))
    same([is_item(item)["value"] for item in got[:5]], [1] * 5)
    for item in got[5:]:
        is_item_problem(item, 503, "overloaded")
    is_well(s)


@test(max_contexts=1, queue_time="200ms")
def items_too_long_in_the_queue(s):
    got = items_of(batch(s, [{"script": "(gene/sleep 1500)"}, {"script": "2"}], "/eval/batch?wait=20"))
    is_item(got[0])
    is_item_problem(got[1], 503, "overloaded")


@test()
def client_goes_away(s):
    items = [{"script": "1"}] + [{"script": "(gene/sleep 60000)"}] * 200
    c = s.connect()
    body = json.dumps({"items": items})
    c.write("POST", "/eval/batch", body, {"Content-Type": "application/json", "Prefer": "wait=50"})
    eventually("running", lambda: s.metric("gened_contexts_live") == 200)
    c.close()
    eventually("cancelled", lambda: s.metric("gened_contexts_live") == 0)
    eventually("forgotten", lambda: s.metric("gened_store_finished") == 0)
    same(s.get("/futures").json["items"], [])
    items_of(batch(s, items[:5], headers={"Prefer": "respond-async"}), 202)
    eventually("going on", lambda: s.metric("gened_contexts_live") == 4)


@test()
def with_a_key(s):
    items = [{"script": '(println "ran") 1'}, {"script": "("}, {"script": "(gene/sleep 300) 2"}]
    key = {"Idempotency-Key": "b1"}
    answers = []
    threads = [
        threading.Thread(target=lambda: answers.append(batch(s, items, "/eval/batch?wait=20", key)))
        for _ in range(30)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    done = [items_of(a) for a in answers if a.status != 409]
    for answer in answers:
        if answer.status == 409:
            is_problem(answer, 409, "idempotent-request-in-progress")
    assert done
    for got in done:
        same(got, done[0])
    same(items_of(batch(s, items, "/eval/batch?wait=20", key)), done[0])
    is_item(done[0][0])
    is_item_problem(done[0][1], 422, "invalid-script")
    same(is_item(done[0][2])["value"], 2)
    same(s.metric('gened_evaluations_total{outcome="success"}'), 2)
    is_problem(batch(s, items[:2], headers=key), 422, "idempotency-key-reused")
    s.request("DELETE", done[0][0]["links"]["self"])
    got = items_of(batch(s, items, "/eval/batch?wait=20", key))
    is_item_problem(got[0], 410, "expired")
    same(got[1:], done[0][1:])
    s.request("DELETE", done[0][2]["links"]["self"])
    got = items_of(batch(s, items, "/eval/batch?wait=20", key))
    assert is_item(got[0])["id"] != done[0][0]["id"]


@test()
def with_a_key_it_goes_on(s):
    items = [{"script": "(gene/sleep 500) 3"}] * 3
    headers = {"Content-Type": "application/json", "Idempotency-Key": "k", "Prefer": "wait=50"}
    with s.connect() as c:
        c.write("POST", "/eval/batch", json.dumps({"items": items}), headers)
        eventually("running", lambda: s.metric("gened_contexts_live") == 3)
    got = items_of(batch(s, items, headers=headers))
    same([item["value"] for item in got], [3, 3, 3])
    same(s.metric('gened_evaluations_total{outcome="success"}'), 3)


@test()
def tagged_batches(s):
    got = items_of(batch(s, [{"script": "`a"}], "/eval/batch?value=tagged"))
    same(got[0]["value"], "#GENE#a")
    answer = batch(s, [{"script": "`a"}], headers={"Accept": "application/vnd.gene+json"})
    same(answer.headers["content-type"], "application/vnd.gene+json")
    same(answer.json["items"][0]["value"], "#GENE#a")


@test(max_output="2MiB")
def long_items_are_whole(s):
    got = items_of(batch(s, [{"script": '(print ("z" .repeat 100000)) ("x\\"" .repeat 150000)'}] * 8))
    for item in got:
        assert item["value"] == 'x"' * 150000 and item["output"] == "z" * 100000
    got = items_of(batch(s, [{"script": '("x" .repeat 20000)'}] * 100))
    assert all(item["value"] == "x" * 20000 for item in got)


@test(drain_timeout="300ms", cancel_grace="200ms")
def stopping_ends_batches(s):
    answers = []

    def send():
        answers.append(batch(s, [{"script": "1"}, {"script": "(gene/sleep 60000)"}], "/eval/batch?wait=50"))

    threads = [threading.Thread(target=send) for _ in range(3)]
    for thread in threads:
        thread.start()
    eventually("running", lambda: s.metric("gened_contexts_live") == 3)
    s.terminate()
    for thread in threads:
        thread.join()
    for answer in answers:
        got = items_of(answer)
        is_item(got[0])
        is_item(got[1], "cancelled")
