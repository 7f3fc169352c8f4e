#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Tools get the same answers of what is sealed, and after restarts, as of what has just come.

    sealed_test.py COLLECTOR
"""

import hashlib
import json
import sys
import time
import unittest

from world import (CHECKOUT, FAILED, MS, NOW, ORPHAN, SECOND, SHORT, Collector, Instance, ask, fill, post,
                   resource_spans, send, span, us)

BINARY = sys.argv[1] if len(sys.argv) > 1 else None
RANGE = {"start": us(-600_000), "end": us(600_000)}
TEMPO = {"start": NOW // SECOND - 600, "end": NOW // SECOND + 600}
V3 = {"query.startTimeMin": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(NOW // SECOND - 600)),
      "query.startTimeMax": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(NOW // SECOND + 600))}


def more(collector):
    """Enough to fill some segments: traces of a service, and invocations that nobody sent spans of."""
    for first in range(0, 400, 20):
        post(collector, "/v1/traces", {"resourceSpans": [resource_spans("crowd", [
            span(f"{number + 1:032x}", f"operation {number % 7}", f"{number + 1:016x}", kind=2, start=-number * 20,
                 attributes={"user.id": f"user-{number % 50}", "note": hashlib.sha512(str(number).encode()).hexdigest()})
            for number in range(first, first + 20)])]})
    worker = Instance("worker", 1)
    for number in range(100):
        worker.invocation(NOW - 9000 * MS + number * 50 * MS, (10 + number) * MS)
        if number % 10 == 9:
            send(collector, [worker])


def questions(cold, bad):
    """(path, parameters) of everything that tools ask."""
    for service in ("front", "stock", "mailer", "crowd", "worker", "nobody"):
        yield "/api/traces", {"service": service, "limit": 1000, **RANGE}
        yield "/api/traces", {"service": service, "limit": 5, **RANGE}
        yield f"/api/services/{service}/operations", {}
        yield "/api/operations", {"service": service}
        yield "/api/v3/operations", {"service": service}
        yield "/tempo/api/search", {"q": '{ resource.service.name = "%s" }' % service, "limit": 1000, **TEMPO}
        if service != "nobody":
            yield "/api/v3/traces", {"query.serviceName": service, "query.searchDepth": 1000, **V3}
            yield "/api/v3/trace-summaries", {"query.serviceName": service, **V3}
    for trace in (CHECKOUT, FAILED, ORPHAN, SHORT, cold[1], bad[1], f"{7:032x}"):
        for path in ("/api/traces/", "/api/v3/traces/", "/tempo/api/traces/", "/tempo/api/v2/traces/"):
            yield path + trace, {}
    for q in ("{}", '{ .user.id = "user-7" }', "{ duration > 90ms }", "{ status = error }", '{ name = "init" }',
              "{ kind = client }", '{ rootServiceName = "front" }', "{ traceDuration > 100ms }"):
        yield "/tempo/api/search", {"q": q, "limit": 1000, **TEMPO}
        yield "/tempo/api/search", {"q": q, "limit": 3, **TEMPO}
    yield "/api/traces", {"service": "crowd", "tags": json.dumps({"user.id": "user-3"}), **RANGE}
    yield "/api/traces", {"service": "worker", "minDuration": "100ms", **RANGE}
    yield "/api/services", {}
    yield "/api/v3/services", {}
    for path in ("/tempo/api/search/tags", "/tempo/api/v2/search/tags", "/tempo/api/search/tag/user.id/values",
                 "/tempo/api/v2/search/tag/resource.service.name/values"):
        yield path, TEMPO


class Sealed(unittest.TestCase):
    def setUp(self):
        self.collector = Collector(BINARY, ["--segment-size", "8KiB", "--retention-size", "0"]).start()
        self.addCleanup(self.collector.close)

    def store(self):
        return json.loads(self.collector.request("GET", "/api/thaw/v1/status")[2])["store"]

    def wait_sealed(self):
        for _ in range(600):
            store = self.store()
            if store["sealed"] >= store["segments"] - 1:
                self.assertEqual(store["seals_failed"], 0)
                return store["sealed"]
            time.sleep(0.1)
        self.fail(store)

    def answers(self, cold, bad):
        answers = {}
        for path, parameters in questions(cold, bad):
            status, headers, answer = ask(self.collector, path, timeout=30000, **parameters)
            self.assertEqual(status, 200, (path, parameters, answer))
            self.assertNotIn("Thaw-Partial", headers, (path, parameters))
            if isinstance(answer, dict):
                answer.pop("metrics", None)  # How much was looked at may differ.
            answers[path + json.dumps(parameters)] = answer
        return answers

    def compare(self, before, after):
        self.assertEqual(before.keys(), after.keys())
        for question, answer in before.items():
            self.assertEqual(answer, after[question], question)

    def test_same(self):
        cold, bad = fill(self.collector)
        more(self.collector)
        before = self.answers(cold, bad)
        self.assertEqual(len(before["/api/traces" + json.dumps({"service": "crowd", "limit": 1000, **RANGE})]["data"]),
                         400)
        self.assertEqual(len(before["/api/traces" + json.dumps({"service": "worker", "limit": 1000, **RANGE})]["data"]),
                         100)
        self.assertGreater(self.wait_sealed(), 5)
        self.compare(before, self.answers(cold, bad))
        self.collector.kill()
        self.collector.start()
        self.compare(before, self.answers(cold, bad))
        self.collector.stop()
        self.collector.start()
        self.wait_sealed()
        self.compare(before, self.answers(cold, bad))
        self.collector.stop()

    def records(self, path, order):
        """All spans or lines, page by page, as text."""
        rows, cursor = [], ""
        while cursor is not None:
            status, _, answer = ask(self.collector, f"/api/thaw/v1/{path}", order=order, limit=37, timeout=30000,
                                    **{"from": 0}, **({"cursor": cursor} if cursor else {}))
            self.assertEqual(status, 200, answer)
            rows += [json.dumps(row) for row in answer[path]]
            cursor = answer["next_cursor"]
        return rows

    def test_the_oldest_first(self):
        fill(self.collector)
        more(self.collector)
        newest = {path: self.records(path, "newest") for path in ("spans", "logs")}
        self.assertGreater(len(newest["spans"]), 400)
        for _ in range(2):
            for path, rows in newest.items():
                oldest = self.records(path, "oldest")
                self.assertEqual(sorted(oldest), sorted(rows))
                starts = [int(json.loads(row).get("start", json.loads(row).get("time"))) for row in oldest]
                self.assertEqual(starts, sorted(starts))
            self.wait_sealed()
        self.collector.stop()

    def test_what_is_not_all_says_so(self):
        fill(self.collector)
        more(self.collector)
        now = {"endTs": (NOW + 600 * SECOND) // MS}
        for path, parameters in (("/api/dependencies", now), ("/api/v3/dependencies", {})):
            status, headers, _ = ask(self.collector, path, **parameters)
            self.assertEqual((status, headers["Thaw-Partial"]), (200, "rows"), path)
        for path in ("/api/services", "/api/v3/services", "/tempo/api/search/tags", "/api/services/front/operations"):
            self.assertEqual(ask(self.collector, path, timeout="0")[0], 400, path)
        for path, parameters in (("/api/traces", {"service": "front"}), ("/tempo/api/search", {"q": "{}"}),
                                 ("/api/v3/traces", V3)):
            self.assertEqual(ask(self.collector, path, timeout="x", **parameters)[0], 400, path)
        self.collector.stop()


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
