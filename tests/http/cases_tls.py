"""TLS: good and bad handshakes, new certificates, many clients at once."""

import contextlib
import os
import shutil
import socket
import ssl
import subprocess
import tempfile
import threading
import time

from cases_config import folder, gened, serving, write
from cases_events import Stream
from harness import (PATIENCE, Connection, Server, command, eventually, is_future,
                     is_problem, same)


def make_cert(path, name="one", *options, days=30):
    """Writes NAME.crt and NAME.key."""
    kind = options or ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
    subprocess.run(
        ["openssl", "req", "-x509", *kind, "-keyout", "%s/%s.key" % (path, name),
         "-out", "%s/%s.crt" % (path, name), "-days", str(days), "-subj", "/CN=" + name,
         "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"],
        check=True, capture_output=True)
    os.chmod("%s/%s.key" % (path, name), 0o600)


@contextlib.contextmanager
def certificates(*names):
    with tempfile.TemporaryDirectory() as path:
        for name in names or ("one",):
            make_cert(path, name)
        yield path


def context(path, name="one"):
    return ssl.create_default_context(cafile="%s/%s.crt" % (path, name))


class Secure(Connection):
    def __init__(self, address, tls):
        super().__init__(address)
        self.socket = tls.wrap_socket(self.socket, server_hostname="localhost")


class SecureServer(Server):
    def __init__(self, binary, path, settings):
        self.tls = context(path)
        files = {"tls-cert": path + "/one.crt", "tls-key": path + "/one.key"}
        super().__init__(binary, {**files, **settings})

    def connect(self):
        return Secure(self.address, self.tls)


@contextlib.contextmanager
def secure(binary, path, **settings):
    server = SecureServer(binary, path, settings)
    try:
        yield server
        server.stop()
    finally:
        server.discard()


def is_well(s):
    same(is_future(s.eval("(+ 1 2)"))["value"], 3)
    same(s.get("/healthz").status, 200)


@command
def requests_over_tls(binary):
    with certificates() as path, secure(binary, path) as s:
        is_well(s)
        with s.connect() as c:
            assert c.socket.version() in ("TLSv1.2", "TLSv1.3"), c.socket.version()
            for i in range(5):
                c.write("POST", "/eval", "(+ %d 1)" % i, {"Accept": "text/plain"})
            same([c.read().text for _ in range(5)], ["%d\n" % (i + 1) for i in range(5)])
            text = " " * 60000 + "7"
            same(c.request("POST", "/eval", text, {"Accept": "text/plain"}).text, "7\n")
            text = c.request("POST", "/eval", '("a" .repeat 900000)',
                             {"Accept": "text/plain"}).text
            same(len(text), 900001)
            c.write("POST", "/eval", '(sleep 50) "slept"', {"Accept": "text/plain"})
            c.write("GET", "/healthz")
            same(c.read().text, "slept\n")
            same(c.read().status, 200)
        # refused past the library: in TLS too
        with s.connect() as c:
            c.send("GET /healthz HTTP/1.1\r\nHost: a\r\nContent-Length : 1\r\n\r\n")
            is_problem(c.read(), 400)
            assert c.is_closed()
        with s.connect() as c:
            c.send("POST /eval HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
                   "ffffffff\r\n" + "1" * 70000)
            is_problem(c.read(), 413)
        assert s.metric("gened_tls_handshakes_total") >= 4
        ends = s.metric("gened_tls_certificate_expiry_timestamp_seconds")
        assert 29 * 86400 < ends - time.time() < 31 * 86400, ends
        health = ["--check-health", "--listen=%s:%d" % s.address]
        files = ["--tls-cert=%s/one.crt" % path, "--tls-key=%s/one.key" % path]
        same(gened(binary, *health, *files).returncode, 0)
        same(gened(binary, *health).returncode, 1)


@command
def streams_over_tls(binary):
    """Written by us past the library: through the session all the same."""
    script = '(for i in (1 .. 2000) (println "line" i)) (gene/sleep 50) "done"'
    with certificates() as path, secure(binary, path) as s:
        link = is_future(s.eval(script, headers={"Prefer": "respond-async"}),
                         202, "pending")["links"]["events"]
        with Stream(s, link) as stream, Stream(s, link) as gone:
            same(stream.status, 200)
            assert gone.event() is not None
            gone.connection.close()
            events = stream.rest()
        same(events[-1][0], "done")
        same(events[-1][1]["value"], "done")
        output = "".join(data["text"] for name, data, _ in events
                         if name == "output")
        same(output, "".join("line %d\n" % i for i in range(1, 2001)))
        is_well(s)


