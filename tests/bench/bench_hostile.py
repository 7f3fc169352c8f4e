#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What questions that nobody should ask do to the telemetry that comes in meanwhile.

    THAW_BIN_DIR=build/release/bin bench_hostile.py [ASKERS [SECONDS [LINES]]]

A store of LINES (1,000,000) log lines of lines_gen.h and 2,000 series.  Spans come over two connections
at half of the rate that the collector took at full speed just before.  How long each request waited for
its acknowledgement is taken for SECONDS (10) alone and with so many ASKERS (2), one after the other,
twice.  An asker asks one hostile question after the other, without a pause: of each it is told how
often it was answered, how long that took at most, and what the answer said.
"""

import collections
import http.client
import json
import random
import sys
import tempfile
import threading
import time
import urllib.parse

import bench_dashboards as dashboards
import bench_store

SERIES = 2000


def questions():
    now = int(time.time())
    long = {"start": now - 10_999, "end": now, "step": 1}
    parts = " OR ".join(f"*a{i}*b*c*" for i in range(60))
    return (
        ("regex of metrics", "/api/v1/query", {"query": 'hostile{path=~"(a+)+$"}'}),
        ("range of metrics", "/api/v1/query_range", {"query": "last_over_time(hostile[30d])", **long}),
        ("subquery", "/api/v1/query_range", {"query": "count(sum_over_time(hostile[1d:1s]))", **long}),
        ("group of metrics", "/api/v1/query_range", {"query": "sum by (path) (last_over_time(hostile[30d]))", **long}),
        ("parts of words", "/api/thaw/v1/logs", {"q": parts, "from": 0, "limit": 1000}),
        ("part of no word", "/api/thaw/v1/logs", {"q": "*owherenowher*", "from": 0}),
        ("all but what nobody says", "/api/thaw/v1/transactions", {"q": "-(*q*x*z* -*y*)", "from": 0, "limit": 1000}),
        ("counts of all time", "/api/thaw/v1/logs/histogram", {"q": "*a*e*", "from": 0, "steps": 360}),
    )


def series():
    points = [{"timeUnixNano": str(time.time_ns()), "asDouble": i, "attributes": [
        {"key": "path", "value": {"stringValue": "a" * 60 + f"!{i}"}}]} for i in range(SERIES)]
    return json.dumps({"resourceMetrics": [{"scopeMetrics": [{"scope": {"name": "x"}, "metrics": [
        {"name": "hostile", "gauge": {"dataPoints": points}}]}]}]})


def said(body):
    """In a few words whether the answer is all of it, and if not why."""
    answer = json.loads(body)
    if answer.get("status") == "error" or "error" in answer:
        error = answer["error"]
        return error["message"] if isinstance(error, dict) else error
    partial = answer.get("partial")
    return f"partial: {partial['limit']}" if partial else "all of it"


class Asker(threading.Thread):
    def __init__(self, port, number, over):
        super().__init__(daemon=True)
        self.port, self.number, self.over = port, number, over
        self.seen = collections.defaultdict(list)

    def run(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        while not self.over.is_set():
            name, path, parameters = questions()[self.number % len(questions())]
            self.number += 1
            begun = time.perf_counter()
            connection.request("GET", path + "?" + urllib.parse.urlencode(parameters))
            answer = connection.getresponse()
            body = answer.read()
            self.seen[name].append(((time.perf_counter() - begun) * 1000, answer.status, said(body)))


class Sender(threading.Thread):
    """Sends so many bodies a second, and notes how long each acknowledgement took."""

    def __init__(self, port, bodies, rate, over):
        super().__init__(daemon=True)
        self.port, self.bodies, self.rate, self.over = port, bodies, rate, over
        self.waits = []

    def run(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.port)
        due = time.monotonic()
        for body in self.bodies:
            begun = time.perf_counter()
            connection.request("POST", "/v1/traces", body, dashboards.PROTOBUF)
            answer = connection.getresponse()
            answer.read()
            assert answer.status == 200, answer.status
            self.waits.append((time.perf_counter() - begun) * 1000)
            due += 1 / self.rate
            if self.over.wait(max(0, due - time.monotonic())):
                break


def watch(port, pattern, rate, askers, seconds):
    over = threading.Event()
    senders = [Sender(port, dashboards.bodies_of(pattern, time.time_ns() + i, 10**6), rate / 2, over)
               for i in range(2)]
    readers = [Asker(port, 4 * i, over) for i in range(askers)]
    for thread in senders + readers:
        thread.start()
    time.sleep(seconds)
    over.set()
    for thread in senders + readers:
        thread.join(60)
    return [wait for sender in senders for wait in sender.waits], [reader.seen for reader in readers]


def tell(name, waits, seconds):
    waits.sort()
    print(f"hostile_{name} p50 {bench_store.rank(waits, 0.5):.1f} ms, p99 {bench_store.rank(waits, 0.99):.1f} ms, "
          f"worst {waits[-1]:.1f} ms, {len(waits) / seconds:.0f} requests of 500 spans a second")


def full_speed(port, pattern):
    full = [dashboards.Sender(port, iter(list(dashboards.bodies_of(pattern, i, 50))), 0) for i in range(2)]
    begun = time.monotonic()
    for sender in full:
        sender.start()
    for sender in full:
        sender.join()
    return 100 / (time.monotonic() - begun)


def main():
    askers = int(sys.argv[1]) if len(sys.argv) > 1 else 2
    seconds = float(sys.argv[2]) if len(sys.argv) > 2 else 10
    lines = int(sys.argv[3]) if len(sys.argv) > 3 else 1_000_000
    with tempfile.TemporaryDirectory(prefix="thaw-bench-") as data:
        collector = bench_store.Collector(data)
        try:
            bench_store.load(collector, "lines", lines)
            collector.wait_sealed()
            connection = http.client.HTTPConnection("127.0.0.1", collector.port)
            connection.request("POST", "/v1/metrics", series(), {"Content-Type": "application/json"})
            assert connection.getresponse().status == 200
            pattern = dashboards.template(random.Random(4))
            rate = min(full_speed(collector.port, pattern) / 2, 60)
            alone, beside, seen = [], [], []
            for _ in range(2):
                for number, waits in ((0, alone), (askers, beside)):
                    more, found = watch(collector.port, pattern, rate, number, seconds)
                    waits += more
                    seen += found
            tell("ingest_alone", alone, 2 * seconds)
            tell("ingest_beside", beside, 2 * seconds)
            for name, _, _ in questions():
                answers = [each for one in seen for each in one[name]]
                words = collections.Counter(f"{status} {words[:60]}" for _, status, words in answers)
                print(f"hostile \"{name}\": {len(answers)} answers, at most "
                      f"{max((each[0] for each in answers), default=0):.0f} ms: {dict(words)}")
            print(f"memory {collector.proc('status', 'VmHWM') / 1024:.0f} MB at most")
        finally:
            collector.stop()


if __name__ == "__main__":
    main()
