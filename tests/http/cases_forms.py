"""Futures as text and in the tagged form, wherever one is answered."""

from harness import eventually, is_future, is_problem, same, test

ASYNC = {"Prefer": "respond-async"}
TEXT = {"Accept": "text/plain"}
TAGGED = {"Accept": "application/vnd.gene+json"}


def is_text(answer, text, status=200):
    same((answer.status, answer.headers["content-type"]), (status, "text/plain; charset=utf-8"))
    same(answer.text, text)


@test()
def as_text(s):
    path = is_future(s.eval('(print "a") "é"'))["links"]["self"]
    is_text(s.get(path, TEXT), "a\né\n")
    is_text(s.get(path + "?wait=1", TEXT), "a\né\n")
    same(s.request("HEAD", path, headers=TEXT).headers["content-type"], "text/plain; charset=utf-8")
    path = is_future(s.eval('(throw "x")'), status="failure")["links"]["self"]
    is_text(s.get(path, TEXT), "Exception: x (1:1)\n")
    path = s.eval("(gene/sleep 300) 7", headers=ASYNC).headers["location"]
    is_future(s.get(path, TEXT), 200, "pending")
    is_text(s.get(path + "?wait=20", TEXT), "7\n")
    inner = is_future(s.eval("[(async [1 `a])]"))["value"][0]["$future"]
    is_text(s.get("/futures/" + inner, TEXT), "[1 a]\n")
    key = dict(TEXT, **{"Idempotency-Key": "k"})
    for _ in range(2):
        is_text(s.eval("(+ 1 2)", headers=key), "3\n")
    path = s.eval("(gene/sleep 60000)", headers=dict(ASYNC, **TEXT)).headers["location"]
    s.request("DELETE", path, headers=TEXT)
    text = s.get(path + "?wait=20", TEXT).text
    assert text.startswith("CancellationException: Cancelled by request"), text


@test()
def tagged(s):
    for path, headers in (("/eval?value=tagged", {}), ("/eval", TAGGED)):
        path = s.eval("(gene/sleep 50) `a", path, dict(ASYNC, **headers)).headers["location"]
        answer = s.get(path + "?wait=20", TAGGED)
        same(answer.headers["content-type"], "application/vnd.gene+json")
        same(answer.json["value"], "#GENE#a")
        same(is_future(s.get(path + "?value=tagged"))["value"], "#GENE#a")
        same(is_future(s.get(path))["value"], "#GENE#a")
        is_problem(s.get(path + "?value=plain"), 406, "not-acceptable")
        is_text(s.get(path, TEXT), "a\n")
    answer = s.get("/futures", TAGGED)
    same(answer.headers["content-type"], "application/vnd.gene+json")
    same([item["value"] for item in answer.json["items"]], ["#GENE#a"] * 2)


@test()
def plain_is_not_tagged(s):
    """A value is made in one form; the other is refused, not feigned."""
    path = is_future(s.eval("`a"))["links"]["self"]
    same(is_future(s.get(path + "?value=plain"))["value"], "a")
    is_problem(s.get(path + "?value=tagged"), 406, "not-acceptable")
    is_problem(s.get(path, TAGGED), 406, "not-acceptable")
    is_future(s.get(path, {"Accept": "application/vnd.gene+json;q=0.5, application/json"}))
    same(is_problem(s.get(path + "?value=x"), 400)["field"], "value")
    failed = is_future(s.eval("(throw 1)"), status="failure")["links"]["self"]
    is_future(s.get(failed + "?value=tagged"), status="failure")


@test()
def nothing_that_we_have(s):
    path = is_future(s.eval("1"))["links"]["self"]
    bad = {"Accept": "image/png"}
    is_problem(s.get(path, bad), 406, "not-acceptable")
    is_problem(s.get(path + "?wait=1", {"Accept": "text/plain;q=0"}), 406)
    same(s.request("HEAD", path, headers=bad).status, 406)
    is_problem(s.request("DELETE", path, headers=bad), 406)
    same(s.get(path).status, 200)
    is_problem(s.get("/futures", bad), 406)
    is_problem(s.get("/futures", TEXT), 406)
    is_problem(s.eval("1", headers=bad), 406)
    is_problem(s.post({"items": []}, "/eval/batch", TEXT), 406)
    slow = s.eval("(gene/sleep 60000)", headers=ASYNC).headers["location"]
    is_problem(s.request("DELETE", slow, headers=bad), 406)
    same(s.get(slow).json["status"], "pending")
    s.request("DELETE", slow)
    eventually("cancelled", lambda: s.get(slow).json["status"] == "cancelled")
