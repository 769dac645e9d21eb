"""Settings: where they come from, what is wrong with them, reading them again."""

import contextlib
import os
import subprocess
import tempfile

from harness import (PATIENCE, Server, command, is_future, is_problem, is_well, same)


@contextlib.contextmanager
def folder(**files):
    """A folder with these files; a name's last _ stands for a dot."""
    with tempfile.TemporaryDirectory() as path:
        for name, text in files.items():
            write(os.path.join(path, ".".join(name.rsplit("_", 1))), text)
        yield path


def write(path, text):
    """Replaces a file at once, as careful operators do."""
    with open(path + ".new", "w") as f:
        f.write(text)
    os.chmod(path + ".new", 0o600)
    os.rename(path + ".new", path)


@contextlib.contextmanager
def serving(binary, **settings):
    server = Server(binary, settings)
    try:
        yield server
        server.stop()
    finally:
        server.discard()


def gened(binary, *args, **env):
    clean = {k: v for k, v in os.environ.items() if not k.startswith("GENED_")}
    return subprocess.run([binary, *args], capture_output=True, text=True,
                          timeout=PATIENCE, env={**clean, **env})


@command
def check_config_shows_what_is_in_force(binary):
    with folder(a_conf="max-fuel = 500 # little\nmax-wall = 4s\n") as path:
        conf = path + "/a.conf"
        done = gened(binary, "--check-config", "--config", conf, "--max-wall=3s",
                     GENED_MAX_BODY="2KiB")
        same((done.returncode, done.stderr), (0, ""))
        lines = done.stdout.splitlines()
        same(lines[0], "ok")
        for line in ("max-fuel = 500  # %s:1" % conf, "max-wall = 3s  # --max-wall",
                     "max-body = 2KiB  # GENED_MAX_BODY", "max-output = 1MiB  # default"):
            assert line in lines, (line, done.stdout)


@command
def check_config_names_every_wrong_line(binary):
    with folder(a_conf="max-fule = 1\nmax-wall = 3 days\n") as path:
        conf = path + "/a.conf"
        for args in (["--check-config"], []):
            done = gened(binary, *args, "--config", conf, "--log-level=loud")
            same((done.returncode, done.stdout), (2, ""))
            same(done.stderr.splitlines(), [
                "gened: %s:1: 'max-fule': no such setting; did you mean max-fuel?" % conf,
                "gened: %s:2: max-wall: '3 days' is not a time such as 500ms, 30s or 2m"
                % conf,
                "gened: log-level: 'loud' is not one of debug, info, warn, error"])
        done = gened(binary, "--check-config", GENED_MAX_FULE="1")
        same(done.returncode, 0)
        assert "warning: GENED_MAX_FULE: no such setting" in done.stderr, done.stderr


@command
def reload_changes_what_can_change(binary):
    with folder(a_conf="max-fuel = 5000\nqueue-length = 7\n") as path:
        conf = path + "/a.conf"
        with serving(binary, config=conf, log_level="info") as s:
            is_problem(s.post({"script": "1", "limits": {"fuel": 6000}}), 422,
                       "limit-too-high")
            write(conf, "max-fuel = 7000\nmax-body = 100\nlog-level = debug\n"
                        "page-pool = 2MiB\n")
            same(s.reload()["changed"], "max-fuel, queue-length")
            line = s.wait_log(lambda e: e.get("event") == "config_needs_restart")
            same(line["settings"], "page-pool")
            limits = s.get("/limits").json
            same((limits["fuel"], limits["queue_length"], limits["body_bytes"]),
                 (7000, 10000, 65536), "flags go before the file")
            is_future(s.post({"script": "1", "limits": {"fuel": 6000}}))
            same(s.metric('gened_config_reloads_total{result="success"}'), 1)
            same(s.metric('gened_config_reloads_total{result="failure"}'), 0)


@command
def reload_reaches_transport_log_and_store(binary):
    with folder(a_conf="") as path:
        conf = path + "/a.conf"
        server = Server.bare(binary, config=conf)
        try:
            kept = is_future(server.eval("1"))["links"]["self"]
            write(conf, "max-body = 20\naccess-log = on\nkeep-count = 0\n")
            same(server.reload()["changed"], "access-log, max-body, keep-count")
            is_problem(server.eval("1" * 21), 413)
            server.wait_log(lambda e: e.get("event") == "request")
            server.eval("2")
            is_problem(server.get(kept), 410)
            write(conf, "")
            server.reload()
            is_future(server.eval("1" + " " * 21))
            server.stop()
        finally:
            server.discard()


@command
def a_broken_file_keeps_the_old_settings(binary):
    with folder(a_conf="max-fuel = 5000\n") as path:
        conf = path + "/a.conf"
        with serving(binary, config=conf) as s:
            for text, word in (("max-fuel = 6000\nmax-wal = 1s\n", ":2: 'max-wal'"),
                               ("max-fuel = 0\n", ":1: max-fuel: '0' is not between"),
                               (None, "can't be read")):
                if text is None:
                    os.unlink(conf)
                else:
                    write(conf, text)
                line = s.reload()
                same(line["event"], "config_rejected")
                assert word in line["faults"], line
                same(s.get("/limits").json["fuel"], 5000)
            same(s.metric('gened_config_reloads_total{result="failure"}'), 3)
            is_well(s)
            write(conf, "max-fuel = 9000\n")
            same(s.reload()["event"], "config_reloaded")
            same(s.get("/limits").json["fuel"], 9000)
