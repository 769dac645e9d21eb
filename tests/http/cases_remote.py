"""gene --server: its commands against a running gened."""

import json
import signal
import subprocess
import time

from cases_config import folder, serving
from cases_keys import line
from cases_tls import certificates, secure
from harness import command, eventually, is_future, same, test
from remote import ask, begun, environment, gene, path_of, tool, url_of

ASYNC = {"Prefer": "respond-async"}


def start(s, script, **more):
    answer = s.post(dict(script=script, **more), headers=ASYNC)
    same(answer.status, 202, repr(answer))
    return answer.json["id"]


def state(s, future):
    return s.get("/futures/" + future).json


@test()
def remote_is_told_like_local(s):
    """Output, value, errors and exit codes are those of a run here."""
    for args in (
        ["eval", "(+ 1 2)"],
        ["eval", '(println "a") (print "b") [1 {^x "y"}]'],
        ["run", "-"],
        ["eval", "(+ 1"],
        ["eval", "(pritnln 1)"],
        ["eval", '(fn f [x] (throw "boom")) (f 1)'],
        ["eval", '\t"é" (throw "no\x1b[31m")'],
        ["eval", '(throw (new IOError "x" ^cause (new IOError "y")))'],
        ["eval", "--strict-nil", "(fn f [x: Int] x) (f nil)"],
        ["eval", "--no-type-check", '(fn f [x: Int] x) (f "a")'],
        ["eval", "--input", '{"n": 0.1}', "$input/n"],
    ):
        stdin = '(println "from\nstdin") 5' if args[-1] == "-" else None
        there = gene(s, *args, stdin=stdin)
        here = subprocess.run([path_of(s), *args], capture_output=True, text=True,
                              input=stdin, env=environment())
        same((there.returncode, there.stdout, there.stderr),
             (here.returncode, here.stdout, here.stderr), repr(args))


@test()
def remote_request_has_it_all(s):
    with folder(a_json='{"n": [1, 18446744073709551615e0]}', a_gene="$input/n/0") as path:
        done = gene(s, "run", "--input", "@%s/a.json" % path, path + "/a.gene")
        same((done.returncode, done.stdout, done.stderr), (0, "", ""))
        done = gene(s, "eval", "--input=@%s/a.json" % path, "$input/n/0")
        same((done.stdout, done.stderr), ("1\n", ""))
        same(gene(s, "eval", "--input", "@%s/none" % path, "1").returncode, 2)
    same(gene(s, "eval", "--input", "{", "1").returncode, 2)
    one, two = (gene(s, "eval", "--seed", "-7", "(random)").stdout for _ in range(2))
    same(one, two)
    done = gene(s, "eval", "--fuel", "1000", "(loop 1)")
    same(done.returncode, 1)
    assert "GENE.LIMIT.FUEL" in done.stderr or "uel" in done.stderr, done.stderr
    done = gene(s, "eval", "--wall-ms=50", "(gene/sleep 5000)")
    assert done.returncode == 1 and "LimitException" in done.stderr, done.stderr
    done = gene(s, "eval", "--memory", "64KiB", '(var x []) (loop (x .add "xxxxxxxxxxxxxxx"))')
    assert done.returncode == 1 and "LimitException" in done.stderr, done.stderr
    done = gene(s, "eval", "--output-bytes", "3", "--stats", '(print "abcdef") 1')
    same((done.returncode, done.stdout), (0, "abc\n1\n"))
    assert "cut at its limit" in done.stderr and "fuel " in done.stderr, done.stderr
    done = gene(s, "eval", "--label", "a b&c", '"labelled"')
    same(done.stdout, "labelled\n")


@test()
def remote_usage_errors(s):
    for args, word in (
        (["eval"], "code"),
        (["eval", "1", "2"], "'2'"),
        (["eval", "--sandbox", "1"], "--sandbox"),
        (["eval", "--key", "secret", "1"], "--key"),
        (["eval", "--fuel", "-1", "1"], "--fuel"),
        (["eval", "--fuel", "0", "1"], "--fuel"),
        (["eval", "--fuel", "99999999999999999999", "1"], "--fuel"),
        (["eval", "--memory", "9PiB", "1"], "--memory"),
        (["eval", "--wait", "nan", "1"], "--wait"),
        (["eval", "--seed", "1.5", "1"], "--seed"),
        (["eval", "--json", "1"], "--json"),
        (["futures", "x"], "'x'"),
        (["futures", "--async"], "--async"),
        (["cancel"], "id"),
        (["cancel", "f_../../limits"], "id"),
        (["watch"], "id"),
        (["watch", "x"], "id"),
        (["watch", "f_a", "f_b"], "f_b"),
        (["eval", "\udcff"], "UTF-8"),
    ):
        done = gene(s, *args)
        same((done.returncode, done.stdout), (2, ""), repr(args))
        assert word in done.stderr, (args, done.stderr)
    for url, word in (("ftp://localhost/", "http://"), ("localhost:80", "http://"),
                      ("http://me:secret@localhost/", "password"),
                      ("http://localhost/?x=1", "query"), ("http://", ""),
                      ("http://local host/", ""), ("http://" + "x" * 2000, "long")):
        done = ask(path_of(s), url, "eval", "1")
        same(done.returncode, 2, url)
        assert word in done.stderr, done.stderr


