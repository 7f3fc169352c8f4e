# SPDX-License-Identifier: Apache-2.0
"""A failure of the agent's own, wherever it happens, ends neither the instance nor an invocation."""
import http.client
import threading
import unittest

import fake_lambda as lambda_
import harness


class Park(harness.AgentTest):
    TURNS = 31

    def deliver(self, *events):
        """A delivery that was cut by the failure is made again, as the platform does."""
        for _ in range(3):
            try:
                return self.platform.deliver(*events)
            except (ConnectionError, http.client.HTTPException):
                pass
        return None

    def life(self, fail_at, how):
        self.setUp()
        try:
            self.start(THAW_TEST_FAIL_AT=str(fail_at), THAW_TEST_FAIL_HOW=how, THAW_FLUSH="end")
            self.platform.wait_asked()
            if self.platform.telemetry_port:
                self.assertEqual(self.deliver(*lambda_.init_events()), 200)
            for _ in range(3):
                rid = harness.request_id()
                self.platform.invoke(rid)
                if self.platform.telemetry_port:
                    self.assertEqual(self.deliver(
                        lambda_.start(rid), lambda_.line("x"), lambda_.done(rid)), 200)
                self.platform.wait_asked()
            self.platform.shut_down()
            self.ends()
            return "parks" in self.said()
        finally:
            self.doCleanups()

    def test_assertion_at_every_turn(self):
        parked = sum(self.life(turn, "ensure") for turn in range(1, self.TURNS))
        self.assertGreater(parked, 12)

    def test_signal(self):
        parked = sum(self.life(turn, "signal") for turn in (1, 2, 3, 5, 8, 13, 21))
        self.assertGreater(parked, 4)


class Refused(harness.AgentTest):
    """Where the platform takes no registration for INVOKE, the agent lives on without one."""

    def lives_and_ends(self):
        self.platform.wait_asked()
        with self.assertRaises(ConnectionError):
            http.client.HTTPConnection("127.0.0.1", self.otlp_port, timeout=5).connect()
        self.platform.shut_down()
        self.ends()
        self.assertEqual(self.said().count("nothing is collected"), 1, self.said())
        registered = [body for _, path, body in self.platform.calls if path.endswith("register")]
        self.assertEqual(registered[-1], b'{"events":["SHUTDOWN"]}')
        return len(registered)

    def serves_side_by_side(self):
        """An instance that tells of no INVOKE is collected from all the same."""
        self.platform.wait_asked()
        self.platform.deliver(*lambda_.init_events(kind="lambda-managed-instances"))
        ids = [harness.request_id() for _ in range(2)]
        self.platform.deliver(*[lambda_.start(rid) for rid in ids])
        self.platform.deliver(*[lambda_.event(
            "function", {"message": "of it", "requestId": rid}) for rid in reversed(ids)])
        self.platform.deliver(*[lambda_.event("platform.report", {
            "requestId": rid, "status": "success", "metrics": {"durationMs": 5}}) for rid in ids])
        self.collector.wait_for(lambda c: len(c.facts("faas.invocation")) == 2)
        self.platform.shut_down()
        self.ends()
        self.assertEqual({f["thaw.invocation.state"] for f in self.collector.facts(
            "faas.invocation")}, {"reported"})
        self.assertEqual([line["attributes"]["faas.invocation_id"]
                          for line in self.collector.lines()], ids[::-1])
        registered = [body for _, path, body in self.platform.calls if path.endswith("register")]
        self.assertEqual(registered[-1], b'{"events":["SHUTDOWN"]}')
        return len(registered)

    def test_managed_instances(self):
        self.start(AWS_LAMBDA_INITIALIZATION_TYPE="lambda-managed-instances")
        self.assertEqual(self.serves_side_by_side(), 1)

    def test_invoke_is_refused(self):
        self.refuse("Extension.InvalidEventType")
        self.assertEqual(self.serves_side_by_side(), 2)

    def test_registration_is_refused(self):
        """For another reason: then nothing is collected."""
        self.refuse("Extension.InvalidExtensionState")
        self.assertEqual(self.lives_and_ends(), 2)

    def refuse(self, why):
        """Take a registration for SHUTDOWN alone."""
        answer = self.platform.answer

        def refuse(handler):
            if handler.path.endswith("/register") and handler.headers["Content-Length"] != "23":
                body = handler.rfile.read(int(handler.headers["Content-Length"]))
                self.platform.calls.append((handler.command, handler.path, body))
                self.platform.send(handler, 403, {"errorType": why})
            else:
                answer(handler)
        self.platform.answer = refuse
        self.start()


class Named(harness.AgentTest):
    def test_runtime_api_by_name(self):
        """The platform may have a name, for a passive agent as well."""
        port = self.platform.address.split(":")[1]
        # The last one is no literal of ours, but the system knows what it stands for.
        for name in ("localhost", "LocalHost", "127.1"):
            for variables in ({}, {"THAW_DISABLED": "true"}):
                self.lives(name + ":" + port, variables)

    def lives(self, name, variables):
        self.start(AWS_LAMBDA_RUNTIME_API=name, **variables)
        self.platform.wait_asked()
        self.platform.shut_down()
        self.ends()


class Silent(harness.AgentTest):
    def test_subscription_is_not_answered(self):
        """Then there is no telemetry, and the first invocation comes all the same."""
        answer = self.platform.answer
        over = threading.Event()
        self.addCleanup(over.set)

        def hang(handler):
            if handler.path.endswith("/telemetry"):
                over.wait(60)
            else:
                answer(handler)
        self.platform.answer = hang
        self.start()
        self.platform.wait_asked(30)
        self.platform.invoke(harness.request_id())
        self.platform.wait_asked()
        self.platform.shut_down()
        self.ends()
        self.assertIn("no telemetry", self.said())


if __name__ == "__main__":
    unittest.main()
