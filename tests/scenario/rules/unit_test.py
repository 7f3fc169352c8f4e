# SPDX-License-Identifier: Apache-2.0
"""`thaw rules test` beside Debian's promtool: what one finds, the other expects.

    unit_test.py THAW PROMTOOL
"""

import json
import os
import random
import re
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from expansions import EXPANSIONS  # noqa: E402

THAW = PROMTOOL = None
GOOD, FAILED, WRONG, UNREADABLE = 0, 1, 2, 3

TWO = [{"series": 'v{a="b"}', "values": "1.5x5"}, {"series": 'v{a="c",z="Q"}', "values": "0.75+0x5"}]


def alert(name, expr, **more):
    return {"alert": name, "expr": expr, **more}


def groups(*rules):
    return {"groups": [{"name": "g", "rules": list(rules)}]}


class Tests(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory(prefix="thaw-rules-test-")
        self.addCleanup(self.folder.cleanup)

    def write(self, name, content):
        path = os.path.join(self.folder.name, name)
        with open(path, "w") as file:
            file.write(content if isinstance(content, str) else json.dumps(content))
        return path

    def thaw(self, path):
        done = subprocess.run([THAW, "rules", "test", path], capture_output=True, timeout=60)
        return done.returncode, done.stdout.decode() + done.stderr.decode()

    def promtool(self, path):
        done = subprocess.run([PROMTOOL, "test", "rules", path], capture_output=True, timeout=60)
        return done.returncode == 0, done.stdout.decode() + done.stderr.decode()

    def both(self, rules, test, name="one"):
        """Run a test; both say the same of it, and that is whether it is good."""
        self.write(f"{name}.yml", rules)
        path = self.write(f"{name}_test.yml", {"rule_files": [f"{name}.yml"], **test})
        code, ours = self.thaw(path)
        good, theirs = self.promtool(path)
        self.assertEqual(code == GOOD, good, f"thaw: {ours}\npromtool: {theirs}")
        return good

    def check(self, rules, series, alerts=(), samples=(), **more):
        """alerts: (time, name, [(labels, annotations)]); samples: (time, expr, [(labels, value)])."""
        test = {
            "interval": "1m", "input_series": series,
            "alert_rule_test": [
                {"eval_time": time, "alertname": name,
                 "exp_alerts": [{"exp_labels": labels, "exp_annotations": texts} for labels, texts in expected]}
                for time, name, expected in alerts],
            "promql_expr_test": [
                {"eval_time": time, "expr": expr,
                 "exp_samples": [{"labels": labels, "value": value} for labels, value in expected]}
                for time, expr, expected in samples],
            **more.pop("test", {}),
        }
        return self.both(rules, {"tests": [test], **more})

    def test_templates(self):
        names = [f"t{i:02}" for i in range(len(EXPANSIONS))]
        rules = groups(alert("A", "v > 0", annotations={n: text for n, (text, _) in zip(names, EXPANSIONS)}))

        def texts(which):
            return {n: found[which] if isinstance(found, list) else found
                    for n, (_, found) in zip(names, EXPANSIONS)}
        self.assertTrue(self.check(
            rules, TWO, [("3m", "A", [({"a": "b"}, texts(0)), ({"a": "c", "z": "Q"}, texts(1))])],
            test={"external_labels": {"cluster": "k1"}, "external_url": "https://x.example/p/q?z"}))

    def test_phases(self):
        rules = groups(alert("A", "up == 0", **{"for": "5m"}, labels={"s": "{{ $labels.i }}!"}),
                       alert("K", "up == 0", keep_firing_for="3m"))
        series = [{"series": 'up{i="x"}', "values": "1 0x6 1x10"}]
        on = [({"i": "x", "s": "x!"}, {})]
        kept = [({"i": "x"}, {})]
        for time, expected in (("5m", []), ("6m", on), ("7m", on), ("8m", [])):
            self.assertTrue(self.check(rules, series, [(time, "A", expected)]), time)
        for time, expected in (("0m", []), ("1m", kept), ("7m", kept), ("8m", kept), ("10m", kept), ("11m", [])):
            self.assertTrue(self.check(rules, series, [(time, "K", expected)]), time)
        self.assertFalse(self.check(rules, series, [("5m", "A", on)]))
        self.assertFalse(self.check(rules, series, [("6m", "A", [])]))
        self.assertFalse(self.check(rules, series, [("6m", "A", [({"i": "y"}, {})])]))

    def test_series_of_alerts_and_records(self):
        rules = {"groups": [
            {"name": "one", "rules": [{"record": "s:up", "expr": "sum(up)", "labels": {"l": "m"}},
                                      alert("A", "s:up < 2", **{"for": "2m"})]},
            {"name": "two", "rules": [{"record": "t:up", "expr": "s:up * 2"}]}]}
        series = [{"series": 'up{i="x"}', "values": "1 1 0 0 0 0 _ stale 1x5"},
                  {"series": 'up{i="y"}', "values": "1x20"}]
        samples = [("3m", "s:up", [('s:up{l="m"}', 1)]), ("3m", "t:up", [('t:up{l="m"}', 2)]),
                   ("3m", "ALERTS", [('ALERTS{alertname="A",alertstate="pending",l="m"}', 1)]),
                   ("4m", "ALERTS", [('ALERTS{alertname="A",alertstate="firing",l="m"}', 1)]),
                   ("4m", "ALERTS_FOR_STATE", [('ALERTS_FOR_STATE{alertname="A",l="m"}', 120)]),
                   ("9m", "ALERTS", []), ("9m", "count_over_time(ALERTS[9m])", [
                       ('{alertname="A",alertstate="pending",l="m"}', 2),
                       ('{alertname="A",alertstate="firing",l="m"}', 4)]),
                   ("9m", "s:up", [('s:up{l="m"}', 2)]), ("9m", "5", [("{}", 5)])]
        for sample in samples:
            self.assertTrue(self.check(rules, series, samples=[sample], group_eval_order=["one", "two"]), sample)
        self.assertFalse(self.check(rules, series, samples=[("3m", "s:up", [('s:up{l="m"}', 7)])]))
        self.assertFalse(self.check(rules, series, samples=[("3m", "s:up", [])]))

    def test_limits_and_duplicates(self):
        many = [{"series": f'v{{i="{i}"}}', "values": "1x5"} for i in range(3)]
        limited = {"groups": [{"name": "g", "limit": 2, "rules": [alert("A", "v > 0")]}]}
        self.assertFalse(self.check(limited, many, [("1m", "A", [])]))
        same = groups(alert("A", "v > 0", labels={"i": "one"}))
        self.assertFalse(self.check(same, many, [("1m", "A", [])]))
        self.assertFalse(self.check(groups({"record": "r", "expr": "v", "labels": {"i": "x"}}), many,
                                    samples=[("1m", "r", [])]))

    def test_notation(self):
        rules = groups({"record": "r", "expr": "v"})
        values = {"0+10x3": {"0m": 0, "3m": 30}, "5-1x3": {"3m": 2}, "7x3": {"3m": 7}, "_ 3": {"1m": 3},
                  "_x2 3": {"2m": 3}, "1e3 -2.5": {"1m": -2.5}, "1 2 3": {"2m": 3}, "-5-1x2": {"2m": -7},
                  "1+0.5x4": {"4m": 3}, "0x3": {"2m": 0}, "+3": {"0m": 3}, "1  2": {"1m": 2}}
        for text, expected in values.items():
            for time, value in expected.items():
                series = [{"series": "v", "values": text}]
                self.assertTrue(self.check(rules, series, samples=[(time, "v", [("v", value)])]), (text, time))
        for text in ("x", "1 2+", "1+2x", "_3", "stal", "1y3"):
            self.assertFalse(self.check(rules, [{"series": "v", "values": text}], samples=[("0m", "v", [])]), text)

    def test_what_is_found_at_random(self):
        """Alerts as thaw finds them are what promtool expects, at every minute, of rules drawn at random."""
        for seed in range(12):
            rng = random.Random(seed)
            rules = groups(*[
                alert(f"A{i}", f"v {rng.choice('<>')} {rng.randint(2, 8)}",
                      **{"for": f"{rng.choice([0, 0, 1, 2, 4])}m", "keep_firing_for": f"{rng.choice([0, 0, 1, 3])}m"},
                      annotations={"text": "{{ $labels.i }} {{ $value }}"})
                for i in range(3)],
                {"record": "r", "expr": "sum by (i) (v)"}, # Not whole minutes: before Prometheus 3 a range had its first instant, too.
                alert("R", "max_over_time(r[150s]) > 7"))
            series = [{"series": f'v{{i="{i}"}}',
                       "values": " ".join(rng.choice(["_", "stale"] + [str(n) for n in range(10)]) for _ in range(30))}
                      for i in range(3)]
            names = ["A0", "A1", "A2", "R"]
            self.write("random.yml", rules)
            asked = [{"eval_time": f"{minute}m", "alertname": name, "exp_alerts": [{"exp_labels": {"none": "such"}}]}
                     for minute in range(30) for name in names]
            test = {"rule_files": ["random.yml"],
                    "tests": [{"interval": "1m", "input_series": series, "alert_rule_test": asked}]}
            code, out = self.thaw(self.write("random_test.yml", test))
            self.assertEqual(code, FAILED)
            parts = re.split(r"alert (\w+) at (\d+)s is not as expected:\n", out)
            found = {(name, int(time) // 60): re.findall(r'labels \{([^}]*)\} annotations \{([^}]*)\}', rest.split("found:")[1])
                     for name, time, rest in zip(parts[1::3], parts[2::3], parts[3::3])}
            self.assertEqual(len(found), len(asked))
            for case in asked:
                alerts = found[case["alertname"], int(case["eval_time"][:-1])]
                case["exp_alerts"] = [
                    {"exp_labels": dict(re.findall(r'(\w+)="([^"]*)"', labels)),
                     "exp_annotations": dict(re.findall(r'(\w+)="([^"]*)"', texts))} for labels, texts in alerts]
            good, theirs = self.promtool(self.write("random_test.yml", test))
            self.assertTrue(good, f"seed {seed}: {theirs}")
            self.assertGreater(sum(len(case["exp_alerts"]) for case in asked), 20)

    def test_what_is_ours(self):
        """Annotations of thaw, which promtool takes for texts."""
        rules = groups(
            alert("Guard", "v > 5", annotations={"thaw_guard": "n > 10"}),
            alert("Clear", "v > 5", annotations={"thaw_clear": "v < 2"}),
            alert("Points", "v > 5", annotations={"thaw_datapoints": "2/3"}),
            alert("Cool", "v > 5", annotations={"thaw_cooldown": "20m"}),
            alert("Lost", "v > 50", annotations={"thaw_data": "v", "thaw_no_data": "breach"}))
        series = [{"series": 'v{i="x"}', "values": "0 9 9 4 4 1 9 1 1 1 9 9 stale"},
                  {"series": 'n{i="x"}', "values": "0 0 11x20"}]
        on = {"Guard": [2, 6, 10, 11], "Clear": [1, 2, 3, 4, 6, 10, 11], "Points": [2, 3, 11, 12],
              "Cool": [1, 2], "Lost": [12, 13]}
        tests = []
        for name, minutes in on.items():
            texts = dict(next(r for r in rules["groups"][0]["rules"] if r["alert"] == name)["annotations"])
            for minute in range(14):
                wanted = [{"exp_labels": {"i": "x"}, "exp_annotations": texts}] if minute in minutes else []
                if not (name == "Clear" and minute >= 12):
                    tests.append({"eval_time": f"{minute}m", "alertname": name, "exp_alerts": wanted})
        self.write("ours.yml", rules)
        code, out = self.thaw(self.write("ours_test.yml", {
            "rule_files": ["ours.yml"],
            "tests": [{"interval": "1m", "input_series": series, "alert_rule_test": tests}]}))
        self.assertEqual(code, GOOD, out)

    def test_files_that_are_wrong(self):
        bad = self.write("bad_test.yml", "rule_files: [nobody.yml]\ntests: []\n")
        self.assertEqual(self.thaw(bad)[0], UNREADABLE)
        code, out = self.thaw(self.write("bad_test.yml", "tests:\n  - intrval: 1m\n"))
        self.assertEqual(code, WRONG)
        self.assertIn("bad_test.yml:2:5: there is no field 'intrval' here", out)
        self.write("r.yml", groups(alert("A", "up +")))
        code, out = self.thaw(self.write("bad_test.yml", {"rule_files": ["r*.yml"], "tests": []}))
        self.assertEqual(code, WRONG)
        self.assertIn("r.yml:1:", out)


if __name__ == "__main__":
    THAW, PROMTOOL = sys.argv[1:3]
    del sys.argv[1:3]
    unittest.main(verbosity=2)
