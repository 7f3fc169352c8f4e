# SPDX-License-Identifier: Apache-2.0
"""What agents cost and what waits in frozen instances, from the sandbox through the real agent to what the
collector answers."""
import time
import unittest

import house


class Account(house.HouseTest):
    def function(self):
        rows = self.get("functions?from=0")["functions"]
        return rows[0] if rows else None

    def test_what_it_costs(self):
        """Each invocation has its share, a function their sum, and what was held has a price."""
        self.begin(timeout="60", environment={"THAW_FLUSH": "end"})
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
        self.begin(timeout="60", environment={"THAW_FLUSH": "periodic,0"})
        for number in range(6):
            self.sandbox.invoke({"n": number, "sleep": 0.2})
        waiting = self.wait(lambda: (f := self.function()) and f["waiting"]["instances"] and
                            f["waiting"])
        self.assertEqual(waiting["instances"], 1)
        self.assertGreater(waiting["records"], 0)
        self.assertLess(abs(int(waiting["since"]) / 1e9 - time.time()), house.SOON_S)
        self.assertEqual(self.get("status")["agents"]["waiting"]["instances"], 1)
        lane, = self.get("instances?from=0")["instances"]
        self.assertEqual(lane["waiting_records"], waiting["records"])
        self.sandbox.close()
        self.wait(lambda: self.function()["waiting"]["instances"] == 0)
        self.assertEqual(self.function()["waiting"]["since"], None)
        self.assertEqual(self.function()["invocations"], 6)


if __name__ == "__main__":
    unittest.main()
