"""What the Telemetry API delivers, and in what order."""
import os
import re

from world import World

WATCHER = {"extensions": ["%s/code/watcher" % os.path.dirname(os.path.abspath(__file__))]}
TIME = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")


def ms(text):
    """Milliseconds of a time, of the day."""
    hours, minutes, seconds = text[11:-1].split(":")
    return (int(hours) * 60 + int(minutes)) * 60000 + round(float(seconds) * 1000)


class Telemetry(World):

    def one_life(self, **keys):
        self.start({"f": {**WATCHER, **keys}}, idle="200ms")
        answer = self.invoke("f", {"print": "hello"})
        self.until(lambda: not self.instances(), what="the end")
        return answer

    def test_order(self):
        """Every event of a life, in the platform's order, those before the subscription too."""
        self.one_life()
        order = [t for t in self.types() if t not in ("extension", "telemetrySubscription")]
        self.assertEqual(order, ["initStart", "initRuntimeDone", "initReport", "start",
                                 "runtimeDone", "report"])
        self.assertIn("extension", self.types())
        self.assertIn("telemetrySubscription", self.types())
        events = self.outside.events()
        self.assertEqual(events[0]["type"], "platform.initStart")
        texts = [e["record"] for e in events if e["type"] == "function"]
        self.assertEqual(texts, ["cold\n", "hello\n"])
        self.assertEqual([e["record"] for e in events if e["type"] == "extension"][0],
                         "watching\n")
        place = {e["type"]: i for i, e in enumerate(events) if e["record"] != "cold\n"}
        self.assertLess(place["platform.start"], place["function"])
        self.assertLess(place["function"], place["platform.runtimeDone"])
        for event in events:
            self.assertRegex(event["time"], TIME)
        post = self.outside.of("telemetry")[0]
        self.assertEqual((post["host"], post["type"], post["path"]),
                         ("sandbox.localdomain:8124", "application/json", "/in"))

    def test_fields(self):
        """Every field of every platform event."""
        self.one_life(memory=256, runtime="nodejs20.x")
        record = {e["type"][9:]: e["record"] for e in self.outside.events()
                  if e["type"].startswith("platform.")}
        start = record["initStart"]
        self.assertRegex(start["instanceId"], r"^\d{4}/\d\d/\d\d/\[\$LATEST\][0-9a-f]{32}$")
        self.assertRegex(start["runtimeVersionArn"], r"^arn:aws:lambda:us-east-1::runtime:\w{64}$")
        self.assertEqual({k: start[k] for k in (
            "initializationType", "phase", "functionName", "functionVersion", "instanceMaxMemory",
            "runtimeVersion")}, {
                "initializationType": "on-demand", "phase": "init", "functionName": "f",
                "functionVersion": "$LATEST", "instanceMaxMemory": 256,
                "runtimeVersion": "nodejs:20.v1"})
        self.assertEqual(record["initRuntimeDone"], {
            "initializationType": "on-demand", "phase": "init", "status": "success"})
        init_ms = record["initReport"]["metrics"]["durationMs"]
        self.assertGreater(init_ms, 1)
        self.assertEqual(record["initReport"]["status"], "success")
        invoked = self.outside.of("event")[0]
        for kind in ("start", "runtimeDone", "report"):
            self.assertEqual(record[kind]["requestId"], invoked["requestId"])
            tracing = record[kind]["tracing"]
            self.assertEqual(tracing["type"], "X-Amzn-Trace-Id")
            self.assertEqual(tracing["value"], invoked["tracing"]["value"])
            self.assertIn("Parent=" + tracing["spanId"], tracing["value"])
        self.assertEqual(record["start"]["version"], "$LATEST")
        done = record["runtimeDone"]
        self.assertEqual(done["status"], "success")
        self.assertEqual([s["name"] for s in done["spans"]],
                         ["responseLatency", "responseDuration", "runtimeOverhead"])
        self.assertGreater(done["metrics"]["producedBytes"], 10)
        self.assertAlmostEqual(sum(s["durationMs"] for s in done["spans"]),
                               done["metrics"]["durationMs"], delta=0.01)
        report = record["report"]
        metrics = report["metrics"]
        self.assertEqual(report["status"], "success")
        self.assertEqual(metrics["memorySizeMB"], 256)
        self.assertGreater(metrics["maxMemoryUsedMB"], 5)
        self.assertEqual(metrics["initDurationMs"], init_ms)
        total = metrics["durationMs"] + init_ms
        self.assertEqual(metrics["billedDurationMs"], -int(-round(total, 3) // 1))
        self.assertEqual(report["spans"][0]["name"], "extensionOverhead")
        self.assertGreater(report["spans"][0]["durationMs"], 50)
        self.assertEqual(record["extension"], {"name": "watcher", "state": "Ready",
                                               "events": ["INVOKE", "SHUTDOWN"]})
        self.assertEqual(record["telemetrySubscription"], {
            "name": "watcher", "state": "Subscribed",
            "types": ["platform", "function", "extension"]})

    def test_start_before_duration(self):
        """What took so long until done began at start, whatever the thaw took."""
        self.start({"f": dict(WATCHER)}, idle="2s")
        for _ in range(5):
            self.invoke("f", {"sleep": 0.01})
            self.frozen()
        self.until(lambda: not self.instances(), what="the end")
        starts = {e["record"]["requestId"]: e["time"] for e in self.outside.events()
                  if e["type"] == "platform.start"}
        done = [e for e in self.outside.events() if e["type"] == "platform.runtimeDone"]
        self.assertEqual(len(done), 5)
        for event in done:
            begin = ms(event["time"]) - event["record"]["metrics"]["durationMs"]
            self.assertAlmostEqual(ms(starts[event["record"]["requestId"]]), begin, delta=1.01)

    def test_report_comes_late(self):
        """The report of an invocation is delivered in the next one, or in the shutdown."""
        self.start({"f": dict(WATCHER)})
        self.invoke("f")
        self.frozen()
        self.assertNotIn("report", self.types())
        self.invoke("f")
        self.until(lambda: "report" in self.types(), what="report")

    def test_function_error(self):
        """An error that the function answers is the status of its invocation."""
        self.start({"f": dict(WATCHER)}, idle="200ms")
        self.invoke_failing("f", {"fail": "so"})
        self.until(lambda: not self.instances(), what="the end")
        done = [e["record"] for e in self.outside.events()
                if e["type"] in ("platform.runtimeDone", "platform.report")]
        self.assertEqual([(d["status"], d["errorType"]) for d in done],
                         [("error", "Function.ValueError")] * 2)

    def test_billing_eras(self):
        """Older rules bill no init."""
        self.one_life(**{"billing-era": "2020-12"})
        report = [e for e in self.outside.events() if e["type"] == "platform.report"][0]
        metrics = report["record"]["metrics"]
        self.assertEqual(metrics["billedDurationMs"], -int(-metrics["durationMs"] // 1))

    def test_json_format(self):
        """With JSON logs a line that is an object is one in telemetry, too."""
        self.start({"f": {**WATCHER, "log-format": "json"}}, idle="200ms")
        self.invoke("f", {"print": '{"level":"INFO","message":"m"}'})
        self.until(lambda: not self.instances(), what="the end")
        records = [e["record"] for e in self.outside.events() if e["type"] == "function"]
        self.assertEqual(records, ["cold\n", {"level": "INFO", "message": "m"}])
        lines = self.log_lines("f")
        self.assertTrue(any('"type":"platform.report"' in line for line in lines))
        self.assertFalse(any('"type":"platform.runtimeDone"' in line for line in lines))

    def test_old_schema(self):
        """Schema 2022-07-01 knows no objects."""
        self.start({"f": {**WATCHER, "log-format": "json",
                          "environment": {"WATCH_SCHEMA": "2022-07-01"}}}, idle="200ms")
        self.invoke("f", {"print": '{"level":"INFO"}'})
        self.until(lambda: not self.instances(), what="the end")
        records = [e["record"] for e in self.outside.events() if e["type"] == "function"]
        self.assertEqual(records, ["cold\n", '{"level":"INFO"}\n'])

    def test_log_stream(self):
        """The lines of a log stream are the platform's."""
        self.one_life()
        text = "\n".join(self.log_lines("f"))
        for pattern in (r"^INIT_START Runtime Version: \S+\tRuntime Version ARN: arn:\S+$",
                        r"^EXTENSION\tName: watcher\tState: Ready\tEvents: \[INVOKE, SHUTDOWN\]$",
                        r"^TELEMETRY\tName: watcher\tState: Subscribed\t"
                        r"Types: \[Platform, Function, Extension\]$",
                        r"^START RequestId: [0-9a-f-]{36} Version: \$LATEST$", r"^hello$",
                        r"^END RequestId: [0-9a-f-]{36}$",
                        r"^REPORT RequestId: [0-9a-f-]{36}\tDuration: \d+\.\d\d ms\t"
                        r"Billed Duration: \d+ ms\tMemory Size: 128 MB\tMax Memory Used: \d+ MB\t"
                        r"Init Duration: \d+\.\d\d ms\t$"):
            self.assertRegex(text, re.compile(pattern, re.M))
