#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Prometheus's HTTP API: every shape, every error, what is empty; metrics that were sent and those
that are made of invocations.

    prometheus_test.py COLLECTOR
"""

import json
import pathlib
import sys
import tempfile
import time
import unittest
import urllib.parse

from harness import JSON, Collector

BINARY = sys.argv[1] if len(sys.argv) > 1 else None
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def ns(seconds):
    return str(int(seconds * 1e9))


def text(key, value):
    return {"key": key, "value": {"stringValue": value}}


def number(key, value):
    return {"key": key, "value": {"intValue": str(value)}}


FUNCTION = {"attributes": [text("faas.name", "pay"), text("service.name", "shop"),
                           text("faas.instance", "i1"), text("cloud.region", "eu-west-1")]}


def metrics(*metrics):
    return {"resourceMetrics": [{"resource": FUNCTION, "scopeMetrics": [
        {"scope": {"name": "shop"}, "metrics": list(metrics)}]}]}


def invocation(request, start, **facts):
    attributes = [text("faas.invocation_id", request), text("thaw.invocation.state", "reported"),
                  number("thaw.start_ns", ns(start)), number("thaw.reported_ns", 400_000_000),
                  number("thaw.billed_ms", 500), number("thaw.memory_size_mb", 512),
                  {"key": "faas.coldstart", "value": {"boolValue": True}},
                  number("thaw.init_ns", 80_000_000)]
    return {"resourceLogs": [{"resource": FUNCTION, "scopeLogs": [
        {"scope": {"name": "thaw.logs"}, "logRecords": [
            {"timeUnixNano": ns(start), "eventName": "faas.invocation", "attributes": attributes}]}]}]}


class Prometheus(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.collector = Collector(BINARY, ["--alert-interval", "1s"]).start()
        cls.now = time.time()

    @classmethod
    def tearDownClass(cls):
        cls.collector.stop()
        cls.collector.close()

    def send(self, path, body):
        status, _, answer = self.collector.request("POST", path, json.dumps(body), JSON)
        self.assertEqual(status, 200, answer)

    def get(self, path, status=200, **parameters):
        query = urllib.parse.urlencode(parameters, doseq=True)
        seen, headers, body = self.collector.request("GET", f"/api/v1/{path}?{query}")
        self.assertEqual(seen, status, body)
        self.assertEqual(headers["Content-Type"], "application/json")
        return json.loads(body)

    def refused(self, path, status, kind, error, **parameters):
        answer = self.get(path, status, **parameters)
        self.assertEqual(set(answer), {"status", "errorType", "error"})
        self.assertEqual((answer["status"], answer["errorType"]), ("error", kind))
        self.assertIn(error, answer["error"])

    def query(self, query, **parameters):
        answer = self.get("query", query=query, **parameters)
        self.assertEqual(answer["status"], "success")
        return answer["data"]

    def test_scalar_and_string(self):
        self.assertEqual(self.query("1+1", time=1700000000.5),
                         {"resultType": "scalar", "result": [1700000000.5, "2"]})
        self.assertEqual(self.query("1/0", time="2023-11-14T22:13:20Z")["result"], [1700000000, "+Inf"])
        self.assertEqual(self.query('"x"', time=5), {"resultType": "string", "result": [5, "x"]})

    def test_empty(self):
        self.assertEqual(self.query("nothing_here"), {"resultType": "vector", "result": []})
        self.assertEqual(self.query("nothing_here[5m]"), {"resultType": "matrix", "result": []})
        answer = self.get("query_range", query="nothing_here", start=0, end=60, step="15s")
        self.assertEqual(answer["data"], {"resultType": "matrix", "result": []})
        self.assertEqual(self.get("series", **{"match[]": "nothing_here"})["data"], [])
        self.assertEqual(self.get("label/nothing_here/values")["data"], [])
        self.assertEqual(self.get("metadata", metric="nothing_here")["data"], {})
        self.assertEqual(self.get("query_exemplars", query="x", start=0, end=1)["data"], [])
        self.assertEqual(self.get("alerts")["data"], {"alerts": []})

    def test_own(self):
        """The collector's own metrics are series from its start on."""
        self.assertEqual(self.query("thaw_collector_accepting")["result"][0]["value"][1], "1")
        rows = self.query('thaw_collector_http_requests_total{class="2xx"}')["result"]
        self.assertEqual([row["metric"]["class"] for row in rows], ["2xx"])
        self.assertEqual(len(self.query("thaw_agent_instances_alive")["result"]), 1)

    def test_errors(self):
        self.refused("query", 400, "bad_data", "parse error", query="1 +")
        self.refused("query", 400, "bad_data", 'invalid parameter "query"', query="")
        self.refused("query", 400, "bad_data", 'parameter "time": cannot parse "x"', query="1", time="x")
        self.refused("query", 400, "bad_data", 'parameter "timeout"', query="1", timeout="x")
        self.refused("query", 400, "bad_data", 'parameter "limit"', query="1", limit="-1")
        self.refused("query_range", 400, "bad_data", '"start"', query="1")
        self.refused("query_range", 400, "bad_data", "must not be before start", query="1", start=2, end=1, step=1)
        self.refused("query_range", 400, "bad_data", "zero or negative", query="1", start=1, end=2, step=0)
        self.refused("query_range", 400, "bad_data", "11,000 points", query="1", start=0, end=11000, step=1)
        self.refused("query_range", 400, "bad_data", "range vector", query="up[5m]", start=1, end=2, step=1)
        self.refused("series", 400, "bad_data", "no match[]")
        self.refused("series", 400, "bad_data", "match[]", **{"match[]": "{"})
        self.refused("labels", 400, "bad_data", "must not be before start", start=2, end=1)
        self.refused("rules", 400, "bad_data", "not supported", type="x")
        self.refused("nothing", 404, "not_found", "no such path")
        status, headers, _ = self.collector.request("POST", "/api/v1/rules", "", FORM)
        self.assertEqual((status, headers["Allow"]), (405, "GET, HEAD"))

    def test_points(self):
        """As many points as there may be; one more is refused above."""
        answer = self.get("query_range", query="1", start=0, end=10999, step=1)
        self.assertEqual(len(answer["data"]["result"][0]["values"]), 11000)

    def test_timeout(self):
        self.send("/v1/metrics", metrics({"name": "slow", "gauge": {"dataPoints": [
            {"timeUnixNano": ns(self.now), "asDouble": 1}]}}))
        self.refused("query", 503, "timeout", "timed out", query="sum(slow)", timeout="0")

    def test_sent(self):
        """A sum of deltas, asked for in every way."""
        points = [{"startTimeUnixNano": ns(self.now - at - 15), "timeUnixNano": ns(self.now - at), "asInt": "2",
                   "attributes": [text("http.route", "/a")]} for at in (45, 30, 15)]
        body = metrics({"name": "shop.orders", "unit": "1", "description": "taken", "sum": {
            "isMonotonic": True, "aggregationTemporality": 1, "dataPoints": points}})
        self.send("/v1/metrics", body)
        self.send("/v1/metrics", body)  # The same again counts once.
        labels = {"__name__": "shop_orders_total", "function": "pay", "http_route": "/a", "instance": "i1",
                  "job": "shop", "region": "eu-west-1"}
        vector = self.query("shop_orders_total", time=self.now)
        self.assertEqual(vector["resultType"], "vector")
        self.assertEqual(vector["result"][0]["metric"], labels)
        self.assertEqual(vector["result"][0]["value"][1], "6")
        matrix = self.query("shop_orders_total[2m]", time=self.now)["result"]
        self.assertEqual([value for _, value in matrix[0]["values"]], ["0", "2", "4", "6"])
        answer = self.get("query_range", query="sum(shop_orders_total)", start=self.now - 45, end=self.now, step=15)
        self.assertEqual([v for _, v in answer["data"]["result"][0]["values"]], ["2", "4", "6", "6"])
        self.assertEqual(self.get("series", **{"match[]": 'shop_orders_total{job=~"sh.*"}'})["data"], [labels])
        self.assertIn("http_route", self.get("labels")["data"])
        self.assertEqual(self.get("label/http_route/values")["data"], ["/a"])
        self.assertEqual(self.get("metadata", metric="shop_orders_total")["data"],
                         {"shop_orders_total": [{"type": "counter", "unit": "1", "help": "taken"}]})
        form = urllib.parse.urlencode({"query": "shop_orders_total", "time": self.now})
        status, _, body = self.collector.request("POST", "/api/v1/query", form, FORM)
        self.assertEqual((status, json.loads(body)["data"]), (200, vector))
        limited = self.get("query", query='{job="shop"}', limit=1, time=self.now)
        self.assertEqual(len(limited["data"]["result"]), 1)

    def test_histograms(self):
        self.send("/v1/metrics", metrics(
            {"name": "wait", "unit": "s", "histogram": {"aggregationTemporality": 2, "dataPoints": [
                {"timeUnixNano": ns(self.now), "count": "3", "sum": 1.5, "bucketCounts": ["1", "2"],
                 "explicitBounds": [0.25]}]}},
            {"name": "wide", "exponentialHistogram": {"aggregationTemporality": 2, "dataPoints": [
                {"timeUnixNano": ns(self.now), "count": "4", "sum": 9, "scale": 0, "zeroCount": "1",
                 "positive": {"offset": 0, "bucketCounts": ["1", "2"]}}]}}))
        buckets = self.query("wait_seconds_bucket", time=self.now)["result"]
        self.assertEqual({b["metric"]["le"]: b["value"][1] for b in buckets}, {"0.25": "1", "+Inf": "3"})
        wide = self.query("wide", time=self.now)["result"][0]
        self.assertEqual(wide["histogram"][1], {"count": "4", "sum": "9", "buckets": [
            [3, "0", "0", "1"], [0, "1", "2", "1"], [0, "2", "4", "2"]]} | {
                "buckets": wide["histogram"][1]["buckets"]})
        self.assertEqual(wide["histogram"][1]["buckets"][1:], [[0, "1", "2", "1"], [0, "2", "4", "2"]])

    def test_derived(self):
        """Invocations become counters that begin with zero."""
        start = self.now - self.now % 60 - 120
        for i in range(3):
            self.send("/v1/logs", invocation(f"00000000-0000-4000-8000-00000000000{i}", start + i))
        name = 'thaw_function_cold_starts_total{function="pay"}'
        matrix = self.query(name + "[10m]", time=start + 110)["result"]
        self.assertEqual([v for _, v in matrix[0]["values"]], ["0", "3"])
        self.assertEqual(matrix[0]["metric"]["memory_mb"], "512")
        self.assertGreaterEqual(float(self.query(f"increase({name}[5m])", time=start + 110)["result"][0]["value"][1]), 3)
        self.assertEqual(self.query('sum(thaw_function_billed_seconds_total)')["result"][0]["value"][1], "1.5")
        quantile = 'histogram_quantile(0.9, sum by (le) (thaw_function_init_duration_seconds_bucket))'
        self.assertLessEqual(float(self.query(quantile)["result"][0]["value"][1]), 0.1)
        self.assertIn("thaw_function_invocations_total", self.get("label/__name__/values")["data"])
        self.assertEqual(self.get("metadata", metric="thaw_function_instances")["data"]
                         ["thaw_function_instances"][0]["type"], "gauge")

    def test_rules(self):
        groups = {group["name"]: group["rules"] for group in self.get("rules", type="alert")["data"]["groups"]}
        rule = groups["thaw cold starts"][0]
        self.assertEqual((rule["name"], rule["type"], rule["state"]), ("ColdStartRate", "alerting", "inactive"))
        recorded = {group["name"]: group["rules"] for group in self.get("rules", type="record")["data"]["groups"]}
        self.assertEqual({rule["type"] for rules in recorded.values() for rule in rules}, {"recording"})
        self.assertIn("thaw thresholds", recorded)

    def test_buildinfo(self):
        info = self.get("status/buildinfo")["data"]
        self.assertEqual(set(info), {"version", "revision", "branch", "buildUser", "buildDate", "goVersion"})
        self.assertEqual(self.get("format_query", query=" sum(up) ")["data"], "sum(up)")


