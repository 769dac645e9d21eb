#!/usr/bin/env python3
"""Checks of deploy/: each file by the program it is for, or against a gened.

Usage: tests/deploy/run.py --gened PATH

promtool reads the rules and what /metrics says, systemd the unit, nginx its
front and passes requests through it; what the dashboard and the rules ask for
has to be there, and what every file sets has to be a setting. It deploys
nothing. The last line is `N passed, N failed`.
"""

import argparse
import json
import re
import socket
import subprocess
import sys
import tempfile
import traceback
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parent.parent.parent
DEPLOY = ROOT / "deploy"
sys.path.insert(0, str(ROOT / "tests" / "http"))

import harness  # noqa: E402

# Made by the scraper, not by gened.
OTHER_METRICS = {"up"}
SUFFIX = re.compile(r"_(bucket|sum|count)$")


def run(*command, stdin=None):
    done = subprocess.run(command, input=stdin, capture_output=True, text=True)
    assert done.returncode == 0, "%s: %s%s" % (
        " ".join(map(str, command)), done.stdout, done.stderr)
    return done.stdout + done.stderr


def documents(name):
    return [d for d in yaml.safe_load_all((DEPLOY / name).read_text()) if d]


def metrics(server):
    """Text of /metrics after some traffic, and the names in it."""
    server.eval("(+ 1 2)")
    text = server.get("/metrics").text
    return text, set(re.findall(r"^# TYPE (\S+)", text, re.M))


def asked(expression):
    """Names of the metrics in a query."""
    bare = re.sub(r'"[^"]*"', "", expression)
    names = set(re.findall(r"\b(?:gened|process)_\w+|\bup\b", bare))
    return {SUFFIX.sub("", name) for name in names}


def known(names, expressions):
    for expression in expressions:
        missing = asked(expression) - names - OTHER_METRICS
        assert not missing, "%s: no metric %s" % (expression, missing)


# ---- the checks -----------------------------------------------------------


def metrics_are_well_formed(server):
    run("promtool", "check", "metrics", stdin=metrics(server)[0])


def rules_are_valid(server):
    path = DEPLOY / "prometheus" / "gened.rules.yaml"
    run("promtool", "check", "rules", path)
    groups = documents("prometheus/gened.rules.yaml")[0]["groups"]
    rules = [rule for group in groups for rule in group["rules"]]
    assert rules
    known(metrics(server)[1], [rule["expr"] for rule in rules])
    for rule in rules:
        assert rule["annotations"]["description"], rule["alert"]


def alerts_fire(server):
    run("promtool", "test", "rules", ROOT / "tests/deploy/alerts.test.yaml")


def dashboard_asks_for_what_there_is(server):
    board = json.loads((DEPLOY / "grafana" / "gened.json").read_text())
    queries = [t["expr"] for p in board["panels"] for t in p["targets"]]
    assert len(queries) > 20
    known(metrics(server)[1], queries)
    for panel in board["panels"]:
        assert panel["title"] and panel["description"], panel["id"]
    # Promtool reads rules only: each query as one, with its variables filled.
    rules = [{"record": "q%d" % i, "expr": q.replace("$__rate_interval", "1m")
              .replace("$instance", ".*")} for i, q in enumerate(queries)]
    with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
        yaml.safe_dump({"groups": [{"name": "g", "rules": rules}]}, file)
        file.flush()
        run("promtool", "check", "rules", file.name)


def unit_is_valid(server):
    unit = (DEPLOY / "systemd" / "gened.service").read_text()
    assert "ExecStart=/usr/local/bin/gened\n" in unit
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "gened.service"
        path.write_text(unit.replace("/usr/local/bin/gened", "/bin/true"))
        said = run("systemd-analyze", "verify", "--man=no", path)
        assert "gened.service" not in said, said
        rating = run("systemd-analyze", "security", "--offline=true",
                     "--threshold=20", path)
        assert "gened.service" in rating, rating


def settings(server):
    """Variables that gened knows."""
    text = run(server.binary, "--help")
    names = re.findall(r"^  --([a-z-]+)", text, re.M)
    return {"GENED_" + name.upper().replace("-", "_") for name in names}


def settings_are_known(server):
    there = settings(server)
    assert "GENED_LISTEN" in there
    for path in DEPLOY.rglob("*"):
        if path.is_file():
            found = set(re.findall(r"\bGENED_[A-Z_]*[A-Z]\b", path.read_text()))
            assert found <= there, "%s: %s" % (path.name, found - there)


def compose_is_closed(server):
    service = documents("compose.yaml")[0]["services"]["gened"]
    assert all(p.startswith("127.0.0.1:") for p in service["ports"])
    assert service["read_only"] and service["cap_drop"] == ["ALL"]
    assert (ROOT / "deploy" / service["build"] / "Dockerfile").exists()


