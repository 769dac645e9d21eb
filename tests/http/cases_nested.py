"""Futures within a value: ids of their own."""

import time

from harness import FIELDS, eventually, is_future, is_problem, is_well, same, test

ASYNC = {"Prefer": "respond-async"}


def shown(s, script, path="/eval", headers=None):
    """Posts a script that ends at once; its future when its value is there."""
    outer = s.eval(script, path, headers or ASYNC).json["links"]["self"]
    eventually("the value", lambda: s.get(outer).json["text"] is not None)
    return s.get(outer).json


def follow(s, part, wait=20):
    same(set(part), {"$future"})
    return s.get("/futures/%s?wait=%s" % (part["$future"], wait))


@test()
def each_has_an_id(s):
    outer = shown(
        s,
        "[(async (gene/sleep 300) 7) {^a (async (gene/sleep 600) [1 {^b 2}])} "
        '(async (gene/sleep 100) (throw "boom")) 5]',
    )
    a, b, c, plain = outer["value"]
    same((outer["status"], outer["type"], plain), ("pending", "Array", 5))
    ids = [a["$future"], b["a"]["$future"], c["$future"]]
    same(len(set(ids + [outer["id"]])), 4)
    pending = is_future(s.get("/futures/" + ids[1]), 200, "pending")
    same((pending["value"], pending["output"], pending["expires_at"]), (None, "", None))
    done = is_future(follow(s, a))
    same((done["value"], done["type"], done["text"]), (7, "Int", "7"))
    same((done["output"], done["usage"]["fuel"], done["unhandled"]), ("", 0, []))
    same(is_future(s.get("/futures/" + outer["id"]), 200, "pending")["value"], outer["value"])
    failed = is_future(follow(s, c), 200, "failure")
    same((failed["error"]["message"], failed["value"]), ("boom", None))
    assert failed["error"]["line"] == 1 and failed["error"]["stack"]
    done = is_future(follow(s, b["a"]))
    same((done["value"], done["text"]), ([1, {"b": 2}], "[1 {^b 2}]"))
    assert 250000 < done["usage"]["wall_us"] < 5000000, done["usage"]
    outer = is_future(s.get("/futures/%s?wait=20" % outer["id"]))
    same((outer["status"], outer["unhandled"]), ("success", []))
    same(len(s.get("/futures").json["items"]), 4)


@test()
def done_with_the_answer(s):
    future = is_future(s.eval("(var f (async 5)) [f f (async [(async (gene/sleep 50) 6)])]"))
    a, b, c = future["value"]
    same(a, b)
    same(is_future(follow(s, a))["value"], 5)
    inner = is_future(follow(s, c))["value"]
    same(is_future(follow(s, inner[0]))["value"], 6)
    same(is_future(s.eval("(async (async 5))"))["value"], 5)
    same(is_future(s.eval('(throw [(async 1)])'), 200, "failure")["error"]["cause"][0]["$opaque"],
         "Future")


@test()
def cancelling_one(s):
    outer = shown(s, "[(gene/sleep_async 60000) (async (gene/sleep 400) 1) (async (gene/sleep 60000))]")
    a, b, c = outer["value"]
    answer = s.request("DELETE", "/futures/" + a["$future"])
    assert answer.status in (200, 202), answer
    cancelled = is_future(follow(s, a), 200, "cancelled")
    same(cancelled["error"]["class"], "CancellationException")
    same(cancelled["error"]["message"], "Cancelled by request")
    same(s.get("/futures/" + outer["id"]).json["status"], "pending")
    s.request("DELETE", "/futures/" + c["$future"])
    is_future(follow(s, c), 200, "cancelled")
    same(is_future(follow(s, b))["value"], 1)
    is_future(s.get("/futures/%s?wait=20" % outer["id"]))
    same(s.request("DELETE", "/futures/" + a["$future"]).status, 204)
    is_problem(follow(s, a), 404)
    same(s.metric("gened_contexts_live"), 0)


@test(cancel_grace="200ms")
def cancelling_all(s):
    outer = shown(s, "[(gene/sleep_async 60000) (async (gene/sleep 60000)) (async (gene/sleep 1) (loop 1))]")
    s.request("DELETE", "/futures/" + outer["id"])
    for part in outer["value"]:
        future = is_future(follow(s, part), 200, "cancelled")
        assert future["error"], future
    is_future(s.get("/futures/%s?wait=20" % outer["id"]), 200, "cancelled")
    eventually("ended", lambda: s.metric("gened_contexts_live") == 0)


