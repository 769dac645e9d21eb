"""What open event streams and idle connections cost gened: its memory, its
CPU, and what trivial evaluations notice of them."""

import resource
import select
import shutil
import socket
import time
from contextlib import ExitStack, contextmanager
from statistics import median

import part_service
import servers
from report import Goal, Result
from turns import Failed, in_turns, ratio

NAMES = ["streams", "fan-out", "idle-streams", "keep-alive"]
KEPT = 5000
TICKER = "(loop (println {0}) (gene/sleep 1000))"

HOW = """How to read: one process opens all connections and reads all streams by
  epoll, on the same machine. `CPU` is that of gened in percent of one core
  while so many messages a second come; memory is what it has in residence
  more than before, or than another gened that has the same evaluations and no
  streams; not what the kernel has for sockets. A message is a line that a
  script prints."""


def streams_count(options):
    """As many as the descriptors of both processes allow."""
    wanted = 1000 if options.quick else 10000
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return min(wanted, hard - 1500)


class Streams:
    """Many connections, each with one request sent, read by epoll."""

    def __init__(self, port):
        self.port = port
        self.epoll = select.epoll()
        self.sockets = {}
        self.bytes = self.messages = 0

    def open(self, request):
        s = socket.create_connection(("127.0.0.1", self.port), 60)
        s.sendall(request)
        s.setblocking(False)
        self.sockets[s.fileno()] = s
        self.epoll.register(s.fileno(), select.EPOLLIN)

    def follow(self, path):
        self.open(f"GET {path} HTTP/1.1\r\nHost: b\r\n\r\n".encode())

    def read(self, seconds, until=None):
        """Reads what comes; ends when `until` messages have come."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            for fd, _ in self.epoll.poll(left, 512):
                data = self.sockets[fd].recv(65536)
                if not data:
                    raise Failed("gened closed a stream")
                self.bytes += len(data)
                self.messages += data.count(b"event: output")
            if until is not None and self.messages >= until:
                return

    def close(self):
        for s in self.sockets.values():
            s.close()
        self.epoll.close()


@contextmanager
def streams_of(port):
    streams = Streams(port)
    try:
        yield streams
    finally:
        streams.close()


def metric(server, name):
    connection = server.connect()
    connection.request("GET", "/metrics")
    text = connection.getresponse().read().decode()
    connection.close()
    for line in text.splitlines():
        if line.startswith(name + " "):
            return float(line.split()[1])
    raise Failed(f"no metric {name}")


def steady(server, streams, seconds):
    """(CPU in percent, messages a second) while streams are read."""
    messages, begun = streams.messages, time.monotonic()
    cpu = server.cpu_seconds()
    streams.read(seconds)
    took = time.monotonic() - begun
    return ((server.cpu_seconds() - cpu) / took * 100,
            (streams.messages - messages) / took)


def measure_streams(options, result):
    """Each stream has an evaluation of its own, with a message a second; beside
    it one gened has as many evaluations that nobody follows."""
    count = streams_count(options)
    seconds = 3 if options.quick else 10
    with ExitStack() as stack:
        server, unread = (stack.enter_context(
            servers.gened(options, max_wall="1h")) for _ in range(2))
        connections = [server.connect(), unread.connect()]
        ids = []
        for i in range(count):
            ids += part_service.start_many(connections[0], TICKER.format(i), 1)
            part_service.start_many(connections[1], TICKER.format(i), 1)
        streams = stack.enter_context(streams_of(server.port))
        for i in ids:
            streams.follow(f"/futures/{i}/events")
        streams.read(60, count)
        streams.read(2)
        alone, begun = unread.cpu_seconds(), time.monotonic()
        cpu, rate = steady(server, streams, seconds)
        alone = (unread.cpu_seconds() - alone) / (
            time.monotonic() - begun) * 100
        each = (server.resident_bytes() - unread.resident_bytes()) / count
        total = server.resident_bytes()
        if metric(server, "gened_event_streams") != count:
            raise Failed("not all streams were open")
    result.data.append({"name": "streams", "count": count, "cpu": cpu,
                        "cpu_unread": alone, "rate": rate,
                        "resident_bytes": total,
                        "resident_bytes_each": each})
    result.tables.append((
        f"streams: {count:,} of as many evaluations, a message a second each",
        ["", ""],
        [["messages a second", f"{rate:,.0f}"],
         ["CPU", f"{cpu:.1f} %"],
         ["CPU of as many evaluations, unread", f"{alone:.1f} %"],
         ["resident in all", f"{total / (1 << 20):.0f} MiB"],
         ["resident bytes of a stream", f"{each:.0f}"]]))
    if rate < count * 0.8:  # the reader may not keep up
        result.failures.append(f"streams: {rate:.0f} messages a second")
    if count == 10000:
        result.goals.append(Goal("CPU of 10,000 streams", cpu, 60, " %"))
    result.goals.append(Goal("memory of a stream", each / 1024, 2, " KiB"))


def measure_fan_out(options, result):
    """All streams follow one evaluation."""
    count = streams_count(options)
    with servers.gened(options, max_wall="1h") as server:
        connection = server.connect()
        one = part_service.start_many(connection, TICKER.format(1), 1)[0]
        with streams_of(server.port) as streams:
            for _ in range(count):
                streams.follow(f"/futures/{one}/events")
            streams.read(30, count)
            streams.read(1)
            cpu, rate = steady(server, streams, 3 if options.quick else 10)
    result.data.append({"name": "fan-out", "count": count, "cpu": cpu,
                        "rate": rate})
    result.tables.append((f"fan-out: {count:,} streams of one evaluation",
                          ["", ""], [["messages a second", f"{rate:,.0f}"],
                                     ["CPU", f"{cpu:.1f} %"]]))


def measure_idle_streams(options, result):
    """What a trivial evaluation notices of streams that are silent."""
    count = streams_count(options)
    if not shutil.which("wrk"):
        result.notes.append("wrk is not on this machine: no idle-streams")
        return
    seconds = 1 if options.quick else 2
    with ExitStack() as stack:
        alone, loaded = (stack.enter_context(
            servers.gened(options, max_wall="1h")) for _ in range(2))
        connection = loaded.connect()
        one = part_service.start_many(connection, "(gene/sleep 3000000)", 1)[0]
        before = loaded.resident_bytes()
        streams = stack.enter_context(streams_of(loaded.port))
        for _ in range(count):
            streams.follow(f"/futures/{one}/events")
        streams.read(3)
        each = (loaded.resident_bytes() - before) / count
        figures = in_turns(
            {name: lambda s=server: part_service.wrk(s, 16, seconds, "text")
             for name, server in (("alone", alone), ("loaded", loaded))},
            options.rounds)
    for name, figure in figures.items():
        if isinstance(figure, Failed):
            raise Failed(f"{name}: {figure}")
    rate = ratio(*([f[0] for f in figures[n]] for n in ("loaded", "alone")))
    cpu = ratio(*([f[2] for f in figures[n]] for n in ("loaded", "alone")))
    result.data.append({"name": "idle-streams", "count": count,
                        "rate_ratio": rate, "cpu_ratio": cpu,
                        "resident_bytes_each": each})
    result.tables.append((
        f"idle-streams: trivial evaluations beside {count:,} silent streams",
        ["", "requests/s", "CPU us"],
        [[name, f"{median(f[0] for f in figures[name]):,.0f}",
          f"{median(f[2] for f in figures[name]):.2f}"]
         for name in ("alone", "loaded")] +
        [["ratio", f"{rate:.3f}", f"{cpu:.3f}"],
         ["resident bytes of a stream", f"{each:.0f}", ""]]))
    result.goals.append(Goal("CPU of an evaluation beside them", cpu, 1.05))
    result.goals.append(Goal("memory of a silent stream", each / 1024, 1,
                             " KiB"))


def measure_keep_alive(options, result):
    """Connections that have had an answer, and wait for the next request."""
    count = min(KEPT, streams_count(options))
    body = b"(+ 1 2)"
    request = (b"POST /eval HTTP/1.1\r\nHost: b\r\nContent-Type: text/plain"
               b"\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))
    with servers.gened(options, connection_timeout="10m") as server:
        before = server.resident_bytes()
        with streams_of(server.port) as connections:
            for _ in range(count):
                connections.open(request)
            connections.read(2)
            each = (server.resident_bytes() - before) / count
            if metric(server, "gened_http_connections") < count:
                raise Failed("not all connections were open")
            future = part_service.ask(server.connect(), "POST", "/eval",
                                      "(+ 1 2)")
            if future["value"] != 3:
                raise Failed(f"(+ 1 2) is {future['value']!r}")
    result.data.append({"name": "keep-alive", "count": count,
                        "resident_bytes_each": each})
    result.tables.append((f"keep-alive: {count:,} idle connections",
                          ["", "each"], [["resident bytes", f"{each:.0f}"]]))
    result.goals.append(Goal("an idle connection", each / 1024, 10, " KiB"))


def measure(names, options):
    result = Result(HOW)
    steps = {"streams": measure_streams, "fan-out": measure_fan_out,
             "idle-streams": measure_idle_streams,
             "keep-alive": measure_keep_alive}
    for name in names:
        try:
            steps[name](options, result)
        except (Failed, OSError, ValueError, KeyError) as e:
            result.failures.append(f"{name}: {e}")
    return result
