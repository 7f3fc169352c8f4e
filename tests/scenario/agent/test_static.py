# SPDX-License-Identifier: Apache-2.0
"""The static agent as it ships, natively or under an emulator: it starts, and it lives a life in TLS.
The one without TLS (THAW_AGENT_PLAIN) says what it cannot do."""
import os
import subprocess
import sys
import unittest

import authority
import fake_collector
import fake_lambda as lambda_
import harness

SKIPPED = 77
PLAIN = os.environ.get("THAW_AGENT_PLAIN") == "1"


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
        self.assertIn("this build does not support" if PLAIN else "/none", wrong.stderr)

    @unittest.skipUnless(PLAIN, "it has TLS")
    def test_asks_aws_for_nothing_without_tls(self):
        """Not even where the API would be asked in plain text."""
        said = self.run_agent("--check-config", THAW_ENDPOINT="http://c:1",
                              AWS_ENDPOINT_URL="http://127.0.0.1:1", AWS_ACCESS_KEY_ID="id",
                              THAW_TOKEN_ARN="arn:aws:ssm:eu-west-1:123456789012:parameter/token")
        self.assertEqual(said.returncode, 100)
        self.assertIn("needs TLS, which this build does not have", said.stderr)

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

    @unittest.skipIf(PLAIN, "it has no TLS")
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
