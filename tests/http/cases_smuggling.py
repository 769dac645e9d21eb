"""What a proxy in front could read otherwise: every framing that is not the
one of RFC 9112 to the letter is refused, and the connection ended with it."""

import random
import threading

from cases_protocol import refused
from harness import is_future, is_problem, is_well, same, test

POST = "POST /eval HTTP/1.1\r\nHost: t\r\n"
CHUNKED = POST + "Transfer-Encoding: chunked\r\n\r\n"
NEXT = "GET /version HTTP/1.1\r\nHost: t\r\n\r\n"


def answers(s, data, count=1):
    """The statuses of so many answers to what is sent on one connection."""
    with s.connect() as c:
        c.send(data)
        return [c.read().status for _ in range(count)]


def refused_alone(s, data, status=400):
    """However it is cut, the only answer is a refusal: the request behind it
    is never seen."""
    data = data.encode("latin-1")
    refused(s, data + NEXT.encode(), status)
    at = data.index(b"\r\n\r\n") + 4
    for part in range(at, min(len(data), at + 16)):
        with s.connect() as c:
            c.send(data[:part])
            try:
                c.send(data[part:] + NEXT.encode())
            except OSError:
                pass  # refused for the first part already
            is_problem(c.read(), status)
            assert c.is_closed(), "left open after %r" % data


@test()
def chunks_as_they_should_be(s):
    for chunks in (
        "7\r\n(+ 1 2)\r\n0\r\n\r\n",
        "07\r\n(+ 1 2)\r\n000\r\n\r\n",
        "3\r\n(+ \r\n4\r\n1 2)\r\n0\r\n\r\n",
        "7;a=b;c=\"d e\"\r\n(+ 1 2)\r\n0;e\r\n\r\n",
        "7;\tx\r\n(+ 1 2)\r\n0\r\n\r\n",
        "7\r\n(+ 1 2)\r\n0\r\nX: y\r\nEmpty:\r\n\r\n",
        "7\r\n(+ 1 2)\r\n0\r\nContent-Length: 9\r\nHost: u\r\n\r\n",
    ):
        same(answers(s, CHUNKED + chunks + NEXT, 2), [200, 200], chunks)
    is_well(s)


@test()
def chunks_that_are_read_in_two_ways(s):
    for chunks in (
        "7\n(+ 1 2)\r\n0\r\n\r\n",
        "7\r(+ 1 2)\r\n0\r\n\r\n",
        "7\n\r(+ 1 2)\r\n0\r\n\r\n",
        "7\r\n(+ 1 2)\n0\r\n\r\n",
        "7\r\n(+ 1 2)\r0\r\n\r\n",
        "7\r\n(+ 1 2)0\r\n\r\n",
        "7\r\n(+ 1 2)XX0\r\n\r\n",
        "7\r\n(+ 1 2)\r\n0\n\r\n",
        "7\r\n(+ 1 2)\r\n0\r\n\n",
        "7\r\n(+ 1 2)\r\n0\n\n",
        "7;\n(+ 1 2)\r\n0\r\n\r\n",
        "7;a\nb\r\n(+ 1 2)\r\n0\r\n\r\n",
        "7;a\rb\r\n(+ 1 2)\r\n0\r\n\r\n",
        "7;\0\r\n(+ 1 2)\r\n0\r\n\r\n",
        "7 \r\n(+ 1 2)\r\n0\r\n\r\n",
        " 7\r\n(+ 1 2)\r\n0\r\n\r\n",
        "\r\n7\r\n(+ 1 2)\r\n0\r\n\r\n",
        ";\r\n(+ 1 2)\r\n0\r\n\r\n",
        "+7\r\n(+ 1 2)\r\n0\r\n\r\n",
        "-7\r\n(+ 1 2)\r\n0\r\n\r\n",
        "0x7\r\n(+ 1 2)\r\n0\r\n\r\n",
        "7h\r\n(+ 1 2)\r\n0\r\n\r\n",
        "7_0\r\n(+ 1 2)\r\n0\r\n\r\n",
        "7\r\n(+ 1 2)\r\n-0\r\n\r\n",
    ):
        refused_alone(s, CHUNKED + chunks)
    is_well(s)


@test()
def trailers_that_are_read_in_two_ways(s):
    for trailer in ("X: y\n", "X: y\r", "no colon\r\n", "X : y\r\n", " X: y\r\n",
                    "X: y\r\n z\r\n", "X: a\0b\r\n", "X: a\rb\r\n", ": y\r\n",
                    "GET /version HTTP/1.1\r\nHost: t\r\n"):
        refused(s, CHUNKED + "7\r\n(+ 1 2)\r\n0\r\n" + trailer + "\r\n" + NEXT)
    refused(s, CHUNKED + "0\r\n" + "X: y\r\n" * 2000 + "\r\n", 431)
    is_well(s)


