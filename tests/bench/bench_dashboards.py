#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What dashboards cost that look on while telemetry comes in.

    THAW_BIN_DIR=build/release/bin bench_dashboards.py [CLIENTS [SECONDS]]

An hour of invocations of 100 functions is told.  Then spans come over two connections at half of the
rate that the collector took at full speed just before, and so many clients (100), each with a
connection of its own, ask every five seconds for what the page Overview asks for: functions and
series of the last hour in whole seconds, alerts, status, with the ETags that they have.  The
processor time of the collector is taken over SECONDS (20) with the clients and without, one after the
other, twice; the difference is what the clients cost.
"""

import http.client
import json
import os
import pathlib
import random
import statistics
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "scenario/collector"))
from harness import JSON, Collector, attribute, field, fixed64, traces  # noqa: E402

FUNCTIONS, MINUTES, EVERY = 100, 60, 5.0
PROTOBUF = {"Content-Type": "application/x-protobuf"}


def invocations(minute, start, chance):
    """One invocation of each function, as log streams tell it."""
    resources = []
    for number in range(FUNCTIONS):
        at = start + chance.randrange(60) * 10**9
        values = {"thaw.start_ns": at, "thaw.reported_ns": chance.randrange(5, 900) * 10**6,
                  "thaw.billed_ms": 100, "thaw.memory_size_mb": 128, "thaw.max_memory_used_mb": 64}
        attributes = [{"key": "faas.invocation_id", "value": {"stringValue":
                       f"{minute:08x}-0000-4000-8000-{number:012x}"}},
                      {"key": "thaw.invocation.state", "value": {"stringValue": "reported"}}]
        attributes += [{"key": key, "value": {"intValue": str(value)}} for key, value in values.items()]
        names = {"faas.name": f"function-{number:03}", "faas.instance": f"i{number}",
                 "cloud.region": "eu-west-1"}
        resources.append({
            "resource": {"attributes": [{"key": key, "value": {"stringValue": value}}
                                        for key, value in names.items()]},
            "scopeLogs": [{"scope": {"name": "thaw.logs"}, "logRecords": [
                {"timeUnixNano": str(at), "eventName": "faas.invocation", "attributes": attributes}]}]})
    return json.dumps({"resourceLogs": resources})


TRACES = [b"trace %010d" % number for number in range(20)]


def template(chance):
    """500 spans of 20 traces, whose ids each body has its own of."""
    spans = []
    for trace in TRACES:
        parent = b""
        for _ in range(25):
            own, start = chance.randbytes(8), time.time_ns()
            spans.append(field(1, trace) + field(2, own) + (field(4, parent) if parent else b"")
                         + field(5, b"work") + fixed64(7, start) + fixed64(8, start + 10**6)
                         + b"".join(field(9, attribute(b"key.%d" % i, b"value %d" % i)) for i in range(8)))
            parent = parent or own
    return traces(spans)


def body_of(pattern, chance):
    for trace in TRACES:
        pattern = pattern.replace(trace, chance.randbytes(16))
    return pattern


class Sender(threading.Thread):
    """Sends so many bodies a second, 0: as fast as they are taken."""

    def __init__(self, port, bodies, rate):
        super().__init__(daemon=True)
        self.port, self.bodies, self.rate = port, bodies, rate
        self.over = threading.Event()

    def run(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.port)
        due = time.monotonic()
        while not self.over.is_set():
            body = next(self.bodies, None)
            if body is None:
                break
            connection.request("POST", "/v1/traces", body, PROTOBUF)
            answer = connection.getresponse()
            answer.read()
            assert answer.status == 200, answer.status
            if self.rate > 0:
                due += 1 / self.rate
                self.over.wait(max(0, due - time.monotonic()))


class Client(threading.Thread):
    def __init__(self, port, offset, over):
        super().__init__(daemon=True)
        self.port, self.offset, self.over = port, offset, over
        self.tags, self.times = {}, []

    def ask(self, connection, name, path):
        headers = {"Host": f"127.0.0.1:{self.port}"}
        if self.tags.get(path):
            headers["If-None-Match"] = self.tags[path]
        begun = time.perf_counter()
        connection.request("GET", "/api/thaw/v1/" + path, headers=headers)
        answer = connection.getresponse()
        answer.read()
        assert answer.status in (200, 304), answer.status
        self.times.append((name, (time.perf_counter() - begun) * 1000))
        self.tags[path] = answer.headers.get("ETag")

    def run(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.port)
        self.over.wait(self.offset)
        while not self.over.is_set():
            now = int(time.time())
            span = f"from={(now - 3600) * 1000}&to={(now + 1) * 1000}"
            for name, path in (("functions", "functions?" + span), ("series", "series?" + span),
                               ("alerts", "alerts"), ("status", "status")):
                self.ask(connection, name, path)
            self.over.wait(EVERY)


def used(pid):
    """Seconds of processor that a process has used."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def bodies_of(pattern, seed, count):
    chance = random.Random(seed)
    for _ in range(count):
        yield body_of(pattern, chance)


