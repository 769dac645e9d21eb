"""CORS: what pages of other origins may do."""

from cases_config import folder, serving, write
from cases_keys import auth, line
from harness import command, is_future, is_problem, same, test

HERE, THERE = "https://page.example", "http://localhost:3000"


def cors(answer):
    return {k[15:]: v for k, v in answer.headers.items()
            if k.startswith("access-control-")}


def ask(s, origin, path="/eval", method="POST"):
    return s.request("OPTIONS", path, None, {
        "Origin": origin, "Access-Control-Request-Method": method,
        "Access-Control-Request-Headers": "authorization,content-type"})


@test()
def off_without_the_setting(s):
    answer = ask(s, HERE)
    same((answer.status, cors(answer), "vary" in answer.headers), (204, {}, False))
    answer = s.eval("1", headers={"Origin": HERE})
    is_future(answer)
    same((cors(answer), "vary" in answer.headers), ({}, False))


@test(cors_origin="%s, %s" % (HERE, THERE))
def a_list_of_origins(s):
    for origin in (HERE, THERE):
        answer = s.eval("1", headers={"Origin": origin})
        is_future(answer)
        same(answer.headers["vary"], "Origin")
        same(cors(answer)["allow-origin"], origin)
        exposed = cors(answer)["expose-headers"].split(", ")
        for name in ("Location", "Retry-After", "X-Request-Id", "RateLimit", "ETag",
                     "RateLimit-Policy", "Preference-Applied"):
            assert name in exposed, exposed
        assert "allow-credentials" not in cors(answer)
    for origin in ("https://page.example.evil", "https://page", "null", HERE.upper(),
                   HERE + ", " + THERE, ""):
        answer = s.eval("1", headers={"Origin": origin})
        same((answer.status, cors(answer), answer.headers["vary"]), (200, {}, "Origin"),
             origin)
    answer = s.eval("1")
    same((cors(answer), answer.headers["vary"]), ({}, "Origin"))


@test(cors_origin=HERE)
def preflight(s):
    answer = ask(s, HERE)
    same((answer.status, answer.headers["allow"]), (204, "POST, OPTIONS"))
    have = cors(answer)
    same((have["allow-origin"], have["allow-methods"], have["max-age"]),
         (HERE, "POST, OPTIONS", "600"))
    allowed = have["allow-headers"].split(", ")
    for name in ("Authorization", "Content-Type", "Prefer", "Idempotency-Key",
                 "Last-Event-ID", "If-None-Match"):
        assert name in allowed, allowed
    answer = ask(s, HERE, "/futures/f_" + "A" * 22, "DELETE")
    assert "DELETE" in cors(answer)["allow-methods"], answer
    same(cors(ask(s, "https://other.example")), {})
    answer = s.request("OPTIONS", "/eval", None, {"Origin": HERE})
    assert "allow-methods" not in cors(answer), "this was no preflight"


@test(cors_origin=HERE, max_body="1KiB")
def refusals_can_be_read(s):
    origin = {"Origin": HERE}
    for answer, status in (
        (s.get("/nothing", origin), 404),
        (s.request("PUT", "/eval", "", origin), 405),
        (s.eval("(", headers=origin), 422),
        (s.eval("1" * 2000, headers=origin), 413),
    ):
        is_problem(answer, status)
        same(cors(answer)["allow-origin"], HERE, str(status))


@command
def with_keys_and_a_star(binary):
    with folder(a_keys=line("a", "rate=1/h"), a_conf="cors-origin = *\n") as path:
        conf = path + "/a.conf"
        with serving(binary, config=conf, keys=path + "/a.keys") as s:
            answer = ask(s, HERE)  # browsers send no key with it
            same((answer.status, cors(answer)["allow-origin"]), (204, "*"))
            answer = s.eval("1", headers={"Origin": HERE})
            is_problem(answer, 401)
            same(cors(answer)["allow-origin"], "*")
            long = {"Origin": HERE, "Prefer": "respond-async, wait=10",
                    "X-Request-Id": "r" * 128, "X-Fill": "f" * 5600}
            answer = s.eval("1", headers=auth("aa", **long))
            same((answer.status, cors(answer)["allow-origin"]), (200, "*"))
            same(answer.headers["x-request-id"], "r" * 128)
            assert "vary" not in answer.headers, answer
            answer = s.eval("1", headers=auth("aa", **long))
            is_problem(answer, 429)
            same(cors(answer)["allow-origin"], "*")
            write(conf, "cors-origin = %s\n" % THERE)
            same(s.reload()["changed"], "cors-origin")
            same(cors(ask(s, HERE)), {})
            same(cors(ask(s, THERE))["allow-origin"], THERE)
            write(conf, "cors-origin = page.example\n")
            same(s.reload()["event"], "config_rejected")
