#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What ingest costs the collector: CPU per span, spans per second, bytes per span on the disk, and how
fast a start replays.

    THAW_BIN_DIR=build/release/bin bench_ingest.py [REQUESTS]

Input, the same in every run: requests of 64 spans of 12 traces, gzip level 1, about 400 bytes a span
as protobuf (ten shapes, eight attributes, one resource), each body with ids of its own.  Sixteen
connections, each with one request at a time, so that every request waits for a sync.  CPU is user and
system time of the collector alone, from /proc; the generator shares the machine's cores with it.
"""

import gzip
import os
import pathlib
import random
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "scenario/collector"))
from harness import attribute, field, fixed64, traces  # noqa: E402

SPANS = 64
CONNECTIONS = 16
SHAPES = [
    (b"GET /cart/{id}", b"http.request.method", b"GET"),
    (b"POST /checkout", b"http.request.method", b"POST"),
    (b"SELECT stock", b"db.system.name", b"postgresql"),
    (b"UPDATE stock", b"db.system.name", b"postgresql"),
    (b"Invoke pricing", b"rpc.system.name", b"aws-api"),
    (b"send notify", b"messaging.system", b"aws_sqs"),
    (b"process notify", b"messaging.system", b"aws_sqs"),
    (b"PutItem orders", b"db.system.name", b"dynamodb"),
    (b"render", b"code.function.name", b"render"),
    (b"init", b"faas.coldstart", b"true"),
]


def make_body(chance, now):
    spans, trace = [], None
    for i in range(SPANS):
        if trace is None or i % 6 == 0:
            trace, parent = chance.randbytes(16), b""
        name, key, value = SHAPES[chance.randrange(len(SHAPES))]
        own, start = chance.randbytes(8), now + chance.randrange(10**9)
        pairs = [
            (key, value), (b"aws.request_id", chance.randbytes(8).hex().encode()),
            (b"server.address", b"10.0.%d.%d" % (chance.randrange(4), chance.randrange(250))),
            (b"url.path", b"/orders/%d" % chance.randrange(10**6)),
            (b"http.response.status_code", b"200"), (b"network.protocol.version", b"1.1"),
            (b"thread.name", b"worker-%d" % chance.randrange(8)), (b"deployment.stage", b"production"),
        ]
        spans.append(
            field(1, trace) + field(2, own) + (field(4, parent) if parent else b"") + field(5, name)
            + b"\x30\x03" + fixed64(7, start) + fixed64(8, start + chance.randrange(10**8))
            + b"".join(field(9, attribute(*pair)) for pair in pairs))
        parent = own
    return traces(spans, b"shop")


def make_requests(count):
    """Bodies are made before the clock runs."""
    chance, now, out, size = random.Random(1), time.time_ns(), [], 0
    for _ in range(count):
        body = make_body(chance, now)
        size += len(body)
        packed = gzip.compress(body, 1, mtime=0)
        out.append(b"POST /v1/traces HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-protobuf\r\n"
                   b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(packed) + packed)
    return out, size


def send(address, requests):
    with socket.create_connection(address) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for request in requests:
            connection.sendall(request)
            answer = connection.recv(4096)
            while b"\r\n\r\n" not in answer:
                answer += connection.recv(4096)
            assert answer.startswith(b"HTTP/1.1 200"), answer[:200]


def start(binary, data):
    begin = time.monotonic()
    process = subprocess.Popen([binary, "--data", data, "--listen", "127.0.0.1:0",
                                "--retention-size", "0"], stdout=subprocess.PIPE,
                               stderr=subprocess.DEVNULL, text=True)
    host, _, port = process.stdout.readline().split()[-1].rpartition(":")
    return process, (host, int(port)), time.monotonic() - begin


def cpu_seconds(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def resident_mb(pid):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return 0


def disk_bytes(data):
    return sum(path.stat().st_size for path in pathlib.Path(data).rglob("log"))


def main():
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 4000
    binary = os.path.join(os.environ.get("THAW_BIN_DIR", "build/release/bin"), "thaw-collector")
    requests, size = make_requests(count)
    spans = count * SPANS
    with tempfile.TemporaryDirectory(prefix="thaw-bench-", dir=os.environ.get("THAW_BENCH_DIR")) as data:
        process, address, _ = start(binary, data)
        before, begin = cpu_seconds(process.pid), time.monotonic()
        threads = [threading.Thread(target=send, args=(address, requests[i::CONNECTIONS]))
                   for i in range(CONNECTIONS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        wall, cpu = time.monotonic() - begin, cpu_seconds(process.pid) - before
        resident = resident_mb(process.pid)
        process.send_signal(signal.SIGTERM)
        process.wait()
        stored = disk_bytes(data)
        process, _, took = start(binary, data)
        replay = cpu_seconds(process.pid)
        process.send_signal(signal.SIGTERM)
        process.wait()
    print(f"ingest_cpu {cpu / spans * 1e6:.2f} us/span")
    print(f"ingest_rate {spans / wall:.0f} spans/s")
    print(f"ingest_rate_per_core {spans / cpu:.0f} spans/s")
    print(f"ingest_disk {stored / spans:.1f} bytes/span")
    print(f"ingest_input {size / spans:.0f} bytes/span")
    print(f"ingest_memory {resident:.0f} MB")
    print(f"start_replay {spans / took:.0f} spans/s")
    print(f"start_replay_cpu {replay / spans * 1e6:.2f} us/span")
    print(f"# {count} requests of {SPANS} spans, gzip, {CONNECTIONS} connections, one sync a group")


if __name__ == "__main__":
    main()
