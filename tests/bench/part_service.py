"""gened under wrk, in turns with nginx; how it answers while scripts compute;
what a sleeping evaluation costs in it."""

import json
import os
import random
import re
import shutil
import subprocess
import time
from contextlib import ExitStack
from pathlib import Path
from statistics import median

import servers
from report import Goal, Result
from turns import Failed, in_turns, ratio

NAMES = ["rate", "load", "idle"]
CONNECTIONS = [16, 64, 256]
LOOPS, SLEEPERS, IDLE = 100, 1000, 10000

# 30 bytes each.
BODIES = {
    "text": ("text/plain", "(+ 1 2) # a trivial evaluation"),
    "json": ("application/json", '{"script":"(+ 1 2)","seed":10}'),
}

HOW = """How to read: requests in a second by wrk (one thread, keep-alive, POST
  of 30 bytes), gened and nginx in turns on the same two ports; the ratio is
  gened's rate divided by nginx's in the same round, so here more is better.
  nginx (one worker) evaluates nothing and answers 11 bytes. `CPU us` is server
  CPU time of a request, `CPU` gened's divided by nginx's, where less is better:
  on a busy machine it is the better guide. The latencies are those of a client
  that asks one thing at a time; its own time, as `idle machine` shows it, is in
  them."""


# ---- requests in a second ---------------------------------------------------


def wrk(server, connections, seconds, body):
    """One run: (requests in a second, p99 in ms, server CPU us a request)."""
    kind, text = BODIES[body]
    env = dict(os.environ, BENCH_TYPE=kind, BENCH_BODY=text)
    script = Path(__file__).resolve().parent / "post.lua"
    before = server.cpu_seconds()
    done = subprocess.run(
        ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency",
         "-s", str(script), f"http://127.0.0.1:{server.port}/eval"],
        capture_output=True, text=True, env=env, check=False)
    cpu = server.cpu_seconds() - before
    wrong = re.search(r"Non-2xx.*|Socket errors.*", done.stdout)
    rate = re.search(r"Requests/sec: +([\d.]+)", done.stdout)
    p99 = re.search(r"99% +([\d.]+)(us|ms|s)\n", done.stdout)
    total = re.search(r"(\d+) requests in", done.stdout)
    if wrong or not (rate and p99 and total) or int(total[1]) == 0:
        raise Failed(wrong[0] if wrong else f"wrk: {done.stderr.strip()}")
    ms = float(p99[1]) * {"us": 1e-3, "ms": 1, "s": 1e3}[p99[2]]
    return float(rate[1]), ms, cpu * 1e6 / int(total[1])


def rates(options, connections, body, with_nginx):
    """{server: [figures]} of fresh servers, in turns."""
    seconds = 1 if options.quick else 2
    with ExitStack() as stack:
        up = {"gened": stack.enter_context(servers.gened(options))}
        if with_nginx:
            up["nginx"] = stack.enter_context(servers.nginx())
        for server in up.values():
            wrk(server, connections, 1, body)
        return in_turns({name: lambda s=server: wrk(s, connections, seconds,
                                                    body)
                         for name, server in up.items()}, options.rounds)


def rate_row(connections, body, figures):
    row = {"name": f"{body} {connections}", "connections": connections,
           "body": body, "servers": {}}
    for name, figure in figures.items():
        if isinstance(figure, Failed):
            row["servers"][name] = {"failed": str(figure)}
        else:
            row["servers"][name] = {
                "rps": median(f[0] for f in figure),
                "p99_ms": median(f[1] for f in figure),
                "cpu_us": median(f[2] for f in figure),
                "rates": [f[0] for f in figure],
                "cpus": [f[2] for f in figure]}
    ours, theirs = (row["servers"].get(n, {}) for n in ("gened", "nginx"))
    if "rates" in ours and "rates" in theirs:
        row["ratio"] = ratio(ours["rates"], theirs["rates"])
        row["cpu_ratio"] = ratio(ours["cpus"], theirs["cpus"])
    return row


def rate_line(row):
    line = [row["name"]]
    for name in ("gened", "nginx"):
        data = row["servers"].get(name, {})
        if "rps" in data:
            line += [f"{data['rps']:,.0f}", f"{data['cpu_us']:.1f}",
                     f"{data['p99_ms']:.2f}"]
        else:
            line += ["-", "-", "-"]
    return line + [f"{row[key]:.2f}" if key in row else "-"
                   for key in ("ratio", "cpu_ratio")]