@test(connection_timeout="60s")
def chunks_too_large_are_refused_by_their_size(s):
    """None of their bytes is waited for."""
    for size in ("10001", "7fffffff", "fffffffffffffff0", "ffffffffffffffff",
                 "10000000000000000", "1" + "0" * 200):
        refused(s, CHUNKED + size + "\r\n(+ 1 2)", 413)
        refused(s, CHUNKED + "7\r\n(+ 1 2)\r\n" + size + "\r\n(", 413)
    refused(s, CHUNKED + "0" * 2000 + "7\r\n(+ 1 2)\r\n0\r\n\r\n")
    is_well(s)


@test()
def what_stands_between_requests(s):
    for blank in ("\r\n", "\r\n\r\n\r\n"):
        same(answers(s, blank + NEXT + blank + NEXT, 2), [200, 200], blank)
    for start in ("\0\r\n", "\0" * 20 + "\r\n", " ", "\t", "\x80", "(+ 1 2)"):
        refused(s, start + NEXT)
        with s.connect() as c:  # what was asked before is answered before
            c.send(POST + "Content-Length: 7\r\n\r\n(+ 1 2)" + start + NEXT)
            same(is_future(c.read())["value"], 3)
            try:
                is_problem(c.read(), 400)
            except Exception as error:  # the library says nothing to some
                same(type(error).__name__, "Closed", start)
            assert c.is_closed()
    is_well(s)


@test()
def targets_that_are_read_in_two_ways(s):
    host = " HTTP/1.1\r\nHost: t\r\n\r\n"
    for target in ("/version", "http://other/version", "HTTP://other:80/version",
                   "https://[::1]:1/version"):
        same(answers(s, "GET " + target + host), [200], target)
    for target in (" /version", "/version ", "/ver\0sion", "http://o\1/version",
                   "http:///version", "http://u:p@o/version", "http://a b/version",
                   "ftp://o/version", "version", "http:/version"):
        refused(s, "GET " + target + host)
    is_well(s)


@test()
def heads_that_are_read_in_two_ways(s):
    for line in ("X: a\0\0b", "X: a\0\0Content-Length: 7", "X: \0\0Content-Length: 7",
                 "X: a\0\0 b", "X: a\r\0Y: b", "X: a\n\0Y: b", "X: a\0\nY: b",
                 "X: a\r\rContent-Length: 7", "X: a\n\rContent-Length: 7",
                 "X\0: a", "X\0\0Y: a", "\0X: a", "Content-Length: 7\0\0X: 1",
                 "Transfer-Encoding: chunked\0\0X: 1", "Content-Length: 7\x0b",
                 "Content-Length: 7\xa0", "Transfer-Encoding:\x0bchunked",
                 "Transfer-Encoding:\r\n chunked", "X:\r\n\tContent-Length: 7"):
        refused(s, POST + line + "\r\nZ: y\r\n\r\n" + NEXT)
        refused(s, POST + line + "\r\n\r\n" + NEXT)
        refused(s, "POST /eval HTTP/1.1\r\n" + line + "\r\nHost: t\r\n\r\n" + NEXT)
    is_well(s)


# ---- all that is allowed ---------------------------------------------------


def chunked(draw, body):
    parts = []
    while body:
        size = draw.choice((1, 2, 5, 100, 5000))
        part, body = body[:size], body[size:]
        form = draw.choice(("%x", "%06X", "%x;a=\"b c\""))
        parts.append((form % len(part)).encode() + b"\r\n" + part + b"\r\n")
    end = draw.choice((b"0\r\n\r\n", b"00;x\r\nT: x\r\nU:\r\n\r\n"))
    return b"Transfer-Encoding: chunked\r\n\r\n" + b"".join(parts) + end


def some_request(draw):
    """Its bytes, and the value it has to give."""
    number = draw.randrange(10**6)
    body = b"(+ %d 1)" % number + b" " * draw.choice((0, 0, 0, 100, 9000, 20000))
    head = draw.choice((b"", b"", b"\r\n", b"\r\n\r\n")) + POST.encode()
    head += b"".join(b"X-%d: %s\r\n" % (i, b"y" * draw.choice((0, 1, 200)))
                     for i in range(draw.choice((0, 0, 3, 10))))
    if draw.random() < 0.5:
        return head + chunked(draw, body), number + 1
    return head + b"Content-Length: %d\r\n\r\n" % len(body) + body, number + 1


def send_in_pieces(c, draw, data):
    sizes = draw.choice(((1 << 20,), (8192,), (1, 3, 50, 1000, 8000, 30000)))
    while data:
        size = draw.choice(sizes)
        c.send(data[:size])
        data = data[size:]


@test()
def good_requests_in_any_pieces(s):
    draw = random.Random(9112)
    for _ in range(60):
        requests = [some_request(draw) for _ in range(draw.randrange(1, 12))]
        data = b"".join(data for data, _ in requests)
        with s.connect() as c:
            sender = threading.Thread(target=send_in_pieces, args=(c, draw, data))
            sender.start()
            for _, value in requests:
                same(is_future(c.read())["value"], value)
            sender.join()
    is_well(s)
