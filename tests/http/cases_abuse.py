"""Storms: the same key at once, broken settings under load, an end in the midst
of work, and very many requests of all kinds."""

import collections
import json
import os
import random
import signal
import socket
import subprocess
import threading
import time

from cases_config import folder, serving
from cases_keys import auth, line
from harness import (PATIENCE, Connection, Server, command, eventually, is_future,
                     is_problem, is_well, same, soak, test)

JSON = {"Content-Type": "application/json"}


def at_once(count, work):
    """Calls work(i) in so many threads; gives what they return."""
    results = [None] * count

    def run(i):
        results[i] = work(i)

    threads = [threading.Thread(target=run, args=(i,)) for i in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


@test()
def a_key_with_different_bodies_at_once(s):
    """One of them has the key; all others are told."""
    answers = at_once(50, lambda i: s.eval("(gene/sleep 100) %d" % (i % 5),
                                           headers={"Idempotency-Key": "k"}))
    good = [a for a in answers if a.status == 200]
    same(len(good), 10)
    same(len({is_future(a)["id"] for a in good}), 1)
    for answer in answers:
        if answer.status != 200:
            is_problem(answer, 422)
    same(s.metric('gened_evaluations_total{outcome="success"}'), 1)


@test()
def a_key_whose_clients_go_away(s):
    """One who stays has the answer, however many of the others left."""
    def ask(i):
        with s.connect() as c:
            c.write("POST", "/eval", "(gene/sleep 300) 7", {"Idempotency-Key": "k"})
            if i > 0:
                time.sleep(random.random() * 0.1)
                return None
            return is_future(c.read())["value"]

    same(at_once(50, ask), [7] + [None] * 49)
    is_well(s)


def put(path, data):
    """Writes a file at once: half of one may be a good one, with less in it."""
    with open(path + ".new", "wb") as f:
        f.write(data)
    os.replace(path + ".new", path)


@command
def broken_files_under_load(binary):
    """Whatever the files hold, those who were served are served on."""
    good = line("a") + line("b")
    with folder(a_keys=good, a_conf="max-output = 500\n") as path:
        with serving(binary, keys=path + "/a.keys", config=path + "/a.conf") as s:
            stop = threading.Event()
            seen = collections.Counter()

            def load():
                with s.connect() as c:
                    while not stop.is_set():
                        seen[c.request("POST", "/eval", "1", auth("aa")).status] += 1

            threads = [threading.Thread(target=load) for _ in range(3)]
            for thread in threads:
                thread.start()
            try:
                for bad in (b"\0" * 100, b"x" * 70000, b"a sha256=zz\n", b"\xff\n",
                            (line("a") * 2).encode(), b"a\n" * 10):
                    put(path + "/a.keys", bad)
                    for _ in range(20):
                        s.process.send_signal(signal.SIGHUP)
                    same(s.reload()["event"], "config_rejected", bad[:20])
                put(path + "/a.keys", good.encode())
                eventually("taken", lambda: s.reload()["event"] == "config_reloaded")
                for bad in (b"max-output = -1\n", b"nonsense\n", b"\0\0", b"x" * 100000):
                    put(path + "/a.conf", bad)
                    # an earlier signal may be answered only now
                    eventually("refused", lambda: s.reload()["event"] == "config_rejected")
            finally:
                stop.set()
                for thread in threads:
                    thread.join()
            same(set(seen), {200})
            put(path + "/a.conf", b"max-output = 600\n")
            eventually("taken", lambda: s.reload()["event"] == "config_reloaded")
            same(s.get("/limits", auth("bb")).json["output_bytes"], 600)


@test(drain_timeout="300ms", max_wall="60s")
def an_end_in_the_midst_of_work(s):
    """Everybody who waits is answered, and nothing holds up the end."""
    waiting = []
    for i in range(40):
        waiting.append(s.connect())
        if i % 4 == 0:
            body = {"items": [{"script": "(gene/sleep 60000)"}, {"script": "1"}]}
            waiting[-1].write("POST", "/eval/batch?wait=50", json.dumps(body), JSON)
        elif i % 4 == 1:
            waiting[-1].write("POST", "/eval?wait=50", "(loop 1)")
        else:
            waiting[-1].write("POST", "/eval?wait=50", "(gene/sleep 60000)")
    nested = s.eval("(async (gene/sleep 60000))", headers={"Prefer": "wait=0"})
    same(nested.status, 202)
    halves = [s.connect() for _ in range(20)]
    for c in halves:
        c.send("POST /eval HTTP/1.1\r\nHost: t\r\nContent-Length: 100\r\n\r\n(")
    eventually("all there", lambda: s.metric("gened_http_in_flight") == 61)
    s.terminate()
    for i, c in enumerate(waiting):
        answer = c.read()
        same(answer.status, 200)
        if i % 4 != 0:
            is_future(answer, 200, "cancelled")
        c.close()
    same(s.wait(), 0)
    for c in halves:
        c.close()


@command
def killed_in_the_midst_of_work(binary):
    """The next one has the same port at once, and sweeps what was left."""
    with folder() as path:
        settings = {"scratch-root": path, "max-wall": "60s"}
        s = Server(binary, settings)
        try:
            clients = [s.connect() for _ in range(10)]
            for c in clients:
                c.write("POST", "/eval", '(io/write "a" "x") (gene/sleep 60000)')
            eventually("files", lambda: sum(len(f) for _, _, f in os.walk(path)) == 10)
            s.process.kill()
            s.process.wait()
        finally:
            s.discard()
        left = os.listdir(path)
        settings["listen"] = "127.0.0.1:%d" % s.address[1]
        s = Server(binary, settings)
        try:
            is_well(s)
            eventually("swept", lambda: not set(left) & set(os.listdir(path)))
            s.stop()
        finally:
            s.discard()
        same(os.listdir(path), [])
        for c in clients:
            c.close()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def with_stderr(binary, descriptor):
    """Many evaluations while the log goes to a descriptor, then the end."""
    address = ("127.0.0.1", free_port())
    process = subprocess.Popen(
        [binary, "--listen=%s:%d" % address, "--log-level=debug"], stderr=descriptor)
    try:
        eventually("it listens", lambda: listens(address))
        with Connection(address) as c:
            for i in range(500):
                answer = c.request("POST", "/eval", str(i), {"X-Request-Id": "x" * 120})
                same(is_future(answer)["value"], i)
        process.terminate()
        same(process.wait(PATIENCE), 0)
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


def listens(address):
    try:
        Connection(address).close()
        return True
    except OSError:
        return False


@command
def a_log_that_takes_nothing(binary):
    """Full, closed, or a pipe that nobody reads: no answer waits for it."""
    full = os.open("/dev/full", os.O_WRONLY)
    unread, writing = os.pipe()
    closed, broken = os.pipe()
    os.close(closed)
    try:
        for descriptor in (full, writing, broken):
            with_stderr(binary, descriptor)
    finally:
        for descriptor in (full, unread, writing, broken):
            os.close(descriptor)


# ---- for hours ---------------------------------------------------------------


def some_work(draw, c):
    """Does one thing of many; false when the connection can't be used on."""
    kind = draw.randrange(12)
    if kind < 4:
        c.write("POST", "/eval", "(+ 1 %d)" % draw.randrange(1000))
    elif kind == 4:
        c.write("POST", "/eval", '(throw "x")')
    elif kind == 5:
        c.write("POST", "/eval", "(((")
    elif kind == 6:
        c.write("POST", "/eval", '{"script": "$input", "input": {"a": [1]}}', JSON)
    elif kind == 7:
        c.write("POST", "/eval", "(gene/sleep 5) 1", {"Prefer": "respond-async"})
    elif kind == 8:
        items = [{"script": "(+ 1 %d)" % i} for i in range(5)]
        c.write("POST", "/eval/batch", json.dumps({"items": items}), JSON)
    elif kind == 9:
        c.write("GET", "/futures?limit=3")
    elif kind == 10:
        c.send("GET / HTTP/1.1\nHost: x\r\n\r\n")
    else:
        c.write("POST", "/eval", "(gene/sleep 50) 1")
        return False
    assert c.read().status < 500
    return kind != 10


@soak(keep_count="1000", log_level="info")
def a_hundred_thousand_requests(s):
    """Of all kinds; memory and descriptors are as they were."""
    def work(seed):
        draw = random.Random(seed)
        c = s.connect()
        for _ in range(2500):
            if not some_work(draw, c):
                c.close()
                c = s.connect()
        c.close()

    at_once(8, work)
    before, descriptors = s.rss(), s.descriptors()
    for turn in range(4):
        at_once(8, lambda i: work(8 * turn + i))
    assert s.is_sanitized() or s.rss() - before < 8 << 20, (before, s.rss())
    eventually("closed", lambda: s.descriptors() <= descriptors + 2)
    eventually("done", lambda: s.metric("gened_context_bytes") == 0)
    is_well(s)
