"""The gene tool speaking with a service: the tool, a terminal for it, and a
service that answers as the test says."""

import contextlib
import fcntl
import json
import os
import pty
import select
import signal
import socket
import struct
import subprocess
import termios
import threading
import time

from harness import PATIENCE

ID = "f_" + "A" * 22


def url_of(server):
    return "http://%s:%d" % server.address


def tool(binary):
    return os.path.join(os.path.dirname(os.path.abspath(binary)), "gene")


def environment(**more):
    env = {k: v for k, v in os.environ.items() if not k.startswith("GENE_")}
    env.update(more)
    return env


def path_of(server):
    """Of the gene beside a running gened."""
    return tool(os.readlink("/proc/%d/exe" % server.process.pid))


def ask(gene, url, *args, stdin=None, **env):
    """Runs the tool to its end."""
    return subprocess.run([gene, "--server", url, *args], capture_output=True,
                          text=True, timeout=PATIENCE, input=stdin,
                          env=environment(**env))


def gene(server, *args, **more):
    return ask(path_of(server), url_of(server), *args, **more)


class Begun:
    """The tool while it runs, its stdout and stderr read as they come."""

    def __init__(self, gene_path, url, *args, terminal=False, columns=80):
        command = [gene_path, "--server", url, *args]
        self.text = {"out": b"", "err": b""}
        env = environment(TERM="xterm")
        if terminal:
            self.master, slave = pty.openpty()
            size = struct.pack("HHHH", 24, columns, 0, 0)
            fcntl.ioctl(slave, termios.TIOCSWINSZ, size)
            self.process = subprocess.Popen(command, stdin=slave, stdout=slave,
                                            stderr=slave, env=env)
            os.close(slave)
            self.files = {self.master: "out"}
        else:
            self.process = subprocess.Popen(command, stdout=subprocess.PIPE,
                                            stderr=subprocess.PIPE, env=env)
            self.files = {self.process.stdout.fileno(): "out",
                          self.process.stderr.fileno(): "err"}

    def read(self, seconds):
        """Reads once. False: all is at its end."""
        if not self.files:
            return False
        for fd in select.select(list(self.files), [], [], seconds)[0]:
            try:
                data = os.read(fd, 65536)
            except OSError:  # what a terminal says at its end
                data = b""
            if data:
                self.text[self.files[fd]] += data
            else:
                del self.files[fd]
        return bool(self.files)

    def until(self, part, where="out"):
        """Reads on until there is this text."""
        end = time.monotonic() + PATIENCE
        while part.encode() not in self.text[where]:
            assert time.monotonic() < end, (part, self.text)
            assert self.read(0.1) or part.encode() in self.text[where], (
                part, self.text)

    def signal(self, number=signal.SIGINT):
        self.process.send_signal(number)

    def finish(self):
        """Its exit code, stdout and stderr."""
        end = time.monotonic() + PATIENCE
        while self.read(0.1):
            assert time.monotonic() < end, self.text
        code = self.process.wait(PATIENCE)
        return code, self.out, self.text["err"].decode()

    @property
    def out(self):
        return self.text["out"].decode()

    def discard(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        for file in (self.process.stdout, self.process.stderr):
            if file:
                file.close()
        if not self.process.stdout:
            os.close(self.master)


@contextlib.contextmanager
def begun(gene_path, url, *args, **more):
    it = Begun(gene_path, url, *args, **more)
    try:
        yield it
    finally:
        it.discard()


# ---- a service that does as it is told -----------------------------------


class Request:
    def __init__(self, raw):
        head, _, self.body = raw.partition(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        self.method, self.path = lines[0].split(" ")[:2]
        self.headers = {k.lower(): v.strip() for k, _, v in
                        (line.partition(":") for line in lines[1:])}
        self.raw = raw


def read_request(connection):
    data = b""
    while b"\r\n\r\n" not in data:
        more = connection.recv(65536)
        if not more or more[0] == 0x16:  # the beginning of TLS
            return None
        data += more
    request = Request(data)
    while len(request.body) < int(request.headers.get("content-length", 0)):
        request.body += connection.recv(65536)
        request.raw = data.partition(b"\r\n\r\n")[0] + b"\r\n\r\n" + request.body
    return request


def answer(status, value, kind="application/json", **headers):
    """The bytes of an answer."""
    body = value if isinstance(value, bytes) else json.dumps(value).encode()
    lines = ["HTTP/1.1 %d X" % status, "Content-Type: " + kind,
             "Content-Length: %d" % len(body), "Connection: close"]
    lines += ["%s: %s" % (k.replace("_", "-"), v) for k, v in headers.items()]
    return "\r\n".join(lines).encode("utf-8") + b"\r\n\r\n" + body


def stream(*events):
    """The bytes of a stream that is at its end behind these events."""
    head = (b"HTTP/1.1 200 X\r\nContent-Type: text/event-stream\r\n"
            b"Connection: close\r\n\r\n")
    return head + "".join(events).encode()


def event(name, data, number=None):
    lead = "" if number is None else "id: %d\n" % number
    return "%sevent: %s\ndata: %s\n\n" % (lead, name, json.dumps(data))


def future(status="pending", **fields):
    whole = {"id": ID, "status": status, "version": 2, "output": "",
             "phase": "running" if status == "pending" else "done",
             "text": None, "error": None, "progress": None, "unhandled": [],
             "diagnostics": [], "output_truncated": False, "usage": {}}
    whole.update(fields)
    return whole


class Fake:
    """Gives one answer for each connection; None closes it, a function is
    handed the request and the connection. The last one is given again."""

    def __init__(self, *answers, tls=None):
        self.answers = list(answers)
        self.requests = []
        self.tls = tls
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.address = self.listener.getsockname()
        threading.Thread(target=self.serve, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.listener.close()

    @property
    def url(self):
        return "http%s://localhost:%d" % ("s" if self.tls else "", self.address[1])

    def serve(self):
        while True:
            try:
                connection = self.listener.accept()[0]
            except OSError:
                return
            threading.Thread(target=self.meet, args=[connection],
                             daemon=True).start()

    def meet(self, connection):
        with contextlib.suppress(OSError), connection:
            connection.settimeout(PATIENCE)
            if self.tls:
                connection = self.tls.wrap_socket(connection, server_side=True)
            request = read_request(connection)
            if request is None:
                return
            self.requests.append(request)
            what = self.answers[0]
            if len(self.answers) > 1:
                self.answers.pop(0)
            if callable(what):
                what = what(request, connection)
            if what:
                connection.sendall(what)
