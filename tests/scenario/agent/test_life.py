# SPDX-License-Identifier: Apache-2.0
"""Lives of an instance give exactly the records of docs/reference/wire.md."""
import os
import tempfile
import time
import unittest

import fake_lambda as lambda_
import harness

XRAY = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=0"


class Life(harness.AgentTest):
    def test_cold_invocation(self):
        """init, one invocation, its report in SHUTDOWN: every fact of every kind, once."""
        self.start()
        at = time.time()
        rid = harness.request_id()
        self.platform.wait_asked()
        self.platform.deliver(*lambda_.init_events(at=at - 0.2))
        self.platform.invoke(rid, tracing=XRAY)
        self.platform.deliver(
            lambda_.start(rid, at=at, tracing=XRAY), lambda_.line("hello\n", at + 0.001),
            lambda_.event("extension", "from an extension\n", at + 0.002),
            lambda_.done(rid, at=at + 0.0125))
        self.platform.wait_asked()
        self.platform.shut_down()
        self.platform.deliver(lambda_.report(rid, metrics={"initDurationMs": 101.5}))
        self.ends()

        facts, = self.collector.facts("faas.invocation")
        start = int(round(at, 3) * 1000) * 10**6
        self.assertEqual(facts["faas.invocation_id"], rid)
        self.assertEqual(facts["trace_id"], "5759e988bd862e3fe1be46a994272793")
        expected = {
            "thaw.attempt": 1, "faas.coldstart": True, "thaw.invocation.state": "reported",
            "thaw.invocation.status": "success", "thaw.handler_ns": 12345000,
            "thaw.produced_bytes": 17, "thaw.response_latency_ns": 10500000,
            "thaw.response_duration_ns": 500000, "thaw.runtime_overhead_ns": 1250000,
            "thaw.post_handler_ns": 8125000, "thaw.reported_ns": 20500000, "thaw.billed_ms": 21,
            "thaw.memory_size_mb": 128, "thaw.max_memory_used_mb": 44, "thaw.init_ns": 101500000,
            "thaw.xray.header": XRAY, "thaw.xray.segment_id": "54565fb41ac79632",
            "aws.lambda.invoked_arn":
                "arn:aws:lambda:us-east-1:123456789012:function:shop:live",
        }
        self.assertEqual({k: facts.get(k) for k in expected}, expected)
        self.assertLessEqual(abs(facts["thaw.start_ns"] - start), 10**6)
        self.assertLess(facts["thaw.start_ns"], facts["thaw.done_ns"])
        self.assertGreater(facts["thaw.deadline_ns"], facts["thaw.done_ns"])
        self.assertGreaterEqual(facts["thaw.agent.held_ns"], 0)

        init, = self.collector.facts("faas.instance.start")
        self.assertEqual(init["thaw.init.phase"], "init")
        self.assertEqual(init["thaw.init_ns"], 101500000)
        self.assertEqual(init["thaw.init.status"], "success")
        self.assertLess(init["thaw.init.start_ns"], init["thaw.init.end_ns"])
        stop, = self.collector.facts("faas.instance.stop")
        self.assertEqual(stop["thaw.stop.reason"], "spindown")
        self.assertFalse([key for key in stop if key.startswith("thaw.agent.dropped.")])

        lines = self.collector.lines()
        self.assertEqual([line["body"] for line in lines], ["hello", "from an extension"])
        for line in lines:
            self.assertEqual(line["attributes"]["faas.invocation_id"], rid)
            self.assertEqual(line["span_id"], facts["span_id"])
        self.assertEqual([line["attributes"]["thaw.source"] for line in lines],
                         ["function", "extension"])

        spans = {span["name"]: span for span in self.collector.spans()}
        self.assertEqual(sorted(spans), ["handler", "init", "post_handler", "shop"])
        server = spans["shop"]
        self.assertEqual((server["kind"], server["parent_id"]), (2, "53995c3f42cd8ad8"))
        self.assertEqual(server["span_id"], facts["span_id"])
        self.assertEqual(server["attributes"]["faas.coldstart"], True)
        for name in ("init", "handler", "post_handler"):
            self.assertEqual(spans[name]["parent_id"], server["span_id"])
            self.assertEqual(spans[name]["attributes"]["faas.invocation_id"], rid)
        self.assertEqual(spans["handler"]["end"] - spans["handler"]["start"], 12345000)

        resource = self.collector.blocks("logs")[0][0]
        self.assertEqual(resource["faas.instance"],
                         "2026/11/23/[$LATEST]0123456789abcdef0123456789abcdef")
        expected = {"service.name": "shop", "cloud.provider": "aws", "cloud.platform": "aws_lambda",
                    "cloud.region": "us-east-1", "cloud.account.id": "123456789012",
                    "faas.name": "shop", "faas.version": "$LATEST", "faas.max_memory": 128 << 20,
                    "thaw.runtime": "python:3.13.v31", "thaw.initialization_type": "on-demand"}
        self.assertEqual({k: resource.get(k) for k in expected}, expected)
        metrics = {m["name"]: m["value"] for _, _, ms in self.collector.blocks("metrics")
                   for m in ms}
        self.assertEqual(metrics["faas.invocations"], 1)
        self.assertEqual(metrics["faas.coldstarts"], 1)
        self.check_account(facts, stop, metrics)

    def check_account(self, facts, stop, metrics):
        """What the agent cost, and what the environment used."""
        for name in ("agent.cpu_ns", "agent.memory_bytes", "env.memory_total_bytes",
                     "env.memory_used_bytes", "env.tmp_total_bytes", "env.descriptors",
                     "env.threads"):
            self.assertGreater(facts["thaw." + name], 0, name)
        for name in ("agent.wire_bytes", "env.cpu_user_ns", "env.cpu_system_ns",
                     "env.received_bytes", "env.sent_bytes", "env.tmp_used_bytes"):
            self.assertGreaterEqual(facts["thaw." + name], 0, name)
        self.assertEqual(facts["thaw.agent.waiting.records"], 0)
        self.assertGreaterEqual(stop["thaw.agent.cpu_ns"], facts["thaw.agent.cpu_ns"])
        self.assertGreater(stop["thaw.agent.wire_bytes"], 0)
        self.assertGreater(stop["thaw.agent.exchanges"], 0)
        self.assertEqual(stop["thaw.agent.exchanges_failed"], 0)
        for name in ("cpu.time", "held.time", "sent.plain", "sent.wire", "exchange.count",
                     "records.received", "records.sent", "memory.usage"):
            self.assertGreater(metrics["thaw.agent." + name], 0, name)
        self.assertNotIn("thaw.agent.records.dropped", metrics)

    def test_usage_off(self):
        """Switched off, only the agent's own share is told."""
        self.start(THAW_USAGE="false")
        rid = self.invoke_cold()
        self.platform.wait_asked()
        self.platform.shut_down()
        self.platform.deliver(lambda_.report(rid))
        self.ends()
        facts, = self.collector.facts("faas.invocation")
        self.assertGreater(facts["thaw.agent.cpu_ns"], 0)
        self.assertEqual([name for name in facts if name.startswith("thaw.env.")], [])

    def test_numbers_are_complete(self):
        """Numbers begin at 1, are used once, and none is missing after a clean end."""
        self.start()
        for turn in range(4):
            rid = self.invoke_cold() if turn == 0 else harness.request_id()
            if turn > 0:
                self.platform.wait_asked()
                self.platform.invoke(rid)
                self.platform.deliver(lambda_.start(rid), lambda_.line("x"), lambda_.done(rid))
            self.platform.deliver(lambda_.report(rid))
        self.platform.wait_asked()
        self.platform.shut_down()
        self.ends()
        seqs = sorted(record["attributes"]["thaw.seq"]
                      for record in self.collector.logs() + self.collector.spans())
        self.assertEqual(seqs, list(range(1, len(seqs) + 1)))
        self.assertEqual([f["faas.coldstart"] for f in self.collector.facts("faas.invocation")],
                         [True, False, False, False])

    def test_every_delivery_twice(self):
        """A delivery whose answer was lost comes again: there is no line, attempt or span more."""
        self.platform.deliveries = 2
        self.start()
        rids = [self.invoke_cold()]
        for _ in range(3):
            self.platform.wait_asked()
            self.platform.deliver(lambda_.report(rids[-1]))
            rids.append(harness.request_id())
            self.platform.invoke(rids[-1])
            self.platform.deliver(lambda_.start(rids[-1]), lambda_.line("hello\n"),
                                  lambda_.done(rids[-1]))
        self.platform.wait_asked()
        self.platform.shut_down()
        self.platform.deliveries = 1  # It ends as soon as it has the last report.
        self.platform.deliver(lambda_.report(rids[-1]))
        self.ends()
        facts = self.collector.facts("faas.invocation")
        self.assertEqual([(f["faas.invocation_id"], f["thaw.attempt"]) for f in facts],
                         [(rid, 1) for rid in rids])
        self.assertEqual({f["thaw.invocation.state"] for f in facts}, {"reported"})
        self.assertEqual([f["faas.coldstart"] for f in facts], [True, False, False, False])
        self.assertEqual([line["attributes"]["faas.invocation_id"]
                          for line in self.collector.lines()], rids)
        names = [span["name"] for span in self.collector.spans()]
        self.assertEqual({name: names.count(name) for name in names},
                         {"shop": 4, "init": 1, "handler": 4, "post_handler": 4})
        stop, = self.collector.facts("faas.instance.stop")
        self.assertGreaterEqual(stop["thaw.agent.redelivered"], 8)

    def test_delivered_again_after_reinit(self):
        """What an earlier process of the instance has sent is not sent by the next one; a start of
        which it alone knew is of the same attempt."""
        with tempfile.TemporaryDirectory() as folder:
            spool = os.path.join(folder, "memo")
            rid = harness.request_id()
            at = time.time()
            delivery = [lambda_.start(rid, at=at), lambda_.line("hello\n", at=at)]
            self.start(THAW_SPOOL=spool)
            self.platform.wait_asked()
            self.platform.deliver(*lambda_.init_events(at=at - 0.3))
            self.platform.invoke(rid, deadline=0.6)
            self.platform.deliver(*delivery)
            self.platform.wait_asked()
            self.platform.shut_down("timeout")
            self.ends()
            self.start(THAW_SPOOL=spool)
            self.platform.wait_asked()
            self.platform.deliver(*lambda_.init_events(phase="invoke"))
            self.platform.deliver(*delivery)
            self.platform.deliver(lambda_.start(rid, at=at),
                                  lambda_.report(rid, status="timeout", at=at + 1))
            self.platform.shut_down()
            self.ends()
        fact, = self.collector.facts("faas.invocation")
        self.assertEqual((fact["thaw.attempt"], fact["thaw.invocation.state"]), (1, "reported"))
        self.assertEqual(fact["thaw.invocation.status"], "timeout")
        self.assertEqual([line["body"] for line in self.collector.lines()], ["hello"])

    def test_timeout(self):
        """SHUTDOWN comes with the reason timeout; the platform's words are the facts."""
        self.start()
        rid = harness.request_id()
        self.platform.wait_asked()
        self.platform.deliver(*lambda_.init_events())
        self.platform.invoke(rid, deadline=0.6)
        self.platform.deliver(lambda_.start(rid), lambda_.line("last words"))
        self.platform.wait_asked()  # Before the deadline, with the handler still running.
        self.platform.shut_down("timeout")
        self.platform.deliver(
            lambda_.done(rid, "timeout"),
            lambda_.report(rid, "timeout", errorType="Sandbox.Timedout",
                           metrics={"durationMs": 600.0, "billedDurationMs": 600}))
        self.ends()
        facts, = self.collector.facts("faas.invocation")
        self.assertEqual(facts["thaw.invocation.status"], "timeout")
        self.assertEqual(facts["error.type"], "Sandbox.Timedout")
        self.assertEqual(facts["thaw.billed_ms"], 600)
        server, = [s for s in self.collector.spans() if s["kind"] == 2]
        self.assertTrue(server["error"])
        stop, = self.collector.facts("faas.instance.stop")
        self.assertEqual(stop["thaw.stop.reason"], "timeout")

    def test_end_without_telemetry(self):
        """The platform kills the runtime and says nothing more: SHUTDOWN's word is the status."""
        self.start()
        rid = harness.request_id()
        self.platform.wait_asked()
        self.platform.deliver(*lambda_.init_events())
        self.platform.invoke(rid, deadline=0.6)
        self.platform.deliver(lambda_.start(rid))
        self.platform.wait_asked()
        begun = time.monotonic()
        self.platform.shut_down("FAILURE")
        self.ends()
        self.assertLess(time.monotonic() - begun, 1.9 + 5)
        facts, = self.collector.facts("faas.invocation")
        self.assertEqual((facts["thaw.invocation.state"], facts["thaw.invocation.status"]),
                         ("started", "failure"))

    def test_async_retry_on_the_same_instance(self):
        """The same request id again is the next attempt, with a span of its own."""
        self.start()
        rid = self.invoke_cold(status="error")
        self.platform.wait_asked()
        self.platform.deliver(lambda_.report(rid, "error", errorType="Error"))
        self.platform.invoke(rid)
        self.platform.deliver(lambda_.start(rid), lambda_.line("again"), lambda_.done(rid))
        self.platform.wait_asked()
        self.platform.shut_down()
        self.platform.deliver(lambda_.report(rid))
        self.ends()
        facts = {f["thaw.attempt"]: f for f in self.collector.facts("faas.invocation")}
        self.assertEqual(sorted(facts), [1, 2])
        self.assertEqual([facts[n]["thaw.invocation.status"] for n in (1, 2)],
                         ["error", "success"])
        self.assertNotEqual(facts[1]["span_id"], facts[2]["span_id"])
        self.assertEqual(self.collector.lines()[-1]["attributes"]["thaw.attempt"], 2)
        # Without a header the trace id is the request id.
        self.assertEqual(facts[1]["trace_id"], rid.replace("-", ""))

    def test_async_retry_after_a_reset(self):
        """The environment was reset in between: a new process goes on counting."""
        with tempfile.TemporaryDirectory() as folder:
            memo = os.path.join(folder, "memo")
            rid = harness.request_id()
            for turn in (1, 2):
                self.start(THAW_SPOOL=memo)
                self.platform.wait_asked()
                self.platform.deliver(*lambda_.init_events(phase="init" if turn == 1 else "invoke"))
                self.platform.invoke(rid)
                self.platform.deliver(lambda_.start(rid), lambda_.done(rid, "failure"))
                self.platform.wait_asked()
                self.platform.shut_down("failure")
                self.platform.deliver(lambda_.report(rid, "error"))
                self.ends()
            self.assertEqual(os.stat(memo).st_mode & 0o777, 0o600)
        self.assertEqual(sorted(f["thaw.attempt"] for f in self.collector.facts("faas.invocation")),
                         [1, 2])

    def test_reinit_inside_an_invocation(self):
        """A suppressed init is a cold start of the invocation that waits for it."""
        self.start()
        rid = harness.request_id()
        self.platform.wait_asked()
        self.platform.invoke(rid)
        now = time.time()
        self.platform.deliver(*lambda_.init_events(at=now - 0.15, phase="invoke"))
        self.platform.deliver(lambda_.start(rid, at=now - 0.2), lambda_.done(rid))
        self.platform.wait_asked()
        self.platform.shut_down()
        self.platform.deliver(lambda_.report(rid))
        self.ends()
        init, = self.collector.facts("faas.instance.start")
        self.assertEqual(init["thaw.init.phase"], "invoke")
        self.assertTrue(self.collector.facts("faas.invocation")[0]["faas.coldstart"])

    def test_proactive_init_is_no_cold_start(self):
        """An init that ended more than ten seconds before was not waited for."""
        self.start()
        rid = harness.request_id()
        self.platform.wait_asked()
        self.platform.deliver(*lambda_.init_events(at=time.time() - 12))
        self.platform.invoke(rid)
        self.platform.deliver(lambda_.start(rid), lambda_.done(rid))
        self.platform.wait_asked()
        self.platform.shut_down()
        self.platform.deliver(lambda_.report(rid))
        self.ends()
        self.assertFalse(self.collector.facts("faas.invocation")[0]["faas.coldstart"])
        self.assertEqual([s["name"] for s in self.collector.spans() if s["name"] == "init"], [])

    def test_lines_belong_where_they_are_written(self):
        """By position, by request id in JSON, and to a phase outside of invocations."""
        self.start()
        first, second = harness.request_id(), harness.request_id()
        self.platform.wait_asked()
        events = lambda_.init_events()
        self.platform.deliver(events[0], lambda_.line("in init"), *events[1:])
        self.platform.invoke(first)
        self.platform.deliver(
            lambda_.start(first), lambda_.line("[ERROR]\t2026-01-01T00:00:00Z\tx\tbad"),
            lambda_.done(first), lambda_.line("late"),
            lambda_.event("extension", "between"), )
        self.platform.wait_asked()
        self.platform.invoke(second)
        self.platform.deliver(
            lambda_.start(second),
            lambda_.line({"timestamp": "t", "level": "WARN", "requestId": first,
                          "message": "named\n", "n": 1.5, "deep": {"a": 1}, "ok": True}),
            lambda_.line({"level": "info", "no": "message"}),
            lambda_.done(second))
        self.platform.wait_asked()
        self.platform.shut_down()
        self.platform.deliver(lambda_.event("extension", "at the end"), lambda_.report(first),
                              lambda_.report(second))
        self.ends()
        lines = self.collector.lines()
        seen = [(line["body"], line["attributes"].get("faas.invocation_id"),
                 line["attributes"].get("thaw.phase"), line["severity"]) for line in lines]
        self.assertEqual(seen, [
            ("in init", None, "init", 0),
            ("[ERROR]\t2026-01-01T00:00:00Z\tx\tbad", first, None, 17),
            ("late", first, None, 0), ("between", None, "idle", 0),
            ("named", first, None, 13),
            ('{"level": "info", "no": "message"}', second, None, 9),
            ("at the end", None, seen[-1][2], 0)])
        # SHUTDOWN and the line are on their way at the same time.
        self.assertIn(seen[-1][2], ("idle", "shutdown"))
        named = lines[4]["attributes"]
        self.assertEqual((named["n"], named["ok"], named["timestamp"]), (1.5, True, "t"))
        self.assertNotIn("deep", named)
        self.assertNotIn("level", named)

    def test_runtime_done_before_invoke(self):
        """The telemetry overtakes the INVOKE; nothing waits for what has been."""
        self.start()
        rid = harness.request_id()
        self.platform.wait_asked()
        self.platform.deliver(*lambda_.init_events(), lambda_.start(rid), lambda_.done(rid))
        self.platform.invoke(rid)
        self.platform.wait_asked()
        self.platform.shut_down()
        self.platform.deliver(lambda_.report(rid))
        self.ends()
        facts, = self.collector.facts("faas.invocation")
        self.assertEqual((facts["thaw.attempt"], facts["thaw.invocation.state"]), (1, "reported"))

    def test_shutdown_without_invocation(self):
        """An instance that was never used tells of its init and its end."""
        self.start()
        self.platform.wait_asked()
        self.platform.deliver(*lambda_.init_events())
        self.platform.shut_down()
        self.ends()
        self.assertEqual(len(self.collector.facts("faas.instance.start")), 1)
        self.assertEqual(len(self.collector.facts("faas.instance.stop")), 1)

    def test_riding(self):
        """From a rate on, next is asked for at once, and the data goes with a later invocation."""
        self.start(THAW_FLUSH="periodic,0")
        rid = harness.request_id()
        self.platform.wait_asked()
        self.platform.deliver(*lambda_.init_events())
        self.platform.invoke(rid)
        self.platform.wait_asked()  # Before any end is told.
        self.platform.deliver(lambda_.start(rid), lambda_.done(rid))
        second = harness.request_id()
        self.platform.invoke(second)
        self.platform.wait_asked()
        self.platform.deliver(lambda_.report(rid), lambda_.start(second))
        self.collector.wait_for(lambda c: any(
            f["faas.invocation_id"] == rid for f in c.facts("faas.invocation")))
        self.platform.shut_down()
        self.platform.deliver(lambda_.done(second), lambda_.report(second))
        self.ends()
        self.assertEqual(len(self.collector.facts("faas.invocation")), 2)

    def test_dropped_by_the_platform(self):
        self.start()
        rid = self.invoke_cold()
        self.platform.wait_asked()
        self.platform.shut_down()
        self.platform.deliver(lambda_.report(rid), lambda_.event(
            "platform.logsDropped",
            {"droppedBytes": 12, "droppedRecords": 3, "reason": "too slow"}))
        self.ends()
        log, = [l for l in self.collector.logs() if l["event"] == "thaw.platform.logs_dropped"]
        self.assertEqual(log["attributes"]["thaw.dropped.records"], 3)
        self.assertEqual(log["severity"], 13)


