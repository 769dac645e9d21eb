"""A gened of one's own, a client that can send anything, and assertions.

No sleep stands for an event: what has to happen is polled for, with a limit of
PATIENCE seconds.
"""

import gzip
import json
import os
import re
import signal
import socket
import subprocess
import threading
import time

import contract

PATIENCE = 30.0
MIB = 1 << 20

CASES = []
SOAK = set()
SMALL = {
    "max-body": "64KiB",
    "max-wall": "10s",
    "connection-timeout": "20s",
    "cancel-grace": "200ms",
    "log-level": "debug",
}


def test(**settings):
    """Registers a test of a server; settings are beside those of SMALL."""

    def register(function):
        def run(binary):
            server = Server(binary, settings)
            try:
                function(server)
                server.stop()
            finally:
                server.discard()

        CASES.append((function, run))
        return function

    return register


def soak(**settings):
    """Registers a test of a server that takes long: run.py --soak runs it."""

    def register(function):
        test(**settings)(function)
        SOAK.add(function.__name__)
        return function

    return register


def command(function):
    """Registers a test of the binary itself."""
    CASES.append((function, function))
    return function


def cases_of(module):
    """Names and runners of a module's tests, in its order."""
    return [(f.__name__, run) for f, run in CASES if f.__module__ == module.__name__]


# ---- the process ----------------------------------------------------------


