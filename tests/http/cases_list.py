"""GET /futures: the caller's own, the newest first, page by page."""

from harness import MIB, eventually, is_future, is_problem, is_well, same, test

ASYNC = {"Prefer": "respond-async"}


def page(s, query=""):
    answer = s.get("/futures" + ("?" + query if query else ""))
    same(answer.status, 200, "status of %r" % answer)
    same(answer.headers["content-type"], "application/json")
    same(set(answer.json), {"items", "next"})
    return answer.json


def ids(page):
    return [item["id"] for item in page["items"]]


def walk(s, query, between=lambda: None):
    """All ids of a list, its pages read one after the other."""
    found, cursor = [], ""
    for _ in range(1000):
        got = page(s, query + cursor)
        found += ids(got)
        if got["next"] is None:
            return found
        cursor = "&cursor=" + got["next"]
        between()
    raise AssertionError("a list without end")


def make(s, count, **fields):
    return [is_future(s.post(dict(fields, script="1")))["id"] for _ in range(count)]


@test()
def newest_first(s):
    same(page(s), {"items": [], "next": None})
    made = make(s, 5)
    waiting = s.eval("(gene/sleep 60000)", headers=ASYNC).json["id"]
    got = page(s)
    same(ids(got), [waiting] + made[::-1])
    same(got["next"], None)
    whole = s.get("/futures/" + made[0]).json
    same(got["items"][-1], whole)
    same(got["items"][0]["status"], "pending")
    same(s.request("HEAD", "/futures").status, 200)


@test()
def pages(s):
    made = make(s, 25)[::-1]
    same(walk(s, "limit=10"), made)
    same(walk(s, "limit=1"), made)
    same(walk(s, "limit=25"), made)
    got = page(s, "limit=25")
    same((len(got["items"]), got["next"]), (25, None))
    same(len(page(s, "limit=24")["items"]), 24)
    got = page(s, "limit=10")
    same(ids(page(s, "limit=3&cursor=" + got["next"])), made[10:13])


@test()
def pages_while_futures_come_and_go(s):
    made = make(s, 40)[::-1]
    gone = set()

    def between():
        make(s, 3)
        for id in made[::3]:
            if id not in gone:
                same(s.request("DELETE", "/futures/" + id).status, 204)
                gone.add(id)
                return

    found = walk(s, "limit=4", between)
    same(len(found), len(set(found)), "none twice")
    stayed = [id for id in made if id not in gone]
    same([id for id in found if id in stayed], stayed, "what stayed")
    assert set(found) <= set(made)


@test()
def the_place_of_a_cursor_may_go(s):
    made = make(s, 6)[::-1]
    cursor = page(s, "limit=3")["next"]
    for id in made[2:5]:
        s.request("DELETE", "/futures/" + id)
    same(ids(page(s, "cursor=" + cursor)), made[5:])
    s.request("DELETE", "/futures/" + made[5])
    same(page(s, "cursor=" + cursor), {"items": [], "next": None})


@test(keep_count=5)
def expired_ones_are_not_listed(s):
    made = make(s, 12)[::-1]
    listed = ids(page(s))
    assert listed == made[: len(listed)] and 5 <= len(listed) <= 6, listed


@test()
def by_label_and_status(s):
    a = make(s, 3, label="nightly run")
    b = make(s, 2, label="caf\u00e9 & co")
    c = make(s, 1, label="")
    bad = is_future(s.post({"script": '(throw "x")', "label": "nightly run"}), status="failure")
    slow = s.post({"script": "(gene/sleep 60000)", "label": "nightly run"}, headers=ASYNC)
    slow = slow.json["id"]
    same(ids(page(s, "label=nightly+run")), [slow, bad["id"]] + a[::-1])
    same(ids(page(s, "label=nightly%20run&status=success")), a[::-1])
    same(ids(page(s, "label=caf%C3%A9+%26+co")), b[::-1])
    same(ids(page(s, "label=")), c)
    same(ids(page(s, "label=nightly")), [])
    same(ids(page(s, "status=pending")), [slow])
    same(ids(page(s, "status=failure")), [bad["id"]])
    s.request("DELETE", "/futures/" + slow)
    eventually("cancelled", lambda: ids(page(s, "status=cancelled")) == [slow])
    same(walk(s, "status=success&limit=2"), (a + b + c)[::-1])


@test()
def bad_lists(s):
    for query, field in (
        ("limit=0", "limit"),
        ("limit=1001", "limit"),
        ("limit=-1", "limit"),
        ("limit=1.0", "limit"),
        ("limit=", "limit"),
        ("limit=99999999999999999999", "limit"),
        ("status=done", "status"),
        ("status=", "status"),
        ("status=Pending", "status"),
        ("label=" + "x" * 257, "label"),
        ("cursor=", "cursor"),
        ("cursor=x", "cursor"),
        ("cursor=" + "A" * 22, "cursor"),
        ("cursor=" + "%00", "cursor"),
    ):
        problem = is_problem(s.get("/futures?" + query), 400, "bad-query")
        same(problem["field"], field, query)
    same(is_problem(s.get("/futures?limit=5000"), 400)["limit"], 1000)
    is_problem(s.get("/futures?wait=1"), 400, "unknown-parameter")
    is_problem(s.request("DELETE", "/futures"), 405)
    make(s, 2)
    cursor = page(s, "limit=1")["next"]
    for i in (0, 10, 21):
        other = cursor[:i] + ("Q" if cursor[i] == "g" else "g") + cursor[i + 1 :]
        is_problem(s.get("/futures?cursor=" + other), 400, "bad-query")
    is_well(s)


@test()
def unlisted_until_the_id_is_given(s):
    """What a client waits for has no id that anybody knows yet."""
    with s.connect() as c:
        c.write("POST", "/eval", "(gene/sleep 60000)", {"Prefer": "wait=50"})
        eventually("running", lambda: s.metric("gened_contexts_live") == 1)
        same(ids(page(s)), [])


@test()
def large_items_are_whole(s):
    """A page ends early when what it says is long, and its texts are whole."""
    script = '(print ("é\\"" .repeat 250000)) ("x" .repeat 300000)'
    made = [is_future(s.eval(script))["id"] for _ in range(8)][::-1]
    got = page(s)
    assert 1 <= len(got["items"]) < 8, len(got["items"])
    for item in got["items"]:
        assert item["value"] == "x" * 300000
        assert item["output"] == 'é"' * 250000
    same(walk(s, "limit=1000"), made)
    if not s.is_sanitized():
        before = s.rss()
        for _ in range(10):
            page(s)
        assert s.rss() - before < 8 * MIB
    slow = '(print ("z" .repeat 900000)) (gene/sleep 60000)'
    slow = [s.eval(slow, headers=ASYNC).json["links"]["self"] for _ in range(6)]
    for path in slow:
        eventually("printed", lambda: len(s.get(path).json["output"]) == 900000)
    got = page(s, "status=pending")
    assert 1 <= len(got["items"]) < 6, len(got["items"])
    assert got["items"][0]["output"] == "z" * 900000
    same(len(walk(s, "status=pending")), 6)


@test()
def a_filter_that_matches_few(s):
    """Is bounded in what one request looks at; its cursors lead to the end."""
    rare = make(s, 2, label="rare")[::-1]
    with s.connect() as c:
        for _ in range(5000):
            c.write("POST", "/eval", "1")
            same(c.read().status, 200)
    got = page(s, "label=rare")
    assert got["next"] and not got["items"], got
    same(walk(s, "label=rare"), rare)
    same(len(walk(s, "limit=1000")), 5002)
