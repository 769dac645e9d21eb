"""GET and DELETE of one future: every header, every state, and its end."""

import datetime
import time

from harness import eventually, is_future, is_problem, is_well, same, test

ASYNC = {"Prefer": "respond-async"}


def start(s, script):
    return s.eval(script, headers=ASYNC).headers["location"]


def moment(text):
    return datetime.datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%f%z").timestamp()


@test()
def headers_of_a_pending_one(s):
    path = start(s, "(gene/sleep 60000)")
    eventually("waiting", lambda: s.get(path).json["phase"] == "waiting")
    answer = s.get(path)
    future = is_future(answer, 200, "pending")
    same(answer.headers["etag"], '"%d"' % future["version"])
    assert int(answer.headers["retry-after"]) >= 1
    same((answer.headers["cache-control"], answer.headers["vary"]), ("no-cache", "Accept"))
    same((future["finished_at"], future["expires_at"]), (None, None))
    head = s.request("HEAD", path)
    same((head.status, head.body), (200, b""))
    for name in ("etag", "content-type", "cache-control", "vary", "retry-after"):
        same(head.headers[name], answer.headers[name], name)
    not_modified = s.get(path, {"If-None-Match": answer.headers["etag"]})
    same((not_modified.status, not_modified.body), (304, b""))
    same(not_modified.headers["etag"], answer.headers["etag"])


@test()
def versions_only_rise(s):
    """Each change that can be seen is a version of its own, done is the last."""
    path = start(s, '(var i 0) (repeat 5 (gene/sleep 20) (println i) (i += 1)) "end"')
    versions, outputs, version = [], [], 0
    while True:
        answer = s.get(path + "?wait=20&since=%d" % version)
        future = answer.json
        assert future["version"] > version, (future["version"], version)
        version = future["version"]
        versions.append(version)
        outputs.append(future["output"])
        if future["status"] != "pending":
            break
    same(is_future(answer)["output"], "0\n1\n2\n3\n4\n")
    assert all(b.startswith(a) for a, b in zip(outputs, outputs[1:])), outputs
    same(s.get(path).json["version"], version)
    began = time.monotonic()
    is_future(s.get(path + "?wait=20&since=%d" % version))
    assert time.monotonic() - began < 5, "what is done is not waited for"


@test()
def waiting_ends_with_the_present_state(s):
    path = start(s, "(gene/sleep 60000)")
    eventually("waiting", lambda: s.get(path).json["phase"] == "waiting")
    version = s.get(path).json["version"]
    for query in ("?wait=0.05", "?wait=0.05&since=%d" % version, "?wait=0.05&since=4000000000",
                  "?since=%d" % version, "?wait=0"):
        future = is_future(s.get(path + query), 200, "pending")
        same(future["version"], version, query)
    answer = s.get(path + "?wait=0.05", {"If-None-Match": '"%d"' % version})
    same(answer.status, 304, "unchanged when the wait is over")


@test(keep_time="1s")
def expiry_by_time(s):
    future = is_future(s.eval("1"))
    took = moment(future["expires_at"]) - moment(future["finished_at"])
    assert abs(took - 1) < 0.002, took
    path = future["links"]["self"]
    waiting = start(s, "(gene/sleep 60000)")
    while True:
        answer = s.get(path)
        now = time.time()
        if answer.status != 200:
            break
        assert now < moment(future["expires_at"]) + 0.3, "kept for too long"
    assert now > moment(future["expires_at"]) - 0.01, "kept too short"
    is_problem(answer, 410, "expired")
    is_problem(s.request("DELETE", path), 410, "expired")
    same(s.request("HEAD", path).status, 410)
    is_problem(s.get(path + "?wait=1"), 410, "expired")
    is_future(s.get(waiting), 200, "pending")
    same([f["id"] for f in s.get("/futures").json["items"]], [waiting[9:]])


@test(keep_count=3)
def expiry_by_count(s):
    paths = [is_future(s.eval("1"))["links"]["self"] for _ in range(20)]
    status = [s.get(path).status for path in paths]
    assert status[:16] == [410] * 16 and status[-3:] == [200] * 3, status
    forgotten = paths[-2]
    same(s.request("DELETE", forgotten).status, 204)
    is_problem(s.get(forgotten), 404, "unknown-future")
    for _ in range(10):
        s.eval("1")
    is_problem(s.get(forgotten), 404, "unknown-future")
    same(s.get(paths[-1]).status, 410)


@test(keep_count=0)
def nothing_is_kept(s):
    path = is_future(s.eval("1"))["links"]["self"]
    s.eval("2")
    is_problem(s.get(path), 410, "expired")
    path = start(s, "(gene/sleep 100) 7")
    same(is_future(s.get(path + "?wait=20"))["value"], 7)


@test(keep_bytes="100KiB")
def expiry_by_bytes(s):
    small = [is_future(s.eval('"' + "x" * 1000 + '"'))["links"]["self"] for _ in range(20)]
    same(s.get(small[0]).status, 200)
    large = is_future(s.eval('"' + "x" * 45000 + '"'))["links"]["self"]
    eventually("room was made", lambda: s.get(small[0]).status == 410)
    same(s.get(large).status, 200)
    is_future(s.eval('"' + "x" * 60000 + '"'))
    eventually("large one is gone", lambda: s.get(large).status == 410)
    assert s.metric("gened_store_bytes") <= 100 * 1024 + 70000


@test(keep_count=10)
def memory_of_the_expired_is_bounded(s):
    """410 for a while, 404 in the end."""
    first = is_future(s.eval("1"))["links"]["self"]
    with s.connect() as c:
        seen = None
        for _ in range(400):
            for _ in range(1000):
                c.write("POST", "/eval", "1")
            for _ in range(1000):
                c.read()
            seen = c.request("GET", first).status
            if seen == 404:
                break
            same(seen, 410)
    same(seen, 404)


@test()
def forgetting(s):
    path = is_future(s.eval("1"))["links"]["self"]
    answer = s.request("DELETE", path)
    same((answer.status, answer.body), (204, b""))
    for method in ("GET", "HEAD", "DELETE"):
        same(s.request(method, path).status, 404, method)
    path = start(s, "(gene/sleep 60000)")
    for _ in range(2):
        assert s.request("DELETE", path).status in (200, 202, 204)
    eventually("ended", lambda: s.get(path).status in (200, 404))
    is_well(s)
