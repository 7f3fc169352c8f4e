#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Whatever is sent gets its right status and a message in the right encoding, and nothing else is
affected: good requests go on, nothing bad is kept, memory stays bounded.

    bad_input_test.py COLLECTOR
"""

import gzip
import json
import pathlib
import threading
import zlib

from harness import JSON, PROTOBUF, Collector, field, main, span, traces

GOOD = traces([span(b"\x01" * 16, b"\x02" * 8)])
MIB = 1 << 20


def nested_value(levels):
    """An AnyValue of arrays in arrays."""
    value = field(1, b"x")
    for _ in range(levels):
        value = field(5, field(1, value))
    return value


def nested_body(levels):
    attribute = field(1, b"deep") + field(2, nested_value(levels))
    return traces([span(b"\x03" * 16, b"\x04" * 8, extra=field(9, attribute))])


def nested_json(levels):
    value = {"stringValue": "x"}
    for _ in range(levels):
        value = {"arrayValue": {"values": [value]}}
    one = {"traceId": "05" * 16, "spanId": "06" * 8, "attributes": [{"key": "deep", "value": value}]}
    return json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": [one]}]}]}).encode()


def bomb(mib):
    """Zeros and no end: a thousandth of what they inflate to."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    block = bytes(MIB)
    return b"".join(packer.compress(block) for _ in range(mib)) + packer.flush()


