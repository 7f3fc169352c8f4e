# SPDX-License-Identifier: Apache-2.0
"""The agent in every kind of life that thaw-sandbox can lead, against what really happened there."""
import concurrent.futures
import os
import time
import unittest

import fake_collector
import sandbox

AGENT = os.environ.get("THAW_AGENT", "build/dev/bin/thaw-agent")


class Kinds(unittest.TestCase):
    def setUp(self):
        self.collector = fake_collector.Collector()
        self.addCleanup(self.collector.close)

    def begin(self, idle="300s", top=None, **options):
        options.setdefault("timeout", "10")
        self.sandbox = sandbox.Sandbox([sandbox.function(agent=AGENT, **options)],
                                       self.collector.port, idle, **(top or {}))
        self.addCleanup(self.sandbox.close)

    def facts(self):
        return sorted(self.collector.facts("faas.invocation"), key=lambda f: f["thaw.start_ns"])

    def inits(self):
        return sorted(self.collector.facts("faas.instance.start"),
                      key=lambda f: f["thaw.init.start_ns"])

    def instance_of(self, rid):
        found, = {attributes["faas.instance"] for attributes, log in self.collector.records("logs")
                  if log["attributes"].get("faas.invocation_id") == rid}
        return found

    def ends(self):
        """Shut all down, and check every fact against the log streams."""
        truth = {}
        try:
            self.sandbox.call("POST", "drain")
            self.sandbox.until(lambda instances: not instances)
            truth = self.sandbox.reports()
        finally:
            self.sandbox.close()
        facts = self.facts()
        for fact in facts:
            if fact["thaw.invocation.state"] != "reported":
                continue
            said = truth[fact["faas.invocation_id"]][fact["thaw.attempt"] - 1]
            instance = self.instance_of(fact["faas.invocation_id"])
            if not instance.startswith("thaw-"):  # Made up, where nobody told it.
                self.assertEqual(instance, said["stream"])
            if "metrics" in said:
                expected = {
                    "thaw.reported_ns": said["metrics"]["durationMs"] * 1e6,
                    "thaw.billed_ms": said["metrics"].get("billedDurationMs"),
                    "thaw.invocation.status": said["status"]}
                self.assertAlmostEqual(fact["thaw.reported_ns"], expected["thaw.reported_ns"],
                                       delta=1)
                self.assertEqual(fact.get("thaw.billed_ms"), expected["thaw.billed_ms"])
                self.assertEqual(fact["thaw.invocation.status"],
                                 expected["thaw.invocation.status"])
                continue
            for name, key, unit in (
                    ("thaw.reported_ns", "Duration", 1e6), ("thaw.billed_ms", "Billed Duration", 1),
                    ("thaw.max_memory_used_mb", "Max Memory Used", 1),
                    ("thaw.init_ns", "Init Duration", 1e6),
                    ("thaw.restore_ns", "Restore Duration", 1e6),
                    ("thaw.billed_restore_ms", "Billed Restore Duration", 1)):
                told = said.get(key)
                self.assertEqual(told is None, fact.get(name) is None, name)
                if told is not None:
                    # Two digits of a millisecond are in the line.
                    self.assertAlmostEqual(fact[name] / unit, float(told.split()[0]), delta=0.006)
        return facts

    def test_provisioned(self):
        """Initialised before anybody came: no invocation is cold."""
        self.begin(provisioned=1)
        self.sandbox.until(lambda found: found and found[0]["frozen"])
        self.sandbox.invoke({"n": 0})
        facts = self.ends()
        self.assertEqual([f["faas.coldstart"] for f in facts], [False])
        init, = self.inits()
        self.assertEqual((init["thaw.init.phase"], init["thaw.initialization_type"]),
                         ("init", "provisioned-concurrency"))
        self.assertNotIn("init", [span["name"] for span in self.collector.spans()])

    def test_nobody_comes(self):
        """An init that nobody waited for, and a SHUTDOWN without an invocation."""
        self.begin()
        self.sandbox.call("POST", "functions/fn/instances")
        self.sandbox.until(lambda found: found and found[0]["frozen"])
        self.assertEqual(self.ends(), [])
        self.assertEqual([i["thaw.init.status"] for i in self.inits()], ["success"])
        stop, = self.collector.facts("faas.instance.stop")
        self.assertEqual(stop["thaw.stop.reason"], "spindown")
        self.assertEqual([l["body"] for l in self.collector.lines()], ["initialising"])

    def test_suppressed(self):
        """An init over its limit is repeated inside of the invocation, which waits for both."""
        self.begin(environment={"INIT_SLEEP": "30"}, top={"init_limit": "1s"})
        self.sandbox.invoke({"n": 0})
        fact, = self.ends()
        self.assertTrue(fact["faas.coldstart"])
        self.assertEqual([(i["thaw.init.phase"], i["thaw.init.status"]) for i in self.inits()],
                         [("init", "timeout"), ("invoke", "success")])
        self.assertEqual({s["thaw.stop.reason"]
                          for s in self.collector.facts("faas.instance.stop")},
                         {"timeout", "spindown"})

    def test_extension_beside(self):
        """Another extension that crashes fails the invocation, and it is told as what it was."""
        for where in ("invoke", "init"):
            with self.subTest(where):
                self.collector.requests.clear()
                self.begin(beside=["failing_extension.py"], environment={"FAILING": where})
                self.assertEqual(self.sandbox.invoke({"n": 0, "sleep": 2})[1], "Unhandled")
                facts = self.ends()
                self.assertEqual([(f["thaw.invocation.status"], f["error.type"]) for f in facts],
                                 [("error", "Extension.Crash")])

    def test_out_of_memory(self):
        """The kernel kills the runtime: the platform says what it was."""
        self.begin(memory_limit=True)
        self.assertIsNone(self.sandbox.invoke({"n": 0})[1])
        self.sandbox.until(lambda found: found[0]["frozen"])
        self.assertEqual(self.sandbox.invoke({"n": 1, "eat": 300})[1], "Unhandled")
        facts = self.ends()
        self.assertEqual([(f["thaw.invocation.status"], f.get("error.type"),
                           f["thaw.max_memory_used_mb"]) for f in facts][1],
                         ("error", "Runtime.OutOfMemory", 128))

    def test_out_of_memory_by_its_lines(self):
        """A runtime that says it and exits by itself is out of memory, too."""
        self.begin()
        self.sandbox.invoke({"n": 0, "say": "java.lang.OutOfMemoryError: Java heap space",
                             "crash": True})
        facts = self.ends()
        self.assertEqual([f["error.type"] for f in facts], ["Runtime.OutOfMemory"])

    def serve_badly(self, count=8, **telemetry):
        self.begin(telemetry=telemetry)
        for number in range(count):
            self.assertEqual(self.sandbox.invoke({"n": number})[:2], (200, None))
        return self.ends()

    def test_late_reports(self):
        """A report that comes two invocations later completes its own."""
        facts = self.serve_badly(report="late")
        self.assertEqual([f["thaw.invocation.state"] for f in facts], ["reported"] * 8)

    def test_reports_that_never_come(self):
        """What is known is told: how it ended, and when the handler was done."""
        facts = self.serve_badly(report="never")
        self.assertEqual([(f["thaw.invocation.state"], f["thaw.invocation.status"])
                          for f in facts], [("done", "success")] * 8)
        self.assertEqual({"thaw.billed_ms" in f for f in facts}, {False})

    def test_other_order(self):
        """Events in another order are the same facts."""
        facts = self.serve_badly(reorder=0.5, seed=3)
        self.assertEqual([f["thaw.invocation.state"] for f in facts], ["reported"] * 8)
        self.assertEqual([f["thaw.attempt"] for f in facts], [1] * 8)
        self.assertEqual([f["faas.coldstart"] for f in facts], [True] + [False] * 7)

    def test_told_twice(self):
        """Deliveries that come again count once."""
        facts = self.serve_badly(repeat=1)
        self.assertEqual([f["thaw.attempt"] for f in facts], [1] * 8)
        lines = [l["body"] for l in self.collector.lines()]
        self.assertEqual(len(lines), len(set(lines)))
        stop, = self.collector.facts("faas.instance.stop")
        self.assertGreater(stop["thaw.agent.redelivered"], 0)

    def test_dropped_by_the_platform(self):
        """What the platform drops it tells, and what is left of an invocation is told."""
        facts = self.serve_badly(drop=0.3, seed=5)
        self.assertEqual(len(facts), 8)
        told = [l for l in self.collector.logs() if l["event"] == "thaw.platform.logs_dropped"]
        self.assertGreater(sum(l["attributes"]["thaw.dropped.records"] for l in told), 0)

    def test_refused_telemetry(self):
        """Invocations are known from the lifecycle alone, and marked."""
        facts = self.serve_badly(count=3, refused=True)
        self.assertEqual([f["thaw.invocation.state"] for f in facts], ["started"] * 3)
        self.assertEqual([f["faas.coldstart"] for f in facts], [True, False, False])
        self.assertEqual({r["thaw.no_telemetry"] for r, _, _ in self.collector.blocks("logs")},
                         {True})

    def test_clocks(self):
        """A platform whose clock runs off by a minute, either way: nothing is held for long, and
        nothing is lost."""
        for clock in ({"ahead": "60s"}, {"behind": "60s"}):
            with self.subTest(clock):
                self.collector.requests.clear()
                self.begin(clock=clock)
                for number in range(5):
                    self.assertEqual(self.sandbox.invoke({"n": number})[:2], (200, None))
                facts = self.ends()
                self.assertEqual([f["thaw.invocation.state"] for f in facts], ["reported"] * 5)

    def test_json(self):
        """A log of JSON: lines name their invocation, and facts are the same."""
        self.begin(log_format="json")
        for number in range(3):
            self.sandbox.invoke({"n": number, "fail": number == 1})
        facts = self.ends()
        self.assertEqual([f["thaw.invocation.status"] for f in facts],
                         ["success", "error", "success"])
        by_line = {l["body"]: l["attributes"].get("faas.invocation_id")
                   for l in self.collector.lines()}
        self.assertEqual([by_line["line 0 of %d" % n] for n in range(3)],
                         [f["faas.invocation_id"] for f in facts])

    def test_line_in_pieces(self):
        """A line that the platform cuts is several of the same invocation, none lost."""
        self.begin()
        self.sandbox.invoke({"n": 0, "long": 600000})
        fact, = self.ends()
        pieces = [l for l in self.collector.lines() if "xxx" in (l["body"] or "")]
        self.assertEqual(len(pieces), 3)
        self.assertEqual({l["attributes"]["faas.invocation_id"] for l in pieces},
                         {fact["faas.invocation_id"]})

    def test_snapshots(self):
        """Two copies of snapshots: instances of their own, cold by their restore, and nothing of
        what was before is theirs."""
        self.begin(initialization="snap-start", concurrency=3, environment={"RESTORE": "1"})
        ready = lambda count: lambda found: (
            [i["state"] for i in found].count("snapshot") >= 1 and
            len([i for i in found if i["state"] == "ready"]) >= count)
        self.sandbox.until(ready(0))
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            first = pool.submit(self.sandbox.invoke, {"n": 0, "sleep": 3})
            self.sandbox.until(lambda found: [i["state"] for i in found].count("snapshot") >= 1 and
                               [i for i in found if i["state"] == "invoke"])
            self.sandbox.invoke({"n": 1})
            first.result()
        self.sandbox.until(ready(1))
        self.sandbox.invoke({"n": 2})
        facts = self.ends()
        self.assertEqual([f["faas.coldstart"] for f in facts], [True, True, False])
        self.assertEqual(["thaw.restore_ns" in f for f in facts], [True, True, False])
        instances = {self.instance_of(f["faas.invocation_id"]) for f in facts}
        self.assertEqual(len(instances), 2)
        restores = [(attributes, log) for attributes, log in self.collector.records("logs")
                    if log["event"] == "faas.instance.start" and
                    log["attributes"].get("thaw.init.phase") == "snap-start"]
        self.assertEqual({a["faas.instance"] for a, _ in restores}, instances)
        for attributes, log in self.collector.records("logs"):
            if log["body"] in ("initialising", "restored"):
                self.assertEqual(attributes["faas.instance"] in instances,
                                 log["body"] == "restored", log)
        epochs = {(a["faas.instance"], a["thaw.epoch"])
                  for a, _ in self.collector.records("logs") if a["faas.instance"] in instances}
        self.assertEqual(len(epochs), 2)

    def managed(self, workers=4, **options):
        self.begin(initialization="lambda-managed-instances", max_concurrency=workers, **options)

    def serve_side_by_side(self, workers, count, sleep):
        """So many invocations in one environment: each is answered with its own, has its lines,
        and an end by its report."""
        self.managed(workers, timeout="60")
        with concurrent.futures.ThreadPoolExecutor(workers) as pool:
            answers = list(pool.map(
                lambda n: self.sandbox.invoke({"n": n, "lines": 3, "sleep": sleep}), range(count)))
        self.assertEqual([(status, error, answer["n"]) for status, error, answer in answers],
                         [(200, None, n) for n in range(count)])
        self.collector.wait_for(lambda c: len([f for f in c.facts("faas.invocation")
                                               if f["thaw.invocation.state"] == "reported"]) == count)
        facts = self.ends()
        self.assertEqual(len(facts), count)
        self.assertEqual({f["thaw.invocation.status"] for f in facts}, {"success"})
        self.assertEqual({f["faas.coldstart"] for f in facts}, {False})
        self.assertEqual({"thaw.billed_ms" in f for f in facts}, {False})
        whose = {}
        for line in self.collector.lines():
            if line["body"].startswith("line"):
                whose.setdefault(line["attributes"]["faas.invocation_id"], []).append(
                    line["body"].split()[-1])
        self.assertEqual({(len(found), len(set(found))) for found in whose.values()}, {(3, 1)})
        self.assertEqual({f["faas.invocation_id"] for f in facts}, set(whose))
        return facts

    def test_managed(self):
        """Invocations side by side in one environment."""
        self.serve_side_by_side(4, 12, 0.3)
        stop, = self.collector.facts("faas.instance.stop")
        self.assertEqual(stop["thaw.stop.reason"], "spindown")

    def test_managed_many(self):
        """As many at once as an environment serves at most: 64 workers, three rounds of them."""
        facts = self.serve_side_by_side(64, 192, 1)
        begun = [f["thaw.start_ns"] for f in facts]
        ended = [f["thaw.start_ns"] + f["thaw.reported_ns"] for f in facts]
        self.assertGreater(max(sum(1 for one in begun if one <= at) - sum(1 for one in ended if one < at)
                               for at in begun), 48)
        stop, = self.collector.facts("faas.instance.stop")
        self.assertNotIn("thaw.agent.invocations_split", stop)
        self.assertEqual([name for name in stop if ".dropped." in name], [])

    def test_managed_failures(self):
        """A timeout is one invocation's; a crash is everybody's, and the environment's end."""
        self.managed(timeout="2")
        self.sandbox.invoke({"n": 0})
        self.sandbox.invoke({"n": 1, "sleep": 4})
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            waits = pool.submit(self.sandbox.invoke, {"n": 2, "sleep": 1.9})
            self.sandbox.until(lambda found: found[0]["running"] == 1)
            self.sandbox.invoke({"n": 3, "crash": True})
            waits.result()
        facts = self.ends()
        self.assertEqual([f["thaw.invocation.status"] for f in facts],
                         ["success", "timeout", "error", "error"])
        self.assertEqual([f.get("error.type") for f in facts][2:], ["Runtime.ExitError"] * 2)

    def test_proactive(self):
        """An init that ended long before its first invocation was waited for by nobody."""
        self.begin()
        self.sandbox.call("POST", "functions/fn/instances")
        self.sandbox.until(lambda found: found and found[0]["frozen"])
        time.sleep(10.5)  # The platform's word for it: more than ten seconds.
        self.sandbox.invoke({"n": 0})
        fact, = self.ends()
        self.assertFalse(fact["faas.coldstart"])


if __name__ == "__main__":
    unittest.main()