@test()
def limits_end_them(s):
    body = {"script": "[(async (gene/sleep 1) (loop 1)) (gene/sleep_async 60000)]", "limits": {"fuel": 100000}}
    future = is_future(s.post(body), 200, "failure")
    same(future["error"]["code"], "GENE.LIMIT.FUEL")
    for item in s.get("/futures").json["items"]:
        same((item["status"], item["error"]["code"]), ("failure", "GENE.LIMIT.FUEL"))
    body = {"script": "[(gene/sleep_async 60000) 1]", "limits": {"wall_ms": 200}}
    future = is_future(s.post(body), 200, "failure")
    same(len(s.get("/futures?status=failure").json["items"]), 5)


@test()
def what_nothing_completes(s):
    """Fails as an await of it would."""
    future = is_future(s.eval("[(new gene/Future) 1]"))
    inner = is_future(follow(s, future["value"][0]), 200, "failure")
    same(inner["error"]["class"], "DeadlockException")
    future = is_future(s.eval("(var f (new gene/Future)) (async (gene/sleep 50) (f .complete [f])) [f]"))
    inner = is_future(follow(s, future["value"][0]))
    same(inner["value"], future["value"])


@test()
def values_that_cannot_be_shown(s):
    future = is_future(s.eval("[(async (var a [1]) (a .add a) a) (async [2])]"))
    bad = is_future(follow(s, future["value"][0]), 200, "failure")
    same((bad["error"]["class"], bad["error"]["message"]), ("ArgumentException", "Cyclic value"))
    same(is_future(follow(s, future["value"][1]))["value"], [2])


@test()
def kinds_of_values(s):
    for script, value, text in (
        ("nil", None, "nil"),
        ('"x\\"y"', 'x"y', 'x"y'),
        ("1.5", 1.5, "1.5"),
        ("`(p ^a 1 2)", {"$gene": {"type": "p", "props": {"a": 1}, "children": [2]}}, "(p ^a 1 2)"),
        ("(range 1 3)", None, None),
    ):
        future = is_future(s.eval("[(async %s)]" % script))
        inner = is_future(follow(s, future["value"][0]))
        if text is not None:
            same((inner["value"], inner["text"]), (value, text), script)
    answer = s.eval("[(async `a)]", "/eval?value=tagged")
    same(is_future(follow(s, answer.json["value"][0]))["value"], "#GENE#a")


@test()
def too_many(s):
    script = "([] .map (x -> x)) (var a []) (repeat 1005 (a .add (async 1))) a"
    future = is_future(s.eval(script, "/eval?wait=30"))
    value = future["value"]
    same(sum("$future" in part for part in value), 1000)
    same([part["$opaque"] for part in value[1000:]], ["Future"] * 5)
    same(len(future["diagnostics"]), 1)
    assert "1000" in future["diagnostics"][0]["message"], future["diagnostics"]
    for i in (0, 500, 999):
        same(is_future(follow(s, value[i]))["value"], 1)
    is_well(s)


@test(max_memory="64MiB", max_output="4MiB")
def long_values(s):
    script = '[(async ("x" .repeat 3000000)) (async (gene/sleep 50) ("y" .repeat 3000000))]'
    future = is_future(s.eval(script))
    for part, letter in zip(future["value"], "xy"):
        assert is_future(follow(s, part))["value"] == letter * 3000000


@test()
def a_client_that_goes_takes_them_along(s):
    with s.connect() as c:
        c.write("POST", "/eval", "[(gene/sleep_async 60000)]", {"Prefer": "wait=50"})
        eventually("running", lambda: s.metric("gened_contexts_live") == 1)
        eventually("there", lambda: len(s.get("/futures").json["items"]) == 1)
    eventually("cancelled", lambda: s.metric("gened_contexts_live") == 0)
    same(s.get("/futures").json["items"], [])
    same(s.metric("gened_store_live"), 0)


@test(drain_timeout="200ms", cancel_grace="100ms")
def stopping(s):
    outer = shown(s, "[(gene/sleep_async 60000) (async (loop (try (gene/sleep 10) catch * nil)))]")
    with s.connect() as c:
        c.write("GET", "/futures/%s?wait=50" % outer["value"][1]["$future"])
        eventually("waiting", lambda: s.metric("gened_http_in_flight") >= 2)
        s.terminate()
        is_future(c.read(), 200, "cancelled")
