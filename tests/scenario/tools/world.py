# SPDX-License-Identifier: Apache-2.0
"""What the scenarios of tools share: a shop whose spans, links, events and failures are known, sent to
a real collector, and invocations of which nobody sent a span."""

import json
import os
import sys
import time
import urllib.parse

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "collector"))
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "alert"))
from harness import JSON, Collector  # noqa: E402,F401  (passed on)
from wire import Instance, send  # noqa: E402

MS = 1_000_000
SECOND = 1_000_000_000
NOW = int(time.time()) * SECOND - 60 * SECOND
CHECKOUT = "0af7651916cd43dd8448eb211c80319c"  # front -> stock -> a table
FAILED = "1bf7651916cd43dd8448eb211c80319d"  # front, which failed
ORPHAN = "2cf7651916cd43dd8448eb211c80319e"  # stock alone, its caller is unknown
SHORT = "00000000000000002df7651916cd43de"  # an id of 64 bits


def any_value(content):
    if isinstance(content, bool):
        return {"boolValue": content}
    if isinstance(content, int):
        return {"intValue": str(content)}
    if isinstance(content, float):
        return {"doubleValue": content}
    if isinstance(content, bytes):
        return {"bytesValue": content.decode()}
    if isinstance(content, list):
        return {"arrayValue": {"values": [any_value(one) for one in content]}}
    if isinstance(content, dict):
        return {"kvlistValue": {"values": attributes(content)}}
    return {"stringValue": content}


def attributes(content):
    return [{"key": key, "value": any_value(value)} for key, value in content.items()]


def span(trace, name, span_id, parent=None, kind=1, start=0, duration=10, **more):
    """Times in milliseconds from NOW on."""
    made = {
        "traceId": trace,
        "spanId": span_id,
        "name": name,
        "kind": kind,
        "startTimeUnixNano": str(NOW + start * MS),
        "endTimeUnixNano": str(NOW + (start + duration) * MS),
        "attributes": attributes(more.pop("attributes", {})),
        **more,
    }
    if parent:
        made["parentSpanId"] = parent
    return made


def resource_spans(service, spans, **resource):
    return {
        "resource": {"attributes": attributes({"service.name": service, **resource})},
        "scopeSpans": [{"scope": {"name": "shop.lib", "version": "1.2"}, "spans": spans}],
    }


FRONT = [
    span(CHECKOUT, "GET /checkout", "00f067aa0ba902b7", kind=2, duration=120, attributes={
        "http.request.method": "GET", "http.response.status_code": 200, "user.id": "user-4711",
        "vip": True, "ratio": 0.5, "big": 2**60, "tags": ["a", 1], "blob": b"AQID"},
        traceState="vendor=1", flags=0x101, status={"code": 1},
        events=[{"timeUnixNano": str(NOW + 5 * MS), "name": "cart read",
                 "attributes": attributes({"items": 3})}]),
    span(CHECKOUT, "call stock", "10f067aa0ba902b7", "00f067aa0ba902b7", kind=3, start=10, duration=80),
    span(FAILED, "GET /checkout", "20f067aa0ba902b7", kind=2, start=1000, duration=2000, attributes={
        "user.id": "user-1"}, status={"code": 2, "message": "no <b>stock</b>"}),
]
STOCK = [
    span(CHECKOUT, "reserve", "30f067aa0ba902b7", "10f067aa0ba902b7", kind=2, start=15, duration=60),
    span(CHECKOUT, "table put", "40f067aa0ba902b7", "30f067aa0ba902b7", kind=3, start=20, duration=30,
         attributes={"db.system": "dynamodb"}),
    span(ORPHAN, "reserve", "50f067aa0ba902b7", "99f067aa0ba902b7", kind=2, start=2000, duration=5, links=[
        {"traceId": CHECKOUT, "spanId": "10f067aa0ba902b7", "attributes": []}]),
    span(SHORT, "tick", "60f067aa0ba902b7", start=3000, duration=1),
]
SHOP = [
    resource_spans("front", FRONT, **{"cloud.region": "eu-central-1", "deployment.environment": "prod"}),
    resource_spans("stock", STOCK, **{"cloud.region": "eu-west-1"}),
]


def post(collector, path, content):
    status, _, body = collector.request("POST", path, json.dumps(content).encode(), JSON)
    assert status == 200, (status, body)


def fill(collector):
    """The shop, and two invocations of "mailer": a cold one and one that failed."""
    post(collector, "/v1/traces", {"resourceSpans": SHOP})
    mailer = Instance("mailer", 1)
    mailer.init(NOW + 4000 * MS, 300 * MS)
    cold = mailer.invocation(NOW + 4300 * MS, 40 * MS, init_ns=300 * MS)
    bad = mailer.invocation(NOW + 5000 * MS, 700 * MS, status="error", error_type="Error.Mail")
    send(collector, [mailer])
    return cold, bad


def ask(collector, path, headers=None, **parameters):
    """(status, headers, value) of a GET."""
    query = urllib.parse.urlencode(parameters, doseq=True)
    status, head, body = collector.request("GET", path + ("?" + query if query else ""), headers=headers)
    return status, head, json.loads(body) if "json" in head.get("Content-Type", "") else body


def us(ms):
    return (NOW + ms * MS) // 1000
