#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Sends the traces of a real shop to a collector, again and again under other ids and later times.

    nezha.py PORT SPANS SEED

Input: the CSV files of ../shared/data/otlp/IntelligentDDS__Nezha/trace (THAW_SHARED_DATA), two minutes
of a microservice shop: 12,000 spans of 250 traces in ten pods.  A body has up to 500 spans in order
of start, by pod; a span has its name and the attributes that the file tells (pod, operation).  Output as
of load_gen: one trace id in a hundred, then "sent COUNT records, BYTES bytes before compression, SECONDS s".
"""

import csv
import gzip
import http.client
import os
import pathlib
import random
import struct
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/scenario/collector"))
from harness import PROTOBUF, attribute, field, varint  # noqa: E402

DATA = pathlib.Path(os.environ.get("THAW_SHARED_DATA", ROOT.parent / "shared/data"))
PER_BODY = 500


def read_rows():
    rows = []
    for path in sorted(DATA.glob("otlp/IntelligentDDS__Nezha/trace/*.csv.gz")):
        with gzip.open(path, "rt", newline="") as file:
            rows += list(csv.DictReader(file))
    if not rows:
        sys.exit(f"no traces under {DATA}")
    rows.sort(key=lambda row: int(row["StartTimeUnixNano"]))
    return rows


def prepare(rows):
    """Of each span: trace and ids as numbers, start, duration, and the bytes that stay the same."""
    spans = []
    for row in rows:
        operation = row["OperationName"].encode()
        kept = (field(5, operation) + b"\x30\x02" +
                field(9, attribute(b"k8s.pod.name", row["PodName"].encode())) +
                field(9, attribute(b"rpc.method", operation.rpartition(b"/")[2])))
        parent = row["ParentID"]
        spans.append((row["PodName"].encode(), int(row["TraceID"], 16), int(row["SpanID"], 16),
                      0 if parent == "root" else int(parent, 16), int(row["StartTimeUnixNano"]),
                      int(row["EndTimeUnixNano"]), kept))
    return spans


def resource(pod):
    service = pod.rsplit(b"-", 2)[0]
    return field(1, field(1, attribute(b"service.name", service)) +
                 field(1, attribute(b"service.instance.id", pod)) +
                 field(1, attribute(b"k8s.namespace.name", b"hipster")))


def body(part, salt, shift, resources):
    """The salt is mixed into all ids alike, so who belongs together still does."""
    pods = {}
    for pod, trace, own, parent, start, end, kept in part:
        trace ^= salt
        span = (b"\x0a\x10" + trace.to_bytes(16, "big") + b"\x12\x08" +
                (own ^ salt & 0xffffffffffffffff).to_bytes(8, "big"))
        if parent:
            span += b"\x22\x08" + (parent ^ salt & 0xffffffffffffffff).to_bytes(8, "big")
        span += b"\x39" + struct.pack("<Q", start + shift) + b"\x41" + struct.pack("<Q", end + shift) + kept
        pods.setdefault(pod, []).append(b"\x12" + varint(len(span)) + span)
    return b"".join(field(1, resources[pod] + field(2, b"".join(spans))) for pod, spans in pods.items())


def main():
    port, wanted, seed = (int(text) for text in sys.argv[1:4])
    chance = random.Random(seed)
    spans = prepare(read_rows())
    resources = {span[0]: resource(span[0]) for span in spans}
    last = spans[-1][4]
    begin_ns = time.time_ns() - 3600 * 10**9
    length = last - spans[0][4]
    connection = http.client.HTTPConnection("127.0.0.1", port)
    sent = size = lap = 0
    begin = time.monotonic()
    while sent < wanted:
        salt = chance.getrandbits(128)
        # Laps follow each other a hundred times as fast as they happened.
        shift = begin_ns - spans[0][4] + lap * length // 100
        for at in range(0, len(spans), PER_BODY):
            part = spans[at:at + PER_BODY]
            bytes_ = body(part, salt, shift, resources)
            connection.request("POST", "/v1/traces", bytes_, PROTOBUF)
            answer = connection.getresponse()
            answer.read()
            if answer.status != 200:
                sys.exit(f"status {answer.status}")
            sent += len(part)
            size += len(bytes_)
            if at // PER_BODY % 10 == 0:
                print((part[0][1] ^ salt).to_bytes(16, "big").hex())
            if sent >= wanted:
                break
        lap += 1
    print(f"sent {sent} records, {size} bytes before compression, {time.monotonic() - begin:.3f} s")


if __name__ == "__main__":
    main()
