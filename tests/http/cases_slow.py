"""Clients that are slow, or stop in the middle, or say one length and send
another: each is told what was wrong, and none holds up the others."""

import socket
import threading

from harness import (Closed, eventually, is_future, is_problem, is_well, same,
                     soak, test)

POST = "POST /eval HTTP/1.1\r\nHost: t\r\n"
CHUNKED = POST + "Transfer-Encoding: chunked\r\n\r\n"
SCRIPT = "Content-Length: 7\r\n\r\n(+ 1 2)"


def drip(s, data, pause=0.02):
    """What is answered to bytes that come one by one, and never all."""
    with s.connect() as c:
        stop = threading.Event()

        def send():
            for byte in data.encode("latin-1"):
                try:
                    c.send(bytes([byte]))
                except OSError:
                    return
                if stop.wait(pause):
                    return

        thread = threading.Thread(target=send)
        thread.start()
        try:
            return c.read()
        finally:
            stop.set()
            thread.join()


@test(connection_timeout="400ms")
def what_drips_is_cut_off_with_a_word(s):
    for data in (
        "GET /" + "a" * 5000,
        "GET /version HTTP/1.1\r\nHost: t\r\n" + "X: y\r\n" * 500,
        POST + "Content-Length: 5000\r\n\r\n" + " " * 5000,
        CHUNKED + "1\r\n1\r\n" * 500,
        CHUNKED + "1;" + "a" * 900,
        CHUNKED + "1\r\n1\r\n0\r\n" + "X: y\r\n" * 500,
    ):
        is_problem(drip(s, data), 408, "request-timeout")
    for data in ("", "\r\n"):
        with s.connect() as c:
            c.send(data)
            assert c.is_closed(), "a word to nobody"
    is_well(s)


def halved(s, *parts):
    """What is answered when the client sends no more after these; each part
    is read before the next comes."""
    with s.connect() as c:
        for part in parts:
            seen = s.metric("gened_http_connections")
            c.send(part)
            same(s.metric("gened_http_connections"), seen)
        c.shut_writing()
        answers = []
        try:
            while True:
                answers.append(c.read())
        except Closed:
            return answers


@test()
def half_closed_clients(s):
    for parts in (
        ("GET /vers",),
        ("GET /version HTTP/1.1\r\nHo",),
        (POST, "Content-Le"),
        (POST + "Content-Length: 18\r\n\r\n(+ 1", " 2)"),
        (POST + "Content-Length: 18\r\n\r\n",),
        (CHUNKED + "7\r\n(+ 1",),
        (CHUNKED + "7\r\n(+ 1 2)\r\n", "0\r\n"),
        (CHUNKED,),
    ):
        answers = halved(s, *parts)
        same(len(answers), 1, parts)
        is_problem(answers[0], 400, "malformed-request")
    same(halved(s, "\r\n"), [])
    same([a.status for a in halved(s, POST + SCRIPT)], [200])
    same([a.status for a in halved(s, POST + SCRIPT + POST + SCRIPT)], [200, 200])
    same([a.status for a in halved(s, POST + SCRIPT + POST)], [200, 400])
    eventually("all closed", lambda: s.metric("gened_http_connections") == 1)
    is_well(s)


@test()
def bodies_that_are_longer_than_they_say(s):
    """What is over is no part of it, and is judged as a request."""
    with s.connect() as c:
        c.send(POST + SCRIPT + " (+ 3 4)\r\n")
        same(is_future(c.read())["value"], 3)
        assert c.is_closed()
    with s.connect() as c:
        c.send(POST + SCRIPT + "GET /version HTTP/1.1\r\nHost: t\r\n\r\n")
        same(is_future(c.read())["value"], 3)
        same(c.read().status, 200)
    is_well(s)


def deaf(s, size):
    """A client that asks for a large answer and reads nothing of it."""
    c = socket.socket()
    c.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    c.connect(s.address)
    script = '("y" .repeat %d)' % size
    c.sendall((POST + "Content-Length: %d\r\n\r\n%s" % (len(script), script)).encode())
    return c


@test(connection_timeout="700ms", max_memory="64MiB")
def answers_that_nobody_reads(s):
    clients = [deaf(s, 8 << 20) for _ in range(6)]
    is_well(s)
    eventually("all cut off", lambda: s.metric("gened_http_connections") == 1)
    for c in clients:
        c.close()
    same(s.metric("gened_context_bytes"), 0)
    is_well(s)


@soak(connection_timeout="60s")
def five_thousand_idle_connections(s):
    """Each costs less than 10 KiB, fresh or after a request."""
    is_well(s)
    before = s.rss()
    clients = [socket.create_connection(s.address) for _ in range(5000)]
    eventually("all open", lambda: s.metric("gened_http_connections") > 5000)
    for c in clients:
        c.sendall(b"GET /version HTTP/1.1\r\nHost: t\r\n\r\n")
    for c in clients:
        assert c.recv(4096).startswith(b"HTTP/1.1 200 "), "no answer"
    each = (s.rss() - before) / 5000
    assert s.is_sanitized() or each < 10240, "%d bytes each" % each
    is_well(s)
    for c in clients:
        c.close()
    eventually("all closed", lambda: s.metric("gened_http_connections") == 1)
    is_well(s)
