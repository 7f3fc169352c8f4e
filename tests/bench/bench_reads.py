#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""How long answers take that are read from the store, through the API.

    THAW_BIN_DIR=build/release/bin bench_reads.py [SPANS [LINES [DIRECTORY]]]

Input: tests/bench/spans_gen.h and lines_gen.h from load_gen, all sealed but for the open log; in
DIRECTORY, where it is left and found again by another run, or in a temporary one.  Each question is
asked once, and then eleven times over the same connection: the first answer, the median and the worst of
the others, and the collector's own CPU for one (all of its threads).  The files are in the cache of the
kernel, unless it says cold, which needs root.  What took more than a second is asked twice only.  Each
time it begins a millisecond later in 1970: the same question, but not the same answer that many ask for.
"""

import http.client
import pathlib
import random
import socket
import sys
import tempfile
import time

import bench_store

TIMES = 11
SPANS = "spans?from={}&limit=20&q="
LINES = "logs?from={}&limit=20&q="
QUESTIONS = (
    ("spans_of_function_and_operation", SPANS + "function:shop-checkout+name:%22shop.checkout.v1.Service/put%22"),
    ("spans_of_a_rare_value", SPANS + "user.id:user-00042"),
    ("spans_of_no_value", SPANS + "user.id:nobody"),
    ("transactions_of_a_rare_value", "transactions?from={}&limit=20&q=user.id:user-00042"),
    ("functions_from_rollups", "functions?from={}"),
)
TEXTS = (
    ("lines_with_a_usual_word", LINES + "timeout"),
    ("lines_with_a_rare_number", LINES + "48213"),
    ("lines_with_a_word_of_none", LINES + "nowhere"),
    ("lines_with_a_part_of_a_word", LINES + "*imeou*"),
    ("lines_with_a_part_of_none", LINES + "*owher*"),
)


def cpu_ms(collector):
    tasks = pathlib.Path(f"/proc/{collector.process.pid}/task").iterdir()
    return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks) / 1e6


def ask(collector, connection, path):
    cpu, begin = cpu_ms(collector), time.perf_counter()
    connection.request("GET", "/api/thaw/v1/" + path)
    answer = connection.getresponse()
    body = answer.read()
    took = (time.perf_counter() - begin) * 1000
    assert answer.status == 200, (answer.status, path)
    return took, cpu_ms(collector) - cpu, b'"partial":true' in body


def inside_ms(timing):
    """What Server-Timing says: until the question was answered, and until the answer was ready."""
    parts = dict(part.strip().split(";dur=") for part in timing.split(","))
    return float(parts.get("read", parts["total"])), float(parts["total"])


def exchange(connection, path):
    """The head of an answer, lower case, and how long it took until its last byte was there: without a client's
    own work on what it reads, which takes longer than the collector's."""
    request = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode()
    begin = time.perf_counter()
    connection.sendall(request)
    answer, end = b"", -1
    while end < 0:
        answer += connection.recv(1 << 18)
        end = answer.find(b"\r\n\r\n")
    head = answer[:end].lower().decode()
    whole = end + 4 + int(head.partition("content-length:")[2].split("\r\n")[0])
    while len(answer) < whole:
        answer += connection.recv(1 << 18)
    return head, (time.perf_counter() - begin) * 1000


def compare(collector, ids, name):
    """The same look-ups as the collector sees them and as a client does, over one connection; what the API adds
    is of each answer by itself, and beside it what an answer takes that needs no reading."""
    connection = socket.create_connection(("127.0.0.1", collector.port), timeout=120)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    read, total, http_ms, nothing = [], [], [], []
    for one in ids:
        head, took = exchange(connection, f"/api/thaw/v1/transactions/{one}")
        nothing.append(exchange(connection, "/healthz")[1])
        if "200 ok" in head:
            inside = inside_ms(head.partition("server-timing:")[2].split("\r\n")[0])
            read.append(inside[0])
            total.append(inside[1])
            http_ms.append(took)
    connection.close()
    more = [with_all - own for with_all, own in zip(http_ms, read)]
    for part in (0.5, 0.95):
        values = [bench_store.rank(times, part) for times in (read, total, http_ms, more, nothing)]
        print(f"{name} p{part * 100:.0f}: read {values[0]:.2f} ms, with writing {values[1]:.2f} ms, "
              f"over HTTP {values[2]:.2f} ms; {values[3]:.2f} ms more; nothing read {values[4]:.2f} ms")


def tell(collector, questions):
    connection = http.client.HTTPConnection("127.0.0.1", collector.port, timeout=120)
    for name, path in questions:
        first = ask(collector, connection, path.format(0))
        again = [ask(collector, connection, path.format(i + 1)) for i in range(TIMES if first[0] < 1000 else 1)]
        took = sorted(one[0] for one in again)
        cpu = sorted(one[1] for one in again)
        partial = ", partial" if any(one[2] for one in [first, *again]) else ""
        print(f"{name} first {first[0]:.1f} ms, p50 {took[len(took) // 2]:.1f} ms, worst {took[-1]:.1f} ms, "
              f"CPU {cpu[len(cpu) // 2]:.1f} ms{partial}")


def fill(collector, data, spans, lines):
    ids = data / "ids"
    if ids.exists():
        return ids.read_text().split()
    found = []
    for kind, count in (("spans", spans), ("lines", lines)):
        if count > 0:
            more, said = bench_store.load(collector, kind, count)
            found += more if kind == "spans" else []
            collector.wait_sealed()
            print(f"{kind}: {said}")
    ids.write_text("\n".join(found))
    return found


def measure(data, spans, lines):
    collector = bench_store.Collector(data / "store")
    try:
        ids = fill(collector, data, spans, lines)
        sample = random.sample(ids, min(bench_store.LOOKUPS, len(ids)))
        if sample and bench_store.drop_caches():
            bench_store.look_up(collector, sample[:100], "transaction_cold")
        if sample:
            bench_store.look_up(collector, sample, "transaction_warm")
            bench_store.look_up(collector, sample, "transaction_warm again")
            compare(collector, random.sample(ids, min(bench_store.LOOKUPS, len(ids))), "transaction_inside")
            nobody = [random.randbytes(16).hex() for _ in range(bench_store.LOOKUPS)]
            bench_store.look_up(collector, nobody, "nobody_knows")
            tell(collector, QUESTIONS)
        if lines > 0:
            tell(collector, TEXTS)
        print(f"memory {collector.proc('status', 'VmHWM') / 1024:.0f} MB at most")
    finally:
        collector.stop()


def main():
    spans = int(sys.argv[1]) if len(sys.argv) > 1 else 2_000_000
    lines = int(sys.argv[2]) if len(sys.argv) > 2 else 1_000_000
    if len(sys.argv) > 3:
        data = pathlib.Path(sys.argv[3])
        data.mkdir(exist_ok=True)
        measure(data, spans, lines)
        return
    with tempfile.TemporaryDirectory(prefix="thaw-bench-") as data:
        measure(pathlib.Path(data), spans, lines)


if __name__ == "__main__":
    main()
