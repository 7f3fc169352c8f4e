# SPDX-License-Identifier: Apache-2.0
"""What agents cost and what waits in frozen instances, from the sandbox through the real agent to what the
collector answers."""
import json
import os
import subprocess
import tempfile
import time
import unittest
import urllib.request

import sandbox

AGENT = os.environ.get("THAW_AGENT", "build/dev/bin/thaw-agent")
COLLECTOR = os.path.abspath(os.environ.get("THAW_COLLECTOR", "build/dev/bin/thaw-collector"))
# An instance counts as frozen with its records ten seconds after it was heard of.
SOON_S = 60


class Account(unittest.TestCase):
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

    def begin(self, **options):
        self.sandbox = sandbox.Sandbox([sandbox.function(agent=AGENT, timeout="60", **options)],
                                       self.port)
        self.addCleanup(self.sandbox.close)

    def get(self, path):
        with urllib.request.urlopen("http://127.0.0.1:%d/api/thaw/v1/%s" % (self.port, path),
                                    timeout=60) as answer:
            return json.load(answer)

    def function(self):
        rows = self.get("functions?from=0")["functions"]
        return rows[0] if rows else None

    def wait(self, condition):
        end = time.monotonic() + SOON_S
        while True:
            found = condition()
            if found:
                return found
            self.assertLess(time.monotonic(), end, "it does not happen")
            time.sleep(0.05)

    def test_what_it_costs(self):
        """Each invocation has its share, a function their sum, and what was held has a price."""
        self.begin(environment={"THAW_FLUSH": "end"})
        for number in range(4):
            # The environment is read ten times a second.
            self.sandbox.invoke({"n": number, "sleep": 0.12})
        self.sandbox.close()
        row = self.wait(lambda: (f := self.function()) and f["agent"] and
                        f["agent"]["invocations"] == 4 and f)
        agent = row["agent"]
        self.assertGreater(agent["cpu_ms"], 0)
        self.assertAlmostEqual(agent["cpu_ms_per_invocation"], agent["cpu_ms"] / 4, delta=0.002)
        self.assertGreater(agent["held_ms"], 0)
        self.assertGreater(agent["wire_bytes"], 0)
        self.assertGreater(agent["memory_bytes"], 100000)
        # Milliseconds, 128 MB, the price of a gigabyte-second.
        self.assertAlmostEqual(float(agent["cost"]["amount"]),
                               agent["held_ms"] / 1000 * 128 / 1024 * 0.0000166667, delta=1e-9)
        cost = self.get("cost?from=0")["agent"]
        self.assertEqual((cost["held_ms"], cost["invocations"]), (agent["held_ms"], 4))
        transactions = self.get("transactions?from=0")["transactions"]
        self.assertEqual(len(transactions), 4)
        for transaction in transactions:
            invocation, = self.get("transactions/" + transaction["id"])["invocations"]
            self.assertGreater(invocation["agent_cpu_ms"], 0)
            environment = invocation["environment"]
            self.assertGreater(environment["memory_total_bytes"], environment["memory_used_bytes"])
            self.assertGreater(environment["threads"], 0)
            self.assertGreaterEqual(environment["cpu_user_ms"], 0)
        hour = self.get("status")["agents"]["last_hour"]
        self.assertEqual(hour["invocations"], 4)

    def test_waiting(self):
        """Where data rides with the next invocation, the end of the last one waits in the frozen
        instance, and the collector says so until it has come."""
        self.begin(environment={"THAW_FLUSH": "periodic,0"})
        for number in range(6):
            self.sandbox.invoke({"n": number, "sleep": 0.2})
        waiting = self.wait(lambda: (f := self.function()) and f["waiting"]["instances"] and
                            f["waiting"])
        self.assertEqual(waiting["instances"], 1)
        self.assertGreater(waiting["records"], 0)
        self.assertLess(abs(int(waiting["since"]) / 1e9 - time.time()), SOON_S)
        self.assertEqual(self.get("status")["agents"]["waiting"]["instances"], 1)
        lane, = self.get("instances?from=0")["instances"]
        self.assertEqual(lane["waiting_records"], waiting["records"])
        self.sandbox.close()
        self.wait(lambda: self.function()["waiting"]["instances"] == 0)
        self.assertEqual(self.function()["waiting"]["since"], None)
        self.assertEqual(self.function()["invocations"], 6)


if __name__ == "__main__":
    unittest.main()