class Kept(unittest.TestCase):
    def test_restart(self):
        """Series are what they were after an end in order, and after a kill."""
        now = time.time()
        with Collector(BINARY) as collector:
            collector.start()
            for at in (40, 30, 20):
                body = metrics({"name": "orders", "sum": {"isMonotonic": True, "aggregationTemporality": 1,
                               "dataPoints": [{"startTimeUnixNano": ns(now - at - 10), "timeUnixNano": ns(now - at),
                                               "asInt": "5"}]}})
                self.assertEqual(collector.request("POST", "/v1/metrics", json.dumps(body), JSON)[0], 200)
                path = "/api/v1/query?" + urllib.parse.urlencode({"query": "orders_total[5m]", "time": now})
                before = json.loads(collector.request("GET", path)[2])["data"]
                (collector.stop if at != 30 else collector.kill)()
                self.assertEqual(collector.check()["verdict"], "good")
                collector.start()
                self.assertEqual(json.loads(collector.request("GET", path)[2])["data"], before)
            self.assertEqual([v for _, v in before["result"][0]["values"]], ["0", "5", "10", "15"])
            collector.stop()

    def test_token(self):
        with tempfile.TemporaryDirectory() as folder:
            tokens = pathlib.Path(folder) / "tokens"
            tokens.write_text("a-token-of-sixteen-and-more\n")
            with Collector(BINARY, ["--token-file", str(tokens)]) as collector:
                collector.start()
                status, _, body = collector.request("GET", "/api/v1/query?query=1")
                self.assertEqual(status, 401)
                self.assertEqual(json.loads(body)["status"], "error")
                headers = {"Authorization": "Bearer a-token-of-sixteen-and-more"}
                self.assertEqual(collector.request("GET", "/api/v1/query?query=1", headers=headers)[0], 200)
                collector.stop()

    def test_refused(self):
        """Who sends what is not kept is named."""
        with Collector(BINARY) as collector:
            collector.start()
            body = metrics({"name": "odd", "sum": {"dataPoints": [{"timeUnixNano": ns(time.time()), "asInt": "5"}]}})
            self.assertEqual(collector.request("POST", "/v1/metrics", json.dumps(body), JSON)[0], 200)
            refused = json.loads(collector.request("GET", "/api/thaw/v1/status")[2])["series"]["refused"]
            self.assertEqual([(r["reason"], r["function"], r["metric"], r["points"]) for r in refused],
                             [("temporality", "pay", "odd", 1)])
            line = 'thaw_collector_series_refused_points_total{reason="temporality",function="pay",metric="odd"} 1'
            self.assertIn(line, collector.request("GET", "/metrics")[2].decode())
            collector.stop()


if __name__ == "__main__":
    del sys.argv[1:]
    unittest.main()