@command
def old_versions_are_refused(binary):
    with certificates() as path, secure(binary, path) as s:
        for version, good in ((ssl.TLSVersion.TLSv1_1, False),
                              (ssl.TLSVersion.TLSv1_2, True),
                              (ssl.TLSVersion.TLSv1_3, True)):
            tls = context(path)
            tls.set_ciphers("DEFAULT@SECLEVEL=0")
            tls.minimum_version = tls.maximum_version = version
            try:
                with Secure(s.address, tls) as c:
                    same(c.request("GET", "/healthz").status, 200)
                assert good, version
            except ssl.SSLError:
                assert not good, version
        is_well(s)


@command
def a_session_is_taken_up_again(binary):
    with certificates() as path, secure(binary, path) as s:
        tls = context(path)
        tls.maximum_version = ssl.TLSVersion.TLSv1_2
        with Secure(s.address, tls) as c:
            c.request("GET", "/healthz")
            session = c.socket.session
        with socket.create_connection(s.address, PATIENCE) as raw:
            with tls.wrap_socket(raw, server_hostname="localhost",
                                 session=session) as again:
                assert again.session_reused


@command
def bad_handshakes(binary):
    with certificates() as path, secure(binary, path, connection_timeout="700ms") as s:
        before = s.descriptors()
        with Connection(s.address) as c:  # plain HTTP
            c.write("GET", "/healthz")
            try:
                data = c.socket.recv(4096)
            except ConnectionResetError:
                data = b""
            assert b"HTTP/1.1 200" not in data, data
        for part in (b"\x16\x03\x01\x02\x00", b"\x16\x03\x01\x00\x05\x01\x00\x00\x01\x03",
                     os.urandom(300), b"\x16\x03\x01\xff\xff" + b"\x01" * 20000, b""):
            with Connection(s.address) as c:  # aborted
                with contextlib.suppress(OSError):
                    c.send(part)
        slow = Connection(s.address)  # a byte at a time, and never whole
        began = time.monotonic()
        with contextlib.suppress(OSError):
            slow.send(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc")
            while time.monotonic() - began < PATIENCE:
                slow.send(b"\x03")
                time.sleep(0.05)
        assert time.monotonic() - began < 10, "a slow handshake was not cut off"
        slow.close()
        with s.connect() as c:  # gone in the middle of an answer
            c.write("POST", "/eval", '("a" .repeat 900000)', {"Accept": "text/plain"})
            c.socket.recv(100)
        is_well(s)
        eventually("no descriptors left open", lambda: s.descriptors() <= before)


def cpu_seconds(server):
    with open("/proc/%d/stat" % server.process.pid) as f:
        fields = f.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@command
def silent_clients_cost_nothing(binary):
    with certificates() as path, secure(binary, path) as s:
        silent = [Connection(s.address) for _ in range(50)]
        for c in silent[25:]:  # and some in the middle of their greeting
            c.send(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03")
        is_well(s)
        before = cpu_seconds(s)
        time.sleep(1)
        spent = cpu_seconds(s) - before
        assert spent < 0.3, "%.2f s in a second" % spent
        is_well(s)
        for c in silent:
            c.close()
        eventually("all closed", lambda: s.metric("gened_http_connections") <= 1)
        # and they hold up no stop
        silent = [Connection(s.address) for _ in range(150)]
        s.stop()
        for c in silent:
            c.close()


@command
def a_new_certificate(binary):
    with certificates("one", "two") as path, secure(binary, path) as s:
        two = context(path, "two")
        with s.connect() as old:
            same(old.request("GET", "/healthz").status, 200)
            for end in ("crt", "key"):
                shutil.copy("%s/one.%s" % (path, end), "%s/first.%s" % (path, end))
                shutil.copy("%s/two.%s" % (path, end), "%s/one.%s" % (path, end))
            same(s.reload()["event"], "config_reloaded")
            same(old.request("GET", "/healthz").status, 200)  # it goes on
            with Secure(s.address, two) as c:
                same(c.request("GET", "/healthz").status, 200)
            try:
                Secure(s.address, s.tls).close()
                raise AssertionError("the old certificate is still used")
            except ssl.SSLError:
                pass
            shutil.copy(path + "/first.key", path + "/one.key")
            entry = s.reload()
            same(entry["event"], "config_rejected")
            assert "does not belong to the certificate" in entry["faults"], entry
            with Secure(s.address, two) as c:
                same(c.request("GET", "/healthz").status, 200)


@command
def tls_is_not_switched_while_serving(binary):
    with certificates() as path, folder(a_conf="") as other:
        conf = other + "/a.conf"
        files = "tls-cert = %s/one.crt\ntls-key = %s/one.key\n" % (path, path)
        with serving(binary, config=conf) as s:
            write(conf, files)
            s.reload()
            line = s.wait_log(lambda e: e.get("event") == "config_needs_restart")
            same(line["settings"], "tls-cert, tls-key")
            same(s.get("/healthz").status, 200)


@command
def certificates_that_cannot_be_used(binary):
    with certificates() as path, folder(a_txt="no PEM") as other:
        crt, key, text = path + "/one.crt", path + "/one.key", other + "/a.txt"
        make_cert(path, "two")
        make_cert(path, "locked", "-newkey", "rsa:2048", "-passout", "pass:secret")
        make_cert(path, "short", days=3)
        for cert, private, words in (
            (crt, None, "tls-cert, tls-key: one is set without the other"),
            (other + "/none", key, "tls-cert: '%s/none' can't be read: No such" % other),
            (text, key, "tls-cert: '%s' is no certificate in PEM" % text),
            (crt, text, "tls-key: '%s' is no private key in PEM" % text),
            (crt, path + "/two.key", "does not belong to the certificate in '%s'" % crt),
            (path + "/locked.crt", path + "/locked.key", "is locked by a password"),
        ):
            args = ["--tls-cert", cert] + (["--tls-key", private] if private else [])
            for check in ([], ["--check-config"]):
                done = gened(binary, *check, *args)
                same((done.returncode, done.stdout), (2, ""), words)
                assert words in done.stderr, done.stderr
        done = gened(binary, "--check-config", "--tls-cert", crt, "--tls-key", key)
        same((done.returncode, done.stderr), (0, ""))
        done = gened(binary, "--check-config", "--tls-cert", path + "/short.crt",
                     "--tls-key", path + "/short.key")
        same(done.returncode, 0)
        assert "short.crt' expires in " in done.stderr, done.stderr
        os.chmod(key, 0o644)
        done = gened(binary, "--check-config", "--tls-cert", crt, "--tls-key", key)
        assert "warning: tls-key: '%s' is open to others" % key in done.stderr


@command
def many_handshakes_at_once(binary):
    with certificates() as path:
        make_cert(path, "one", "-newkey", "rsa:2048", "-nodes")
        with secure(binary, path) as s:
            failed, longest = [], []

            def client():
                try:
                    for _ in range(2):
                        with s.connect() as c:
                            same(c.request("GET", "/healthz").status, 200)
                except Exception as e:  # told by the main thread
                    failed.append(repr(e))

            with s.connect() as probe:
                threads = [threading.Thread(target=client) for _ in range(100)]
                for t in threads:
                    t.start()
                while any(t.is_alive() for t in threads):
                    began = time.monotonic()
                    same(probe.request("GET", "/healthz").status, 200)
                    longest.append(time.monotonic() - began)
                for t in threads:
                    t.join()
            assert not failed, failed[:3]
            eventually("all closed", lambda: s.metric("gened_http_connections") <= 1)
            is_well(s)


@command
def chunks_are_read_strictly_here_too(binary):
    post = "POST /eval HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n"
    with certificates() as path, secure(binary, path) as s:
        for chunks, status in (("7;x\r\n(+ 1 2)\r\n0\r\n\r\n", 200),
                               ("7\n(+ 1 2)\r\n0\r\n\r\n", 400),
                               ("7\r\n(+ 1 2)\n0\r\n\r\n", 400)):
            with s.connect() as c:
                c.send(post + chunks)
                same(c.read().status, status, chunks)
        is_well(s)
