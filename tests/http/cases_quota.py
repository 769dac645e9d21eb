"""Quotas: requests at a rate, evaluations at a time, fuel a second."""

import re

from cases_config import folder, serving, write
from cases_keys import ASYNC, auth, line
from harness import command, eventually, is_future, is_problem, is_well, same, test


def is_over(answer, policy):
    problem = is_problem(answer, 429, "quota-exceeded")
    same(problem["violated-policies"], [policy])
    assert int(answer.headers["retry-after"]) >= 1
    assert '"%s";' % policy in answer.headers["ratelimit-policy"]
    assert '"%s";r=0' % policy in answer.headers["ratelimit"], answer.headers
    return problem


@command
def a_rate_and_its_headers(binary):
    with folder(a_keys=line("a", "rate=3/h") + line("b", "rate=6/h burst=2") +
                line("c")) as path:
        with serving(binary, keys=path + "/a.keys") as s:
            answer = s.eval("1", headers=auth("bb"))
            is_future(answer)
            same(answer.headers["ratelimit-policy"], '"requests";q=2;w=1200')
            same(answer.headers["ratelimit"], '"requests";r=1;t=600')
            answer = s.get("/futures/f_" + "A" * 22, auth("bb"))
            is_problem(answer, 404)
            same(answer.headers["ratelimit"][:14], '"requests";r=0')
            answer = s.eval("1" * 60000, headers=auth("bb"))  # refused by its head
            is_over(answer, "requests")
            assert 590 <= int(answer.headers["retry-after"]) <= 600
            same(s.get("/metrics", auth("bb")).status, 200)
            answer = s.get("/healthz", auth("bb"))
            same((answer.status, "ratelimit" in answer.headers), (200, False))
            same(s.get("/limits", auth("aa")).json["burst"], 1)
            is_over(s.get("/limits", auth("aa")), "requests")
            for _ in range(20):
                answer = s.get("/limits", auth("cc"))
                same((answer.status, "ratelimit" in answer.headers), (200, False))
            text = s.get("/metrics", auth("cc")).text
            found = re.search(r'quota_refusals_total{policy="requests"} (\d+)', text)
            same(found.group(1), "2")


@command
def a_rate_lets_through_again(binary):
    with folder(a_keys=line("a", "rate=20/s", "burst=1")) as path:
        with serving(binary, keys=path + "/a.keys") as s:
            seen = set()
            with s.connect() as c:
                def both():
                    seen.add(c.request("GET", "/limits", None, auth("aa")).status)
                    return seen == {200, 429}
                eventually("let through and refused", both)
            eventually("let through again",
                       lambda: s.get("/limits", auth("aa")).status == 200)


@command
def evaluations_at_a_time(binary):
    with folder(a_keys=line("a", "concurrency=2") + line("b")) as path:
        with serving(binary, keys=path + "/a.keys") as s:
            links = []
            for left in (2, 1):
                answer = s.eval("(sleep 60000)", headers=auth("aa", **ASYNC))
                links.append(is_future(answer, 202, "pending")["links"]["self"])
                same(answer.headers["ratelimit"], '"concurrency";r=%d' % left)
            is_over(s.eval("1", headers=auth("aa")), "concurrency")
            is_over(s.eval("1 " + "#" * 20000, headers=auth("aa")), "concurrency")
            is_future(s.eval("1", headers=auth("bb")))
            same(s.request("DELETE", links[0], None, auth("aa")).status // 100, 2)
            eventually("room for one more",
                       lambda: s.eval("1", headers=auth("aa")).status == 200)
            # what fails, is cut off or does not compile takes no place for good
            for script in ('(throw "x")', "(loop 1)", "(", "(spawn"):
                s.post({"script": script, "limits": {"fuel": 10000}}, headers=auth("aa"))
            for _ in range(5):
                is_future(s.eval("1", headers=auth("aa")))


@command
def fuel_a_second(binary):
    with folder(a_keys=line("a", "fuel-rate=1e5") + line("b")) as path:
        with serving(binary, keys=path + "/a.keys") as s:
            body = {"script": "(loop 1)", "limits": {"fuel": 2000000}}
            is_future(s.post(body, headers=auth("aa")), status="failure")
            answer = s.eval("1", headers=auth("aa"))
            is_over(answer, "fuel")
            assert 10 <= int(answer.headers["retry-after"]) <= 19, answer.headers
            is_future(s.eval("1", headers=auth("bb")))
            write(path + "/a.keys", line("a", "fuel-rate=1e5") + line("b"))
            s.reload()  # which forgives nothing
            is_over(s.eval("1", headers=auth("aa")), "fuel")
            write(path + "/a.keys", line("a"))
            s.reload()
            is_future(s.eval("1", headers=auth("aa")))


@test(anonymous_concurrency=1, anonymous_rate="100/h", anonymous_burst=50)
def those_without_a_key(s):
    answer = s.eval("(sleep 60000)", headers=ASYNC)
    link = is_future(answer, 202, "pending")["links"]["self"]
    is_over(s.eval("1"), "concurrency")
    s.request("DELETE", link)
    limits = s.get("/limits").json
    same((limits["concurrency"], limits["burst"], limits["key"]), (1, 50, None))
    eventually("refused", lambda: s.get("/limits").status == 429)
    is_over(s.eval("1"), "requests")
    same(s.get("/healthz").status, 200)


@test()
def without_quotas_no_headers(s):
    answer = s.eval("1")
    assert not [h for h in answer.headers if h.startswith("ratelimit")], answer
    limits = s.get("/limits").json
    same([limits[n] for n in ("requests_per_s", "burst", "concurrency", "fuel_per_s")],
         [None] * 4)
    is_well(s)
