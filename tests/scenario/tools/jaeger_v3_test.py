#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Jaeger's query API in its third form, and who calls whom: GET map and Jaeger's dependencies.

    jaeger_v3_test.py COLLECTOR
"""

import datetime
import json
import sys
import unittest

from world import CHECKOUT, FAILED, MS, NOW, ORPHAN, SECOND, SHORT, Collector, ask, fill

BINARY = sys.argv[1] if len(sys.argv) > 1 else None
NOBODY = "ffffffffffffffffffffffffffffffff"


def instant(seconds=0, zone="Z"):
    time = datetime.datetime.fromtimestamp(NOW // SECOND + seconds, datetime.timezone.utc)
    return time.strftime("%Y-%m-%dT%H:%M:%S.000000000") + zone


class V3Test(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.collector = Collector(BINARY).start()
        cls.cold, cls.bad = fill(cls.collector)

    @classmethod
    def tearDownClass(cls):
        cls.collector.stop()
        cls.collector.close()

    def get(self, path, code=200, **parameters):
        status, head, answer = ask(self.collector, path, **parameters)
        self.assertEqual((status, head["Content-Type"]), (code, "application/json"), answer)
        self.assertEqual(head["X-Content-Type-Options"], "nosniff")
        if code != 200:
            self.assertEqual(answer["error"]["httpCode"], code)
            self.assertTrue(answer["error"]["message"])
        return answer

    def range(self, **parameters):
        return {"query.startTimeMin": instant(-60), "query.startTimeMax": instant(60), **parameters}

    def spans(self, answer):
        return [span for of in answer["result"]["resourceSpans"] for scope in of["scopeSpans"]
                for span in scope["spans"]]

    def test_names(self):
        self.assertEqual(self.get("/api/v3/services"), {"services": ["front", "mailer", "stock"]})
        self.assertEqual(self.get("/api/v3/operations", service="front"), {"operations": [
            {"name": "GET /checkout", "spanKind": "server"}, {"name": "call stock", "spanKind": "client"}]})
        self.assertEqual(self.get("/api/v3/operations", service="front", span_kind="client")["operations"],
                         [{"name": "call stock", "spanKind": "client"}])
        self.assertEqual(self.get("/api/v3/operations", service="nobody"), {"operations": []})
        self.get("/api/v3/operations", 400)

    def test_a_trace(self):
        answer = self.get("/api/v3/traces/" + CHECKOUT, startTime=instant(), endTime=instant(1))
        self.assertEqual(list(answer), ["result"])
        spans = {span["spanId"]: span for span in self.spans(answer)}
        self.assertEqual(len(spans), 4)
        root = spans["00f067aa0ba902b7"]
        self.assertEqual((root["traceId"], root["kind"], root["startTimeUnixNano"]), (CHECKOUT, 2, str(NOW)))
        self.assertEqual(spans["10f067aa0ba902b7"]["parentSpanId"], "00f067aa0ba902b7")
        services = [attribute["value"]["stringValue"] for of in answer["result"]["resourceSpans"]
                    for attribute in of["resource"]["attributes"] if attribute["key"] == "service.name"]
        self.assertEqual(sorted(services), ["front", "stock"])
        derived = self.get("/api/v3/traces/" + self.cold[1])
        self.assertEqual({span["name"] for span in self.spans(derived)}, {"mailer", "init", "handler"})
        self.assertEqual(self.get("/api/v3/traces/" + NOBODY, 404)["error"]["message"], "No traces found")
        self.get("/api/v3/traces/nonsense", 400)

    def test_search(self):
        found = self.spans(self.get("/api/v3/traces", **self.range(**{"query.serviceName": "front"})))
        self.assertEqual({span["traceId"] for span in found}, {CHECKOUT, FAILED})
        self.assertEqual(len(found), 5)
        for parameters, wanted in (
            ({"query.service_name": "front", "query.operation_name": "call stock"}, {CHECKOUT}),
            ({"query.serviceName": "front", "query.attributes": '{"error":"true"}'}, {FAILED}),
            ({"query.serviceName": "front", "query.durationMin": "1s"}, {FAILED}),
            ({"query.serviceName": "front", "query.duration_max": "1s"}, {CHECKOUT}),
            ({"query.serviceName": "stock", "query.searchDepth": "1"}, {SHORT}),
            ({"query.serviceName": "stock", "query.num_traces": "2"}, {SHORT, ORPHAN}),
            ({"query.serviceName": "mailer", "query.rawTraces": "true"}, {self.cold[1], self.bad[1]}),
        ):
            found = self.spans(self.get("/api/v3/traces", **self.range(**parameters)))
            self.assertEqual({span["traceId"] for span in found}, wanted, parameters)
        answer = self.get("/api/v3/traces", 404, **self.range(**{"query.serviceName": "nobody"}))
        self.assertEqual(answer["error"]["message"], "No traces found")

    def test_times_as_they_come(self):
        # Grafana does not escape the plus of an offset.
        status, _, body = self.collector.request(
            "GET", "/api/v3/traces?query.service_name=front&query.start_time_min=" + instant(-60, "+00:00") +
            "&query.start_time_max=" + instant(60, "+00:00"))
        self.assertEqual((status, len(self.spans(json.loads(body)))), (200, 5))

    def test_summaries(self):
        answer = self.get("/api/v3/trace-summaries", **self.range(**{"query.serviceName": "front"}))
        self.assertEqual([one["traceId"] for one in answer["summaries"]], [FAILED, CHECKOUT])
        self.assertEqual(answer["summaries"][1], {
            "traceId": CHECKOUT, "rootServiceName": "front", "rootOperationName": "GET /checkout",
            "minStartTimeUnixNano": str(NOW), "maxEndTimeUnixNano": str(NOW + 120 * MS), "spanCount": 4,
            "errorSpanCount": 0, "orphanSpanCount": 0, "services": [
                {"name": "front", "spanCount": 2, "errorSpanCount": 0},
                {"name": "stock", "spanCount": 2, "errorSpanCount": 0}]})
        self.assertEqual(answer["summaries"][0]["errorSpanCount"], 1)
        stock = self.get("/api/v3/trace-summaries", **self.range(**{"query.serviceName": "stock"}))
        orphan = next(one for one in stock["summaries"] if one["traceId"] == ORPHAN)
        self.assertEqual((orphan["orphanSpanCount"], orphan["rootServiceName"]), (1, ""))
        self.assertEqual(self.get("/api/v3/trace-summaries", **self.range(**{"query.serviceName": "x"})),
                         {"summaries": []})

    def test_used_wrong(self):
        for wrong in ({"query.startTimeMin": ""}, {"query.startTimeMax": "yesterday"},
                      {"query.startTimeMax": instant(-120)}, {"query.searchDepth": "x"}, {"query.durationMin": "1"},
                      {"query.attributes": "x"}, {"query.filter": "{}"}):
            self.get("/api/v3/traces", 400, **self.range(**wrong))
            self.get("/api/v3/trace-summaries", 400, **self.range(**wrong))
        self.get("/api/v3/wibble", 404)

    def test_who_calls_whom(self):
        answer = self.get("/api/thaw/v1/map")
        self.assertEqual(set(answer), {"nodes", "edges", "transactions", "partial"})
        self.assertIs(answer["partial"], False)
        nodes = {node["name"]: node for node in answer["nodes"]}
        self.assertEqual(set(nodes), {"front", "stock", "mailer"})
        self.assertEqual((nodes["front"]["spans"], nodes["front"]["errors"]), (3, 1))
        edges = {(edge["from"], edge["to"], edge["kind"]): edge for edge in answer["edges"]}
        call = edges["front", "stock", "call"]
        self.assertEqual((call["count"], call["errors"], call["error_rate"], call["p95_ms"]), (1, 0, 0, 60))
        self.assertIn("reason", self.get("/api/thaw/v1/map", limit=1)["partial"])
        self.assertEqual(self.get("/api/thaw/v1/map", **{"from": 1, "to": 2})["nodes"], [])
        self.assertEqual(ask(self.collector, "/api/thaw/v1/map", timeout=0)[0], 400)
        self.assertEqual(ask(self.collector, "/api/thaw/v1/map", timeout=1)[0], 200)
        status, _, answer = ask(self.collector, "/api/thaw/v1/map", limit=0)
        self.assertEqual((status, answer["error"]["code"]), (400, "bad_number"))

    def test_dependencies(self):
        _, _, answer = ask(self.collector, "/api/dependencies", endTs=NOW // MS + 60000, lookback=3600000)
        self.assertEqual((answer["total"], answer["errors"]), (len(answer["data"]), None))
        self.assertIn(("front", "stock"), {(one["parent"], one["child"]) for one in answer["data"]})
        _, _, answer = ask(self.collector, "/api/dependencies", endTs=1000, lookback=10)
        self.assertEqual(answer["data"], [])
        status, _, answer = ask(self.collector, "/api/dependencies", endTs="x")
        self.assertEqual((status, answer["errors"][0]["code"]), (400, 400))
        answer = self.get("/api/v3/dependencies", startTime=instant(-60), endTime=instant(60))
        self.assertIn(("front", "stock"), {(one["parent"], one["child"]) for one in answer["dependencies"]})
        self.assertIsInstance(answer["dependencies"][0]["callCount"], str)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
