# SPDX-License-Identifier: Apache-2.0
"""Whatever the collector or the platform does, the function's environment is not held for it."""
import os
import socket
import subprocess
import tempfile
import time
import unittest

import fake_collector
import fake_lambda as lambda_
import harness


class Trouble(harness.AgentTest):
    # Generous against a busy machine, far below what a waiting agent would take.
    BUDGET_MS = 300
    SLACK = 5

    def lives_on(self, invocations=6, **environment):
        """Run invocations; the agent asks for the next event each time, and not at its deadline."""
        self.start(THAW_FLUSH="end", THAW_FLUSH_BUDGET_MS=str(self.BUDGET_MS), **environment)
        self.platform.wait_asked()
        self.platform.deliver(*lambda_.init_events())
        for _ in range(invocations):
            rid = harness.request_id()
            self.platform.invoke(rid)
            self.platform.deliver(lambda_.start(rid), lambda_.line("x" * 100), lambda_.done(rid))
            self.platform.wait_asked()
            self.platform.deliver(lambda_.report(rid))

    def ends_in_time(self):
        begun = time.monotonic()
        self.platform.shut_down()
        self.ends()
        self.assertLess(time.monotonic() - begun, 2.0 + self.SLACK)

    def test_absent(self):
        self.lives_on(THAW_ENDPOINT="http://127.0.0.1:%d" % harness.free_port())
        self.ends_in_time()
        # A line at most per problem: it comes back as telemetry of ours.
        self.assertEqual(len(self.said().splitlines()), 1, self.said())

    def test_unreachable(self):
        """A listener that never accepts: connections hang, and nothing else does."""
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", 0))
            listener.listen(0)
            fillers = [socket.socket() for _ in range(4)]
            for filler in fillers:
                filler.setblocking(False)
                filler.connect_ex(listener.getsockname())
            self.lives_on(4, THAW_ENDPOINT="http://127.0.0.1:%d" % listener.getsockname()[1])
            self.ends_in_time()
            for filler in fillers:
                filler.close()

    def test_unknown_host(self):
        self.lives_on(3, THAW_ENDPOINT="http://no-such-host.invalid:4318")
        self.ends_in_time()

    def test_named_host(self):
        """A name is looked up beside everything else."""
        self.lives_on(2, THAW_ENDPOINT="http://localhost:%d" % self.collector.port)
        self.ends_in_time()
        self.assertEqual(len(self.collector.facts("faas.invocation")), 2)

    def recovers(self, mode):
        """Trouble costs nothing; when it is over, everything that waited arrives, once."""
        self.collector.mode = mode
        self.lives_on(4)
        self.collector.mode = "ok"
        self.ends_in_time()
        self.assertEqual(len(self.collector.facts("faas.invocation")), 4)
        self.assertEqual(len(self.collector.lines()), 4)
        self.assertEqual(len(self.collector.facts("faas.instance.stop")), 1)

    def test_refusing(self):
        self.recovers("refuse")

    def test_rubbish(self):
        self.recovers("rubbish")

    def test_half_closing(self):
        self.recovers("half_close")

    def test_resetting(self):
        self.recovers("reset")

    def test_hanging(self):
        """A collector that takes everything and answers nothing."""
        self.recovers("hang")

    def test_comes_back(self):
        """Not there at first: what waited arrives when it is, once."""
        port = self.collector.port
        self.collector.close()
        self.lives_on(4)
        self.collector = fake_collector.Collector(port=port)
        self.addCleanup(self.collector.close)
        self.ends_in_time()
        self.assertEqual(len(self.collector.facts("faas.invocation")), 4)
        self.assertEqual(len(self.collector.lines()), 4)

    def test_lost_acknowledgements(self):
        """The same bytes come again, and the collector can tell."""
        self.recovers("lost_ack")

    def test_slow(self):
        self.collector.delay = 1.0
        self.lives_on(4)
        self.collector.delay = 0.0
        self.ends_in_time()
        self.assertEqual(len(self.collector.facts("faas.invocation")), 4)

    def test_too_large(self):
        """413 cuts batches smaller, until a record alone is too large; each loss is counted."""
        self.collector.mode = "too_large"
        self.lives_on(3)
        self.ends_in_time()
        self.assertEqual(len(self.collector.facts("faas.invocation")), 3)
        self.assertEqual(len(self.collector.lines()), 3)

    def test_rejected_is_counted(self):
        """What is refused for good is dropped by reason, and the end says so."""
        self.collector.mode = "reject"
        self.lives_on(2)
        self.collector.mode = "ok"
        self.ends_in_time()
        stop, = self.collector.facts("faas.instance.stop")
        self.assertGreater(stop["thaw.agent.dropped.rejected"], 0)
        self.assertGreaterEqual(stop["thaw.agent.received"],
                                stop["thaw.agent.dropped.rejected"] + stop["thaw.agent.sent"])

    def test_flood(self):
        """More lines than there is room: the facts stay, the drops are counted, memory is bounded."""
        self.collector.mode = "refuse"
        self.start(THAW_FLUSH_BUDGET_MS="0")
        rid = self.invoke_cold()
        self.platform.wait_asked()
        for _ in range(20):
            self.platform.deliver(*[lambda_.line("y" * 200) for _ in range(500)])
        self.collector.mode = "ok"
        self.platform.shut_down()
        self.platform.deliver(lambda_.report(rid))
        self.ends()
        stop, = self.collector.facts("faas.instance.stop")
        self.assertGreater(stop["thaw.agent.dropped.buffer_full"], 0)
        self.assertEqual(self.collector.facts("faas.invocation")[0]["thaw.billed_ms"], 21)

    def test_full_tmp(self):
        """A /tmp of 128 KiB, which the spool soon has filled: all goes on in memory, and the end says why."""
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        own = os.path.join(folder.name, "own")
        os.mkdir(own)
        inside = ["unshare", "--map-root-user", "--mount", "sh", "-c"]
        small = "mount -t tmpfs -o size=128k none '%s'" % own
        if subprocess.run([*inside, small], stderr=subprocess.DEVNULL).returncode != 0:
            self.skipTest("no file system of one's own can be had here")
        agent = os.path.join(folder.name, "agent")
        with open(agent, "w") as file:
            file.write("#!/bin/sh\nexec %s \"%s && exec '%s'\"\n" %
                       (" ".join(inside), small, os.path.abspath(harness.AGENT)))
        os.chmod(agent, 0o755)
        self.collector.mode = "refuse"
        self.start(agent=agent, PATH=os.environ["PATH"], THAW_FLUSH_BUDGET_MS="0",
                   THAW_SPOOL=os.path.join(own, "spool"))
        rid = self.invoke_cold()
        self.platform.wait_asked()
        for number in range(4):
            self.platform.deliver(
                *[lambda_.line("%d-%d %s\n" % (number, i, "y" * 200)) for i in range(200)])
        self.collector.mode = "ok"
        self.platform.shut_down(budget=10.0)
        self.platform.deliver(lambda_.report(rid))
        self.ends(seconds=20)
        stop, = self.collector.facts("faas.instance.stop")
        self.assertGreater(stop["thaw.agent.spool.full"], 0)
        self.assertFalse([key for key in stop if key.startswith("thaw.agent.dropped.")])
        self.assertEqual(len(self.collector.lines()), 1 + 4 * 200)
        self.assertEqual(len(self.collector.facts("faas.invocation")), 1)

    def test_malformed_telemetry(self):
        """Whatever is delivered is answered 200, and what is good in it is taken."""
        self.start()
        rid = self.invoke_cold()
        self.platform.wait_asked()
        for data in (b"", b"{", b"[1,2]", b"[{\"type\":\"function\"", b"\xff" * 1000, b"[" * 5000,
                     b"[{\"type\":\"platform.tomorrow\",\"record\":{\"a\":[]}}]",
                     b" " * 700000):
            self.assertEqual(self.platform.deliver_raw(data), 200)
        self.platform.shut_down()
        self.platform.deliver(lambda_.report(rid))
        self.ends()
        self.assertEqual(self.collector.facts("faas.invocation")[0]["thaw.billed_ms"], 21)
        stop, = self.collector.facts("faas.instance.stop")
        self.assertGreaterEqual(stop["thaw.agent.telemetry_bad"], 4)
        self.assertEqual(stop["thaw.agent.events_unknown"], 1)

    def test_huge_lines(self):
        """A line beyond the limit is cut, and says so."""
        self.start()
        rid = self.invoke_cold()
        self.platform.wait_asked()
        self.platform.deliver(lambda_.line("\u00e9\"\n" * 30000))
        self.platform.deliver(lambda_.line("z" * 200000))
        self.platform.shut_down()
        self.platform.deliver(lambda_.report(rid))
        self.ends()
        bodies = [line["body"] for line in self.collector.lines()[1:]]
        self.assertEqual(len(bodies), 2)
        for body in bodies:
            self.assertRegex(body[-30:], r"\.\.\. \(\d+ bytes cut\)$")
            self.assertLess(len(body.encode()), 40000)


