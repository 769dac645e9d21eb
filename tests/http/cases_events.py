"""Event streams: what they tell, resuming, slow readers, limits, the end."""

import json
import re
import socket
import threading
import time

from harness import MIB, PATIENCE, Closed, eventually, is_future, is_problem, is_well, same, test

ASYNC = {"Prefer": "respond-async"}


class Stream:
    """An event stream, read event by event."""

    def __init__(self, server, path, headers=None, window=None):
        self.connection = server.connect()
        if window:
            self.connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, window)
        self.connection.write("GET", path, None, headers)
        while b"\r\n\r\n" not in self.connection.buffer:
            self.connection.fill()
        head, _, self.connection.buffer = self.connection.buffer.partition(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        self.status = int(lines[0].split(" ")[1])
        self.headers = {k.lower(): v.strip() for k, _, v in (n.partition(":") for n in lines[1:])}
        self.comments = 0
        self.retry = None
        self.last_id = 0

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.connection.close()

    def block(self):
        """The next block of lines; None at the end."""
        while b"\n\n" not in self.connection.buffer:
            try:
                self.connection.fill()
            except Closed:
                assert not self.connection.buffer, self.connection.buffer[-80:]
                return None
        block, _, self.connection.buffer = self.connection.buffer.partition(b"\n\n")
        return block.decode("utf-8")

    def event(self):
        """(name, data, id or None); None at the end. Comments are counted."""
        while True:
            block = self.block()
            if block is None:
                return None
            fields = {}
            for line in block.split("\n"):
                name, _, value = line.partition(":")
                assert name not in fields, block
                fields[name] = value.strip()
            if "" in fields:
                self.comments += 1
            if "retry" in fields:
                self.retry = int(fields["retry"])
            if "event" not in fields:
                continue
            number = None
            if "id" in fields:
                number = int(fields["id"])
                assert number > self.last_id, (number, self.last_id)
                self.last_id = number
            return fields["event"], json.loads(fields["data"]), number

    def rest(self):
        """All events up to the end."""
        events = []
        while True:
            event = self.event()
            if event is None:
                return events
            events.append(event)

    def until(self, name):
        """Events up to the first of that name."""
        events = []
        while True:
            event = self.event()
            assert event is not None, events
            events.append(event)
            if event[0] == name:
                return events


def start(s, script, path="/eval"):
    answer = s.eval(script, path, ASYNC)
    same(answer.status, 202, "HTTP status of %r" % answer)
    return answer.json["links"]


def follow(s, links, query="", headers=None, window=None):
    return Stream(s, links["events"] + query, headers, window)


def output(events, begin=""):
    """The output that events tell of, whose offsets have to fit."""
    text = begin.encode("utf-8")
    for name, data, _ in events:
        if name == "gap":
            text = text[: data["output_offset"]]
        elif name == "output":
            same(data["offset"], len(text), "offset")
            text += data["text"].encode("utf-8")
    return text.decode("utf-8")


def names(events):
    return [e[0] for e in events]


@test()
def a_stream_from_beginning_to_end(s):
    script = '(println "a") (gene/sleep 500) (println "é𝄞") (gene/sleep 500) (println "c") [1 2]'
    links = start(s, script)
    with follow(s, links) as stream:
        same(stream.status, 200)
        same(stream.headers["content-type"], "text/event-stream")
        same(stream.headers["cache-control"], "no-store")
        same(stream.headers["x-accel-buffering"], "no")
        assert stream.headers["x-request-id"]
        events = stream.rest()
    assert stream.retry > 0
    same(names(events)[0], "status")
    same(names(events)[-1], "done")
    same(names(events).count("done"), 1)
    same(output(events), "a\né𝄞\nc\n")
    assert events[0][1]["phase"] in ("running", "waiting"), events[0]
    same(set(events[0][1]), {"phase", "status", "version", "usage"})
    last = [e for e in events if e[0] == "status"][-1][1]
    same((last["phase"], last["status"]), ("done", "success"))
    same(events[-1][1], s.get(links["self"]).json)
    same(events[-1][1]["value"], [1, 2])


@test(max_contexts=1)
def one_that_is_queued_begins(s):
    first = start(s, "(gene/sleep 60000)")
    links = start(s, "(loop 1)")
    with follow(s, links) as stream:
        same(stream.event()[1]["phase"], "queued")
        s.request("DELETE", first["self"])
        same(stream.event()[1]["phase"], "running")
        s.request("DELETE", links["self"])
        same(stream.rest()[-1][1]["status"], "cancelled")


@test()
def output_is_told_while_the_script_runs(s):
    links = start(s, '(println "first") (gene/sleep 60000)')
    with follow(s, links) as stream:
        begun = time.monotonic()
        same(output(stream.until("output")), "first\n")
        assert time.monotonic() - begun < 10
    s.request("DELETE", links["self"])
    # also from one that never waits
    links = start(s, '(var i 0) (while (< i 1000000000) (if (== (% i 100000) 0) (print ".")) (i = (+ i 1)))')
    with follow(s, links) as stream:
        for _ in range(4):
            stream.until("output")
        s.request("DELETE", links["self"])
        events = stream.rest()
    same(events[-1][1]["status"], "cancelled")


@test()
def many_lines_are_told_in_few_events(s):
    script = "(for i in (0 .. 20000) (println i))"
    links = start(s, "(gene/sleep 200) " + script)
    with follow(s, links) as stream:
        events = stream.rest()
    want = "".join("%d\n" % i for i in range(20001))
    assert output(events).startswith(want[:50000])
    same(output(events), events[-1][1]["output"])
    assert len(events) < 100, len(events)
    # and again, now that it is done
    with follow(s, links) as stream:
        same(output(stream.rest()), output(events))


@test()
def a_future_that_is_done_has_a_stream(s):
    future = is_future(s.eval('(println "x") 3'))
    with follow(s, future["links"]) as stream:
        events = stream.rest()
    same(names(events), ["status", "output", "done"])
    same(output(events), "x\n")
    same(events[-1][1], s.get(future["links"]["self"]).json)
    with follow(s, is_future(s.eval("(throw 1)"), 200, "failure")["links"]) as stream:
        events = stream.rest()
    same(names(events), ["status", "done"])
    same(events[-1][1]["status"], "failure")


@test()
def a_long_value_comes_whole(s):
    script = '(var s "é") (for i in (0 .. 15) (s = (s ++ s))) (print s) s'
    future = is_future(s.post({"script": script, "limits": {"output_bytes": 100001}}))
    assert len(future["value"]) >= 65536 and future["output_truncated"]
    with follow(s, future["links"], window=4096) as stream:
        time.sleep(0.3)
        events = stream.rest()
    same(output(events), future["output"])
    same(events[-1][1], s.get(future["links"]["self"]).json)


@test()
def resuming(s):
    links = start(s, '(for i in (0 .. 9) (println i) (gene/sleep 250)) "end"')
    with follow(s, links) as stream:
        events = stream.until("output") + stream.until("output")
    have = output(events)
    last = events[-1][2]
    for how in ("header", "query"):
        headers = {"Last-Event-ID": last} if how == "header" else {}
        query = "?last_event_id=%d" % last if how == "query" else ""
        with follow(s, links, query, headers) as stream:
            stream.last_id = last
            more = stream.rest()
        assert "gap" not in names(more), more
        same(output(more, have), more[-1][1]["output"], how)
    # behind the end there is nothing but the end
    with follow(s, links, "", {"Last-Event-ID": more[-2][2]}) as stream:
        same(names(stream.rest()), ["done"])


@test(event_keep="50ms")
def resuming_too_late_is_a_gap(s):
    links = start(s, '(println "one") (gene/sleep 400) (println "two")')
    with follow(s, links) as stream:
        events = stream.until("output")
    have, last = output(events), events[-1][2]
    time.sleep(0.7)
    with follow(s, links, "", {"Last-Event-ID": last}) as stream:
        stream.last_id = last
        events = stream.rest()
    same(names(events)[0], "gap")
    same(events[0][1]["from"], last + 1)
    assert events[0][1]["to"] >= last + 1 and events[1][2] > events[0][1]["to"]
    same(output(events, have), "one\ntwo\n")
    same(names(events)[-1], "done")


@test()
def ids_that_never_were(s):
    links = is_future(s.eval('(println "x")'))["links"]
    for bad in ("x", "-1", "1.5", "9" * 16, ""):
        is_problem(s.get(links["events"] + "?last_event_id=" + bad), 400, "bad-query")
    is_problem(s.get(links["events"], {"Last-Event-ID": "abc"}), 400, "bad-query")
    for known in ("7", "999999999999999"):
        with follow(s, links, "", {"Last-Event-ID": known}) as stream:
            events = stream.rest()
        same(output(events), "x\n")
        same(names(events)[-1], "done")
    is_problem(s.get(links["events"] + "?timeline=yes"), 400, "bad-query")
    is_problem(s.eval("1", "/eval?timeline=2"), 400, "bad-query")


@test()
def who_may_have_a_stream(s):
    future = is_future(s.eval("1"))
    events = future["links"]["events"]
    is_problem(s.get("/futures/f_AAAAAAAAAAAAAAAAAAAAAA/events"), 404)
    is_problem(s.get("/futures/x/events"), 404)
    is_problem(s.get("/futures//events"), 404, "not-found")
    is_problem(s.get("/futures/x/y/events"), 404, "not-found")
    is_problem(s.request("POST", events, ""), 405)
    for accept in ("application/json", "text/event-stream;q=0", "text/html, image/*"):
        is_problem(s.get(events, {"Accept": accept}), 406, "not-acceptable")
    for accept in ("text/event-stream", "text/*", "*/*;q=0.1", "text/html, text/event-stream"):
        with follow(s, future["links"], "", {"Accept": accept}) as stream:
            same(stream.status, 200)
            same(names(stream.rest())[-1], "done")
    with s.connect() as c:
        answer = c.request("HEAD", events)
        same(answer.status, 200)
        same(answer.headers["content-type"], "text/event-stream")
        assert "content-length" not in answer.headers
        assert c.is_closed()


@test(event_heartbeat="100ms")
def silence_has_a_heartbeat(s):
    links = start(s, "(gene/sleep 1500) 1")
    with follow(s, links) as stream:
        events = stream.rest()
    assert 3 <= stream.comments <= 16, stream.comments
    same(names(events)[-1], "done")


@test(max_streams=3)
def too_many_streams(s):
    links = start(s, "(gene/sleep 60000)")
    streams = [follow(s, links) for _ in range(3)]
    for stream in streams:
        stream.until("status")
    problem = is_problem(s.get(links["events"]), 503, "too-many-streams")
    same(problem["limit"], 3)
    streams[0].connection.close()
    eventually("a place is free", lambda: s.metric("gened_event_streams") == 2)
    with follow(s, links) as stream:
        same(stream.status, 200)
        s.request("DELETE", links["self"])
        for other in streams[1:] + [stream]:
            same(names(other.rest())[-1], "done")
            other.connection.close()
    eventually("all are gone", lambda: s.metric("gened_event_streams") == 0)


@test(connection_timeout="500ms")
def a_client_that_does_not_read(s):
    """It costs no more than one piece, and is cut off."""
    script = '(var s "0123456789abcdef") (for i in (0 .. 16) (s = (s ++ s))) (print s) s'
    future = is_future(s.post({"script": script, "limits": {"output_bytes": MIB // 16}}))
    before = s.rss()
    streams = [follow(s, future["links"], "", None, 2048) for _ in range(20)]
    same(s.metric("gened_event_streams"), 20)
    if not s.is_sanitized():
        assert s.rss() - before < 12 * MIB, s.rss() - before
    eventually("cut off", lambda: s.metric("gened_event_streams") == 0)
    for stream in streams:
        stream.connection.close()
    is_well(s)


@test()
def a_reader_that_falls_behind_misses_nothing_of_the_output(s):
    links = start(s, "(for i in (0 .. 99) (for j in (0 .. 199) (println i j)) (gene/sleep 1))")
    with follow(s, links, window=2048) as stream:
        events = stream.until("output")
        time.sleep(1.5)
        events += stream.rest()
    same(output(events), events[-1][1]["output"])


@test()
def clients_that_go_away(s):
    links = start(s, "(gene/sleep 60000)")
    for how in ("close", "reset", "half"):
        streams = [follow(s, links) for _ in range(20)]
        for stream in streams:
            stream.until("status")
            if how == "half":
                stream.connection.shut_writing()
            elif how == "reset":
                stream.connection.socket.setsockopt(
                    socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
                stream.connection.close()
            else:
                stream.connection.close()
        eventually("noticed " + how, lambda: s.metric("gened_event_streams") == 0)
        for stream in streams:
            stream.connection.close()
    # who follows does not own: the evaluation goes on
    is_future(s.get(links["self"]), 200, "pending")


@test()
def a_future_that_is_forgotten(s):
    future = is_future(s.eval("(print 1)"))
    with s.connect() as c:
        c.write("GET", future["links"]["events"])
        c.write("GET", "/healthz")  # is not answered: the stream closes
        while b"event: done" not in c.buffer:
            c.fill()
    same(s.request("DELETE", future["links"]["self"]).status, 204)
    is_problem(s.get(future["links"]["events"]), 404)


@test(drain_timeout="300ms")
def stopping_ends_streams_with_done(s):
    links = start(s, '(println "x") (gene/sleep 60000)')
    with follow(s, links) as stream:
        stream.until("output")
        s.terminate()
        events = stream.rest()
    same(names(events)[-1], "done")
    same(events[-1][1]["status"], "cancelled")
    same(s.wait(), 0)


@test()
def a_stream_of_one_that_ends_while_draining(s):
    links = start(s, '(gene/sleep 500) "end"')
    with follow(s, links) as stream:
        stream.until("status")
        s.terminate()
        events = stream.rest()
    same(events[-1][1]["value"], "end")
    same(s.wait(), 0)


@test()
def many_at_once(s):
    """Readers come and go while others write."""
    links = [start(s, '(for i in (0 .. 30) (println "%d" i) (gene/sleep 10)) %d' % (n, n)) for n in range(20)]
    wrong = []

    def read(n):
        try:
            last, text = 0, ""
            with follow(s, links[n % 20]) as stream:
                events = [stream.event() for _ in range(n % 4 + 1)]
                text = output(events)
                last = stream.last_id
            with follow(s, links[n % 20], "", {"Last-Event-ID": last} if last else {}) as stream:
                stream.last_id = last
                events = stream.rest()
            same(output(events, text if last else ""), events[-1][1]["output"])
            same(events[-1][1]["value"], n % 20)
        except Exception as e:  # it is another thread's
            wrong.append(repr(e))

    threads = [threading.Thread(target=read, args=(n,)) for n in range(60)]
    for t in threads:
        t.start()
    for t in threads:
        t.join(PATIENCE)
    assert not wrong, wrong[:3]
    eventually("all are gone", lambda: s.metric("gened_event_streams") == 0)


@test()
def a_stream_behind_other_answers(s):
    """The connection has been used, and was suspended, before it is taken."""
    future = is_future(s.eval("(print 7)"))
    for before in ("(+ 1 2)", "(gene/sleep 100) 3"):
        with s.connect() as c:
            for _ in range(3):
                c.write("POST", "/eval", before, {"Content-Type": "text/plain"})
            c.write("GET", future["links"]["events"])  # sent before any answer
            for _ in range(3):
                same(is_future(c.read())["value"], 3)
            while b"event: done" not in c.buffer:
                c.fill()
    for _ in range(50):
        with s.connect() as c:
            same(is_future(c.request("POST", "/eval", "(+ 1 2)"))["value"], 3)
            c.write("GET", future["links"]["events"])
            while b"event: done" not in c.buffer:
                c.fill()
    before = s.descriptors()
    for _ in range(50):
        with follow(s, future["links"]) as stream:
            stream.rest()
    eventually("no descriptor is left", lambda: s.descriptors() <= before)
    is_well(s)


# ---- the timeline -----------------------------------------------------------


def traces(events):
    return [e[1] for e in events if e[0] == "future"]


THREE = """(fn work ^^async [ms]
  (gene/sleep ms)
  ms)
(var a (gene/sleep_async 900))
(var b (async (gene/sleep 100) 5))
(await a b)
7"""


@test()
def a_timeline_from_the_beginning(s):
    links = start(s, THREE, "/eval?timeline=1")
    s.get(links["self"] + "?wait=20")  # all of it happens before anybody looks
    with follow(s, links, "?timeline=1") as stream:
        events = stream.rest()
    all_of = traces(events)
    for trace in all_of:
        same(set(trace), {"n", "parent", "label", "state", "line", "column", "at_ms"})
    made = [t for t in all_of if t["state"] == "started"]
    same([(t["n"], t["parent"], t["label"], t["line"]) for t in made],
         [(1, None, "gene/sleep_async", 4), (2, None, "async", 5), (3, 2, "gene/sleep", 5)])
    of = lambda n: [t["state"] for t in all_of if t["n"] == n]
    same(of(1), ["started", "success"])
    same(of(2), ["started", "waiting", "running", "success"])
    ends = {t["n"]: t["at_ms"] for t in all_of if t["state"] == "success"}
    assert 95 < ends[2] < ends[1] and 895 < ends[1] < 9000, ends
    same([t["at_ms"] for t in all_of], sorted(t["at_ms"] for t in all_of))
    # nobody who did not ask sees them
    with follow(s, links) as stream:
        same(traces(stream.rest()), [])


@test()
def a_timeline_from_now_on(s):
    links = start(s, "(var a (gene/sleep_async 3000)) (gene/sleep 1500) (async (gene/sleep 10)) (await a)")
    with follow(s, links, "?timeline=1") as stream:
        events = stream.rest()
    all_of = traces(events)
    labels = [t["label"] for t in all_of if t["state"] == "started"]
    same(labels, ["async", "gene/sleep"])
    late = [t for t in all_of if t["n"] == 1]
    same([(t["state"], t["label"]) for t in late], [("success", None)])


@test()
def a_timeline_of_failures_and_cancelled(s):
    script = """(var a (async (gene/sleep 50) (throw "x")))
(var b (gene/sleep_async 5000))
(gene/sleep 100)
(b .cancel)
(try (await a) catch * 1)"""
    links = start(s, script, "/eval?timeline=1")
    with follow(s, links, "?timeline=1") as stream:
        events = stream.rest()
    ends = {t["n"]: t["state"] for t in traces(events)}
    same(events[-1][1]["status"], "success", events[-1])
    same((ends[1], ends[2] if ends[2] == "cancelled" else ends[3]), ("failure", "cancelled"))


@test()
def a_timeline_is_bounded(s):
    script = "(for i in (0 .. 9000) (async i)) 1"
    links = start(s, script, "/eval?timeline=1")
    with follow(s, links, "?timeline=1") as stream:
        events = stream.rest()
    same(len(traces(events)), 10000)
    gaps = [e[1] for e in events if e[0] == "gap"]
    same(len(gaps), 1)
    same(gaps[0]["to"], None)
    same(events[-1][1]["value"], 1)


@test(event_bytes="4KiB")
def a_timeline_beyond_the_memory(s):
    links = start(s, '(for i in (0 .. 300) (async i)) (println "x") 1', "/eval?timeline=1")
    with follow(s, links, "?timeline=1") as stream:
        events = stream.rest()
    assert "gap" in names(events), names(events)
    same(output(events), "x\n")
    same(names(events)[-1], "done")
