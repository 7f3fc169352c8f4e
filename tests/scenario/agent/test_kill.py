# SPDX-License-Identifier: Apache-2.0
"""Instances that are killed in the middle of an invocation, with the real sandbox and the real
collector: what their agents had sent is there, and each invocation is closed as what it was.

THAW_KILLS says how many environments are lost (1000 for the full count), THAW_SEED when.
"""
import gzip
import json
import os
import random
import threading
import unittest

import house

KILLS = int(os.environ.get("THAW_KILLS", "6"))
SEED = int(os.environ.get("THAW_SEED", str(random.randrange(1 << 32))))

TIMEOUT_S = 10
# The collector's patience behind a deadline is a minute.
END_UNKNOWN_S = 120
BILLED_MS = 700


class Kill(house.HouseTest):
    def invoke_aside(self, event):
        """Invoke in a thread of its own; gives the thread and the list that gets the answer."""
        answers = []
        thread = threading.Thread(target=lambda: answers.append(self.sandbox.invoke(event)))
        thread.start()
        self.addCleanup(thread.join)
        return thread, answers

    def instance(self):
        """The instance that runs an invocation."""
        running = [i for i in self.sandbox.instances()
                   if i["state"] == "invoke" and i["request_id"]]
        return running[0] if running else None

    def invoke_and_see(self, event):
        """An invocation that runs: its thread, its answers, its instance.  On a slow machine one may
        be over, by a timeout of its init, before it has begun."""
        while True:
            thread, answers = self.invoke_aside(event)
            instance = self.wait(lambda: self.instance() or answers)
            if instance is not answers:
                return thread, answers, instance

    def kill_when_known(self, event, target, pause_s=0.0):
        """Kill in the middle of an invocation, after the collector knows of it."""
        thread, answers, instance = self.invoke_and_see(event)
        known = self.wait(lambda: self.attempt(instance["request_id"]))
        self.assertEqual((known["outcome"], known["status"]), ("running", None))
        threading.Event().wait(pause_s)
        self.sandbox.call("POST", "instances/%s/kill" % instance["id"], {"target": target})
        thread.join(house.SOON_S)
        self.assertTrue(answers[0][1], "the caller is told of an error")
        return instance["request_id"]

    def lines(self, request_id):
        return [log["body"] for log in self.get("transactions/" + request_id)["logs"]
                if log["request_id"] == request_id]

    def test_runtime(self):
        """The platform says what the end was, and the agent lives to pass it on."""
        self.begin(timeout="60")
        request_id = self.kill_when_known({"n": 0, "sleep": 30}, "runtime")
        found = self.wait(lambda: (a := self.attempt(request_id))["outcome"] != "running" and
                          a["billed_ms"] is not None and a)
        self.assertEqual((found["outcome"], found["status"], found["error_type"]),
                         ("error", "error", "Runtime.ExitError"))
        self.assertEqual(self.lines(request_id), ["line 0 of 0"])
        # The environment goes on, with a new agent process in it.
        self.assertEqual(self.sandbox.invoke({"n": 1})[:2], (200, None))

    def give_stream(self, request_id):
        """What CloudWatch has: the instance's log stream as it was, and the platform's last word, as
        it is where an environment has run out of memory."""
        stream, events = self.sandbox.stream_of(request_id)
        events.append((events[-1][0],
                       "REPORT RequestId: %s\tDuration: %d.00 ms\tBilled Duration: %d ms\t"
                       "Memory Size: 128 MB\tMax Memory Used: 128 MB\tStatus: error\t"
                       "Error Type: Runtime.OutOfMemory" % (request_id, BILLED_MS, BILLED_MS)))
        payload = {"messageType": "DATA_MESSAGE", "owner": "123456789012",
                   "logGroup": "/aws/lambda/fn", "logStream": stream,
                   "subscriptionFilters": ["all"],
                   "logEvents": [{"id": "%056d" % number, "timestamp": time_ms, "message": text}
                                 for number, (time_ms, text) in enumerate(events)]}
        status, data = self.ask("POST", "/v1/cloudwatch",
                                gzip.compress(json.dumps(payload).encode()),
                                {"Content-Encoding": "gzip"})
        self.assertEqual((status, json.loads(data)["refused"]), (200, 0))

    def function(self):
        row, = self.get("functions?from=0")["functions"]
        return row

    def test_environments(self):
        """All is gone at once, /tmp as well, at any moment: what was told before is there, the end is
        unknown when it cannot come any more, and the lines that CloudWatch has complete it."""
        print("seed", SEED)
        chance = random.Random(SEED)
        said = ["word %d\n" % number for number in range(20)]
        self.begin(timeout=str(TIMEOUT_S))
        lost = [self.kill_when_known({"n": 0, "write": said, "sleep": 30}, "environment",
                                     chance.random() * 0.5) for _ in range(KILLS)]
        before = {}
        for request_id in lost:
            found = self.wait(lambda: (a := self.attempt(request_id))["outcome"] != "running" and a,
                              END_UNKNOWN_S)
            self.assertEqual((found["outcome"], found["status"], found["end"], found["billed_ms"]),
                             ("end_unknown", None, None, None))
            transaction = self.get("transactions/" + request_id)
            self.assertEqual([(each["code"], each["request_id"]) for each in transaction["missing"]],
                             [("end_unknown", request_id)])
            before[request_id] = self.lines(request_id)
        errors = self.function()["errors"]
        self.assertEqual(self.function()["invocations"] - errors, KILLS)
        for count, request_id in enumerate(lost):
            self.give_stream(request_id)
            found = self.wait(lambda: (a := self.attempt(request_id))["billed_ms"] and a)
            self.assertEqual((found["outcome"], found["error_type"], found["billed_ms"],
                              found["source"]),
                             ("error", "Runtime.OutOfMemory", BILLED_MS, "both"))
            transaction = self.get("transactions/" + request_id)
            self.assertTrue(transaction["complete"], transaction["missing"])
            texts = [text for _, text in self.sandbox.stream_of(request_id)[1]]
            really = texts[texts.index("START RequestId: %s Version: $LATEST" % request_id) + 1:]
            self.assertEqual(self.lines(request_id), really)
            self.assertLessEqual(set(before[request_id]), set(really))
        self.assertEqual(self.function()["errors"], errors + KILLS)
        print("%d environments, %d lines told by agents, %d by streams" % (
            KILLS, sum(map(len, before.values())), sum(len(self.lines(each)) for each in lost)))


if __name__ == "__main__":
    unittest.main()
