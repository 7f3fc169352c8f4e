# SPDX-License-Identifier: Apache-2.0
"""The static agent as it ships, natively or under an emulator: it starts, and it lives a life in TLS."""
import os
import subprocess
import sys
import unittest

import authority
import fake_collector
import fake_lambda as lambda_
import harness

SKIPPED = 77


class Static(harness.AgentTest):
    def run_agent(self, *arguments, **environment):
        return subprocess.run([*harness.RUNNER, os.path.abspath(harness.AGENT), *arguments],
                              capture_output=True, text=True, env=environment)

    def test_version(self):
        self.assertRegex(self.run_agent("--version").stdout, r"^thaw-agent \d+\.\d+")

    def test_check_config(self):
        self.assertEqual(self.run_agent("--check-config", THAW_ENDPOINT="http://c:1").returncode, 0)
        wrong = self.run_agent("--check-config", THAW_ENDPOINT="https://c", THAW_CA_FILE="/none")
        self.assertEqual(wrong.returncode, 100)
        self.assertIn("/none", wrong.stderr)

    def test_needs_no_library(self):
        with open(harness.AGENT, "rb") as file:
            self.assertNotIn(b"/ld-", file.read())

    def lives(self, scheme):
        """Names are looked up by the C library of the binary itself: localhost is one."""
        self.start(THAW_ENDPOINT="%s://localhost:%d" % (scheme, self.collector.port),
                   THAW_CA_FILE=self.vouch.root, THAW_FLUSH="end", THAW_FLUSH_BUDGET_MS="5000")
        self.platform.wait_asked(60)
        self.platform.deliver(*lambda_.init_events())
        for _ in range(3):
            rid = harness.request_id()
            self.platform.invoke(rid)
            self.platform.deliver(lambda_.start(rid), *[lambda_.line("x" * 200) for _ in range(50)],
                                  lambda_.done(rid))
            self.platform.wait_asked(60)
            self.platform.deliver(lambda_.report(rid))
        self.platform.shut_down(budget=20.0)
        self.ends(seconds=60)
        self.assertEqual(self.said(), "")
        self.assertEqual(len(self.collector.facts("faas.invocation")), 3)
        self.assertEqual(len(self.collector.lines()), 150)

    def setUp(self):
        super().setUp()
        self.vouch = authority.Authority()
        self.addCleanup(self.vouch.close)

    def test_life(self):
        self.lives("http")

    def test_tls(self):
        self.collector.close()
        self.collector = fake_collector.Collector(
            self.vouch.context(self.vouch.sign("DNS:localhost")))
        self.lives("https")


if __name__ == "__main__":
    if not os.path.exists(harness.AGENT):
        print(harness.AGENT, "is not built: ./dev test does that")
        sys.exit(SKIPPED)
    unittest.main()