@test()
def remote_by_the_environment(s):
    def run(*args, **env):
        return subprocess.run([path_of(s), *args], capture_output=True, text=True,
                              env=environment(**env))

    local = '$env/HOME'
    there = run("eval", local, GENE_SERVER=url_of(s))
    here = run("eval", "--local", local, GENE_SERVER=url_of(s), HOME="/here")
    same((here.returncode, here.stdout), (0, "/here\n"))
    assert there.stdout != here.stdout, there
    same(run("eval", "--sandbox", "1", GENE_SERVER="http://localhost:1").stdout, "1\n")
    same(run("futures").returncode, 2)
    same(run("futures", GENE_SERVER=url_of(s)).returncode, 0)


@test()
def remote_output_comes_at_once(s):
    script = '(println "first") (gene/sleep 60000) (println "never")'
    with begun(path_of(s), url_of(s), "eval", script) as it:
        it.until("first\n")
        assert it.process.poll() is None
        it.signal()
        code, out, err = it.finish()
        same((code, out), (130, "first\n"))
        assert "cancelling f_" in err and "is cancelled" in err, err
        future = err.split("cancelling ")[1].split()[0]
        same(state(s, future)["status"], "cancelled")
    # none of it twice, however often it is asked for
    script = '(for i in (range 0 40) (println i "é€") (gene/sleep 20)) "end"'
    done = gene(s, "eval", script)
    local = subprocess.run([path_of(s), "eval", script], capture_output=True, text=True,
                           env=environment())
    same((done.stdout, done.stderr), (local.stdout, ""))
    same(done.stdout.count("\n"), 42)


@test(max_output="2MiB")
def remote_long_output_is_whole(s):
    script = """(for i in (range 1 30)
                  (println ("0123456789é" .repeat 4000)) (gene/sleep 20)) "end" """
    want = ("0123456789é" * 4000 + "\n") * 30 + "end\n"
    for args in (["eval", script], ["watch", start(s, script)]):
        done = gene(s, *args)
        same((len(done.stdout), done.stderr[:400].replace("gene: waiting\n", "")
              .replace("gene: running\n", "")), (len(want), "gene: done\n"
              if args[0] == "watch" else ""))
        assert done.stdout == want, "another output"


@test()
def remote_terminated(s):
    with begun(path_of(s), url_of(s), "run", "-") as it:
        eventually("it reads", lambda: it.process.poll() is None)
        it.process.terminate()  # while the script is being typed
        same(it.finish()[0], -signal.SIGTERM)
    with begun(path_of(s), url_of(s), "eval", '(println 1) (gene/sleep 60000)') as it:
        it.until("1\n")
        it.signal(signal.SIGTERM)
        same(it.finish()[0], 143)
    eventually("all cancelled", lambda: s.metric("gened_contexts_live") == 0)


@test()
def remote_reader_goes_away(s):
    command = '%s --server %s eval "(loop (println 123) (gene/sleep 10))" | head -n 2; ' \
              'echo ${PIPESTATUS[0]}' % (path_of(s), url_of(s))
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True,
                          env=environment())
    same((done.stdout, done.stderr), ("123\n123\n141\n", ""))
    eventually("cancelled", lambda: s.metric("gened_contexts_live") == 0)


@test()
def remote_output_can_not_be_written(s):
    future = start(s, '(println "x") (gene/sleep 60000)')
    ended = gene(s, "eval", "--async", "1").stdout.strip()
    for args in (["eval", "1"], ["eval", "--async", "1"], ["futures"], ["watch", ended],
                 ["eval", '(println 1) (gene/sleep 60000)'], ["watch", future],
                 ["cancel", future]):
        with open("/dev/full", "w") as full:
            done = subprocess.run([path_of(s), "--server", url_of(s), *args], stdout=full,
                                  stderr=subprocess.PIPE, text=True, env=environment())
        same(done.returncode, 1, repr(args))
        assert "cannot write the output: No space left" in done.stderr, done.stderr
    eventually("all cancelled", lambda: s.metric("gened_contexts_live") == 0)


