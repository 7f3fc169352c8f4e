# SPDX-License-Identifier: Apache-2.0
"""What rules would have done, asked of the real collector.

    preview_test.py THAW_COLLECTOR THAW
"""

import json
import os
import subprocess
import sys
import tempfile
import time
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "collector")]

from harness import Collector  # noqa: E402
import wire  # noqa: E402

BINARY = os.environ.get("THAW_COLLECTOR")
THAW = os.environ.get("THAW")

MINUTE = 60 * wire.SECOND
HOUR = 60 * MINUTE
NOW = time.time_ns() // MINUTE * MINUTE

NOTIFY = """route: {receiver: team, group_by: [alertname], group_wait: 30s, group_interval: 5m, repeat_interval: 4h}
receivers:
  - name: team
    webhook_configs: [{url: "https://example.com/hook"}]
"""

RULE = """alert: Errors
expr: |
  increase(thaw_function_errors_total[5m]) > 3
for: 2m
labels: {severity: warning}
"""


def fill(collector):
    """Three days in which checkout fails twice, for a quarter of an hour and for an hour."""
    wrong = [(50 * HOUR, 15 * MINUTE), (10 * HOUR, HOUR)]
    for function, fails in (("checkout", True), ("stock", False)):
        instance = wire.Instance(function, 1)
        start = NOW - 72 * HOUR
        instance.init(start, 100 * wire.MS)
        for minute in range(0, 72 * 60, 2):
            at = start + minute * MINUTE + wire.SECOND
            bad = fails and any(NOW - ago <= at < NOW - ago + length for ago, length in wrong)
            for call in range(3):
                instance.invocation(at + call * wire.SECOND, **({"status": "error"} if bad else {}))
        wire.send(collector, [instance])