def manifests_have_probes_and_limits(server):
    kinds = {d["kind"]: d for d in documents("kubernetes/gened.yaml")}
    assert {"Deployment", "Service", "NetworkPolicy"} <= set(kinds)
    pod = kinds["Deployment"]["spec"]["template"]
    box = pod["spec"]["containers"][0]
    for probe, path in (("startupProbe", "/healthz"),
                        ("livenessProbe", "/healthz"),
                        ("readinessProbe", "/readyz")):
        assert box[probe]["httpGet"]["path"] == path
        assert server.get(path).status == 200
    assert {"cpu", "memory"} <= set(box["resources"]["limits"])
    labels = pod["metadata"]["labels"].items()
    for kind in ("Deployment", "PodDisruptionBudget"):
        chosen = kinds[kind]["spec"]["selector"]["matchLabels"].items()
        assert chosen <= labels, kind
    assert kinds["Service"]["spec"]["selector"].items() <= labels


def front(server):
    """deploy/nginx/gened.conf before this server, and where it listens."""
    text = (DEPLOY / "nginx" / "gened.conf").read_text()
    assert "server 127.0.0.1:8080;" in text
    assert "listen 127.0.0.1:8081;" in text
    with socket.create_server(("127.0.0.1", 0)) as free:
        address = free.getsockname()
    text = text.replace("127.0.0.1:8080", "%s:%d" % server.address)
    text = text.replace("127.0.0.1:8081", "%s:%d" % address)
    return text, address


def listens(address):
    try:
        socket.create_connection(address).close()
        return True
    except ConnectionRefusedError:
        return False


class Front:
    """nginx with the front, in a folder of its own."""

    def __init__(self, server):
        text, self.address = front(server)
        self.folder = tempfile.TemporaryDirectory()
        here = Path(self.folder.name)
        (here / "gened.conf").write_text(text)
        (here / "nginx.conf").write_text(
            "daemon off; pid nginx.pid; error_log stderr;\n"
            "events {}\nhttp { access_log off; client_body_temp_path body;\n"
            "proxy_temp_path proxy; fastcgi_temp_path f; uwsgi_temp_path u;\n"
            "scgi_temp_path s; include gened.conf; }\n")
        command = ["nginx", "-p", here, "-c", here / "nginx.conf"]
        run(*command, "-t")
        self.process = subprocess.Popen(command, stderr=subprocess.DEVNULL)

    def __enter__(self):
        harness.eventually("nginx", lambda: listens(self.address))
        return self

    def ask(self, method, path, body=None):
        with harness.Connection(self.address) as c:
            return c.request(method, path, body)

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(harness.PATIENCE)
        self.folder.cleanup()


def nginx_passes_requests_through(server):
    with Front(server) as nginx:
        answer = nginx.ask("POST", "/eval", "(+ 1 2)")
        assert harness.is_future(answer)["value"] == 3
        given = answer.headers["x-request-id"]
        assert re.fullmatch(r"[0-9a-f]{32}", given), given
        large = nginx.ask("POST", "/eval", " " * (2 << 20))
        harness.is_problem(large, 413)


def nginx_passes_streams_as_they_come(server):
    script = '(println "first") (gene/sleep 60000) (println "last")'
    with Front(server) as nginx:
        future = server.eval(script, headers={"Prefer": "respond-async"}).json
        url = "http://%s:%d%s" % (*nginx.address, future["links"]["events"])
        with subprocess.Popen(
                ["curl", "-sN", "-m", str(harness.PATIENCE), url],
                stdout=subprocess.PIPE, text=True) as curl:
            assert any('"first\\n"' in line for line in curl.stdout)
            server.request("DELETE", future["links"]["self"])
            assert "event: done\n" in curl.stdout.readlines()
        assert curl.returncode == 0


def nginx_says_when_nobody_is_there(server):
    gone = harness.Server(server.binary, {})
    with Front(gone) as nginx:
        gone.stop()
        harness.is_problem(nginx.ask("POST", "/eval", "1"), 503, "unreachable")
    gone.discard()


CHECKS = (metrics_are_well_formed, rules_are_valid, alerts_fire,
          dashboard_asks_for_what_there_is, unit_is_valid, settings_are_known,
          compose_is_closed, manifests_have_probes_and_limits,
          nginx_passes_requests_through,
          nginx_passes_streams_as_they_come, nginx_says_when_nobody_is_there)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--gened", required=True)
    args = parser.parse_args()
    passed = failed = 0
    server = harness.Server(args.gened, {"max-body": "1MiB"})
    server.binary = args.gened
    try:
        for check in CHECKS:
            try:
                check(server)
                print("ok   %s" % check.__name__, flush=True)
                passed += 1
            except Exception:  # a check must not end the others
                print("FAIL %s\n%s" % (check.__name__, traceback.format_exc()))
                failed += 1
        server.stop()
    finally:
        server.discard()
    print("%d passed, %d failed" % (passed, failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
