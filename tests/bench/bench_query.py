#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""How long the collector takes to answer with a million spans in its store.

    THAW_BIN_DIR=build/release/bin bench_query.py [SPANS]

Input, the same in every run: requests of 500 spans of one instance of a service, 20 traces of 25 spans
each, eight attributes a span.  Then, over one connection: transactions by random trace ids that were
sent, one transaction of 50,000 spans, the newest 50 transactions.  Times are of whole answers as a
client on the same machine sees them, percentiles by nearest rank.
"""

import http.client
import os
import pathlib
import random
import signal
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "scenario/collector"))
from harness import attribute, field, fixed64, traces  # noqa: E402

TRACES, SPANS_OF_TRACE = 20, 25
LARGE = 50_000
LOOKUPS = 300


def make_span(chance, trace, parent, start):
    own = chance.randbytes(8)
    pairs = [(b"key.%d" % i, b"value %d" % chance.randrange(10**6)) for i in range(8)]
    body = (
        field(1, trace) + field(2, own) + (field(4, parent) if parent else b"")
        + field(5, b"work") + fixed64(7, start) + fixed64(8, start + 10**6)
        + b"".join(field(9, attribute(key, value)) for key, value in pairs)
    )
    return own, body


def make_body(chance, now, ids, trace_count, span_count):
    spans = []
    for _ in range(trace_count):
        trace, parent = chance.randbytes(16), b""
        ids.append(trace.hex())
        for i in range(span_count):
            own, body = make_span(chance, trace, parent, now - chance.randrange(10**12))
            parent = parent or own
            spans.append(body)
    return spans


def post(connection, spans):
    connection.request("POST", "/v1/traces", traces(spans), {"Content-Type": "application/x-protobuf"})
    answer = connection.getresponse()
    answer.read()
    assert answer.status == 200, answer.status


def timed(connection, path):
    begun = time.perf_counter()
    connection.request("GET", "/api/thaw/v1/" + path)
    answer = connection.getresponse()
    size = len(answer.read())
    assert answer.status == 200, (answer.status, path)
    return (time.perf_counter() - begun) * 1000, size


def rank(values, part):
    return sorted(values)[max(0, int(len(values) * part + 0.999999) - 1)]


def load(connection, chance, count):
    ids, now = [], time.time_ns()
    for _ in range(count // (TRACES * SPANS_OF_TRACE)):
        post(connection, make_body(chance, now, ids, TRACES, SPANS_OF_TRACE))
    large = chance.randbytes(16)
    for _ in range(LARGE // 1000):
        post(connection, [make_span(chance, large, b"", now)[1] for _ in range(1000)])
    return ids, large.hex()


def measure(connection, chance, ids, large):
    for trace in ids[:20]:
        timed(connection, "transactions/" + trace)
    times = [timed(connection, "transactions/" + chance.choice(ids))[0] for _ in range(LOOKUPS)]
    print(f"query_transaction_p50 {rank(times, 0.5):.2f} ms")
    print(f"query_transaction_p99 {rank(times, 0.99):.2f} ms")
    elapsed, size = timed(connection, "transactions/" + large)
    print(f"query_transaction_50000_spans {elapsed:.0f} ms")
    print(f"query_transaction_50000_spans_size {size} bytes")
    times = [timed(connection, "transactions?limit=50")[0] for _ in range(20)]
    print(f"query_newest_50_p50 {rank(times, 0.5):.2f} ms")


def main():
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    program = os.path.join(os.environ.get("THAW_BIN_DIR", "build/release/bin"), "thaw-collector")
    chance = random.Random(7)
    with tempfile.TemporaryDirectory() as folder:
        collector = subprocess.Popen(
            [program, "--data", folder, "--listen", "127.0.0.1:0"], stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, text=True)
        try:
            address = collector.stdout.readline().split()[-1]
            connection = http.client.HTTPConnection(address, timeout=120)
            ids, large = load(connection, chance, count)
            print(f"query_spans_in_store {count + LARGE} spans")
            measure(connection, chance, ids, large)
        finally:
            collector.send_signal(signal.SIGTERM)
            collector.wait()


if __name__ == "__main__":
    main()
