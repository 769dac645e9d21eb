"""API keys: who is let in, to what, and whose futures are seen."""

import hashlib
import os

from cases_config import folder, gened, serving, write
from harness import command, is_future, is_problem, same

ASYNC = {"Prefer": "respond-async"}


def auth(token, **headers):
    return {"Authorization": "Bearer " + token, **headers}


def line(name, *words):
    """The line of a key whose token is its name twice."""
    token = hashlib.sha256((name + name).encode()).hexdigest()
    return " ".join([name, "sha256=" + token, *words]) + "\n"


def is_refused(answer, error=None):
    is_problem(answer, 401, "unauthorized")
    challenge = answer.headers["www-authenticate"]
    want = 'Bearer realm="gened"' + (', error="%s"' % error if error else "")
    same(challenge, want)


@command
def a_new_key_lets_in(binary):
    done = gened(binary, "--new-key", "ci")
    same(done.returncode, 0)
    token = done.stderr.strip()
    same(len(token), 70)
    assert token not in done.stdout
    again = gened(binary, "--new-key", "ci").stderr.strip()
    assert again != token
    with folder(a_keys=done.stdout) as path:
        with serving(binary, keys=path + "/a.keys") as s:
            same(is_future(s.eval("(+ 1 2)", headers=auth(token)))["value"], 3)
            is_refused(s.eval("1", headers=auth(again)), "invalid_token")
            assert not any(token in str(e) for e in s.log), "the token is in the log"
            entry = s.wait_log(lambda e: e.get("event") == "request" and
                               e["status"] == 200)
            same(entry["key"], "ci")
    same(gened(binary, "--new-key").returncode, 2)
    same(gened(binary, "--new-key", "a b").returncode, 2)


@command
def everything_but_what_is_open_asks(binary):
    with folder(a_keys=line("a")) as path:
        with serving(binary, keys=path + "/a.keys") as s:
            for target in ("/healthz", "/readyz", "/version"):
                same(s.get(target).status, 200, target)
            for target in ("/limits", "/metrics", "/futures/f_" + "A" * 22):
                is_refused(s.get(target))
            is_refused(s.eval("1"))
            is_refused(s.request("DELETE", "/futures/f_" + "A" * 22))
            same(s.get("/metrics", auth("aa")).status, 200)
            same(s.request("OPTIONS", "/eval").status, 204)
            for header in ("Bearer", "Bearer ", "Basic YWE6", "aa", "bearerx aa"):
                is_refused(s.get("/limits", {"Authorization": header}),
                           "invalid_request")
            for token in ("a", "aaa", "aa,", "x" * 4000):
                is_refused(s.get("/limits", auth(token)), "invalid_token")
            same(s.get("/limits", {"Authorization": "bearer  aa"}).status, 200)
            with s.connect() as c:
                c.send("GET /limits HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer aa\r\n"
                       "Authorization: Bearer aa\r\n\r\n")
                is_problem(c.read(), 400)
            with s.connect() as c:  # refused before a body is read, and usable on
                is_refused(c.request("POST", "/eval", "1"))
                same(c.request("GET", "/limits", None, auth("aa")).status, 200)
        with serving(binary, keys=path + "/a.keys", metrics_public="on") as s:
            same(s.get("/metrics").status, 200)