@test()
def remote_async_wait_and_watch(s):
    done = gene(s, "eval", "--async", '(println "out") (gene/sleep 400) (throw "late")')
    future = done.stdout.strip()
    same((done.returncode, done.stderr), (0, ""))
    is_future(s.get("/futures/" + future), 200, "pending")
    done = gene(s, "watch", future)
    same((done.returncode, done.stdout), (1, "out\n"))
    assert "Exception: late\n  at <script>:1:34\n" in done.stderr, done.stderr
    assert "|" not in done.stderr, "there is no source to show"
    again = gene(s, "watch", future)  # done meanwhile
    same((again.returncode, again.stdout), (1, "out\n"))
    done = gene(s, "eval", "--wait", "0.4", '(println "out") (gene/sleep 1500) "rested"')
    same((done.returncode, done.stdout), (4, "out\n"))
    future = done.stderr.split()[1]
    done = gene(s, "watch", future)
    same((done.returncode, done.stdout), (0, "out\nrested\n"))
    for word in ("gene: waiting\n", "gene: done\n"):
        assert word in done.stderr, done.stderr
    done = gene(s, "watch", "f_" + "B" * 22)
    same(done.returncode, 2)
    assert "404 " in done.stderr and "request id: " in done.stderr, done.stderr


@test()
def remote_watch_is_left(s):
    future = start(s, '(println "a") (gene/sleep 60000)')
    with begun(path_of(s), url_of(s), "watch", future) as it:
        it.until("a\n")
        it.signal()
        code, _, err = it.finish()
        same(code, 130)
        assert "goes on" in err, err
    same(state(s, future)["status"], "pending")
    # cancelled by somebody else
    with begun(path_of(s), url_of(s), "watch", future) as it:
        it.until("a\n")
        same(gene(s, "cancel", future).returncode, 0)
        same(it.finish()[0], 130)


@test()
def remote_cancel(s):
    futures = [start(s, "(gene/sleep 60000)") for _ in range(2)]
    done = gene(s, "cancel", *futures)
    same((done.returncode, done.stderr), (0, ""))
    for future in futures:
        assert future + " cancel" in done.stdout, done.stdout
        eventually("cancelled", lambda: state(s, future)["status"] == "cancelled")
    same(gene(s, "cancel", futures[0]).stdout, futures[0] + " cancelled\n")
    ended = start(s, "1")
    eventually("done", lambda: state(s, ended)["status"] == "success")
    done = gene(s, "cancel", ended)
    same((done.returncode, done.stdout), (1, ""))
    assert "done before" in done.stderr, done.stderr
    same(state(s, ended)["value"], 1, "its value is still there")
    done = gene(s, "cancel", "f_" + "B" * 22, futures[1])
    same((done.returncode, done.stdout), (2, futures[1] + " cancelled\n"))


@test()
def remote_futures(s):
    same(gene(s, "futures").stdout.split()[0], "ID")
    for i in range(60):
        start(s, '"value %d\nsecond\x1b"' % i, label="odd & %d" % (i % 2))
    pending = start(s, '(println "one") (println "so far") (gene/sleep 60000)')
    start(s, '(throw "no\x1b[31m")')
    eventually("one left", lambda: s.metric("gened_contexts_live") == 1)
    done = gene(s, "futures")
    rows = done.stdout.split("\n")[1:-1]
    same((len(rows), done.returncode, done.stderr), (62, 0, ""))
    assert rows[0].split()[1] == "failure" and "Exception: no [31m" in rows[0], rows[0]
    assert rows[1].startswith(pending + "  waiting ") and "so far" in rows[1], rows[1]
    assert rows[2].endswith("  value 59"), rows[2]
    rows = gene(s, "futures", "--label", "odd & 1", "--limit", "3").stdout.split("\n")
    same([row.split()[-1] for row in rows[1:-1]], ["59", "57", "55"])
    done = gene(s, "futures", "--status=success", "--json", "--limit=55")
    same([json.loads(row)["value"].split()[1] for row in done.stdout.splitlines()],
         [str(i) for i in range(59, 4, -1)])
    assert "\x1b" not in done.stdout and "there are more" in done.stderr
    done = gene(s, "futures", "--status", "well")
    same(done.returncode, 2)
    assert "400 " in done.stderr, done.stderr


