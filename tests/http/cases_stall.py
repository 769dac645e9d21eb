"""A loop thread that stands still: stopped here as a debugger would stop it."""

import contextlib
import ctypes
import os

from harness import Connection, eventually, is_future, is_well, same, test

PTRACE_DETACH = 17
PTRACE_SEIZE = 0x4206
PTRACE_INTERRUPT = 0x4207
WALL = 0x40000000

LIBC = ctypes.CDLL(None, use_errno=True)
LIBC.ptrace.argtypes = (ctypes.c_long, ctypes.c_long, ctypes.c_void_p,
                        ctypes.c_void_p)


def trace(request, pid):
    if LIBC.ptrace(request, pid, None, None) != 0:
        raise OSError(ctypes.get_errno(), "ptrace of the loop thread")


@contextlib.contextmanager
def held(s):
    """Only the loop thread, which is the first, stands still within this."""
    trace(PTRACE_SEIZE, s.process.pid)
    trace(PTRACE_INTERRUPT, s.process.pid)
    os.waitpid(s.process.pid, WALL)
    try:
        yield
    finally:
        trace(PTRACE_DETACH, s.process.pid)


def busy(s):
    """Starts a script that leaves the loop no time to sleep."""
    answer = s.eval("(loop 1)", headers={"Prefer": "respond-async"})
    path = is_future(answer, 202, "pending")["links"]["self"]
    eventually("it runs", lambda: s.get(path).json["phase"] == "running")
    return path


@test(max_wall="60s", max_fuel="1e15")
def health_is_answered_while_the_loop_stands(s):
    path = busy(s)
    with held(s):
        for _ in range(3):
            answer = s.get("/healthz")
            same(answer.status, 200)
            same(answer.json, {"status": "alive"})
    s.request("DELETE", path)
    is_well(s)


@test(max_wall="60s", max_fuel="1e15")
def nobody_is_lost_while_the_loop_stands(s):
    path = busy(s)
    clients = []
    with held(s):
        silent = Connection(s.address)
        slow = Connection(s.address)
        slow.send("POST /ev")
        for _ in range(20):
            clients.append(Connection(s.address))
            clients[-1].write("POST", "/eval", "(+ 1 2)")
        s.wait_log(lambda e: e.get("event") == "loop_stalled")
        same(s.get("/healthz").status, 200)
    for client in clients:
        same(is_future(client.read())["value"], 3)
        client.close()
    slow.send("al HTTP/1.1\r\nHost: t\r\nContent-Length: 7\r\n\r\n(+ 2 2)")
    same(is_future(slow.read())["value"], 4)
    same(is_future(silent.request("POST", "/eval", "(+ 3 3)"))["value"], 6)
    slow.close()
    silent.close()
    s.wait_log(lambda e: e.get("event") == "loop_recovered")
    s.request("DELETE", path)
    same(s.metric("gened_loop_stalls_total"), 1)
    is_well(s)
