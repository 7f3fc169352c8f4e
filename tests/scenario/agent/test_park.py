# SPDX-License-Identifier: Apache-2.0
"""A failure of the agent's own, wherever it happens, ends neither the instance nor an invocation."""
import http.client
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


if __name__ == "__main__":
    unittest.main()