class WithoutTelemetry(harness.AgentTest):
    telemetry_status = 202

    def test_invocations_are_known(self):
        """202 Telemetry.NotSupported: the lifecycle's events are reported, and nothing waits."""
        self.start()
        rid = harness.request_id()
        self.platform.wait_asked()
        self.platform.invoke(rid, tracing=XRAY)
        self.platform.wait_asked()
        self.platform.shut_down()
        self.ends()
        facts, = self.collector.facts("faas.invocation")
        self.assertEqual((facts["faas.invocation_id"], facts["thaw.invocation.state"]),
                         (rid, "started"))
        resource = self.collector.blocks("logs")[0][0]
        self.assertTrue(resource["thaw.instance.made_up"])
        self.assertTrue(resource["faas.instance"].startswith("thaw-"))
        self.assertIn("no telemetry", self.said())


class OlderPlatform(harness.AgentTest):
    telemetry_status = [400, 400, 200]

    def test_schema_falls_back(self):
        """A platform that does not know the newest schema is asked for an older one."""
        self.start()
        self.platform.wait_asked()
        versions = [body for _, path, body in self.platform.calls if path.endswith("telemetry")]
        self.assertEqual([b"2025-01-29" in versions[0], b"2022-12-13" in versions[1],
                          b"2022-07-01" in versions[2]], [True] * 3)
        self.platform.shut_down()
        self.ends()


if __name__ == "__main__":
    unittest.main()
