#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What is exported is what was sent, field by field, and what comes of it in an empty collector is
told as it was told by the first one.

    export_test.py COLLECTOR THAW
"""

import json
import pathlib
import random
import subprocess
import sys
import time
import unittest

import seal_test
from check_test import wait_sealed
from harness import JSON, PROTOBUF, Collector, span, traces
from wire import request_id

BINARY, THAW = sys.argv[1:3] if len(sys.argv) > 2 else (None, None)
SHARED = pathlib.Path(__file__).resolve().parents[4] / "shared/data/otlp"
BODIES = [
    "generated__exporters-otel-js-0.208.0/03_v1_traces_json_identity.json",
    "generated__exporters-otel-js-0.208.0/06_v1_logs_json_identity.json",
    "open-telemetry__opentelemetry-proto/examples/trace.json",
    "open-telemetry__opentelemetry-proto/examples/logs.json",
    "open-telemetry__opentelemetry-proto/examples/events.json",
]
EVERYTHING = ["--retention-size", "0", "--retention-age", "0s"]


def export(collector, *words, code=0):
    done = subprocess.run([THAW, "export", "--endpoint", "http://%s:%d" % collector.address, *words],
                          capture_output=True, text=True)
    assert done.returncode == code, done
    return [json.loads(line) for line in done.stdout.splitlines()]


def signal_of(line):
    return "traces" if "resourceSpans" in line else "logs"


def records(lines):
    """(kind, resource, scope, record) of each record; what says nothing is left out."""
    for line in lines:
        for of_resource in line.get("resourceSpans", []) + line.get("resourceLogs", []):
            kind = "spans" if "scopeSpans" in of_resource else "logRecords"
            for of_scope in of_resource.get("scopeSpans", []) + of_resource.get("scopeLogs", []):
                for record in of_scope.get(kind, []):
                    yield kind, of_resource.get("resource", {}), of_scope.get("scope", {}), record


def plain(value, path=""):
    """A value with one form: numbers as text, nothing that is a default, and not what is not kept (the end
    of docs/guide/backup.md)."""
    if isinstance(value, list):
        return [plain(one, path) for one in value]
    if not isinstance(value, dict):
        return str(value) if isinstance(value, int) and not isinstance(value, bool) else value
    out = {}
    for key, one in value.items():
        if path in ("events", "links", "scope", "resource") and key == "droppedAttributesCount":
            continue
        if path == "scope" and key == "attributes" or path == "links" and key == "traceState":
            continue
        if path in ("events", "links") and key == "flags" or key in ("droppedEventsCount", "droppedLinksCount"):
            continue
        if path == "logRecords" and key == "flags":
            continue
        if key in ("traceId", "spanId", "parentSpanId"):
            one = one.lower()
        one = plain(one, key if key in ("events", "links", "attributes", "status") else "")
        if one in ("", [], {}, "0") and "Value" not in key and key != "value":
            continue
        out[key] = one
    return out


def normal(lines):
    return sorted(
        json.dumps([kind, plain(resource, "resource"), plain(scope, "scope"), plain(record, kind)], sort_keys=True)
        for kind, resource, scope, record in records(lines)
    )


class Export(unittest.TestCase):
    def setUp(self):
        self.seed = random.SystemRandom().randrange(1 << 32)
        print(f"seed {self.seed}")
        self.chance = random.Random(self.seed)
        self.collector = Collector(BINARY, ["--segment-size", "8KiB", *EVERYTHING]).start()
        self.addCleanup(self.collector.close)
        self.sent = []

    def send(self, collector, path, body, headers):
        status, _, answer = collector.request("POST", path, body, headers)
        self.assertEqual(status, 200, answer)

    def send_bodies(self):
        for name in BODIES:
            line = json.loads((SHARED / name).read_text())
            self.sent.append(line)
            self.send(self.collector, f"/v1/{signal_of(line)}", json.dumps(line), JSON)

    def answer(self, collector, path):
        status, _, body = collector.request("GET", "/api/thaw/v1/" + path)
        self.assertEqual(status, 200, body)
        return json.loads(body)

    def test_fields(self):
        self.send_bodies()
        wanted = normal(self.sent)
        self.assertGreater(len(wanted), 10)
        self.assertEqual(normal(export(self.collector)), wanted)
        # The same out of a sealed segment.
        for _ in range(40):
            self.send(self.collector, "/v1/traces", traces([span(self.chance.randbytes(16), b"12345678")]), PROTOBUF)
        wait_sealed(self.collector)
        kept = normal(export(self.collector))
        self.assertEqual([one for one in kept if one in wanted], wanted)
        self.assertEqual(len(kept), len(wanted) + 40)

    def test_round_trip(self):
        trace_ids = [self.chance.randbytes(16) for _ in range(40)]
        for body in seal_test.bodies(self.chance, trace_ids):
            self.send(self.collector, "/v1/traces", body, PROTOBUF)
        for body in seal_test.deliveries(self.chance, 6):
            self.send(self.collector, "/v1/cloudwatch", body, JSON)
        ids = [one.hex() for one in trace_ids] + [
            request_id(number * 10 + turn) for number in range(6) for turn in range(4)]
        wait_sealed(self.collector)
        lines = export(self.collector)
        other = Collector(BINARY, EVERYTHING).start()
        self.addCleanup(other.close)
        self.chance.shuffle(lines)
        for line in lines:
            self.send(other, f"/v1/{signal_of(line)}", json.dumps(line), JSON)
        now = time.time_ns() // 10**6
        paths = [f"transactions/{one}" for one in ids]
        paths += [f"{what}from={now - 3600_000}&to={now + 3600_000}" for what in ("functions?", "transactions?limit=200&")]
        for path in paths:
            answers = [self.answer(one, path) for one in (other, self.collector)]
            for row in [row for answer in answers if path.startswith("transactions?") for row in answer["transactions"]]:
                if not row["invocations"]:
                    del row["functions"]  # Of senders that are no functions the one that came first.
            self.assertEqual(answers[0], answers[1], path)
        # And what the second exports is what the first did.
        self.assertEqual(normal(export(other)), normal(lines))
        self.pieces(lines)
        self.one_transaction(lines, trace_ids[0].hex())

    def pieces(self, lines):
        """Pieces of any size are the whole, and a span of time is its part."""
        whole = normal(lines)
        for limit in (1, 7, 50, 50000):
            parts, cursor = [], ""
            while cursor is not None:
                path = f"/api/thaw/v1/export?from=0&limit={limit}" + (f"&cursor={cursor}" if cursor else "")
                status, headers, body = self.collector.request("GET", path)
                self.assertEqual((status, headers["Content-Type"]), (200, "application/x-ndjson"), body)
                *part, end = [json.loads(line) for line in body.decode().splitlines()]
                self.assertEqual(end["thaw"]["records"], len(list(records(part))))
                self.assertFalse(end["thaw"]["damaged"])
                parts += part
                cursor = end["thaw"]["next"]
            self.assertEqual(normal(parts), whole)
        starts = sorted(int(r.get("startTimeUnixNano") or r["timeUnixNano"]) for _, _, _, r in records(lines))
        middle = starts[len(starts) // 2] // 10**6
        halves = export(self.collector, "--from", "0", "--to", str(middle)) + export(self.collector, "--from", str(middle))
        self.assertEqual(normal(halves), whole)

    def one_transaction(self, lines, trace):
        mine = [one for one in normal(lines) if f'"traceId": "{trace}"' in one]
        self.assertEqual(normal(export(self.collector, trace)), mine)
        export(self.collector, "f" * 32, code=1)
        export(self.collector, "nonsense", code=2)
        request = request_id(10)
        found = [record for _, _, _, record in records(export(self.collector, request))]
        self.assertGreater(len(found), 5)
        self.assertTrue(any("line 0 of 1" in json.dumps(one) for one in found))

    def test_nothing(self):
        export(self.collector, code=1)


if __name__ == "__main__":
    del sys.argv[1:]
    unittest.main()
