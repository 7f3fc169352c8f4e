# SPDX-License-Identifier: Apache-2.0
"""The agent in the instances of thaw-sandbox: real lives, real freezes, default ports."""
import os
import time
import unittest

import fake_collector
import sandbox

AGENT = os.environ.get("THAW_AGENT", "build/dev/bin/thaw-agent")


class InSandbox(unittest.TestCase):
    def setUp(self):
        self.collector = fake_collector.Collector()
        self.addCleanup(self.collector.close)

    def begin(self, idle="300s", **options):
        options.setdefault("environment", {})
        self.sandbox = sandbox.Sandbox([sandbox.function(agent=AGENT, **options)],
                                       self.collector.port, idle)
        self.addCleanup(self.sandbox.close)

    def facts(self):
        """The facts of all attempts, in the order of their starts."""
        return sorted(self.collector.facts("faas.invocation"), key=lambda f: f["thaw.start_ns"])

    def test_lives(self):
        """Cold, warm, failing, timing out, crashing, re-initialised: each is what it was."""
        self.begin()
        self.lives()

    def test_runtime_first(self):
        """The same where the runtime hears of an invocation before the agent does."""
        self.begin(invoke_first="runtime")
        self.lives()

    def lives(self):
        answers = [self.sandbox.invoke(event) for event in (
            {"n": 0}, {"n": 1, "span": True}, {"n": 2, "fail": True}, {"n": 3, "sleep": 5},
            {"n": 4}, {"n": 5, "crash": True}, {"n": 6})]
        self.sandbox.close()
        self.assertEqual([bool(error) for _, error, _ in answers],
                         [False, False, True, True, False, True, False])
        self.assertEqual(answers[1][2], {"n": 1, "span": 200})
        facts = self.facts()
        self.assertEqual([f["thaw.invocation.status"] for f in facts],
                         ["success", "success", "error", "timeout", "success", "error", "success"])
        self.assertEqual([f["faas.coldstart"] for f in facts],
                         [True, False, False, False, True, False, True])
        self.assertEqual({f["thaw.invocation.state"] for f in facts}, {"reported"})
        self.assertEqual([f.get("error.type") for f in facts][3], "Sandbox.Timedout")
        for fact in facts:
            self.assertGreater(fact["thaw.billed_ms"], 0)
            self.assertEqual(fact["thaw.attempt"], 1)
        phases = sorted(f["thaw.init.phase"] for f in self.collector.facts("faas.instance.start"))
        self.assertEqual(phases, ["init", "invoke", "invoke"])
        stops = [f["thaw.stop.reason"] for f in self.collector.facts("faas.instance.stop")]
        self.assertEqual(sorted(stops), ["failure", "spindown", "timeout"])
        lines = [l for l in self.collector.lines() if (l["body"] or "").startswith("line")]
        by_id = {f["faas.invocation_id"]: str(number) for number, f in enumerate(facts)}
        self.assertEqual(len(lines), 7)
        for line in lines:
            self.assertEqual(line["body"].split()[-1],
                             by_id[line["attributes"]["faas.invocation_id"]])
        instances = {r["faas.instance"] for r, _, _ in self.collector.blocks("logs")}
        self.assertEqual(len(instances), 1)
        theirs = [b for b in self.collector.blocks("traces") if b[1] == "lib"]
        self.assertEqual([(b[0]["service.name"], b[0]["faas.instance"]) for b in theirs],
                         [("mine", instances.pop())])

    def test_asynchronous_attempts(self):
        """Every attempt of one request id is told apart, on a reset instance too."""
        self.begin()
        self.sandbox.invoke({"n": 0, "crash": True}, kind="Event")
        self.collector.wait_for(lambda c: len(c.facts("faas.instance.stop")) == 3, 20)
        self.sandbox.close()
        facts = self.facts()
        self.assertEqual(len({f["faas.invocation_id"] for f in facts}), 1)
        self.assertEqual(sorted(f["thaw.attempt"] for f in facts), [1, 2, 3])

    def test_idle_end(self):
        """The last report arrives in SHUTDOWN, when the instance has been idle."""
        self.begin(idle="1s")
        self.sandbox.invoke({"n": 0})
        self.collector.wait_for(lambda c: c.facts("faas.instance.stop"), 20)
        self.assertEqual(self.facts()[0]["thaw.invocation.state"], "reported")

    def test_riding_with_freezes(self):
        """From a rate on nothing is held, and nothing is lost."""
        self.begin()
        for number in range(40):
            self.sandbox.invoke({"n": number})
        self.sandbox.close()
        facts = self.facts()
        self.assertEqual(len(facts), 40)
        held = [f for f in facts[8:] if f.get("thaw.agent.held_ns", 0) > 0]
        self.assertEqual(held, [])
        self.assertEqual(len([l for l in self.collector.lines() if "line" in l["body"]]), 40)

    def test_nothing_twice_across_freezes(self):
        """An exchange that is under way when the freeze comes is not sent again: its answer is read
        after the thaw, also when its time was over long before."""
        self.collector.delay = 0.3
        self.begin(environment={"THAW_FLUSH": "periodic,0"})
        for number, pause in enumerate((1, 6, 1, 0, 6, 0)):
            self.sandbox.invoke({"n": number, "sleep": 0.1})
            time.sleep(pause)
        self.collector.delay = 0
        self.sandbox.close()
        bodies = [body for _, body, _ in self.collector.requests]
        self.assertEqual(len(bodies), len(set(bodies)))
        self.assertEqual(len(self.facts()), 6)

    def test_collector_gone(self):
        """No difference to the results, and none that matters to the time."""
        self.collector.close()
        self.begin(environment={"THAW_FLUSH": "end"})
        for number in range(6):
            begun = time.monotonic()
            self.assertEqual(self.sandbox.invoke({"n": number})[:2], (200, None))
            self.assertLess(time.monotonic() - begun, 20)

    def test_failure_of_the_agent(self):
        """Parked in the middle of its life, it is as if it were not there."""
        self.begin(environment={"THAW_TEST_FAIL_AT": "12"})
        answers = [self.sandbox.invoke({"n": number})[:2] for number in range(5)]
        self.assertEqual(answers, [(200, None)] * 5)


if __name__ == "__main__":
    unittest.main()
