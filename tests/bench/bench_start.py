#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""How long a start takes, with the saved view and without it, and what saving costs.

    THAW_BIN_DIR=build/release/bin bench_start.py [INVOCATIONS]

Each invocation is told by a log stream (an event with its report) and has ten spans of the function's SDK in one
trace; 100 instances of ten functions.  CPU is user and system time of the collector alone, from /proc.
"""

import http.client
import json
import os
import pathlib
import random
import signal
import subprocess
import sys
import tempfile
import time
import uuid

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "scenario/collector"))
from harness import PROTOBUF, attribute, field, fixed64, span, varint  # noqa: E402

SPANS, BATCH, INSTANCES = 10, 100, 100
NAMES = [b"GET /cart/{id}", b"SELECT stock", b"UPDATE stock", b"PutItem orders", b"render"]


def number(key, value):
    return field(1, key) + field(2, varint(3 << 3) + varint(value))


def resource(instance):
    return field(1, b"".join(field(1, attribute(*pair)) for pair in (
        (b"cloud.account.id", b"123456789012"), (b"cloud.region", b"eu-central-1"),
        (b"faas.name", b"function-%d" % (instance % 10)), (b"faas.version", b"$LATEST"),
        (b"faas.instance", b"2026/11/30/[$LATEST]%032x" % instance))))


def event(request, trace, start):
    values = [attribute(b"faas.invocation_id", request), attribute(b"thaw.invocation.state", b"reported"),
              attribute(b"thaw.invocation.status", b"success"), number(b"thaw.start_ns", start),
              number(b"thaw.end_ns", start + 51_000_000), number(b"thaw.reported_ns", 50_000_000),
              number(b"thaw.billed_ms", 50), number(b"thaw.memory_size_mb", 128),
              number(b"thaw.max_memory_used_mb", 60)]
    return (fixed64(1, start) + b"".join(field(6, one) for one in values) + field(9, trace)
            + field(12, b"faas.invocation"))


def requests(count):
    """Bodies of events and of spans for each hundred invocations of an instance."""
    chance, begin = random.Random(1), time.time_ns() - 3600 * 10**9
    for batch in range(count // BATCH):
        events, spans = [], []
        for i in range(BATCH):
            request, trace = str(uuid.UUID(int=chance.getrandbits(128), version=4)).encode(), chance.randbytes(16)
            start = begin + (batch // INSTANCES * BATCH + i) * 100_000_000 + batch % INSTANCES * 1000
            events.append(event(request, trace, start))
            extra = field(9, attribute(b"faas.invocation_id", request))
            spans += [span(trace, chance.randbytes(8), NAMES[k % 5], start + k * 1_000_000, extra)
                      for k in range(SPANS)]
        who = resource(batch % INSTANCES)
        scope = field(1, field(1, b"thaw.logs")) + b"".join(field(2, one) for one in events)
        yield "/v1/logs", field(1, who + field(2, scope))
        yield "/v1/traces", field(1, who + field(2, b"".join(field(2, one) for one in spans)))


def start(binary, data):
    begin = time.monotonic()
    process = subprocess.Popen([binary, "--data", data, "--listen", "127.0.0.1:0", "--retention-size", "0"],
                               stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    host, _, port = process.stdout.readline().split()[-1].rpartition(":")
    took = time.monotonic() - begin
    fields = pathlib.Path(f"/proc/{process.pid}/stat").read_text().rsplit(")", 1)[1].split()
    cpu = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return process, http.client.HTTPConnection(host, int(port)), took, cpu


def stop(process):
    process.send_signal(signal.SIGTERM)
    assert process.wait() == 0


def status(connection):
    connection.request("GET", "/api/thaw/v1/status")
    return json.loads(connection.getresponse().read())


def main():
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    binary = os.path.join(os.environ.get("THAW_BIN_DIR", "build/release/bin"), "thaw-collector")
    with tempfile.TemporaryDirectory(prefix="thaw-bench-", dir=os.environ.get("THAW_BENCH_DIR")) as data:
        process, connection, _, _ = start(binary, data)
        slowest = 0
        for path, body in requests(count):
            begin = time.monotonic()
            connection.request("POST", path, body, PROTOBUF)
            answer = connection.getresponse()
            assert (answer.status, answer.read())[0] == 200
            slowest = max(slowest, time.monotonic() - begin)
        told = status(connection)
        stop(process)
        saved = list(pathlib.Path(data).glob("view-*"))
        size = saved[0].stat().st_size
        log = sum(path.stat().st_size for path in pathlib.Path(data).rglob("log"))
        runs = {"saved": [], "replayed": []}
        for _ in range(3):
            process, connection, took, cpu = start(binary, data)
            assert status(connection)["store"]["recovered_frames"] == 0
            runs["saved"].append((took, cpu))
            stop(process)
            for path in pathlib.Path(data).glob("view-*"):
                path.unlink()
            process, connection, took, cpu = start(binary, data)
            again = status(connection)
            assert again["memory"] == told["memory"], (again["memory"], told["memory"])
            runs["replayed"].append((took, cpu))
            stop(process)
        process, connection, _, _ = start(binary, data)
        connection.request("POST", "/v1/traces", field(1, field(2, field(2, span(b"\x01" * 16, b"\x02" * 8)))), PROTOBUF)
        assert connection.getresponse().read() is not None
        stop(process)
    print(f"start_log {log / 1e6:.1f} MB ({count} invocations, {count * SPANS} spans)")
    for name, times in runs.items():
        took, cpu = sorted(times)[1]
        print(f"start_{name} {took:.2f} s ({cpu:.2f} s of CPU)")
    print(f"view_size {size / 1e6:.1f} MB ({size / count:.0f} bytes/invocation)")
    print(f"view_saves {told['store']['view']['saves']} while it came, the latest in {told['store']['view']['save_ms']} ms")
    print(f"slowest_answer {slowest * 1e3:.0f} ms")


if __name__ == "__main__":
    main()
