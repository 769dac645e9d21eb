"""Queries: what is decoded, and what is refused."""

from harness import is_future, is_problem, is_well, same, test


@test()
def parameters_are_decoded(s):
    answer = s.eval("(gene/sleep 60000)", path="/eval?w%61it=%30%2e05&")
    is_future(answer, 202, "pending")
    is_future(s.eval("1", path="/eval?&value=tagged&&wait=1"))
    problem = is_problem(s.eval("1", path="/eval?wait=1+2"), 400, "bad-query")
    same(problem["field"], "wait")


@test()
def unknown_parameters(s):
    for method, path, field, known in (
        ("POST", "/eval?wiat=3", "wiat", "value and wait"),
        ("POST", "/eval?since=3", "since", "value and wait"),
        ("GET", "/futures/f_x?limit=1", "limit", "since, value and wait"),
        ("HEAD", "/futures/f_x?x", "x", None),
        ("DELETE", "/futures/f_x?wait=1", "wait", "no parameters"),
        ("GET", "/healthz?wait=1", "wait", "no parameters"),
        ("GET", "/metrics?%C3%A9", "\u00e9", "no parameters"),
        ("GET", "/limits?" + "a" * 300, "a" * 127, "no parameters"),
    ):
        answer = s.request(method, path, "1" if method == "POST" else None)
        if known is None:
            same(answer.status, 400)
            continue
        problem = is_problem(answer, 400, "unknown-parameter")
        same(problem["field"], field, path)
        assert known in problem["detail"], problem
    same(s.get("/healthz?").status, 200)


@test()
def parameters_stand_once(s):
    for query in ("wait=1&wait=1", "wait=1&w%61it=2", "wait&wait", "value=plain&value="):
        problem = is_problem(s.eval("1", path="/eval?" + query), 400, "duplicate-parameter")
        same(problem["field"], query[:5] if query[0] == "v" else "wait", query)


@test()
def bad_encodings(s):
    for query, field in (
        ("wait=%", "wait"),
        ("wait=%3", "wait"),
        ("wait=%zz", "wait"),
        ("wait=%00", "wait"),
        ("wait=%ff", "wait"),
        ("wait=%ed%a0%80", "wait"),
        ("%f=1", None),
        ("%c3=1", None),
        ("value=" + "%61" * 900, "value"),
    ):
        problem = is_problem(s.eval("1", path="/eval?" + query), 400, "bad-query")
        same(problem.get("field"), field, query)
    is_well(s)


@test()
def refused_before_the_body(s):
    with s.connect() as c:
        c.send(
            "POST /eval?x=1 HTTP/1.1\r\nHost: t\r\nContent-Length: 60000\r\n"
            "Expect: 100-continue\r\n\r\n"
        )
        is_problem(c.read(), 400, "unknown-parameter")