def watch(collector, pattern, rate, clients, seconds):
    """Processor seconds of so long a time, and what the clients saw."""
    over = threading.Event()
    senders = [Sender(collector.address[1], bodies_of(pattern, time.time_ns() + i, 10**6), rate / 2)
               for i in range(2)]
    readers = [Client(collector.address[1], EVERY * i / max(1, clients), over) for i in range(clients)]
    for thread in senders + readers:
        thread.start()
    time.sleep(EVERY)
    before, begun = used(collector.process.pid), time.monotonic()
    time.sleep(seconds)
    share = (used(collector.process.pid) - before) / (time.monotonic() - begun)
    over.set()
    for sender in senders:
        sender.over.set()
    for thread in senders + readers:
        thread.join(10)
    return share, [each for reader in readers for each in reader.times]


def main():
    clients = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    seconds = float(sys.argv[2]) if len(sys.argv) > 2 else 20
    chance = random.Random(4)
    binary = pathlib.Path(os.environ.get("THAW_BIN_DIR", "build/release/bin")) / "thaw-collector"
    collector = Collector(str(binary), []).start()
    try:
        start = time.time_ns() - MINUTES * 60 * 10**9
        for minute in range(MINUTES):
            body = invocations(minute, start + minute * 60 * 10**9, chance)
            assert collector.request("POST", "/v1/logs", body, JSON)[0] == 200
        pattern = template(chance)
        full = [Sender(collector.address[1], iter(list(bodies_of(pattern, i, 50))), 0) for i in range(2)]
        begun = time.monotonic()
        for sender in full:
            sender.start()
        for sender in full:
            sender.join()
        rate = min(100 / (time.monotonic() - begun) / 2, 60)
        alone, with_clients, seen = [], [], []
        for _ in range(2):
            for number, shares in ((0, alone), (clients, with_clients)):
                share, times = watch(collector, pattern, rate, number, seconds)
                shares.append(share)
                seen += times
        cost = statistics.mean(with_clients) - statistics.mean(alone)
        print(f"dashboards_ingest {rate * 500:.0f} spans/s (half of what was taken at full speed, "
              "30,000 at most)")
        print(f"dashboards_without {statistics.mean(alone) * 100:.1f} % of a core")
        print(f"dashboards_with {statistics.mean(with_clients) * 100:.1f} % of a core ({clients} clients)")
        print(f"dashboards_cost {cost * 100:.1f} % of a core ({clients} clients)")
        for name in ("functions", "series", "alerts", "status"):
            values = sorted(ms for each, ms in seen if each == name)
            print(f"dashboards_{name} {values[len(values) // 2]:.2f} ms (half), "
                  f"{values[int(len(values) * 0.99)]:.2f} ms (99 %), {len(values)} answers")
    finally:
        collector.stop()
        collector.close()


if __name__ == "__main__":
    main()
