"""Starts gened and nginx for a while, on free ports of the loopback."""

import http.client
import os
import shutil
import socket
import subprocess
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

from turns import Failed

NGINX_CONF = """
daemon off;
master_process off;
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/error.log crit;
events {{ worker_connections 4096; }}
http {{
  access_log off;
  keepalive_requests 1000000000;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  server {{
    listen 127.0.0.1:{port} backlog=4096;
    location / {{ default_type application/json; return 200 '{{"value":3}}'; }}
  }}
}}
"""


def nginx_program():
    return shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Server:
    """A running process and the port it listens on."""

    def __init__(self, process, port):
        self.process = process
        self.port = port

    def cpu_seconds(self):
        stat = Path(f"/proc/{self.process.pid}/stat").read_text("ascii")
        fields = stat.rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def resident_bytes(self):
        statm = Path(f"/proc/{self.process.pid}/statm").read_text("ascii")
        return int(statm.split()[1]) * os.sysconf("SC_PAGESIZE")

    def connect(self):
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)


def wait_until_open(server, seconds=20):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if server.process.poll() is not None:
            raise Failed(f"ended with code {server.process.returncode}")
        try:
            socket.create_connection(("127.0.0.1", server.port), 1).close()
            return
        except OSError:
            time.sleep(0.02)
    raise Failed(f"did not listen within {seconds} s")


@contextmanager
def running(command, port, log):
    with open(log, "wb") as out:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL,
                                   stdout=out, stderr=out)
    server = Server(process, port)
    try:
        wait_until_open(server)
        yield server
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextmanager
def gened(options, **settings):
    """gened with its defaults but for `settings`; its log is gened.log beside
    the JSON."""
    program = options.build / "gened"
    if not program.exists():
        raise Failed(f"there is no {program}")
    port = free_port()
    command = [str(program), "--listen", f"127.0.0.1:{port}"]
    for name, value in settings.items():
        command += ["--" + name.replace("_", "-"), str(value)]
    with running(command, port, options.out / "gened.log") as server:
        yield server


@contextmanager
def nginx():
    """nginx, one worker, that answers every request with a few bytes."""
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="nginx-bench-") as folder:
        conf = Path(folder) / "nginx.conf"
        conf.write_text(NGINX_CONF.format(folder=folder, port=port), "ascii")
        command = [nginx_program(), "-c", str(conf), "-p", folder]
        with running(command, port, Path(folder) / "log") as server:
            yield server