@test(max_body="64KiB")
def remote_refusals(s):
    for args, code, words in (
        (["--wall-ms", "99999999", "1"], 2, ["422 ", "limits.wall_ms", "limit: 10000"]),
        (["--label", "x" * 300, "1"], 2, ["422 ", "label"]),
        (['"%s"' % ("x" * 100000)], 2, ["413 ", "limit: 65536"]),
    ):
        done = gene(s, "eval", *args)
        same((done.returncode, done.stdout), (code, ""))
        for word in words + [url_of(s) + "/eval: ", "request id: "]:
            assert word in done.stderr, (word, done.stderr)


@test(max_contexts=1, queue_time="100ms")
def remote_waits_for_room(s):
    start(s, "(gene/sleep 1200)")
    same(gene(s, "eval", "1").stdout, "1\n", "a Retry-After later there is room")
    first = start(s, "(gene/sleep 60000)")
    began = time.monotonic()
    done = gene(s, "eval", "--retries", "1", "1")
    same(done.returncode, 3)
    assert time.monotonic() - began >= 1, "Retry-After was not minded"
    assert "503 " in done.stderr and "try again after" in done.stderr, done.stderr
    same(gene(s, "cancel", first).returncode, 0)


@command
def remote_with_a_key(binary):
    key = "secretsecret"
    with folder(a_keys=line("secret"), a_key=key + "\n", b_key="", c_key="a\nb") as path:
        with serving(binary, keys=path + "/a.keys") as s:
            same(gene(s, "eval", "1", GENE_KEY=key).stdout, "1\n")
            same(gene(s, "--key-file", path + "/a.key", "eval", "2").stdout, "2\n")
            done = gene(s, "eval", "--key-file", path + "/a.key", "2", GENE_KEY="other")
            same(done.stdout, "2\n", "the file goes first")
            for bad in (None, "other"):
                done = gene(s, "eval", "1", **({"GENE_KEY": bad} if bad else {}))
                same(done.returncode, 2)
                assert "401 " in done.stderr, done.stderr
            for bad in ("b.key", "c.key", "none"):
                done = gene(s, "eval", "--key-file", path + "/" + bad, "1")
                same(done.returncode, 2)
                assert bad in done.stderr, done.stderr
            same(gene(s, "eval", "1", GENE_KEY="a\r\nX: y").returncode, 2)
            script = "(println 1) (gene/sleep 60000)"
            with begun(path_of(s), url_of(s), "--key-file", path + "/a.key", "eval",
                       script) as it:
                it.until("1\n")
                with open("/proc/%d/cmdline" % it.process.pid) as f:
                    assert key not in f.read()
                it.signal()
                same(it.finish()[0], 130)
            assert not any(key in str(e) for e in s.log)


@command
def remote_service_with_tls(binary):
    with certificates("one", "two") as path, secure(binary, path) as s:
        url = "https://localhost:%d" % s.address[1]
        script = '(println 1) (gene/sleep 400) (println 2) "é"'
        done = ask(tool(binary), url, "eval", "--ca", path + "/one.crt", script)
        same((done.returncode, done.stdout), (0, "1\n2\né\n"), done.stderr)
        done = ask(tool(binary), url, "eval", "--ca", path + "/two.crt", "1")
        same((done.returncode, done.stdout), (3, ""))
        assert "not trusted" in done.stderr, done.stderr


@command
def remote_service_that_is_not_there(binary):
    began = time.monotonic()
    done = ask(tool(binary), "http://127.0.0.1:1", "eval", "--retries", "0", "1")
    same((done.returncode, done.stdout), (3, ""))
    assert "http://127.0.0.1:1/eval: can't be reached" in done.stderr, done.stderr
    assert time.monotonic() - began < 2
    began = time.monotonic()
    done = ask(tool(binary), "http://127.0.0.1:1", "futures", "--retries", "2")
    same((done.returncode, done.stderr.count("\n")), (3, 1))
    assert time.monotonic() - began > 0.3, "it was tried again at once"
    for args in (["watch", "f_" + "A" * 22], ["cancel", "f_" + "A" * 22]):
        done = ask(tool(binary), "http://127.0.0.1:1", "--retries", "0", *args)
        same(done.returncode, 3, repr(args))
    with begun(tool(binary), "http://127.0.0.1:1", "eval", "--retries", "9", "1") as it:
        time.sleep(0.3)
        it.signal()
        same(it.finish()[0], 130)
