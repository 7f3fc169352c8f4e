#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Jaeger's query API, in its classic form, as Jaeger's pages and Grafana's data source ask it.

    jaeger_test.py COLLECTOR
"""

import json
import sys
import unittest

from world import CHECKOUT, FAILED, ORPHAN, SHORT, Collector, ask, fill, us

BINARY = sys.argv[1] if len(sys.argv) > 1 else None
NOBODY = "ffffffffffffffffffffffffffffffff"


class Envelope(unittest.TestCase):
    def get(self, path, code=200, **parameters):
        status, headers, answer = ask(self.collector, path, **parameters)
        self.assertEqual(status, code, answer)
        self.assertEqual(headers["Content-Type"], "application/json")
        self.assertEqual(headers["X-Content-Type-Options"], "nosniff")
        self.assertEqual(set(answer), {"data", "total", "limit", "offset", "errors"})
        self.assertEqual((answer["limit"], answer["offset"]), (0, 0))
        if code != 200:
            self.assertIsNone(answer["data"])
            self.assertEqual(answer["errors"][0]["code"], code)
            self.assertTrue(answer["errors"][0]["msg"])
        return answer


class EmptyTest(Envelope):
    """A collector that has nothing: lists are empty and never null."""

    @classmethod
    def setUpClass(cls):
        cls.collector = Collector(BINARY).start()

    @classmethod
    def tearDownClass(cls):
        cls.collector.stop()
        cls.collector.close()

    def test_lists(self):
        for path in ("/api/services", "/api/services/front/operations", "/api/services/"):
            if path.endswith("/"):
                path = path[:-1]
            answer = self.get(path)
            self.assertEqual((answer["data"], answer["total"], answer["errors"]), ([], 0, None))
        self.assertEqual(self.get("/api/operations", service="front")["data"], [])
        self.assertEqual(self.get("/api/traces", service="front")["data"], [])

    def test_a_missing_trace_is_no_empty_answer(self):
        answer = self.get("/api/traces/" + NOBODY, 404)
        self.assertEqual(answer["errors"], [{"code": 404, "msg": "trace not found"}])


class JaegerTest(Envelope):
    @classmethod
    def setUpClass(cls):
        cls.collector = Collector(BINARY).start()
        cls.cold, cls.bad = fill(cls.collector)

    @classmethod
    def tearDownClass(cls):
        cls.collector.stop()
        cls.collector.close()

    def traces(self, **parameters):
        """The ids that a search finds, newest first."""
        parameters = {"start": us(-60000), "end": us(60000), **parameters}
        answer = self.get("/api/traces", **parameters)
        self.assertEqual(answer["total"], len(answer["data"]))
        self.assertIsNone(answer["errors"])
        return [trace["traceID"] for trace in answer["data"]]

    def test_services(self):
        answer = self.get("/api/services")
        self.assertEqual(answer["data"], ["front", "mailer", "stock"])
        self.assertEqual(answer["total"], 3)
        self.assertIsNone(answer["errors"])

    def test_operations(self):
        answer = self.get("/api/services/stock/operations")
        self.assertEqual(answer["data"], ["reserve", "table put", "tick"])
        self.assertEqual(self.get("/api/services/nobody/operations")["data"], [])
        self.assertEqual(self.get("/api/operations", service="front")["data"], [
            {"name": "GET /checkout", "spanKind": "server"}, {"name": "call stock", "spanKind": "client"}])
        self.assertEqual(self.get("/api/operations", service="front", spanKind="client")["data"], [
            {"name": "call stock", "spanKind": "client"}])
        self.assertEqual(self.get("/api/operations", service="mailer")["data"], [
            {"name": "handler", "spanKind": "internal"}, {"name": "init", "spanKind": "internal"},
            {"name": "mailer", "spanKind": "server"}])
        self.get("/api/operations", 400)

    def test_a_trace(self):
        answer = self.get("/api/traces/" + CHECKOUT)
        self.assertEqual(len(answer["data"]), 1)
        trace = answer["data"][0]
        self.assertEqual(set(trace), {"traceID", "spans", "processes", "warnings"})
        self.assertEqual(trace["traceID"], CHECKOUT)
        self.assertIsNone(trace["warnings"])
        spans = {span["spanID"]: span for span in trace["spans"]}
        self.assertEqual(sorted(spans), ["00f067aa0ba902b7", "10f067aa0ba902b7", "30f067aa0ba902b7",
                                         "40f067aa0ba902b7"])
        root = spans["00f067aa0ba902b7"]
        self.assertEqual(root["operationName"], "GET /checkout")
        self.assertEqual((root["startTime"], root["duration"]), (us(0), 120_000))
        self.assertEqual((root["references"], root["flags"], root["warnings"]), ([], 1, None))
        self.assertEqual(spans["10f067aa0ba902b7"]["references"], [
            {"refType": "CHILD_OF", "traceID": CHECKOUT, "spanID": "00f067aa0ba902b7"}])
        self.assertNotIn("flags", spans["10f067aa0ba902b7"])
        self.assertEqual(spans["10f067aa0ba902b7"]["logs"], [])
        self.assertEqual(root["logs"], [{"timestamp": us(5), "fields": [
            {"key": "event", "type": "string", "value": "cart read"},
            {"key": "items", "type": "int64", "value": 3}]}])

    def test_tags(self):
        trace = self.get("/api/traces/" + CHECKOUT)["data"][0]
        root = next(span for span in trace["spans"] if span["spanID"] == "00f067aa0ba902b7")
        tags = {tag["key"]: (tag["type"], tag["value"]) for tag in root["tags"]}
        self.assertEqual(tags, {
            "otel.scope.name": ("string", "shop.lib"), "otel.scope.version": ("string", "1.2"),
            "http.request.method": ("string", "GET"), "http.response.status_code": ("int64", 200),
            "user.id": ("string", "user-4711"), "vip": ("bool", True), "ratio": ("float64", 0.5),
            "big": ("int64", str(2**60)), "tags": ("string", '["a",1]'), "blob": ("binary", "AQID"),
            "span.kind": ("string", "server"), "otel.status_code": ("string", "OK"),
            "w3c.tracestate": ("string", "vendor=1")})
        process = trace["processes"][root["processID"]]
        self.assertEqual(process, {"serviceName": "front", "tags": [
            {"key": "cloud.region", "type": "string", "value": "eu-central-1"},
            {"key": "deployment.environment", "type": "string", "value": "prod"}]})
        self.assertEqual(sorted(one["serviceName"] for one in trace["processes"].values()),
                         ["front", "stock"])

    def test_a_failed_one(self):
        root = self.get("/api/traces/" + FAILED)["data"][0]["spans"][0]
        tags = {tag["key"]: (tag["type"], tag["value"]) for tag in root["tags"]}
        self.assertEqual(tags["error"], ("bool", True))
        self.assertEqual(tags["otel.status_code"], ("string", "ERROR"))
        self.assertEqual(tags["otel.status_description"], ("string", "no <b>stock</b>"))

    def test_links_and_an_unknown_caller(self):
        span = self.get("/api/traces/" + ORPHAN)["data"][0]["spans"][0]
        self.assertEqual(span["references"], [
            {"refType": "CHILD_OF", "traceID": ORPHAN, "spanID": "99f067aa0ba902b7"},
            {"refType": "FOLLOWS_FROM", "traceID": CHECKOUT, "spanID": "10f067aa0ba902b7"}])

    def test_ids_as_people_write_them(self):
        for text in (CHECKOUT.upper(), f"1-{CHECKOUT[:8]}-{CHECKOUT[8:]}"):
            self.assertEqual(self.get("/api/traces/" + text)["data"][0]["traceID"], CHECKOUT)
        for text in (SHORT, SHORT[16:]):
            self.assertEqual(self.get("/api/traces/" + text)["data"][0]["traceID"], SHORT)
        for text in ("nonsense", "0", "0" * 32, "f" * 33, "a/b", "%3Cb%3E"):
            self.get("/api/traces/" + text, 400)
        self.get("/api/traces/" + CHECKOUT, start=1, end=2, raw="true", prettyPrint="true")

    def test_spans_that_nobody_sent(self):
        request, trace_id, span_id = self.cold
        trace = self.get("/api/traces/" + trace_id)["data"][0]
        spans = {span["operationName"]: span for span in trace["spans"]}
        self.assertEqual(set(spans), {"mailer", "init", "handler"})
        server = spans["mailer"]
        self.assertEqual((server["spanID"], server["startTime"], server["duration"]),
                         (span_id, us(4300), 40_000))
        tags = {tag["key"]: tag["value"] for tag in server["tags"]}
        self.assertEqual((tags["faas.coldstart"], tags["faas.invocation_id"]), (True, request))
        self.assertIs(tags["thaw.derived"], True)
        self.assertEqual(spans["init"]["references"][0]["spanID"], span_id)
        self.assertEqual(spans["init"]["duration"], 300_000)
        # By the id of the request, too.
        self.assertEqual(self.get("/api/traces/" + request)["data"][0]["traceID"], trace_id)

    def test_search(self):
        self.assertEqual(self.traces(service="front"), [FAILED, CHECKOUT])
        self.assertEqual(self.traces(service="front", limit=1), [FAILED])
        self.assertEqual(self.traces(service="front", operation="call stock"), [CHECKOUT])
        self.assertEqual(self.traces(service="stock"), [SHORT, ORPHAN, CHECKOUT])
        self.assertEqual(self.traces(service="nobody"), [])
        self.assertEqual(self.traces(service="front", operation="reserve"), [])

    def test_search_by_time(self):
        self.assertEqual(self.traces(service="front", start=us(500)), [FAILED])
        self.assertEqual(self.traces(service="front", end=us(500)), [CHECKOUT])
        self.assertEqual(self.traces(service="front", end=us(1000)), [FAILED, CHECKOUT])
        self.assertEqual(self.get("/api/traces", service="front", lookback="1h")["total"], 2)
        self.assertEqual(self.get("/api/traces", service="front", lookback="custom")["total"], 2)
        self.assertEqual(self.get("/api/traces", service="front", lookback="1s")["total"], 0)

    def test_search_by_duration(self):
        self.assertEqual(self.traces(service="front", minDuration="1s"), [FAILED])
        self.assertEqual(self.traces(service="front", maxDuration="119.9ms"), [CHECKOUT])
        self.assertEqual(self.traces(service="front", minDuration="120ms", maxDuration="1m"),
                         [FAILED, CHECKOUT])
        self.assertEqual(self.traces(service="front", minDuration="2001ms"), [])

    def test_search_by_tags(self):
        for tags in ({"user.id": "user-4711"}, {"http.response.status_code": "200"}, {"vip": "true"},
                     {"ratio": "0.5"}, {"span.kind": "client"}, {"otel.status_code": "OK"},
                     {"user.id": "user-4711", "vip": "true", "cloud.region": "eu-central-1"},
                     {"otel.scope.name": "shop.lib", "error": "false"}):
            self.assertIn(CHECKOUT, self.traces(service="front", tags=json.dumps(tags)), tags)
        for tags in ({"error": "true"}, {"otel.status_code": "ERROR"}, {"user.id": "user-1"},
                     {"otel.status_description": "no <b>stock</b>"}):
            self.assertEqual(self.traces(service="front", tags=json.dumps(tags)), [FAILED], tags)
        self.assertEqual(self.traces(service="front", tag=["user.id:user-4711", "vip:true"]), [CHECKOUT])
        self.assertEqual(self.traces(service="front", tags='{"user.id":"user"}'), [])
        self.assertEqual(self.traces(service="front", tags="{}"), [FAILED, CHECKOUT])
        # All of them are met by one span.
        self.assertEqual(self.traces(service="front", tags='{"vip":"true","span.kind":"client"}'), [])

    def test_search_of_what_nobody_sent(self):
        found = self.traces(service="mailer")
        self.assertEqual(found, [self.bad[1], self.cold[1]])
        self.assertEqual(self.traces(service="mailer", operation="init"), [self.cold[1]])
        self.assertEqual(self.traces(service="mailer", tags='{"error":"true"}'), [self.bad[1]])
        self.assertEqual(self.traces(service="mailer", tags='{"error.type":"Error.Mail"}'), [self.bad[1]])
        self.assertEqual(self.traces(service="mailer", tags='{"faas.coldstart":"true"}'), [self.cold[1]])
        self.assertEqual(self.traces(service="mailer", minDuration="600ms"), [self.bad[1]])
        self.assertEqual(self.traces(service="mailer", tags='{"user.id":"x"}'), [])

    def test_search_by_ids(self):
        answer = self.get("/api/traces", traceID=[CHECKOUT, NOBODY, FAILED])
        self.assertEqual([trace["traceID"] for trace in answer["data"]], [CHECKOUT, FAILED])
        self.assertEqual(answer["errors"], [{"code": 404, "msg": "trace not found", "traceID": NOBODY}])
        self.get("/api/traces", 400, traceID="x")

    def test_used_wrong(self):
        good = {"service": "front"}
        for wrong in ({"minDuration": "1"}, {"minDuration": "-1s"}, {"maxDuration": "1 s"},
                      {"minDuration": "2s", "maxDuration": "1s"}, {"tags": "x"}, {"tags": '{"a":1}'},
                      {"tags": '{"a":"b"'}, {"tag": "nocolon"}, {"limit": "0"}, {"limit": "x"},
                      {"start": "yesterday"}, {"end": "-1"}, {"start": us(10), "end": us(5)},
                      {"tags": json.dumps({str(i): "x" for i in range(40)})}):
            self.get("/api/traces", 400, **{**good, **wrong})
        self.get("/api/traces", 400)

    def test_what_is_unknown_is_ignored(self):
        self.assertEqual(self.traces(service="front", wibble="1", prettyPrint="true"), [FAILED, CHECKOUT])
        self.assertEqual(self.traces(service="front", limit=10**9), [FAILED, CHECKOUT])

    def test_other_paths_and_methods(self):
        self.get("/api/services/front", 404)
        self.get("/api/services/front/wibble", 404)
        status, headers, _ = self.collector.request("POST", "/api/services")
        self.assertEqual((status, headers["Allow"]), (405, "GET, HEAD"))
        status, _, _ = self.collector.request("GET", "/api/services", headers={"Host": "evil.example"})
        self.assertEqual(status, 403)

    def test_the_same_once_it_is_read_again(self):
        """The view forgets nothing of it when the collector starts anew."""
        before = self.get("/api/traces/" + CHECKOUT), self.get("/api/services")
        self.collector.stop()
        self.collector.start()
        self.assertEqual((self.get("/api/traces/" + CHECKOUT), self.get("/api/services")), before)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
