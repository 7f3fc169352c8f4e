"""Lives of other kinds: snapshots, managed instances, too little memory, poor telemetry, odd clocks."""
import concurrent.futures
import os
import time

from world import World, tail_of

WATCHER = {"extensions": ["%s/code/watcher" % os.path.dirname(os.path.abspath(__file__))]}
SNAPSHOT = {**WATCHER, "initialization": "snap-start", "concurrency": 2}
MANAGED = {**WATCHER, "initialization": "lambda-managed-instances", "max-concurrency": 4,
           "environment": {"WATCH_SCHEMA": "2025-01-29"}}


class Kinds(World):

    def records(self, kind):
        return [e["record"] for e in self.outside.events() if e["type"] == "platform." + kind]

    def ended(self, name="f"):
        self.control("drain")
        self.until(lambda: not self.instances(), what="the end")
        return self.log_lines(name)

    def test_snapshot(self):
        """Initialised before anybody comes, restored as another instance, and not initialised
        again for the second invocation."""
        self.start({"f": {**SNAPSHOT, "environment": {"RESTORE": "0.2"}}})
        self.until(lambda: self.instances() and self.instances()[0]["state"] == "snapshot",
                   what="a snapshot")
        before = self.instances()[0]
        self.assertEqual(len(self.outside.of("event")), 0)
        first = self.invoke("f")
        self.until(lambda: sorted(one["state"] for one in self.instances()) ==
                   ["ready", "snapshot"], what="another snapshot")
        second = self.invoke("f")
        self.assertEqual((first["count"], second["count"]), (1, 2))
        self.assertEqual(first["pid"], second["pid"])
        after = [one for one in self.instances() if one["id"] == before["id"]][0]
        self.assertNotEqual(after["instance_id"], before["instance_id"])
        self.until(lambda: self.records("runtimeDone"), what="telemetry")
        self.assertEqual([r["instanceId"] for r in self.records("restoreStart")],
                         [after["instance_id"]])
        self.assertEqual({r["initializationType"] for r in self.records("initStart")},
                         {"snap-start"})
        self.assertGreaterEqual(self.records("restoreReport")[0]["metrics"]["durationMs"], 200)
        lines = self.ended()
        report = [line for line in lines if line.startswith("REPORT")]
        self.assertRegex(report[0] + report[1],
                         r"\tRestore Duration: \d+\.\d\d ms\tBilled Restore Duration: \d+ ms\t")
        self.assertEqual("".join(report).count("\tRestore Duration"), 1)
        self.assertNotIn("Init Duration", "".join(report))
        self.assertIn("restored", lines)
        self.assertTrue([line for line in lines if line.startswith("RESTORE_START Runtime Ver")])
        self.assertTrue([line for line in lines if line.startswith("RESTORE_REPORT Restore Dur")])
        self.assertTrue([line for line in lines if line.startswith("INIT_REPORT Init Duration")])

    def test_snapshot_has_dead_connections(self):
        """What was connected before the snapshot leads nowhere."""
        self.start({"f": {**SNAPSHOT, "environment": {"DIAL": "169.254.100.9:8000"}}})
        self.until(lambda: self.instances() and self.instances()[0]["state"] == "snapshot",
                   what="a snapshot")
        self.assertNotIn("HTTP", self.invoke("f", {"say": "GET / HTTP/1.0\r\n\r\n"})["said"])

    def test_restore_error(self):
        """A hook that fails fails the invocation with what it told."""
        self.start({"f": {**SNAPSHOT, "environment": {"RESTORE": "error"}}})
        error, _ = self.invoke_failing("f", {})
        self.assertEqual(error, {"errorMessage": "no luck",
                                 "errorType": "Runtime.RestoreHookUserError"})
        self.until(lambda: any("Error Type: Runtime.RestoreHookUserError" in line
                               for line in self.log_lines("f")
                               if line.startswith("RESTORE_REPORT")), what="RESTORE_REPORT")

    def test_managed(self):
        """Several at once in one environment that never sleeps; the report is all that is told."""
        self.start({"f": MANAGED})
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            answers = list(pool.map(lambda _: self.invoke("f", {"sleep": 1, "tick": 1}), range(4)))
        self.assertEqual(len({answer["pid"] for answer in answers}), 1)
        self.assertEqual([one["state"] for one in self.instances()], ["ready"])
        self.assertFalse(self.instances()[0]["frozen"])
        ticks = self.invoke("f", {"tick": 1})["ticks"]
        time.sleep(0.2)
        self.assertGreater(self.invoke("f", {"tick": 1})["ticks"], ticks)
        refused, = self.outside.of("refused")
        self.assertEqual((refused["status"], refused["body"]["errorType"]),
                         (403, "Extension.InvalidEventType"))
        self.until(lambda: len(self.records("report")) == 6, what="reports")
        for report in self.records("report"):
            self.assertEqual(list(report["metrics"]), ["durationMs"])
            self.assertEqual([span["name"] for span in report["spans"]],
                             ["responseLatency", "responseDuration"])
        self.assertEqual(self.records("runtimeDone"), [])
        self.assertTrue(self.records("start")[0]["functionArn"].endswith(":function:f"))
        for post in self.outside.of("telemetry"):
            self.assertEqual(post["sequence"], post["sha256"])
        self.assertEqual([e["eventType"] for e in self.outside.of("event")], [])
        seen = self.invoke("f", {"environment": 1})["environment"]
        self.assertEqual((seen["AWS_LAMBDA_MAX_CONCURRENCY"], seen["AWS_LAMBDA_LOG_FORMAT"],
                          seen["AWS_LAMBDA_FUNCTION_TIMEOUT"]), ("4", "JSON", "30"))
        lines = self.ended()
        self.assertIn("cold", lines)
        self.assertEqual(len([line for line in lines if '"platform.report"' in line]), 7)
        self.assertEqual([e["shutdownReason"] for e in self.outside.of("event")], ["spindown"])

    def test_managed_timeout(self):
        """It fails one invocation; the environment and the others go on."""
        self.start({"f": {**MANAGED, "timeout": "2s"}})
        first = self.invoke("f")
        error, _ = self.invoke_failing("f", {"sleep": 4})
        self.assertEqual(error["errorType"], "Sandbox.Timedout")
        self.assertEqual(self.invoke("f")["pid"], first["pid"])
        self.assertEqual(len(self.instances()), 1)

    def test_managed_crash(self):
        """It takes the environment with it, and the next invocation has another one."""
        self.start({"f": MANAGED})
        first = self.invoke("f")
        error, _ = self.invoke_failing("f", {"exit": 3})
        self.assertEqual(error["errorType"], "Runtime.ExitError")
        self.until(lambda: not self.instances(), what="the end")
        self.assertEqual([e["shutdownReason"] for e in self.outside.of("event")], ["failure"])
        self.assertNotEqual(self.invoke("f")["pid"], 0)
        self.assertEqual(first["count"], 1)

    def test_out_of_memory(self):
        """The kernel kills what wants more than the function has."""
        self.start({"f": {**WATCHER, "memory": 128, "memory-limit": True}})
        self.assertEqual(self.invoke("f", {"eat": 1})["eaten"], 1 << 20)
        self.frozen()
        error, headers = self.invoke_failing("f", {"eat": 300}, {"X-Amz-Log-Type": "Tail"})
        self.assertEqual(error["errorType"], "Runtime.OutOfMemory")
        self.assertIn("signal: killed", error["errorMessage"])
        tail = tail_of(headers)
        self.assertRegex(tail, r"Error: Runtime exited with error: signal: killed\n"
                               r"Runtime.ExitError\n")
        self.assertRegex(tail, r"\tMax Memory Used: 128 MB\t.*Error Type: Runtime.OutOfMemory")
        self.until(lambda: self.instances()[0]["state"] == "cold", what="the reset")
        self.assertEqual(self.invoke("f")["count"], 1)

    def test_telemetry_refused(self):
        """202 and nothing else, as in the platform's own emulator."""
        self.start({"f": {**WATCHER, "telemetry": {"refused": True}}})
        self.invoke("f")
        told, = self.outside.of("subscribed")
        self.assertEqual(told["status"], 202)
        self.assertIn("Telemetry.NotSupported", told["body"])
        self.ended()
        self.assertEqual(self.outside.events(), [])

    def test_reports_late_and_never(self):
        """A late report comes behind the next invocation's end; one that never comes does not."""
        self.start({"late": {**WATCHER, "telemetry": {"report": "late"}},
                    "never": {**WATCHER, "telemetry": {"report": "never"}}})
        for name in ("late", "never"):
            self.invoke(name)
            self.frozen(name)
            self.invoke(name)
            self.frozen(name)
        self.ended()
        self.assertEqual(len(self.records("runtimeDone")), 4)
        self.assertEqual(len(self.records("report")), 2)

    def test_clock(self):
        """The platform's times run off from the instance's."""
        self.start({"f": {"clock": {"ahead": "60s"}}})
        told = self.invoke("f", {"clock": 1})
        self.assertLess(told["deadline"] - told["clock"], -20)
