#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Questions that nobody should ask end at a limit that the answer names, and telemetry goes on coming
in; every route answers with its type and the headers that keep browsers safe; what Grafana's data
sources ask for when they are tested and explored has the shape that they read.

    questions_test.py COLLECTOR
"""

import json
import pathlib
import re
import sys
import threading
import time
import unittest
import urllib.parse

from harness import JSON, Collector

BINARY = sys.argv[1] if len(sys.argv) > 1 else None
ROOT = pathlib.Path(__file__).resolve().parents[3]
TRACE = "5759e988bd862e3fe1be46a994272793"


def text(key, value):
    return {"key": key, "value": {"stringValue": value}}


def gauge(number):
    """Series whose names and labels are long rows of the same letter."""
    return {"resourceMetrics": [{"resource": {"attributes": [text("service.name", "a" * 40)]}, "scopeMetrics": [
        {"scope": {"name": "x"}, "metrics": [{"name": "hostile", "gauge": {"dataPoints": [
            {"timeUnixNano": str(time.time_ns()), "asDouble": number,
             "attributes": [text("path", "a" * 60 + f"{number}-{i}")]} for i in range(100)]}}]}]}]}


def trace_of_shop():
    now = time.time_ns()
    return {"resourceSpans": [{"resource": {"attributes": [text("service.name", "shop")]}, "scopeSpans": [
        {"scope": {"name": "x"}, "spans": [
            {"traceId": TRACE, "spanId": "00000000000000a1", "name": "GET /cart", "kind": 2,
             "startTimeUnixNano": str(now - 10**9), "endTimeUnixNano": str(now)}]}]}]}


def line(number):
    return {"resourceLogs": [{"resource": {"attributes": [text("service.name", "shop")]}, "scopeLogs": [
        {"scope": {"name": "x"}, "logRecords": [
            {"timeUnixNano": str(time.time_ns()), "body": {"stringValue": "ab" * 200 + str(number)}}]}]}]}


def hostile(now):
    """(path, parameters, status, what the answer says): each ends at another limit."""
    long = {"start": now + 20, "end": now + 11_019, "step": 1}  # All steps that a range may have.
    return (
        # Expressions that try for ever.
        ("query", {"query": 'hostile{path=~"(a+)+$"}'}, 422, "too many steps"),
        # Huge ranges: of steps, of a subquery, of what is computed; and one that has no time.
        ("query_range", {"query": "hostile", "start": 0, "end": now, "step": 1}, 400, "11,000"),
        ("query", {"query": "sum_over_time(hostile[30d:1s])"}, 422, "1000000 steps"),
        ("query_range", {"query": "count(sum_over_time(hostile[1d:1s]))", **long}, 422, "more memory"),
        ("query_range", {"query": "count(last_over_time(hostile[30d]))", "timeout": "1ms", **long}, 503, "timed out"),
        # Huge groups: one for each series, and all pairs of series.
        ("query_range", {"query": "sum by (path) (sum_over_time(hostile[1d:1s]))", **long}, 422, "more memory"),
        ("query", {"query": "hostile * on() group_left() hostile", "time": now + 20}, 422, "duplicate series"),
        ("query", {"query": "(" * 200 + "1" + ")" * 200}, 400, "128 expressions"),
    )


class Questions(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.collector = Collector(BINARY).start()
        for number in range(5):
            cls.send("/v1/metrics", gauge(number))
        cls.send("/v1/traces", trace_of_shop())
        for number in range(50):
            cls.send("/v1/logs", line(number))

    @classmethod
    def tearDownClass(cls):
        cls.collector.stop()
        cls.collector.close()

    @classmethod
    def send(cls, path, body):
        status, _, answer = cls.collector.request("POST", path, json.dumps(body), JSON)
        assert status == 200, answer

    def get(self, path, **parameters):
        query = urllib.parse.urlencode(parameters, doseq=True)
        return self.collector.request("GET", path + ("?" + query if query else ""))

    def prom(self, path, **parameters):
        status, _, body = self.get("/api/v1/" + path, **parameters)
        return status, json.loads(body)

    # ---- Hostile questions. ----

    def test_hostile(self):
        now = int(time.time())
        over, failures = threading.Event(), []

        def come_in():
            number = 1000
            while not over.is_set():
                status, _, answer = self.collector.request("POST", "/v1/logs", json.dumps(line(number)), JSON)
                number += 1
                if status != 200:
                    failures.append((status, answer))

        sender = threading.Thread(target=come_in)
        sender.start()
        try:
            for path, parameters, expected, says in hostile(now):
                status, answer = self.prom(path, **parameters)
                self.assertEqual((status, answer["status"]), (expected, "error"), answer)
                self.assertIn(says, answer["error"])
            many = urllib.parse.urlencode({"query": 'hostile{path=~"' + "|".join(f"b{i}" for i in range(20000)) + '"}'})
            status, _, body = self.collector.request("POST", "/api/v1/query", many,
                                                     {"Content-Type": "application/x-www-form-urlencoded"})
            self.assertIn(status, (200, 400, 422), body)
            words = " ".join(f"*a{i}*b*c*" for i in range(20))
            for parameters in ({"q": "(" * 33 + "a" + ")" * 33}, {"q": "a " * 65}, {"q": "a" * 5000}):
                status, _, body = self.get("/api/thaw/v1/logs", **{"from": 0}, **parameters)
                self.assertEqual(status, 400, body)
                self.assertTrue(json.loads(body)["error"]["message"])
            status, _, body = self.get("/api/thaw/v1/logs", q="-(" + words + ")", timeout=1, **{"from": 0})
            self.assertEqual(status, 200, body)
            self.assertIn("partial", json.loads(body))
        finally:
            over.set()
            sender.join()
        self.assertEqual(failures, [])
        self.assertEqual(self.get("/readyz")[0], 200)

    def test_telemetry_overtakes_questions(self):
        """More questions than there are threads, each of which would take minutes and may take five seconds: what
        is sent on any connection is acknowledged, and a transaction is read, before the first of them ends."""
        now, ended, asked = int(time.time()), [], threading.Semaphore(0)
        query = "count(quantile_over_time(0.9, last_over_time(hostile[30d])[5m:1s]))"

        def ask():
            asked.release()
            ended.append(self.prom("query_range", query=query, start=now + 20, end=now + 11_019, step=1,
                                   timeout="5s"))

        askers = [threading.Thread(target=ask) for _ in range(5)]
        for asker in askers:
            asker.start()
            asked.acquire()
        for number in range(4):  # Each on a connection of its own, so with every thread that has some.
            self.send("/v1/logs", line(2000 + number))
        self.assertEqual(self.get("/readyz")[0], 200)
        self.assertEqual(self.get(f"/api/thaw/v1/transactions/{TRACE}")[0], 200)
        self.assertEqual(ended, [])
        for asker in askers:
            asker.join()
        self.assertEqual([(status, answer["error"]) for status, answer in ended],
                         [(503, "query timed out in expression evaluation")] * len(askers))

    # ---- Headers. ----

    def test_headers(self):
        """All routes of all tables, found in their sources so that none is forgotten."""
        paths = {"/", "/app.js", "/nothing-here", "/tempo/api/echo", "/tempo/api/search", "/tempo/ready"}
        for source, prefix in (("main_routes.c", ""), ("api/api.c", "/api/thaw/v1/"), ("prom/prom.c", "/api/v1/"),
                               ("traces/traces.c", "")):
            code = (ROOT / "collector" / source).read_text()
            found = re.findall(r'\.path = "([^"]+)"', code) + re.findall(r'{SLICE_INIT\("([^"]+)"\), \w+', code)
            self.assertGreater(len(found), 4, source)
            paths |= {(prefix + path if not path.startswith("/") else path) for path in found}
        for path in sorted(paths):
            if path.endswith("/tail"):
                continue  # It does not end.
            for method in ("GET", "POST"):
                name = f"{method} {path}"
                path = path + "x" if path.endswith("/") and len(path) > 1 else path
                status, headers, body = self.collector.request(method, path, b"" if method == "POST" else None)
                self.assertLess(status, 501, name)
                if body:
                    self.assertIn("Content-Type", headers, name)
                self.assertEqual(headers["X-Content-Type-Options"], "nosniff", name)
                self.assertIn("frame-ancestors 'none'", headers["Content-Security-Policy"], name)
                self.assertIn("Referrer-Policy", headers, name)
                self.assertNotIn("Access-Control-Allow-Origin", headers, name)

    # ---- Grafana. ----

    def test_grafana_prometheus(self):
        """Save & test asks for 1+1 and the version; the editor for names, values and kinds."""
        status, answer = self.prom("query", query="1+1", time=time.time())
        self.assertEqual((status, answer["data"]["resultType"], answer["data"]["result"][1]), (200, "scalar", "2"))
        self.assertRegex(self.prom("status/buildinfo")[1]["data"]["version"], r"^\d+\.\d+\.\d+$")
        since = int(time.time()) - 600
        values = self.prom("label/__name__/values", start=since, end=since + 1200, limit=10000)[1]["data"]
        self.assertIn("hostile", values)
        self.assertIn("path", self.prom("labels", start=since, end=since + 1200)[1]["data"])
        self.assertIn("path", self.prom("labels", **{"match[]": "hostile"})[1]["data"])
        self.assertEqual(self.prom("metadata", limit=1)[0], 200)
        self.assertEqual(self.prom("rules")[1]["status"], "success")
        status, answer = self.prom("query_range", query="count(hostile)", start=since, end=since + 1200, step=15)
        self.assertEqual(answer["data"]["resultType"], "matrix")
        self.assertEqual(self.prom("query_exemplars", query="hostile", start=since, end=since + 1200)[1]["data"], [])

    def test_grafana_jaeger(self):
        """Save & test asks for the services; the editor for operations, then for traces."""
        def data(path, **parameters):
            status, headers, body = self.get(path, **parameters)
            self.assertEqual(status, 200, body)
            self.assertTrue(headers["Content-Type"].startswith("application/json"))
            answer = json.loads(body)
            self.assertIsNone(answer["errors"])
            return answer["data"]

        self.assertIn("shop", data("/api/services"))
        self.assertEqual(data("/api/services/shop/operations"), ["GET /cart"])
        now = time.time_ns() // 1000
        found = data("/api/traces", service="shop", operation="GET /cart", limit=20, start=now - 3600 * 10**6, end=now)
        self.assertEqual([each["traceID"] for each in found], [TRACE])
        one = data(f"/api/traces/{TRACE}")[0]
        span = one["spans"][0]
        self.assertEqual(one["processes"][span["processID"]]["serviceName"], "shop")
        self.assertIn("dependencies", "dependencies" if isinstance(data("/api/dependencies"), list) else "")
        self.assertEqual(self.get("/api/traces/" + "1" * 32)[0], 404)

    def test_grafana_tempo(self):
        """Save & test asks for echo; then traces as protobuf, search, tags and their values."""
        status, headers, body = self.get("/tempo/api/echo")
        self.assertEqual((status, body), (200, b"echo"))
        self.assertIn("version", json.loads(self.get("/tempo/api/status/buildinfo")[2]))
        status, headers, body = self.collector.request("GET", f"/tempo/api/v2/traces/{TRACE}",
                                                       headers={"Accept": "application/protobuf"})
        self.assertEqual((status, headers["Content-Type"]), (200, "application/protobuf"))
        self.assertEqual(body[:1], b"\x0a")  # The trace is there: Grafana does not ask.
        self.assertEqual(self.get("/tempo/api/v2/traces/" + "1" * 32)[0], 404)
        found = json.loads(self.get("/tempo/api/search", q='{resource.service.name="shop"}', limit=20, spss=3)[2])
        self.assertEqual([each["traceID"] for each in found["traces"]], [TRACE])
        self.assertIsInstance(found["traces"][0]["startTimeUnixNano"], str)
        scopes = json.loads(self.get("/tempo/api/v2/search/tags")[2])["scopes"]
        self.assertIn("duration", next(each for each in scopes if each["name"] == "intrinsic")["tags"])
        path = "/tempo/api/v2/search/tag/resource.service.name/values"
        values = json.loads(self.get(path, q="{ resource.cluster = }")[2])["tagValues"]
        self.assertIn({"type": "string", "value": "shop"}, values)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=1)