def large_gzip():
    """More than 64 MiB once inflated, of content that compresses like telemetry."""
    line = b"".join(b"%08d" % (i * 7919 % 100000007) for i in range(4096))
    packer = zlib.compressobj(1, zlib.DEFLATED, 31)
    return b"".join(packer.compress(line) for _ in range(65 * MIB // len(line))) + packer.flush()


def flood():
    """2 MiB of empty spans, which would take 200 MiB and more to unpack, twice that in all."""
    scope = field(2, b"") * (3 * MIB // 2)
    return field(1, field(2, scope))


def gzipped(body):
    return gzip.compress(body, mtime=0)


GZIP = {"Content-Encoding": "gzip"}


def cases():
    """(name, method, path, headers, body, status, words in the answer)"""
    traces_path = "/v1/traces"
    yield "good", "POST", traces_path, PROTOBUF, GOOD, 200, b""
    yield "empty protobuf", "POST", traces_path, PROTOBUF, b"", 200, b""
    yield "empty JSON object", "POST", traces_path, JSON, b"{}", 200, b"{}"
    yield "empty JSON", "POST", traces_path, JSON, b"", 400, b"JSON"
    yield "not protobuf", "POST", traces_path, PROTOBUF, b"\xff" * 100, 400, b"protobuf"
    yield "not JSON", "POST", traces_path, JSON, b'{"resourceSpans":[', 400, b"JSON"
    yield "text as JSON", "POST", traces_path, JSON, b"hello", 400, b"JSON"
    for cut in range(1, len(GOOD), 7):
        yield f"cut at {cut}", "POST", traces_path, PROTOBUF, GOOD[:cut], 400, b"protobuf"
    yield "trailing rubbish", "POST", traces_path, PROTOBUF, GOOD + b"\x0b", 400, b"protobuf"
    yield "wrong type", "POST", traces_path, {"Content-Type": "text/plain"}, GOOD, 415, b"Content-Type"
    yield "no type", "POST", traces_path, {}, GOOD, 415, b"Content-Type"
    yield "type with parameter", "POST", traces_path, {
        "Content-Type": "application/x-protobuf; charset=utf-8"}, GOOD, 200, b""
    yield "wrong encoding", "POST", traces_path, {**PROTOBUF, "Content-Encoding": "br"}, GOOD, 415, \
        b"Content-Encoding"
    yield "gzip", "POST", traces_path, {**PROTOBUF, **GZIP}, gzipped(GOOD), 200, b""
    yield "gzip of two members", "POST", traces_path, {**PROTOBUF, "Content-Encoding": "GZIP"}, \
        gzipped(GOOD[:9]) + gzipped(GOOD[9:]), 200, b""
    yield "not gzip", "POST", traces_path, {**PROTOBUF, **GZIP}, GOOD, 400, b"gzip"
    yield "empty gzip", "POST", traces_path, {**PROTOBUF, **GZIP}, b"", 400, b"gzip"
    packed = gzipped(GOOD)
    for cut in (1, 5, 10, len(packed) // 2, len(packed) - 8, len(packed) - 1):
        yield f"gzip cut at {cut}", "POST", traces_path, {**PROTOBUF, **GZIP}, packed[:cut], 400, b"gzip"
    yield "gzip and rubbish", "POST", traces_path, {**PROTOBUF, **GZIP}, packed + b"rubbish", 400, b"gzip"
    yield "gzip bomb", "POST", traces_path, {**PROTOBUF, **GZIP}, bomb(128), 413, b"250 times"
    yield "large gzip bomb", "POST", traces_path, {**PROTOBUF, **GZIP}, bomb(1024), 413, b"64 MiB"
    yield "large gzip", "POST", traces_path, {**PROTOBUF, **GZIP}, large_gzip(), 413, b"64 MiB"
    yield "depth 32", "POST", traces_path, PROTOBUF, nested_body(32), 200, b""
    yield "depth 60", "POST", traces_path, PROTOBUF, nested_body(60), 400, b"deep"
    yield "depth 5000", "POST", traces_path, PROTOBUF, nested_body(5000), 400, b"deep"
    yield "JSON depth 60", "POST", traces_path, JSON, nested_json(60), 400, b""
    yield "JSON of brackets", "POST", traces_path, JSON, b"[" * 100000, 400, b"JSON"
    yield "empty spans", "POST", traces_path, PROTOBUF, flood(), 413, b"memory"
    yield "GET", "GET", traces_path, {}, None, 405, b""
    yield "PUT", "PUT", traces_path, PROTOBUF, GOOD, 405, b""
    yield "no such signal", "POST", "/v1/nothing", PROTOBUF, GOOD, 404, b""
    yield "slash behind", "POST", "/v1/traces/", PROTOBUF, GOOD, 200, b""
    yield "no such API", "GET", "/api/thaw/v2/x", {}, None, 404, b'"not_found"'
    for name, status in (("deploys", 204), ("alerts/0123456789abcdef/silence", 404), ("silences", 400)):
        yield f"POST {name}", "POST", f"/api/thaw/v1/{name}", JSON, b"{}", status, b""
        yield f"POST {name} of no JSON", "POST", f"/api/thaw/v1/{name}", JSON, b"{", 400, b""
    yield "no such API to POST", "POST", "/api/thaw/v1/x", JSON, b"{}", 404, b'"not_found"'
    yield "POST of a list", "POST", "/api/thaw/v1/transactions", JSON, b"{}", 405, b"GET"
    yield "POST of too much", "POST", "/api/thaw/v1/deploys", JSON, bytes(MIB), 413, b""
    yield "POST to /", "POST", "/", PROTOBUF, GOOD, 404, b"/v1/traces"
    yield "no such file", "GET", "/nothing.js", {}, None, 404, b'"not_found"'
    yield "bad escape", "GET", "/a%zz", {}, None, 400, b""
    yield "NUL in the path", "GET", "/a%00b", {}, None, 400, b""


def check_error(name, headers, sent, body):
    """An OTLP error is a google.rpc.Status in the encoding of the request."""
    if sent.get("Content-Type", "").startswith("application/x-protobuf"):
        assert headers["Content-Type"] == "application/x-protobuf", (name, headers)
        assert body[:1] == b"\x08" and b"\x12" in body[2:4], (name, body)
    else:
        assert headers["Content-Type"] == "application/json", (name, headers)
        assert {"code", "message"} <= set(json.loads(body)), (name, body)


def check_cases(collector):
    for name, method, path, headers, body, status, words in cases():
        try:
            got, answer_headers, answer = collector.request(method, path, body, headers)
        except (BrokenPipeError, ConnectionResetError):
            # The answer came before all of the body was sent, and the connection was closed.
            assert status == 413, name
            continue
        assert got == status, f"{name}: {got} instead of {status}: {answer[:200]}"
        assert words in answer, f"{name}: {answer[:200]}"
        assert "Content-Security-Policy" in answer_headers, name
        if status >= 400 and path.startswith("/v1/"):
            check_error(name, answer_headers, headers, answer)
        if status == 405:
            assert answer_headers["Allow"] in ("POST", "GET, HEAD", "GET, HEAD, POST"), answer_headers
        if status == 200 and headers.get("Content-Type", "").startswith("application/x-protobuf"):
            assert answer == b"", (name, answer)


RAW = [
    # (name, bytes, beginning of the answer; None: any answer but a success)
    ("two lengths", b"POST /v1/traces HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n"
     b"Content-Length: 6\r\n\r\nhello!", b"HTTP/1.1 400"),
    ("length and chunked", b"POST /v1/traces HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n"
     b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", b"HTTP/1.1 400"),
    ("no Host", b"GET /healthz HTTP/1.1\r\n\r\n", b"HTTP/1.1 400"),
    ("two Hosts", b"GET /healthz HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", b"HTTP/1.1 400"),
    ("negative length", b"POST /v1/traces HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n", None),
    ("too long", b"POST /v1/traces HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-protobuf\r\n"
     b"Content-Length: 67108865\r\n\r\n", b"HTTP/1.1 413"),
    ("two types", b"POST /v1/traces HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
     b"Content-Type: application/x-protobuf\r\nContent-Length: 2\r\n\r\n{}", b"HTTP/1.1 400"),
    ("other coding", b"POST /v1/traces HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n", None),
    ("large header", b"GET /healthz HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 65536 + b"\r\n\r\n", None),
    ("many headers", b"GET /healthz HTTP/1.1\r\nHost: x\r\n" + b"X: y\r\n" * 5000 + b"\r\n", None),
    ("no HTTP", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(200), None),
]


def check_raw(collector):
    for name, data, begin in RAW:
        answer = collector.raw(data)
        if begin is None:
            assert not answer.startswith(b"HTTP/1.1 2"), (name, answer[:100])
        else:
            assert answer.startswith(begin), (name, answer[:200])
    # Chunked is how senders send what they compress on the way.
    chunks = b"".join(b"%x\r\n%s\r\n" % (len(GOOD[i:i + 10]), GOOD[i:i + 10])
                      for i in range(0, len(GOOD), 10))
    answer = collector.raw(b"POST /v1/traces HTTP/1.1\r\nHost: x\r\nContent-Type: "
                           b"application/x-protobuf\r\nTransfer-Encoding: chunked\r\n"
                           b"Connection: close\r\n\r\n" + chunks + b"0\r\n\r\n",
                           half_close=False)
    assert answer.startswith(b"HTTP/1.1 200"), answer[:200]


def check_partial(collector):
    """A span without ids is refused, the others are kept, and the sender is told."""
    body = traces([span(b"\x07" * 16, b"\x08" * 8), span(b"", b"\x09" * 8), span(bytes(16), bytes(8))])
    status, _, answer = collector.request("POST", "/v1/traces", body, PROTOBUF)
    assert status == 200 and answer[:1] == b"\x0a" and b"\x08\x02" in answer, answer
    one = {"spanId": "0a" * 8, "traceId": "xy"}
    sent = json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": [
        {"traceId": "0b" * 16, "spanId": "0c" * 8}, {**one, "traceId": ""}]}]}]})
    status, _, answer = collector.request("POST", "/v1/traces", sent, JSON)
    assert status == 200, answer
    assert json.loads(answer)["partialSuccess"]["rejectedSpans"] == "1", answer


