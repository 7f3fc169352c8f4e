#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Tempo's API below /tempo/, as Grafana's data source asks it.

    tempo_test.py COLLECTOR
"""

import json
import sys
import unittest
from urllib.parse import quote

from world import CHECKOUT, FAILED, MS, NOW, ORPHAN, SECOND, SHORT, Collector, ask, fill

BINARY = sys.argv[1] if len(sys.argv) > 1 else None
NOBODY = "ffffffffffffffffffffffffffffffff"
PROTOBUF = {"Accept": "application/protobuf"}


def fields(message):
    """(number, value) of the fields of a protobuf message; bytes for what has a length."""
    at = 0

    def varint():
        nonlocal at
        value, shift = 0, 0
        while True:
            byte = message[at]
            at += 1
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value

    while at < len(message):
        tag = varint()
        if tag & 7 == 0:
            yield tag >> 3, varint()
        else:
            size = {1: 8, 5: 4}.get(tag & 7)
            size = varint() if size is None else size
            yield tag >> 3, message[at : at + size]
            at += size


def spans_of(traces_data):
    """(trace id, span id, name) of all spans of a TracesData."""
    for _, of_resource in fields(traces_data):
        for number, of_scope in fields(of_resource):
            if number == 2:
                for kind, span in fields(of_scope):
                    if kind == 2:
                        span = dict(fields(span))
                        yield span[1].hex(), span[2].hex(), span[5].decode()


class TempoTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.collector = Collector(BINARY).start()
        cls.cold, cls.bad = fill(cls.collector)

    @classmethod
    def tearDownClass(cls):
        cls.collector.stop()
        cls.collector.close()

    def get(self, path, code=200, headers=None, **parameters):
        status, head, answer = ask(self.collector, "/tempo" + path, headers, **parameters)
        self.assertEqual(status, code, answer)
        self.assertEqual(head["X-Content-Type-Options"], "nosniff")
        if code != 200:
            self.assertEqual(head["Content-Type"], "text/plain; charset=utf-8")
            self.assertTrue(answer)
        return answer

    def test_health(self):
        self.assertEqual(self.get("/api/echo"), b"echo")
        self.assertEqual(self.get("/ready"), b"ready\n")
        info = self.get("/api/status/buildinfo")
        self.assertEqual(set(info), {"version", "revision", "branch", "buildUser", "buildDate", "goVersion"})

    def test_a_trace_as_protobuf(self):
        wanted = {(CHECKOUT, "00f067aa0ba902b7", "GET /checkout"), (CHECKOUT, "10f067aa0ba902b7", "call stock"),
                  (CHECKOUT, "30f067aa0ba902b7", "reserve"), (CHECKOUT, "40f067aa0ba902b7", "table put")}
        for accept in ("application/protobuf", "APPLICATION/Protobuf;q=1", "text/html, application/protobuf"):
            status, head, body = ask(self.collector, "/tempo/api/v2/traces/" + CHECKOUT, {"Accept": accept})
            self.assertEqual((status, head["Content-Type"]), (200, "application/protobuf"))
            parts = dict(fields(body))
            self.assertEqual(set(parts), {1, 2})
            self.assertEqual(set(spans_of(parts[1])), wanted)
        body = self.get("/api/traces/" + CHECKOUT, headers=PROTOBUF, start=1, end=2)
        self.assertEqual(set(spans_of(body)), wanted)

    def test_a_trace_as_json(self):
        for headers in ({}, {"Accept": "*/*"}, {"Accept": "application/json, application/protobuf"}):
            answer = self.get("/api/v2/traces/" + CHECKOUT, headers=headers)
            self.assertEqual(set(answer), {"trace", "metrics", "status", "message"})
            self.assertEqual(answer["metrics"], {})
            spans = [span for of in answer["trace"]["resourceSpans"] for scope in of["scopeSpans"]
                     for span in scope["spans"]]
            self.assertEqual(len(spans), 4)
            self.assertEqual({span["traceId"] for span in spans}, {CHECKOUT})
        answer = self.get("/api/traces/" + CHECKOUT)
        self.assertEqual(list(answer), ["batches"])
        services = {attribute["value"]["stringValue"] for of in answer["batches"]
                    for attribute in of["resource"]["attributes"] if attribute["key"] == "service.name"}
        self.assertEqual(services, {"front", "stock"})

    def test_what_nobody_sent(self):
        body = self.get("/api/v2/traces/" + self.cold[1], headers=PROTOBUF)
        self.assertEqual({name for _, _, name in spans_of(dict(fields(body))[1])}, {"mailer", "init", "handler"})

    def test_missing_and_wrong_ids(self):
        for version in ("", "/v2"):
            for headers in ({}, PROTOBUF):
                self.get(f"/api{version}/traces/{NOBODY}", 404, headers=headers)
                self.get(f"/api{version}/traces/nonsense", 400, headers=headers)
        self.get("/api/wibble", 404)
        self.get("/", 404)

    def search(self, **parameters):
        parameters = {"start": NOW // SECOND - 60, "end": NOW // SECOND + 60, **parameters}
        answer = self.get("/api/search", **parameters)
        self.assertEqual(set(answer), {"traces", "metrics"})
        self.assertIsInstance(answer["metrics"]["inspectedBytes"], str)
        return [trace["traceID"] for trace in answer["traces"]]

    def test_what_a_search_tells(self):
        found = self.get("/api/search", q='{ name = "GET /checkout" && .user.id = "user-4711" }')["traces"]
        self.assertEqual(found, [{
            "traceID": CHECKOUT, "rootServiceName": "front", "rootTraceName": "GET /checkout",
            "startTimeUnixNano": str(NOW), "durationMs": 120,
            "spanSets": [{"spans": [{
                "spanID": "00f067aa0ba902b7", "name": "GET /checkout", "startTimeUnixNano": str(NOW),
                "durationNanos": str(120 * MS),
                "attributes": [{"key": "user.id", "value": {"stringValue": "user-4711"}}]}], "matched": 1}],
            "serviceStats": {"front": {"spanCount": 2, "errorCount": 0},
                             "stock": {"spanCount": 2, "errorCount": 0}}}])
        orphan = next(one for one in self.get("/api/search", q='{ resource.service.name = "stock" }')["traces"]
                      if one["traceID"] == ORPHAN)
        self.assertEqual(orphan["rootServiceName"], "<root span not yet received>")
        spans = self.get("/api/search", q="{}", spss=1, limit=1)["traces"][0]["spanSets"][0]
        self.assertEqual((len(spans["spans"]), spans["matched"]), (1, 2))

    def test_queries(self):
        for q, wanted in {
            "{}": [self.bad[1], self.cold[1], SHORT, ORPHAN, FAILED, CHECKOUT],
            "": [self.bad[1], self.cold[1], SHORT, ORPHAN, FAILED, CHECKOUT],
            "{ true }": [self.bad[1], self.cold[1], SHORT, ORPHAN, FAILED, CHECKOUT],
            '{ resource.service.name = "front" }': [FAILED, CHECKOUT],
            '{resource.service.name="front"&&duration>1s}': [FAILED],
            "{ duration >= 2s }": [FAILED],
            '{ resource.service.name = "front" && status = error }': [FAILED],
            '{ resource.service.name = "front" && status != error && kind = server }': [CHECKOUT],
            "{ kind = client }": [CHECKOUT],
            "{ span.http.response.status_code >= 200 && .vip = true }": [CHECKOUT],
            "{ .http.response.status_code = 200 }": [CHECKOUT],
            "{ span.ratio < 0.6 }": [CHECKOUT],
            '{ .user.id =~ "user-1|user-4711" }': [FAILED, CHECKOUT],
            '{ .user.id !~ "user-1" }': [CHECKOUT],
            '{ name = "reserve" && rootServiceName = "front" }': [CHECKOUT],
            '{ rootName = "GET /checkout" && traceDuration < 1s }': [CHECKOUT],
            '{ resource.service.name = "mailer" && status = error }': [self.bad[1]],
            '{ name = "init" }': [self.cold[1]],
            '{ resource.cloud.region = "eu-west-1" && span."db.system" = "dynamodb" }': [CHECKOUT],
            '{ instrumentation:name = "shop.lib" && span:duration < 2ms }': [SHORT],
            '{ name = "nothing" }': [],
        }.items():
            self.assertEqual(self.search(q=q), wanted, q)
        self.assertEqual(self.search(q="{}", limit=2), [self.bad[1], self.cold[1]])
        self.assertEqual(self.search(q="{}", end=NOW // SECOND), [CHECKOUT])

    def test_old_searches(self):
        self.assertEqual(self.search(tags="service.name=front"), [FAILED, CHECKOUT])
        self.assertEqual(self.search(tags='service.name="front" error=true'), [FAILED])
        self.assertEqual(self.search(tags='name="call stock"'), [CHECKOUT])
        self.assertEqual(self.search(tags="service.name=front", minDuration="1s"), [FAILED])
        self.assertEqual(self.search(tags="service.name=front", maxDuration="1s"), [CHECKOUT])

    def test_what_is_not_supported_is_named(self):
        for q, word in {
            '{ name = "a" || name = "b" }': b"||",
            "{} | rate()": b"pipeline",
            '{ name = "a" } >> { name = "b" }': b"behind",
            '{ (name = "a") }': b"parenthes",
            '{ event.name = "a" }': b"event",
            '{ .a =~ "b.*" }': b"regular",
            "{ wibble = 1 }": b"field",
            "{ .a = nil }": b"nil",
            "{ .a = b }": b"quotes",
            "{ duration > 5 }": b"duration",
            '{ .a = "b': b"quote",
            "{ .a }": b"sign",
            "name": b"{",
        }.items():
            self.assertIn(word, self.get("/api/search", 400, q=q), q)
        for wrong in ({"tags": "x"}, {"limit": "0"}, {"start": "x"}, {"start": 5, "end": 1}, {"minDuration": "x"}):
            self.get("/api/search", 400, **wrong)

    def test_tags(self):
        names = self.get("/api/search/tags")["tagNames"]
        self.assertLessEqual({"service.name", "user.id", "cloud.region", "db.system"}, set(names))
        scopes = {one["name"]: one["tags"] for one in self.get("/api/v2/search/tags")["scopes"]}
        self.assertEqual(scopes["resource"], ["cloud.region", "deployment.environment", "service.name"])
        self.assertIn("http.response.status_code", scopes["span"])
        self.assertLessEqual({"duration", "kind", "name", "status", "statusMessage", "rootName", "rootServiceName",
                              "traceDuration", "event:name"}, set(scopes["intrinsic"]))
        for scope in ("resource", "span", "intrinsic"):
            answer = self.get("/api/v2/search/tags", scope=scope)
            self.assertEqual([one["name"] for one in answer["scopes"]], [scope])
        self.assertEqual(self.get("/api/v2/search/tags", scope="event")["scopes"], [])

    def values(self, tag, **parameters):
        answer = self.get(f"/api/v2/search/tag/{quote(tag, safe='')}/values", **parameters)
        self.assertIn("metrics", answer)
        return [(one["type"], one["value"]) for one in answer["tagValues"]]

    def test_values(self):
        services = [("string", "front"), ("string", "mailer"), ("string", "stock")]
        self.assertEqual(self.values("resource.service.name"), services)
        self.assertEqual(self.values(".service.name", q="{}"), services)
        self.assertEqual(self.values("resource.service.name", q='{ name = "reserve" }'), [("string", "stock")])
        self.assertEqual(self.values("resource.cloud.region"), [("string", "eu-central-1"), ("string", "eu-west-1")])
        # People are still typing: what is not finished asks for everything.
        self.assertEqual(self.values("span.user.id", q="{ resource.cluster = }"),
                         [("string", "user-1"), ("string", "user-4711")])
        self.assertEqual(self.values(".http.response.status_code"), [("int", "200")])
        self.assertEqual(self.values("span.vip"), [("bool", "true")])
        self.assertEqual(self.values("ratio"), [("float", "0.5")])
        self.assertEqual(self.values("status"), [("keyword", one) for one in ("error", "ok", "unset")])
        self.assertIn(("keyword", "server"), self.values("kind"))
        self.assertIn(("string", "table put"), self.values("name"))
        self.assertEqual(self.values("statusMessage"), [("string", "no <b>stock</b>")])
        self.assertEqual(self.values("rootName"), [("string", "GET /checkout"), ("string", "tick")])
        self.assertEqual(self.values("nobody/knows"), [])
        self.assertEqual(self.get("/api/search/tag/service.name/values")["tagValues"], ["front", "mailer", "stock"])
        self.assertEqual(self.get("/api/search/tag/user.id/values")["tagValues"], ["user-1", "user-4711"])
        self.get("/api/search/tag/values", 404)


class EmptyTest(unittest.TestCase):
    def test_nothing(self):
        with Collector(BINARY).start() as collector:
            for path, wanted in {
                "/api/search": {"traces": []},
                "/api/search/tags": {"tagNames": ["service.name"]},
                "/api/search/tag/service.name/values": {"tagValues": []},
                "/api/v2/search/tag/.a/values": {"tagValues": []},
            }.items():
                status, _, answer = ask(collector, "/tempo" + path)
                self.assertEqual(status, 200)
                self.assertEqual({key: answer[key] for key in wanted}, wanted)
            collector.stop()


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