class Server:
    """A gened of its own, listening on a free port of this machine."""

    @classmethod
    def bare(cls, binary, **settings):
        """One without the settings of SMALL."""
        return cls(binary, settings, {})

    def __init__(self, binary, settings, base=SMALL):
        merged = dict(base)
        merged.update({k.replace("_", "-"): v for k, v in settings.items()})
        command = [binary]
        merged.setdefault("listen", "127.0.0.1:0")
        for name, value in merged.items():
            command.append("--%s=%s" % (name, value))
        env = {k: v for k, v in os.environ.items() if not k.startswith("GENED_")}
        self.log = []
        self.changed = threading.Condition()
        self.process = subprocess.Popen(
            command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, env=env
        )
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()
        line = self.wait_log(lambda e: e.get("event") == "listening")
        host, port = line["address"].rsplit(":", 1)
        self.address = ("127.0.0.1" if host == "0.0.0.0" else host, int(port))

    def _read(self):
        for raw in self.process.stderr:
            try:
                event = json.loads(raw)
            except ValueError:
                event = {"raw": raw.decode("utf-8", "replace")}
            with self.changed:
                self.log.append(event)
                self.changed.notify_all()
        with self.changed:
            self.log.append({"event": "eof"})
            self.changed.notify_all()

    def wait_log(self, wanted, seen=0):
        """The first line of the log, from `seen` on, for which wanted(line) is
        true."""
        until = time.monotonic() + PATIENCE
        with self.changed:
            while True:
                while seen < len(self.log):
                    event = self.log[seen]
                    seen += 1
                    if event.get("event") == "eof" and not wanted(event):
                        raise AssertionError("gened ended: %r" % self.log[-6:])
                    if wanted(event):
                        return event
                if not self.changed.wait(until - time.monotonic()):
                    raise AssertionError("nothing of it in the log")

    def raw_lines(self):
        """What is not JSON, but for a sanitizer's remark on coroutines."""
        return [e["raw"] for e in self.log if "raw" in e
                and "fully support makecontext" not in e["raw"]]

    def reload(self):
        """Has it read its settings again; gives its word on that."""
        seen = len(self.log)
        self.process.send_signal(signal.SIGHUP)
        return self.wait_log(
            lambda e: e.get("event") in ("config_reloaded", "config_rejected"), seen)

    def terminate(self):
        self.process.send_signal(signal.SIGTERM)

    def wait(self):
        return self.process.wait(PATIENCE)

    def stop(self):
        """Ends it; checks that it ended well and said nothing odd."""
        if self.process.poll() is None:
            self.terminate()
        try:
            code = self.wait()
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise AssertionError("gened did not end")
        self.reader.join(PATIENCE)
        raw = self.raw_lines()
        assert code == 0, "exit code %s, %r" % (code, raw[:5])
        assert not raw, "not JSON in the log: %r" % raw[:5]

    def discard(self):
        """Ends it if it still runs, whatever it is doing."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.process.stderr.close()

    def rss(self):
        with open("/proc/%d/statm" % self.process.pid) as f:
            return int(f.read().split()[1]) * os.sysconf("SC_PAGESIZE")

    def descriptors(self):
        return len(os.listdir("/proc/%d/fd" % self.process.pid))

    def is_sanitized(self):
        """Whether it runs under a sanitizer, which has memory of its own."""
        with open("/proc/%d/maps" % self.process.pid) as f:
            return re.search(r"lib[a-z]san", f.read()) is not None

    # -- what most tests do

    def connect(self):
        return Connection(self.address)

    def request(self, method, path, body=None, headers=None):
        with self.connect() as c:
            return c.request(method, path, body, headers)

    def get(self, path, headers=None):
        return self.request("GET", path, None, headers)

    def eval(self, script, path="/eval", headers=None):
        """Posts a script as text; gives the whole answer."""
        all_headers = {"Content-Type": "text/plain"}
        all_headers.update(headers or {})
        return self.request("POST", path, script, all_headers)

    def post(self, value, path="/eval", headers=None):
        """Posts a JSON value."""
        body = value if isinstance(value, (bytes, str)) else json.dumps(value)
        all_headers = {"Content-Type": "application/json"}
        all_headers.update(headers or {})
        return self.request("POST", path, body, all_headers)

    def metric(self, name):
        text = self.get("/metrics").text
        found = re.search(r"^%s (\S+)$" % re.escape(name), text, re.M)
        assert found, "no metric " + name
        return float(found.group(1))


class Answer:
    def __init__(self, status, headers, body):
        self.status = status
        self.headers = headers
        self.body = body

    @property
    def text(self):
        return self.body.decode("utf-8")

    @property
    def json(self):
        packed = self.headers.get("content-encoding") == "gzip"
        return json.loads(gzip.decompress(self.body) if packed else self.body)

    def __repr__(self):
        return "<%d %r %r>" % (self.status, self.headers, self.body[:400])


class Closed(Exception):
    pass


class Connection:
    """One TCP connection; reads answers, writes anything."""

    def __init__(self, address):
        self.socket = socket.create_connection(address, PATIENCE)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer = b""

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.close()

    def close(self):
        self.socket.close()

    def send(self, data):
        self.socket.sendall(data.encode("utf-8") if isinstance(data, str) else data)

    def shut_writing(self):
        self.socket.shutdown(socket.SHUT_WR)

    def fill(self):
        data = self.socket.recv(65536)
        if not data:
            raise Closed()
        self.buffer += data

    def is_closed(self):
        """Waits until the other side has closed; false when it talks."""
        try:
            return self.socket.recv(1) == b""
        except ConnectionResetError:
            return True

    def read(self, head_only=False):
        while b"\r\n\r\n" not in self.buffer:
            self.fill()
        head, _, self.buffer = self.buffer.partition(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        status = int(lines[0].split(" ")[1])
        headers = {}
        for line in lines[1:]:
            name, _, value = line.partition(":")
            headers[name.lower()] = value.strip()
        if status == 100:
            return self.read(head_only)
        length = int(headers.get("content-length", "0"))
        if head_only or status in (204, 304):
            length = 0
        while len(self.buffer) < length:
            self.fill()
        body, self.buffer = self.buffer[:length], self.buffer[length:]
        return Answer(status, headers, body)

    def write(self, method, path, body=None, headers=None):
        if isinstance(body, str):
            body = body.encode("utf-8")
        lines = ["%s %s HTTP/1.1" % (method, path), "Host: test"]
        for name, value in (headers or {}).items():
            lines.append("%s: %s" % (name, value))
        if body is not None:
            lines.append("Content-Length: %d" % len(body))
        self.send("\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + (body or b""))

    def request(self, method, path, body=None, headers=None):
        self.write(method, path, body, headers)
        answer = self.read(method == "HEAD")
        contract.check(method, path, answer)
        return answer

# ---- assertions -----------------------------------------------------------


def same(have, want, what=""):
    assert have == want, "%s: %.1000r, not %.1000r" % (
        what or "value", have, want)


FIELDS = set(
    "id status phase version created_at started_at finished_at expires_at value"
    " type text output output_truncated error unhandled diagnostics progress"
    " usage links".split()
)


def is_future(answer, http=200, status="success"):
    same(answer.status, http, "HTTP status of %r" % answer)
    same(answer.headers["content-type"], "application/json")
    future = answer.json
    same(set(future), FIELDS, "fields of the future")
    same(future["status"], status, "status of %r" % future)
    assert re.fullmatch(r"f_[A-Za-z0-9_-]{22}", future["id"]), future["id"]
    same(future["links"]["self"], "/futures/" + future["id"])
    return future


def is_problem(answer, status, slug=None):
    same(answer.status, status, "HTTP status of %r" % answer)
    same(answer.headers["content-type"], "application/problem+json")
    assert answer.headers.get("x-request-id"), "no request id"
    problem = answer.json
    same(problem["status"], status)
    assert problem["title"] and problem["type"].startswith("/problems/")
    if slug:
        same(problem["type"], "/problems/" + slug)
    return problem


def eventually(what, check):
    until = time.monotonic() + PATIENCE
    while not check():
        assert time.monotonic() < until, "never: " + what
        time.sleep(0.02)


def is_well(server):
    same(is_future(server.eval("(+ 1 2)"))["value"], 3)
    same(server.get("/healthz").status, 200)
