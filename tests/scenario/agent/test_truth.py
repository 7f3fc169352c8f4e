# SPDX-License-Identifier: Apache-2.0
"""What the collector answers about every kind of life, against what really happened in the sandbox."""
import concurrent.futures
import http.client
import unittest

import house
import sandbox


class Truth(house.HouseTest):
    def begin(self, top=None, **options):
        super().begin(top, **{"timeout": "10", **options})

    def ends(self):
        """Shut all down; the attempts of every request, in the order of their starts, each as the
        collector knows it and as it was; the lanes, and the function's row."""
        self.sandbox.call("POST", "drain")
        self.sandbox.until(lambda instances: not instances)
        truth = self.sandbox.reports()
        self.sandbox.close()
        found = []
        for request_id, reports in truth.items():
            attempts = self.get("invocations/" + request_id)["attempts"]
            self.assertEqual(len(attempts), len(reports))
            found += zip(attempts, reports)
        found.sort(key=lambda pair: pair[0]["start"])
        for attempt, said in found:
            self.compare(attempt, said)
        lanes = self.get("instances?from=0")["instances"]
        row, = self.get("functions?from=0")["functions"]
        self.assertEqual(row["invocations"], len(found))
        return [attempt for attempt, _ in found], lanes, row

    def compare(self, attempt, said):
        """Against the REPORT of the log stream, or the platform's report of a JSON log."""
        if "metrics" in said:
            self.assertAlmostEqual(attempt["reported_ms"], said["metrics"]["durationMs"], delta=0.01)
            self.assertEqual(attempt["billed_ms"], said["metrics"].get("billedDurationMs"))
            return
        number = lambda key: float(said[key].split()[0]) if key in said else None
        self.assertAlmostEqual(attempt["reported_ms"], number("Duration"), delta=0.01)
        self.assertEqual(attempt["billed_ms"], number("Billed Duration"))
        self.assertEqual(attempt["max_memory_mb"], number("Max Memory Used"))
        if number("Init Duration") is not None:
            self.assertAlmostEqual(attempt["init_ms"], number("Init Duration"), delta=0.01)
        status = said.get("Status")
        self.assertEqual(attempt["outcome"] in ("error", "timeout"),
                         status is not None or attempt["error_type"] == "Runtime.Unknown")

    def lane_of(self, lanes, attempt):
        lane, = [one for one in lanes if any(i["request_id"] == attempt["request_id"] and
                                             i["attempt"] == attempt["attempt"]
                                             for i in one["invocations"])]
        return lane

    def test_provisioned(self):
        self.begin(provisioned=1)
        self.sandbox.until(lambda found: found and found[0]["frozen"])
        self.sandbox.invoke({"n": 0})
        (attempt,), (lane,), row = self.ends()
        self.assertFalse(attempt["cold"])
        self.assertEqual([(i["proactive"], i["cold"]) for i in lane["inits"]], [(True, False)])
        self.assertEqual(row["cold_starts"], 0)
        self.assertEqual(lane["end_reason"], "spindown")

    def test_suppressed(self):
        """The init that was repeated lies inside of the invocation that waited for it."""
        self.begin(environment={"INIT_SLEEP": "30"}, top={"init_limit": "1s"})
        self.sandbox.invoke({"n": 0})
        (attempt,), (lane,), row = self.ends()
        self.assertTrue(attempt["cold"])
        self.assertEqual([i["phase"] for i in lane["inits"]], ["init", "invoke"])
        self.assertEqual(row["cold_starts"], 1)

    def test_out_of_memory(self):
        self.begin(memory_limit=True)
        self.sandbox.invoke({"n": 0})
        self.sandbox.until(lambda found: found[0]["frozen"])
        self.sandbox.invoke({"n": 1, "eat": 300})
        attempts, (lane,), row = self.ends()
        self.assertEqual([(a["outcome"], a["error_type"]) for a in attempts],
                         [("ok", None), ("error", "Runtime.OutOfMemory")])
        self.assertEqual(row["errors"], 1)

    def test_snapshot(self):
        """The restore is what the first invocation waited for; the publishing instance has none."""
        self.begin(initialization="snap-start", concurrency=2, environment={"RESTORE": "1"})
        self.sandbox.until(lambda found: found and found[0]["state"] == "snapshot")
        self.sandbox.invoke({"n": 0})
        self.sandbox.until(lambda found: sorted(i["state"] for i in found) == ["ready", "snapshot"])
        self.sandbox.invoke({"n": 1})
        attempts, lanes, row = self.ends()
        self.assertEqual([a["cold"] for a in attempts], [True, False])
        lane = self.lane_of(lanes, attempts[0])
        self.assertEqual([i["phase"] for i in lane["inits"]], ["snap-start"])
        self.assertTrue(lane["inits"][0]["cold"])
        self.assertEqual(row["cold_starts"], 1)
        for other in lanes:
            if other["instance"] != lane["instance"]:
                self.assertEqual(other["invocations"], [])

    def test_managed(self):
        """No billed time, no cold start; lines are whose they name."""
        self.begin(initialization="lambda-managed-instances", max_concurrency=4)
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda n: self.sandbox.invoke({"n": n, "sleep": 0.5}), range(4)))
        attempts, (lane,), row = self.ends()
        self.assertEqual({(a["cold"], a["outcome"], a["billed_ms"]) for a in attempts},
                         {(False, "ok", None)})
        self.assertEqual(lane["type"], "lambda-managed-instances")
        self.assertEqual(row["cold_starts"], 0)
        for attempt in attempts:
            logs = self.get("transactions/" + attempt["request_id"])["logs"]
            self.assertEqual(len([l for l in logs if l["body"].startswith("line")]), 1)

    def test_reports_that_never_come(self):
        """Ended, and well; what it cost is not known."""
        self.begin(telemetry={"report": "never"})
        self.sandbox.invoke({"n": 0})
        self.sandbox.call("POST", "drain")
        self.sandbox.until(lambda instances: not instances)
        request_id, = self.sandbox.reports()
        attempt, = self.get("invocations/" + request_id)["attempts"]
        self.assertEqual((attempt["outcome"], attempt["billed_ms"]), ("ok", None))

    def test_no_telemetry(self):
        """Started, and nothing of an end: unknown once its deadline is long over, never well."""
        self.begin(telemetry={"refused": True})
        self.sandbox.invoke({"n": 0})
        self.sandbox.call("POST", "drain")
        self.sandbox.until(lambda instances: not instances)
        request_id, = self.sandbox.reports()
        attempt, = self.get("invocations/" + request_id)["attempts"]
        self.assertIn(attempt["outcome"], ("running", "end_unknown"))
        self.assertTrue(attempt["cold"])


if __name__ == "__main__":
    unittest.main()