@command
def futures_are_their_makers(binary):
    with folder(a_keys=line("a") + line("b")) as path:
        with serving(binary, keys=path + "/a.keys") as s:
            answer = s.eval("(sleep 60000) 1", headers=auth("aa", **ASYNC))
            link = is_future(answer, 202, "pending")["links"]["self"]
            is_problem(s.get(link, auth("bb")), 404)
            is_problem(s.get(link + "?wait=1", auth("bb")), 404)
            is_problem(s.get(link + "/events", auth("bb")), 404)
            is_refused(s.get(link + "/events"))
            is_problem(s.request("DELETE", link, None, auth("bb")), 404)
            is_refused(s.get(link))
            is_future(s.get(link, auth("aa")), 200, "pending")
            same(s.request("DELETE", link, None, auth("aa")).status // 100, 2)
            is_problem(s.get(link, auth("bb")), 404)
            is_future(s.get(link, auth("aa")), 200, "cancelled")


@command
def expired_futures_are_unknown_to_others(binary):
    with folder(a_keys=line("a") + line("b")) as path:
        with serving(binary, keys=path + "/a.keys", keep_count=0) as s:
            link = is_future(s.eval("1", headers=auth("aa")))["links"]["self"]
            s.eval("1", headers=auth("aa"))
            is_problem(s.get(link, auth("aa")), 410)
            is_problem(s.get(link, auth("bb")), 404)


@command
def a_key_caps_and_grants(binary):
    keys = (line("a", "grants=fs,db:main", "max-fuel=5000", "max-wall=2s",
                 "max-memory=1MiB", "max-output=10") +
            line("b", "max-fuel=1e12"))
    with folder(a_keys=keys) as path:
        with serving(binary, keys=path + "/a.keys") as s:
            limits = s.get("/limits", auth("aa")).json
            same([limits[k] for k in ("key", "grants", "fuel", "wall_ms", "memory_bytes",
                                      "output_bytes")],
                 ["a", ["fs", "db:main"], 5000, 2000, 1 << 20, 10])
            same(s.get("/limits", auth("bb")).json["fuel"], 10**9)
            for field, over in (("fuel", 5001), ("wall_ms", 2001), ("output_bytes", 11),
                                ("memory_bytes", (1 << 20) + 1)):
                body = {"script": "1", "limits": {field: over}}
                problem = is_problem(s.post(body, headers=auth("aa")), 422,
                                     "limit-too-high")
                same((problem["field"], problem["limit"]), ("limits." + field, over - 1))
                is_future(s.post({"script": "1", "limits": {field: over - 1}},
                                 headers=auth("aa")))
            error = is_future(s.eval("(loop 1)", headers=auth("aa")),
                              status="failure")["error"]
            same(error["code"], "GENE.LIMIT.FUEL")
            large = s.eval("(loop 1) " + "#" * 20000, headers=auth("aa"))
            same(is_future(large, status="failure")["error"]["code"], "GENE.LIMIT.FUEL")
            read = '(File/read "/mounted/by nobody")'
            for token, code in (("aa", "ENOENT"), ("bb", "GENE.PERMISSION")):
                error = is_future(s.eval(read, headers=auth(token)), status="failure")
                same(error["error"]["code"], code)


@command
def lists_and_batches_are_by_key(binary):
    keys = line("a", "max-fuel=5000", "concurrency=2") + line("b")
    with folder(a_keys=keys) as path:
        with serving(binary, keys=path + "/a.keys") as s:
            body = {"items": [{"script": "1", "limits": {"fuel": 5001}},
                              {"script": "(loop 1)"}] +
                             [{"script": "(sleep 60000)"}] * 3}
            answer = s.post(body, "/eval/batch?wait=0.2", auth("aa"))
            items = answer.json["items"]
            same([i["status"] for i in items],
                 [422, "failure", "pending", "pending", 429], repr(items))
            same(items[0]["limit"], 5000)
            same(items[1]["error"]["code"], "GENE.LIMIT.FUEL")
            same(items[4]["violated-policies"], ["concurrency"])
            same(len(s.get("/futures", auth("aa")).json["items"]), 3)
            same(s.get("/futures", auth("bb")).json["items"], [])
            is_refused(s.get("/futures"))
            for item in items[2:4]:
                s.request("DELETE", item["links"]["self"], None, auth("aa"))
            same(s.eval("1", headers=auth("aa")).status, 200)


@command
def keys_are_read_again(binary):
    with folder(a_keys=line("a") + line("b")) as path:
        keys = path + "/a.keys"
        with serving(binary, keys=keys) as s:
            link = is_future(s.eval("1", headers=auth("bb")))["links"]["self"]
            write(keys, line("a", "max-fuel=1000") + line("c"))
            same(s.reload()["keys"], 2)
            is_refused(s.get(link, auth("bb")), "invalid_token")
            is_problem(s.get(link, auth("cc")), 404)
            same(s.get("/limits", auth("aa")).json["fuel"], 1000)
            write(keys, line("a") + "broken\n")
            entry = s.reload()
            same(entry["event"], "config_rejected")
            assert "a.keys:2: sha256: the hash of the token is missing" in entry["faults"]
            same(s.get("/limits", auth("aa")).json["fuel"], 1000)
            same(s.get("/limits", auth("cc")).status, 200)
            write(keys, line("b"))
            s.reload()
            same(is_future(s.get(link, auth("bb")))["value"], 1)


@command
def keys_and_where_to_listen(binary):
    with folder(a_keys=line("a"), a_conf="listen = 0.0.0.0:0\nkeys = a.keys\n") as path:
        keys = path + "/a.keys"
        done = gened(binary, "--check-config", "--listen=0.0.0.0:80")
        same(done.returncode, 2)
        assert "GENED_KEYS" in done.stderr, done.stderr
        done = gened(binary, "--check-config", "--listen=0.0.0.0:80", GENED_KEYS=keys)
        same((done.returncode, done.stderr), (0, ""))
        os.chmod(keys, 0o644)
        done = gened(binary, "--check-config", "--keys", keys)
        same(done.returncode, 0)
        assert "warning: keys: '%s' is open to others" % keys in done.stderr, done.stderr
        write(keys, "a sha256=1\nb grants=process\n")
        done = gened(binary, "--check-config", "--keys", keys, "--max-fuel=x")
        same((done.returncode, done.stdout), (2, ""))
        for word in ("max-fuel: ", "a.keys:1: sha256: ", "a.keys:2: grants: process is never"):
            assert word in done.stderr, done.stderr
        # what listens beyond this machine keeps asking for keys
        write(keys, line("a"))
        conf = path + "/a.conf"
        write(conf, "keys = %s\n" % keys)
        with serving(binary, config=conf, listen="0.0.0.0:0") as s:
            is_refused(s.get("/limits"))
            write(conf, "")
            entry = s.reload()
            same(entry["event"], "config_rejected")
            assert "listen: " in entry["faults"], entry
            is_refused(s.get("/limits"))
