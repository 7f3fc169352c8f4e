# SPDX-License-Identifier: Apache-2.0
"""An instance that is killed in the middle of an invocation, with the real sandbox and the real
collector: what its agent had sent is there, and the invocation is closed as what it was."""
import http.client
import json
import os
import subprocess
import tempfile
import threading
import time
import unittest

import sandbox

AGENT = os.environ.get("THAW_AGENT", "build/dev/bin/thaw-agent")
COLLECTOR = os.path.abspath(os.environ.get("THAW_COLLECTOR", "build/dev/bin/thaw-collector"))

TIMEOUT_S = 3
# The collector's patience behind a deadline is a minute.
END_UNKNOWN_S = 120
SOON_S = 30


class Kill(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.collector = subprocess.Popen(
            [COLLECTOR, "--data", self.folder.name, "--listen", "127.0.0.1:0"],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.addCleanup(self.stop_collector)
        line = self.collector.stdout.readline()
        self.assertIn("listening on", line)
        self.port = int(line.rsplit(":", 1)[1])

    def stop_collector(self):
        self.collector.terminate()
        self.collector.wait(30)
        self.collector.stdout.close()

    def begin(self, timeout):
        self.sandbox = sandbox.Sandbox(
            [sandbox.function(agent=AGENT, timeout=str(timeout))], self.port)
        self.addCleanup(self.sandbox.close)

    def call(self, port, method, path, body=None):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        connection.request(method, path, json.dumps(body) if body else None)
        answer = connection.getresponse()
        data = answer.read()
        connection.close()
        return answer.status, json.loads(data) if data else None

    def wait(self, condition, seconds=SOON_S):
        end = time.monotonic() + seconds
        while True:
            found = condition()
            if found:
                return found
            self.assertLess(time.monotonic(), end, "it does not happen")
            time.sleep(0.05)

    def invoke_aside(self, event):
        """Invoke in a thread of its own; gives the thread and the list that gets the answer."""
        answers = []
        thread = threading.Thread(target=lambda: answers.append(self.sandbox.invoke(event)))
        thread.start()
        self.addCleanup(thread.join)
        return thread, answers

    def instance(self):
        """The instance that runs an invocation."""
        _, answer = self.call(self.sandbox.port, "GET", "/sandbox/instances")
        running = [i for i in answer["instances"] if i["state"] == "invoke" and i["request_id"]]
        return running[0] if running else None

    def attempt(self, request_id):
        status, answer = self.call(self.port, "GET", "/api/thaw/v1/invocations/" + request_id)
        if status != 200:
            return None
        self.assertEqual(len(answer["attempts"]), 1)
        return answer["attempts"][0]

    def lines(self, request_id):
        _, answer = self.call(self.port, "GET", "/api/thaw/v1/transactions/" + request_id)
        return [log["body"] for log in answer["logs"] if log["request_id"] == request_id]

    def kill_when_known(self, target):
        """Kill in the middle of the first invocation, as soon as the collector knows of it."""
        thread, answers = self.invoke_aside({"n": 0, "sleep": 30})
        instance = self.wait(self.instance)
        request_id = instance["request_id"]
        known = self.wait(lambda: self.attempt(request_id))
        self.assertEqual((known["outcome"], known["status"], known["cold"]), ("running", None, True))
        status, _ = self.call(self.sandbox.port, "POST",
                              "/sandbox/instances/%s/kill" % instance["id"], {"target": target})
        self.assertLess(status, 300)
        thread.join(SOON_S)
        self.assertTrue(answers[0][1], "the caller is told of an error")
        return request_id

    def test_runtime(self):
        """The platform says what the end was, and the agent lives to pass it on."""
        self.begin(timeout=60)
        request_id = self.kill_when_known("runtime")
        found = self.wait(lambda: (a := self.attempt(request_id))["outcome"] != "running" and
                          a["billed_ms"] is not None and a)
        self.assertEqual((found["outcome"], found["status"], found["error_type"]),
                         ("error", "error", "Runtime.ExitError"))
        self.assertEqual(self.lines(request_id), ["line 0 of 0"])
        # The environment goes on, with a new agent process in it.
        self.assertEqual(self.sandbox.invoke({"n": 1})[:2], (200, None))

    def test_environment(self):
        """All is gone at once: what was told before is there, and the end is unknown when it
        cannot come any more."""
        self.begin(timeout=TIMEOUT_S)
        request_id = self.kill_when_known("environment")
        self.assertEqual(self.lines(request_id), ["line 0 of 0"])
        found = self.wait(lambda: (a := self.attempt(request_id))["outcome"] != "running" and a,
                          END_UNKNOWN_S)
        self.assertEqual((found["outcome"], found["status"], found["end"]),
                         ("end_unknown", None, None))


if __name__ == "__main__":
    unittest.main()