class Configuration(harness.AgentTest):
    def test_no_platform(self):
        """Started by hand it says what is missing, and ends with 100."""
        self.start(AWS_LAMBDA_RUNTIME_API=None)
        self.ends(100)
        self.assertIn("AWS_LAMBDA_RUNTIME_API", self.said())

    def stays_passive(self, **environment):
        self.start(**environment)
        self.platform.wait_asked()
        register = [body for _, path, body in self.platform.calls if path.endswith("register")]
        self.assertEqual(register, [b'{"events":["SHUTDOWN"]}'])
        self.platform.shut_down()
        self.ends()
        self.assertEqual(self.collector.requests, [])

    def test_wrong_endpoint_is_said_once(self):
        self.stays_passive(THAW_ENDPOINT="ftp://collector.example")
        self.assertEqual(self.said().count("THAW_ENDPOINT"), 1)

    def test_no_endpoint(self):
        self.stays_passive(THAW_ENDPOINT=None)

    def test_disabled(self):
        self.stays_passive(THAW_DISABLED="true")
        self.assertEqual(self.said(), "")

    def test_own_receiver_is_no_endpoint(self):
        self.stays_passive(THAW_ENDPOINT=None, THAW_OTLP_LISTEN=None,
                           OTEL_EXPORTER_OTLP_ENDPOINT="http://127.0.0.1:4318")

    def test_wrong_settings(self):
        """Each wrong setting is said once, and the default is used."""
        self.start(THAW_FLUSH="whenever", THAW_FLUSH_BUDGET_MS="lots")
        rid = self.invoke_cold()
        self.platform.wait_asked()
        self.platform.shut_down()
        self.platform.deliver(lambda_.report(rid))
        self.ends()
        said = self.said()
        self.assertEqual((said.count("THAW_FLUSH:"), said.count("lots")), (1, 1), said)
        self.assertEqual(len(self.collector.facts("faas.invocation")), 1)

    def test_check_config(self):
        agent = os.path.abspath(harness.AGENT)
        good = subprocess.run([agent, "--check-config"], capture_output=True,
                              env={"THAW_ENDPOINT": "http://c:4318"})
        self.assertEqual(good.returncode, 0)
        wrong = subprocess.run([agent, "--check-config"], capture_output=True,
                               env={"THAW_FLUSH": "x"})
        self.assertEqual(wrong.returncode, 100)
        self.assertIn(b"THAW_FLUSH", wrong.stderr)
        version = subprocess.run([agent, "--version"], capture_output=True)
        self.assertTrue(version.stdout.startswith(b"thaw-agent "))

    def test_reference_page(self):
        """docs/reference/agent-settings.md holds the table as the agent prints it."""
        root = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../..")
        with open(os.path.join(root, "docs/reference/agent-settings.md")) as page:
            table = subprocess.run([os.path.abspath(harness.AGENT), "--settings"],
                                   capture_output=True, text=True).stdout
            self.assertGreater(len(table), 500)
            self.assertIn(table, page.read())

    def test_headers(self):
        """THAW_HEADERS and the token go with every request."""
        path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "token.example")
        self.start(THAW_HEADERS="x-team=a%20b", THAW_TOKEN_FILE=path)
        rid = self.invoke_cold()
        self.platform.wait_asked()
        self.platform.shut_down()
        self.platform.deliver(lambda_.report(rid))
        self.ends()
        for _, _, headers in self.collector.requests:
            self.assertEqual(headers["x-team"], "a b")
            self.assertEqual(headers["Authorization"], "Bearer example-token")
            self.assertEqual(headers["Content-Type"], "application/x-protobuf")


if __name__ == "__main__":
    unittest.main()
