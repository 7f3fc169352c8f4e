# SPDX-License-Identifier: Apache-2.0
"""Rules of the user's own, evaluated by the real collector.

    rules_test.py THAW_COLLECTOR
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import unittest
from urllib.parse import quote

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "collector")]

from harness import Collector  # noqa: E402
import wire  # noqa: E402

BINARY = os.environ.get("THAW_COLLECTOR")

RULES = """groups:
- name: mine
  rules:
  - record: calls:all
    expr: sum by (function) (thaw_function_invocations_total)
  - alert: Busy
    expr: calls:all > 10
    labels: {severity: info}
    annotations:
      summary: "{{ $labels.function }} has {{ $value }} calls"
      thaw_examples: cold
  - alert: Later
    expr: calls:all > 10
    for: 1h
"""


class Rules(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory(prefix="thaw-rules-")
        self.addCleanup(self.folder.cleanup)
        self.path = os.path.join(self.folder.name, "mine.yml")
        self.write(RULES)

    def write(self, text, path=None):
        # As editors do: never half a file.
        with open(f"{path or self.path}.new", "w") as file:
            file.write(text)
        os.rename(f"{path or self.path}.new", path or self.path)

    def collector(self, *more):
        collector = Collector(BINARY, ["--alert-interval", "100ms", "--alert-delay", "0s", "--rules",
                                       self.folder.name, *more]).start()
        self.addCleanup(collector.close)
        return collector

    def get(self, collector, path):
        status, _, body = collector.request("GET", path)
        self.assertEqual(status, 200, body)
        return json.loads(body)

    def wait(self, what, seconds=60):
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            found = what()
            if found:
                return found
            time.sleep(0.05)
        self.fail("it does not come")

    def alert(self, collector, name, state):
        for alert in self.get(collector, "/api/thaw/v1/alerts")["alerts"]:
            if alert["rule"] == name and alert["state"] == state:
                return alert
        return None

    def query(self, collector, text):
        return self.get(collector, f"/api/v1/query?query={quote(text)}")["data"]["result"]

    def test_rules_are_evaluated(self):
        collector = self.collector()
        wire.send(collector, wire.traffic("checkout", time.time_ns(), cold=3, warm=20))
        alert = self.wait(lambda: self.alert(collector, "Busy", "firing"))
        self.assertEqual(alert["labels"], {"alertname": "Busy", "function": "checkout", "severity": "info"})
        self.assertEqual(alert["annotations"]["summary"], "checkout has 23 calls")
        self.assertNotIn("thaw_examples", alert["annotations"])
        self.assertEqual((alert["value"], len(alert["examples"])), (23, 3))
        self.wait(lambda: self.alert(collector, "Later", "pending"))
        # What was recorded and the alerts themselves can be asked for.
        self.assertEqual([r["value"][1] for r in self.query(collector, "calls:all")], ["23"])
        states = {(r["metric"]["alertname"], r["metric"]["alertstate"]) for r in self.query(collector, "ALERTS")}
        self.assertLessEqual({("Busy", "firing"), ("Later", "pending")}, states)
        self.assertEqual(len(self.query(collector, "ALERTS_FOR_STATE{alertname='Later'}")), 1)
        # In Prometheus's shape.
        groups = self.get(collector, "/api/v1/rules")["data"]["groups"]
        mine = next(group for group in groups if group["name"] == "mine")
        self.assertEqual([rule["type"] for rule in mine["rules"]], ["recording", "alerting", "alerting"])
        self.assertEqual({rule["health"] for rule in mine["rules"]}, {"ok"})
        self.assertEqual(mine["rules"][1]["state"], "firing")
        firing = self.get(collector, "/api/v1/alerts")["data"]["alerts"]
        self.assertEqual({a["labels"]["alertname"]: a["state"] for a in firing}, {"Busy": "firing", "Later": "pending"})
        # And no rule that came with it fails.
        rules = self.get(collector, "/api/thaw/v1/rules")["rules"]
        self.assertGreater(len([rule for rule in rules if rule["file"] == "shipped.yml"]), 30)
        self.assertEqual([rule["name"] for rule in rules if rule["last_error"]], [])

    def test_files_change(self):
        collector = self.collector("--no-alert-shipped")
        wire.send(collector, wire.traffic("checkout", time.time_ns(), cold=3, warm=20))
        first = self.wait(lambda: self.alert(collector, "Busy", "firing"))
        # A wrong file changes nothing, and is told.
        self.write(RULES + "  - alert: Wrong\n    expr: 'calls:all >'\n")
        answer = self.wait(lambda: (lambda a: a if a["load_error"] else None)(self.get(collector, "/api/thaw/v1/rules")))
        self.assertIn("mine.yml:16:", answer["load_error"])
        self.assertEqual(len(answer["rules"]), 3)
        self.assertEqual(self.get(collector, "/api/thaw/v1/status")["alerts"]["load_error"], answer["load_error"])
        # A right one is taken, here at a signal, and what fired goes on.
        self.write(RULES + "  - alert: More\n    expr: calls:all > 20\n")
        collector.process.send_signal(signal.SIGHUP)
        self.wait(lambda: self.alert(collector, "More", "firing"))
        again = self.alert(collector, "Busy", "firing")
        self.assertEqual((again["fingerprint"], again["fired_at"]), (first["fingerprint"], first["fired_at"]))
        self.assertIsNone(self.get(collector, "/api/thaw/v1/rules")["load_error"])
        # So it does over a crash.
        collector.kill()
        collector.start()
        again = self.wait(lambda: self.alert(collector, "Busy", "firing"))
        self.assertEqual((again["fingerprint"], again["fired_at"]), (first["fingerprint"], first["fired_at"]))
        # A new file in the directory counts, one that goes is gone.
        self.write("groups:\n- name: more\n  rules:\n  - {alert: Other, expr: 'vector(1)'}\n",
                   os.path.join(self.folder.name, "more.yaml"))
        os.unlink(self.path)
        self.wait(lambda: self.alert(collector, "Other", "firing"))
        self.assertIsNone(self.alert(collector, "Busy", "firing"))

    def history(self, collector, rule, state):
        spans = self.get(collector, "/api/thaw/v1/alerts/history")["history"]
        return [span for span in spans if (span["rule"], span["state"]) == (rule, state)]

    def first_sample(self, collector, selector):
        results = self.query(collector, f"{selector}[1h]")
        return {json.dumps(r["metric"], sort_keys=True): r["values"][0] for r in results}

    def test_what_was_is_not_forgotten(self):
        collector = self.collector("--no-alert-shipped")
        wire.send(collector, wire.traffic("checkout", time.time_ns(), cold=3, warm=20))
        self.wait(lambda: self.alert(collector, "Busy", "firing"))
        # Two evaluations later it is on the disk.
        for _ in range(2):
            before = self.get(collector, "/api/thaw/v1/alerts")["evaluated_at"]
            self.wait(lambda: self.get(collector, "/api/thaw/v1/alerts")["evaluated_at"] != before)
        asked = ("calls:all", 'ALERTS{alertname="Busy"}', "ALERTS_FOR_STATE")
        samples = [self.first_sample(collector, selector) for selector in asked]
        [firing] = self.history(collector, "Busy", "firing")
        self.assertIsNone(firing["to"])
        self.assertEqual(firing["labels"]["function"], "checkout")
        collector.kill()
        collector.start()
        self.assertEqual([self.first_sample(collector, selector) for selector in asked], samples)
        self.assertEqual([span["from"] for span in self.history(collector, "Busy", "firing")], [firing["from"]])
        # What ends is told with its end, and that is there after a restart, too.
        self.write("groups:\n- name: mine\n  rules:\n  - {alert: Other, expr: 'vector(1)'}\n")
        self.wait(lambda: self.alert(collector, "Other", "firing"))
        self.write(RULES.replace("> 10", "> 1000"))
        self.wait(lambda: (self.history(collector, "Busy", "firing") or [{"to": None}])[0]["to"])
        [over] = self.history(collector, "Busy", "firing")
        collector.stop()
        collector.start()
        self.assertEqual(self.history(collector, "Busy", "firing"), [over])
        status, _, _ = collector.request("GET", "/api/thaw/v1/alerts/history?from=x")
        self.assertEqual(status, 400)
        self.assertEqual(self.get(collector, "/api/thaw/v1/alerts/history?from=1000&to=2000")["history"], [])

    def test_a_wrong_file_at_the_start(self):
        self.write("groups: 5\n")
        done = subprocess.run([BINARY, "--rules", self.path, "--data", self.folder.name, "--check-config"],
                              capture_output=True, text=True, timeout=60)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("mine.yml:1:1: groups is a list", done.stderr)


if __name__ == "__main__":
    if len(sys.argv) > 1 and os.path.exists(sys.argv[1]):
        BINARY = sys.argv.pop(1)
    unittest.main(verbosity=2)
