# SPDX-License-Identifier: Apache-2.0
"""Why it costs what it costs, what it will, and what it would: against sums of their own, as fractions.

    costs_test.py THAW_COLLECTOR THAW
"""

import calendar
import json
import os
import subprocess
import sys
import time
import unittest
from fractions import Fraction

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", "alert"), os.path.join(HERE, "..", "collector")]

from harness import Collector  # noqa: E402
import wire  # noqa: E402

COLLECTOR = THAW = None
FOUND, NOTHING, WRONG, _ = range(4)
HOUR_NS = 3600 * wire.SECOND
GB_S = {"amd64": Fraction("0.0000166667"), "arm64": Fraction("0.0000133334")}
REQUEST = Fraction("0.0000002")


def price(billed_ms, memory_mb, count=1, arch="amd64"):
    """Of so many invocations that were billed for this time in all."""
    return Fraction(billed_ms * memory_mb, 1000 * 1024) * GB_S[arch] + count * REQUEST


class Costs(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.collector = Collector(COLLECTOR).start()
        cls.addClassCleanup(cls.collector.close)
        cls.endpoint = "http://%s:%d" % cls.collector.address
        cls.now = time.time_ns()
        cls.hour = cls.now // HOUR_NS * HOUR_NS
        # An hour of before and one of after: `busy` is called more often and has cold starts, `big`
        # has twice the memory, `new` and `gone` are there in one of them only.
        before, after = cls.hour - 3 * HOUR_NS, cls.hour - 2 * HOUR_NS
        cls.before, cls.after = before, after
        cls.calls("busy", 1, before, 10, 100)
        cls.calls("busy", 2, after, 10, 150)
        cls.calls("busy", 3, after, 10, 150, init_ms=400)
        cls.calls("big", 1, before, 4, 1000)
        cls.calls("big", 2, after, 4, 1000, memory_mb=256)
        cls.calls("gone", 1, before, 1, 50)
        cls.calls("new", 1, after, 1, 70)
        # Which computes for half of its time, with 1024 MB.
        worker = wire.Instance("worker", 1, memory_mb=1024)
        for number in range(40):
            worker.invocation(cls.now - 60 * wire.SECOND + number * wire.SECOND, 200 * wire.MS,
                              cpu_ns=50 * wire.MS)
        # And one that waits nearly all of its time.
        waiter = wire.Instance("waiter", 1, memory_mb=1024)
        for number in range(40):
            waiter.invocation(cls.now - 60 * wire.SECOND + number * wire.SECOND, 200 * wire.MS,
                              cpu_ns=5 * wire.MS)
        wire.send(cls.collector, [worker, waiter])

    @classmethod
    def calls(cls, function, number, start, count, each_ms, init_ms=None, memory_mb=128):
        instances = []
        for at in range(count):
            instance = wire.Instance(function, 1000 * number + at, memory_mb=memory_mb)
            began = start + (at + 1) * 60 * wire.SECOND
            if init_ms:
                instance.init(began - init_ms * wire.MS, init_ms * wire.MS)
            instance.invocation(began, each_ms * wire.MS,
                                init_ns=init_ms * wire.MS if init_ms else None)
            instances.append(instance)
        wire.send(cls.collector, instances)

    def get(self, path, code=200):
        status, _, body = self.collector.request("GET", f"/api/thaw/v1/{path}")
        self.assertEqual(status, code, body)
        return json.loads(body)

    def run_thaw(self, *words):
        done = subprocess.run([THAW, *words], capture_output=True, timeout=120, env={
            "THAW_ENDPOINT": self.endpoint, "LANG": "C.UTF-8", "PATH": os.environ["PATH"]})
        return done.returncode, done.stdout.decode(), done.stderr.decode()

    def test_by_deploy_environment_and_route(self):
        at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(self.after // wire.SECOND))
        status, _, body = self.collector.request(
            "POST", "/api/thaw/v1/deploys", json.dumps({"function": "busy", "version": "v7", "at": at}),
            {"Content-Type": "application/json"})
        self.assertEqual(status, 204, body)
        span = f"from={self.before // wire.MS}&to={(self.after + HOUR_NS) // wire.MS}"
        rows = {row["key"]: row for row in self.get(f"cost?by=deploy&{span}")["by"]}
        self.assertEqual(rows["busy before"]["invocations"], 10)
        self.assertEqual(rows[f"busy v7, {at}"]["invocations"], 20)
        self.assertEqual(Fraction(rows["busy before"]["cost"]["amount"]), price(1000, 128, 10))
        for by in ("env", "route"):
            answer = self.get(f"cost?by={by}&{span}")
            self.assertFalse(answer["partial"])
            self.assertEqual(sum(Fraction(row["cost"]["amount"]) for row in answer["by"]),
                             Fraction(answer["total"]["amount"]), by)
        self.get(f"cost?by=nonsense&{span}", 400)
        self.get(f"cost?by=route&timeout=0&{span}", 400)
        self.assertEqual(self.get(f"cost?by=function&{span}")["utilisation"], 1)
        code, out, _ = self.run_thaw("cost", "--by", "deploy", "--since", "24h")
        self.assertEqual(code, FOUND)
        self.assertIn("busy v7", out)
        self.assertIn("of the time that was billed was used", out)

    def test_what_is_kept_of_whom(self):
        kept = self.get("stored")
        rows = {row["function"]: row for row in kept["functions"]}
        for name in ("spans", "lines", "bytes"):
            self.assertEqual(sum(row[name] for row in rows.values()), kept[name])
        self.assertGreaterEqual(rows["worker"]["lines"], 40)  # The events of its invocations.
        self.assertGreater(rows["worker"]["bytes"], 0)
        self.assertFalse(kept["partial"])
        self.assertLessEqual(kept["bytes"], kept["disk_bytes"])
        self.get("stored?timeout=0", 400)
        code, out, _ = self.run_thaw("stored")
        self.assertEqual(code, FOUND)
        self.assertIn("worker", out)
        code, out, _ = self.run_thaw("stored", "--json")
        self.assertEqual(json.loads(out)["bytes"], kept["bytes"])

    def explained(self):
        answer = self.get(f"cost/explain?from={self.after // wire.MS}&to={(self.after + HOUR_NS) // wire.MS}")
        return answer, {row["key"]: row for row in answer["by"]}

    def test_parts_sum_to_the_difference(self):
        answer, rows = self.explained()
        self.assertEqual(answer["before"], {"from": str(self.before), "to": str(self.after)})
        self.assertFalse(answer["partial"])
        for row in [answer["total"], *rows.values()]:
            parts = sum(Fraction(part) for part in row["parts"].values())
            self.assertEqual(parts, Fraction(row["difference"]))
            self.assertEqual(Fraction(row["after"]) - Fraction(row["before"]), parts)
        for name in answer["total"]["parts"]:
            self.assertEqual(sum(Fraction(row["parts"][name]) for row in rows.values()),
                             Fraction(answer["total"]["parts"][name]))

    def test_each_function_is_explained(self):
        answer, rows = self.explained()
        self.assertEqual(set(rows), {"busy", "big", "gone", "new"})
        self.assertEqual(Fraction(rows["busy"]["before"]), price(1000, 128, 10))
        self.assertEqual(Fraction(rows["busy"]["after"]), price(1500 + 5500, 128, 20))
        self.assertEqual((rows["busy"]["invocations_before"], rows["busy"]["invocations_after"]), (10, 20))
        # Twice as many; 50 ms longer; half of them with an init of 400 ms. In the order of the parts
        # and in the other one, and the mean of both.
        gb = Fraction(128, 1024) * GB_S["amd64"]
        parts = {name: Fraction(text) for name, text in rows["busy"]["parts"].items()}
        volume = (10 * (gb / 10 + REQUEST) + 10 * (gb * Fraction(350, 1000) + REQUEST)) / 2
        cold = (20 * gb / 5 + 10 * gb / 5) / 2
        duration = (20 * gb / 20 + 10 * gb / 20) / 2
        for name, expected in (("volume", volume), ("cold", cold), ("duration", duration),
                               ("memory", 0), ("price", 0)):
            self.assertAlmostEqual(parts[name], expected, delta=Fraction(2, 10**18), msg=name)
        # Only the memory of this one has changed, and these two came and went.
        memory = price(4000, 256, 4) - price(4000, 128, 4)
        self.assertEqual(Fraction(rows["big"]["parts"]["memory"]), memory)
        self.assertEqual(Fraction(rows["new"]["parts"]["volume"]), price(70, 128))
        self.assertEqual(Fraction(rows["gone"]["parts"]["volume"]), -price(50, 128))
        # The largest difference stands first.
        sizes = [abs(Fraction(row["difference"])) for row in answer["by"]]
        self.assertEqual(sizes, sorted(sizes, reverse=True))

    def test_explain_on_the_command_line(self):
        after = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(self.after // wire.SECOND))
        to = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime((self.after + HOUR_NS) // wire.SECOND))
        code, out, error = self.run_thaw("cost", "explain", "--from", after, "--to", to)
        self.assertEqual((code, error), (FOUND, ""), out)
        for text in ("busy", "total", "VOLUME", "COLD", "MEMORY"):
            self.assertIn(text, out)
        self.assertEqual(self.run_thaw("cost", "explain", "--from", "2015-01-01T00:00:00Z",
                                       "--to", "2015-01-02T00:00:00Z")[0], NOTHING)

    def test_other_spans_are_compared_when_asked(self):
        answer = self.get(f"cost/explain?from={self.after // wire.MS}&to={(self.after + HOUR_NS) // wire.MS}"
                          f"&shift_ms={7 * 24 * 3600 * 1000}")
        self.assertEqual(Fraction(answer["total"]["before"]), 0)
        self.assertEqual(answer["total"]["parts"]["volume"], answer["total"]["difference"])
        for query in ("from=0", "shift_ms=0", "shift_ms=x", "shift_ms=99999999999999", "by=function"):
            self.get(f"cost/explain?{query}", 400)

    def test_the_month(self):
        answer = self.get("cost/forecast")
        now = time.gmtime(self.now // wire.SECOND)
        first = calendar.timegm((now.tm_year, now.tm_mon, 1, 0, 0, 0)) * wire.SECOND
        self.assertEqual(answer["month"]["from"], str(first))
        self.assertEqual(answer["basis"], "run_rate")
        self.assertEqual((answer["days_known"], answer["budget"], answer["spikes"]), (0, None, []))
        calls = [(self.before, price(1000, 128, 10) + price(4000, 128, 4) + price(50, 128)),
                 (self.after, price(7000, 128, 20) + price(4000, 256, 4) + price(70, 128)),
                 (self.now - 60 * wire.SECOND, price(16000, 1024, 80))]
        to_date = sum(amount for start, amount in calls if start >= first)
        if self.now - 60 * wire.SECOND >= self.hour and self.before >= first:
            self.assertEqual(Fraction(answer["to_date"]), to_date)
            # The whole hours that are known, and what is left of the month at their mean.
            self.assertGreaterEqual(Fraction(answer["expected"]), to_date)
        self.assertLessEqual(Fraction(answer["low"]), Fraction(answer["expected"]))
        self.assertLessEqual(Fraction(answer["expected"]), Fraction(answer["high"]))
        answer = self.get("cost/forecast?budget=0.00000001")
        self.assertEqual(answer["budget"]["amount"], "0.00000001")
        self.assertLessEqual(int(answer["budget"]["spent_at"]), self.now)
        self.assertIsNone(self.get("cost/forecast?budget=9000")["budget"]["spent_at"])
        for wrong in ("x", "-1", "1e3", "100000"):
            self.get(f"cost/forecast?budget={wrong}", 400)
        code, out, _ = self.run_thaw("cost", "forecast", "--budget", "9000")
        self.assertEqual(code, FOUND)
        for text in ("to date", "this month", "budget", "enough for this month"):
            self.assertIn(text, out)

    def test_what_if(self):
        answer = self.get("cost/whatif?function=worker")
        self.assertEqual((answer["memory_mb"], answer["max_memory_mb"], answer["invocations"]), (1024, 64, 40))
        self.assertEqual((answer["arch"], answer["model_error"]), ("x86_64", None))
        rows = {row["memory_mb"]: row for row in answer["rows"]}
        self.assertEqual(sorted(rows), [row["memory_mb"] for row in answer["rows"]])
        # As it is: 200 ms, of a million.
        self.assertEqual(rows[1024]["handler_ms"], {"p50": 200, "p95": 200})
        self.assertEqual(Fraction(rows[1024]["million"]["x86_64"]), price(200 * 10**6, 1024, 10**6))
        self.assertEqual(Fraction(rows[1024]["million"]["arm64"]), price(200 * 10**6, 1024, 10**6, "arm64"))
        # 50 ms of a processor, of which 1024 of 1769 are there.
        busy = Fraction(50 * 1769, 1024)
        for memory, share in ((512, 512), (10240, 1769)):
            expected = 200 - busy + Fraction(50 * 1769, share)
            self.assertAlmostEqual(rows[memory]["handler_ms"]["p50"], float(expected), places=3)
            billed = -(-expected // 1) * 10**6
            self.assertEqual(Fraction(rows[memory]["million"]["x86_64"]), price(billed, memory, 10**6))
        code, out, _ = self.run_thaw("cost", "whatif", "worker")
        self.assertEqual(code, FOUND)
        for text in ("in use", "10,240", "not known: it was observed with one memory size only"):
            self.assertIn(text, out)

    def test_what_if_some_were_kept(self):
        kept = self.get("cost/whatif?function=busy&from=0")["kept"]
        self.assertEqual((kept["invocations"], kept["cold_starts"], kept["peak"], kept["memory_mb"]),
                         (30, 10, 1, 128))
        self.assertEqual((kept["model_error"], kept["unpriced"], kept["partial"]), (None, False, False))
        none, one = kept["rows"]
        self.assertEqual((none["instances"], none["served"], none["cold_starts"], none["init_ms_total"]),
                         (0, 0, 10, 4000))
        self.assertEqual(Fraction(none["cost"]), price(10 * 100 + 10 * 150 + 10 * 550, 128, 30))
        self.assertEqual(Fraction(none["standing"]), 0)
        # One is never wanted twice; what is kept has another price for its time, and no inits.
        self.assertEqual((one["instances"], one["served"], one["cold_starts"], one["init_ms_total"]),
                         (1, 30, 0, 0))
        billed = Fraction((10 * 100 + 20 * 150) * 128, 1000 * 1024)
        self.assertEqual(Fraction(one["invocations"]),
                         billed * Fraction("0.0000097222") + 30 * REQUEST)
        span = int(kept["to"]) - int(kept["from"])
        steps = -(-span // (300 * wire.SECOND))
        self.assertEqual(Fraction(one["standing"]),
                         steps * 300 * Fraction(128, 1024) * Fraction("0.0000041667"))
        self.assertEqual(Fraction(one["cost"]),
                         Fraction(one["invocations"]) + Fraction(one["standing"]))
        code, out, _ = self.run_thaw("cost", "whatif", "busy", "--since", "1d")
        self.assertEqual(code, FOUND)
        for text in ("INSTANCES", "COLD STARTS", "kept ready"):
            self.assertIn(text, out)
        self.get("cost/whatif?function=busy&timeout=0", 400)

    def test_what_if_without_evidence(self):
        answer = self.get("cost/whatif?function=busy&from=0")
        self.assertEqual((answer["rows"], answer["invocations"]), ([], 0))
        code, out, _ = self.run_thaw("cost", "whatif", "busy")
        self.assertEqual(code, NOTHING)
        self.assertIn("20 are needed", out)
        self.get("cost/whatif", 400)
        self.get("cost/whatif?function=nobody", 404)
        self.assertEqual(self.run_thaw("cost", "whatif")[0], WRONG)

    def test_advice(self):
        answer = self.get(f"cost/advice?from={self.now // 10**6 - 120_000}")
        self.assertEqual((answer["functions"], answer["functions_unknown"], answer["partial"]),
                         (2, 0, False))
        # 512 MB are enough for 5 ms on a processor: 209 ms, less than a tenth more than 200.
        now = price(200 * 40, 1024, 40)
        then = price(209 * 40, 512, 40)
        arm = now - price(200 * 40, 1024, 40, "arm64")
        self.assertEqual(
            [(row["kind"], row["function"], Fraction(row["saved"])) for row in answer["advice"]],
            [("memory", "waiter", now - then), ("architecture", "waiter", arm),
             ("architecture", "worker", arm)])
        best = answer["advice"][0]
        self.assertEqual((best["now"]["memory_mb"], best["then"]["memory_mb"]), (1024, 512))
        self.assertEqual((best["invocations"], best["samples"], best["max_memory_mb"]), (40, 40, 64))
        self.assertEqual(Fraction(best["cost"]), now)
        self.assertIsNone(best["model_error"])
        self.assertEqual(answer["advice"][2]["then"]["arch"], "arm64")
        code, out, _ = self.run_thaw("cost", "advice", "--since", "2m")
        self.assertEqual(code, FOUND)
        for text in ("512 MB instead of 1024", "arm64 instead of x86_64", "not known"):
            self.assertIn(text, out)

    def test_no_advice(self):
        code, out, _ = self.run_thaw("cost", "advice", "--from", "2020-01-01T00:00:00Z", "--to", "2020-01-02T00:00:00Z")
        self.assertEqual(code, NOTHING)
        self.assertIn("Nothing would save a percent", out)

    def test_help(self):
        for words in (("cost", "explain"), ("cost", "forecast"), ("cost", "whatif"),
                      ("cost", "advice")):
            code, out, _ = self.run_thaw(*words, "--help")
            self.assertEqual(code, FOUND)
            self.assertIn("thaw " + " ".join(words), out)
        self.assertEqual(self.run_thaw("cost", "nonsense")[0], WRONG)


if __name__ == "__main__":
    COLLECTOR, THAW = sys.argv[1:3]
    del sys.argv[1:3]
    unittest.main(verbosity=2)