def check_nothing_else(collector, stop, failures):
    """Good requests beside the bad ones, all the time."""
    number = 0
    while not stop.is_set():
        number += 1
        body = traces([span(number.to_bytes(16, "big"), number.to_bytes(8, "big"), b"beside")])
        status, _, answer = collector.request("POST", "/v1/traces", body, PROTOBUF)
        if status != 200:
            failures.append((status, answer))


def run(binary):
    with Collector(binary) as collector:
        collector.start()
        before = collector.resident_kb()
        stop, failures = threading.Event(), []
        beside = threading.Thread(target=check_nothing_else, args=(collector, stop, failures))
        beside.start()
        try:
            check_cases(collector)
            check_raw(collector)
            check_partial(collector)
        finally:
            stop.set()
            beside.join()
        assert not failures, failures[:3]
        status = json.loads(collector.request("GET", "/api/thaw/v1/status")[2])
        assert status["accepting"], status
        rejected = status["ingest"]["rejected"]
        for reason in ("malformed", "too_deep", "too_large", "compression_ratio", "content_type",
                       "content_encoding", "body_too_large", "records_without_ids"):
            assert rejected[reason] > 0, (reason, rejected)
        assert rejected["busy"] == 0 and rejected["storage"] == 0, rejected
        after = collector.resident_kb()
        # Under the address sanitizer freed memory is held back for a while.
        assert after - before < 512 * 1024, f"{before} kB grew to {after} kB"
        frames = status["store"]["frames"]
        collector.stop()
        # The bad was not kept: a restart finds the good and nothing set aside.
        collector.start()
        status = json.loads(collector.request("GET", "/api/thaw/v1/status")[2])
        assert status["store"]["frames"] == frames, status["store"]
        assert status["store"]["recovered_frames"] == 0, status["store"]
        assert status["store"]["quarantined"] == 0, status["store"]
        collector.stop()
        # The same without what was saved at the end.
        for saved in pathlib.Path(collector.data).glob("view-*"):
            saved.unlink()
        collector.start()
        status = json.loads(collector.request("GET", "/api/thaw/v1/status")[2])
        assert status["store"]["recovered_frames"] == frames, status["store"]
        assert status["store"]["quarantined"] == 0, status["store"]
        collector.stop()
    print(f"every bad body got its answer; memory went from {before} to {after} kB")


if __name__ == "__main__":
    main(run)