class Preview(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory(prefix="thaw-preview-")
        path = os.path.join(cls.folder.name, "notify.yml")
        with open(path, "w") as file:
            file.write(NOTIFY)
        cls.collector = Collector(BINARY, ["--notify", path]).start()
        fill(cls.collector)

    @classmethod
    def tearDownClass(cls):
        cls.collector.close()
        cls.folder.cleanup()

    def post(self, body, status=200):
        text = json.dumps(body).encode()
        got, _, answer = self.collector.request(
            "POST", "/api/thaw/v1/rules/preview", text, {"Content-Type": "application/json"})
        self.assertEqual(got, status, answer)
        return json.loads(answer)

    def spans(self, alert, state):
        """Minutes ago, from and to."""
        return [((NOW - int(span["from"])) // MINUTE, None if span["to"] is None else
                 (NOW - int(span["to"])) // MINUTE) for span in alert["spans"] if span["state"] == state]

    def test_a_rule_alone(self):
        answer = self.post({"rules": RULE})
        self.assertFalse(answer["partial"], answer["reasons"])
        [rule] = answer["rules"]
        self.assertEqual((rule["name"], rule["fired"], rule["failures"], rule["step_s"]), ("Errors", 2, 0, 15))
        # A week of quarter minutes, and what it must remember when that begins.
        self.assertTrue(0 <= rule["evaluations"] - 7 * 86400 // 15 < 100, rule["evaluations"])
        [alert] = rule["alerts"]
        self.assertEqual((alert["labels"]["function"], alert["fired"]), ("checkout", 2))
        firing = self.spans(alert, "firing")
        self.assertEqual(len(firing), 2)
        self.assertGreaterEqual(len(self.spans(alert, "pending")), 2)
        # Pending for two minutes, and over five minutes behind the last error.
        self.assertTrue(50 * 60 - 8 <= firing[0][0] <= 50 * 60, firing)
        self.assertTrue(50 * 60 - 25 <= firing[0][1] <= 50 * 60 - 15, firing)
        # It read three days, and says so.
        [read] = answer["reads"]
        self.assertEqual(read["metric"], "thaw_function_errors_total")
        self.assertLess(abs(int(read["first"]) - (NOW - 72 * HOUR)), 5 * MINUTE)
        # One message when it fires and one when it is over, each time.
        [told] = answer["messages"]
        self.assertEqual((told["receiver"], told["kind"], told["messages"], told["resolved"]), ("team", "webhook", 2, 2))
        chart = rule["chart"]
        self.assertEqual(chart["series"][0]["labels"]["function"], "checkout")
        self.assertTrue(chart["series"][0]["alert"])
        self.assertGreater(max(v for v in chart["series"][0]["values"] if v is not None), 3)
        self.assertEqual(max(v for v in chart["threshold"] if v is not None), 3)

    def test_a_loaded_rule(self):
        answer = self.post({"rule": "ErrorRate", "from": (NOW - 96 * HOUR) // wire.MS})
        [rule] = answer["rules"]
        self.assertEqual((rule["group"], rule["file"]), ("thaw errors", "shipped.yml"))
        # There are never 20 calls in 5 minutes.
        self.assertEqual((rule["fired"], rule["alerts"]), (0, []))
        self.assertEqual([read["metric"] for read in answer["reads"]],
                         ["thaw_function_invocations_total", "thaw_function_errors_total"])

    def test_a_file_over_its_own_records(self):
        answer = self.post({"rules": """groups:
- name: mine
  interval: 1m
  rules:
  - {record: 'errors:5m', expr: 'increase(thaw_function_errors_total[5m])'}
  - {record: 'limit', expr: '3'}
  - {alert: Many, expr: 'errors:5m > on () group_left () limit'}
  - {alert: None, expr: 'misspelled_total > 1'}
"""})
        many, none = answer["rules"]
        self.assertEqual((many["name"], many["fired"], many["step_s"]), ("Many", 2, 60))
        self.assertEqual(max(v for v in many["chart"]["threshold"] if v is not None), 3)
        self.assertEqual(none["fired"], 0)
        self.assertIn({"metric": "misspelled_total", "first": None}, answer["reads"])

    def test_a_span_of_its_own(self):
        answer = self.post({"rules": RULE, "from": (NOW - 12 * HOUR) // wire.MS, "to": (NOW - 2 * HOUR) // wire.MS,
                            "step": "1m"})
        [rule] = answer["rules"]
        self.assertEqual((rule["fired"], rule["step_s"]), (1, 60))

    def thaw(self, *words, code=0):
        host, port = self.collector.address
        done = subprocess.run([THAW, "--endpoint", f"http://{host}:{port}", "rules", "preview", *words],
                              capture_output=True, text=True)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return done.stdout + done.stderr

    def test_on_the_command_line(self):
        path = os.path.join(self.folder.name, "errors.yml")
        with open(path, "w") as file:
            file.write(RULE)
        text = self.thaw(path)
        self.assertIn("It would have fired 2 times.", text)
        self.assertRegex(text, r"    2  \.+#+\.+#+\.+  .*function=checkout")
        self.assertIn("team (webhook) would have been told 2 times, and 2 that it is over.", text)
        self.assertIn("Data of thaw_function_errors_total begins", text)
        answer = json.loads(self.thaw(path, "--json", "--since", "12h", "--step", "1m"))
        self.assertEqual((answer["rules"][0]["fired"], answer["rules"][0]["step_s"]), (1, 60))
        self.assertIn("It would not have fired.", self.thaw("--rule", "Timeouts", "--since", "1d", code=1))
        self.assertIn("there is no such rule", self.thaw(path, "--rule", "NoSuch", code=1))
        self.assertIn("needs a FILE, or --rule", self.thaw(code=2))
        self.assertIn("--since and --from", self.thaw(path, "--since", "1d", "--from", "1", code=2))
        self.assertIn("No such file", self.thaw(path + "x", code=3))
        with open(path, "w") as file:
            file.write("alert: X\nexpr: sum(\n")
        self.assertIn(f"{path}:2:7: expr: ", self.thaw(path, code=2))

    def test_what_is_wrong(self):
        answer = self.post({"rules": "alert: X\nexpr: sum(\n"}, 400)
        self.assertEqual(answer["error"]["code"], "bad_rules")
        self.assertEqual([(m["line"], m["column"]) for m in answer["mistakes"]], [(2, 7)])
        self.assertIn("parse error", answer["mistakes"][0]["message"])
        self.post({"rule": "NoSuch"}, 404)
        self.post({"rules": RULE, "rule": "NoSuch"}, 404)
        self.post({}, 400)
        self.post({"rules": RULE, "step": "x"}, 400)
        self.post({"rules": RULE, "from": NOW // wire.MS - 90 * 86400000}, 400)
        self.post({"rules": RULE, "from": NOW // wire.MS, "to": NOW // wire.MS - 1}, 400)
        self.assertIn("mistakes", self.post({"rules": "groups:\n- name: a\n  rulez: []\n"}, 400))


if __name__ == "__main__":
    BINARY, THAW = sys.argv.pop(1), sys.argv.pop(1)
    unittest.main()