def measure_rates(options, result):
    with_nginx = servers.nginx_program() is not None
    if not shutil.which("wrk"):
        result.notes.append("wrk is not on this machine: no rates")
        return
    if not with_nginx:
        result.notes.append("nginx is not on this machine: no ratios")
    lines = []
    for body, connections in [*(("text", c) for c in CONNECTIONS),
                              ("json", 64)]:
        row = rate_row(connections, body,
                       rates(options, connections, body, with_nginx))
        result.data.append(row)
        lines.append(rate_line(row))
        result.failures += [f"{row['name']}: {name}: {data['failed']}"
                            for name, data in row["servers"].items()
                            if "failed" in data]
        if (body, connections) == ("text", 64) and "ratio" in row:
            result.goals.append(Goal("rate at 64 connections, of nginx's",
                                     row["ratio"], 0.75, least=True))
    head = ["body, connections", "gened/s", "CPU us", "p99 ms", "nginx/s",
            "CPU us", "p99 ms", "ratio", "CPU"]
    result.tables.append(("rate: POST /eval of (+ 1 2)", head, lines))


# ---- latency under load, memory ---------------------------------------------


def ask(connection, method, path, body=None, prefer=None):
    headers = {"Content-Type": "text/plain"} if body else {}
    if prefer:
        headers["Prefer"] = prefer
    connection.request(method, path, body=body, headers=headers)
    answer = connection.getresponse()
    data = answer.read()
    if answer.status not in (200, 202):
        raise Failed(f"{method} {path}: {answer.status} {data[:200]!r}")
    return json.loads(data)


def start_many(connection, script, count):
    """Evaluations that nobody waits for; their ids."""
    return [ask(connection, "POST", "/eval", script, "respond-async")["id"]
            for _ in range(count)]


def pending(connection, ids):
    return all(ask(connection, "GET", f"/futures/{i}")["status"] == "pending"
               for i in ids)


def latencies(connection, count, longest=15):
    """Sorted ms of trivial evaluations, a random pause before each so that
    they don't fall in step with the slices."""
    chance = random.Random(1)
    times = []
    end = time.monotonic() + longest
    while len(times) < count and time.monotonic() < end:
        time.sleep(chance.random() * 0.002)
        start = time.perf_counter()
        future = ask(connection, "POST", "/eval", "(+ 1 2)")
        times.append((time.perf_counter() - start) * 1e3)
        if future["value"] != 3:
            raise Failed(f"(+ 1 2) is {future['value']!r}")
    return sorted(times)


def summary(name, times):
    return {"name": name, "count": len(times), "max_ms": times[-1],
            "p50_ms": times[len(times) // 2],
            "p99_ms": times[min(len(times) - 1, len(times) * 99 // 100)]}


def measure_load(options, result):
    count = 300 if options.quick else 1000
    with servers.gened(options) as server:
        connection = server.connect()
        rows = [summary("idle machine", latencies(connection, count))]
        sleepers = start_many(connection, "(gene/sleep 600000)", SLEEPERS)
        rows.append(summary(f"{SLEEPERS:,} sleeping",
                            latencies(connection, count)))
        loops = start_many(connection, "(loop 1)", LOOPS)
        rows.append(summary(f"and {LOOPS} in (loop 1)",
                            latencies(connection, count)))
        if not pending(connection, [loops[0], loops[-1], sleepers[0],
                                    sleepers[-1]]):
            raise Failed("the load ended before the measurement did")
    result.data += [{"load": True, **row} for row in rows]
    lines = [[r["name"], f"{r['p50_ms']:.2f}", f"{r['p99_ms']:.2f}",
              f"{r['max_ms']:.2f}", str(r["count"])] for r in rows]
    result.tables.append(("load: latency of a trivial evaluation, ms",
                          ["", "p50", "p99", "max", "requests"], lines))
    result.goals.append(Goal("p99 under load", rows[-1]["p99_ms"], 20, " ms"))


def measure_idle(options, result):
    with servers.gened(options) as server:
        connection = server.connect()
        start_many(connection, "(gene/sleep 600000)", 10)
        before = server.resident_bytes()
        start = time.perf_counter()
        ids = start_many(connection, "(gene/sleep 600000)", IDLE)
        seconds = time.perf_counter() - start
        each = (server.resident_bytes() - before) / IDLE
        if not pending(connection, [ids[0], ids[-1]]):
            raise Failed("the sleepers did not sleep")
    result.data.append({"name": "idle", "count": IDLE,
                        "resident_bytes_each": each})
    result.tables.append((
        f"idle: {IDLE:,} sleeping evaluations in gened", ["", "each"],
        [["resident bytes", f"{each:.0f}"],
         ["us of a request to start it", f"{seconds * 1e6 / IDLE:.0f}"]]))
    result.goals.append(Goal("a sleeping evaluation in gened", each / 1024, 16,
                             " KiB"))


def measure(names, options):
    result = Result(HOW)
    steps = {"rate": measure_rates, "load": measure_load,
             "idle": measure_idle}
    for name in names:
        try:
            steps[name](options, result)
        except (Failed, OSError, ValueError, KeyError) as e:
            result.failures.append(f"{name}: {e}")
    return result
