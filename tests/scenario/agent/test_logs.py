# SPDX-License-Identifier: Apache-2.0
"""Which lines leave an instance of thaw-sandbox, and what of them."""
import os
import unittest

import fake_collector
import sandbox

AGENT = os.environ.get("THAW_AGENT", "build/dev/bin/thaw-agent")

SECRETS = ["AKIAIOSFODNN7EXAMPLE", "hunter2", "4111 1111", "john.doe", "C-12345678", "s3cretz"]


class Logs(unittest.TestCase):
    def begin(self, **environment):
        self.collector = fake_collector.Collector()
        self.addCleanup(self.collector.close)
        self.sandbox = sandbox.Sandbox(
            [sandbox.function(agent=AGENT, environment=environment)], self.collector.port)
        self.addCleanup(self.sandbox.close)

    def bodies(self):
        return [line["body"] for line in self.collector.lines()]

    def test_on_error(self):
        """Lines of what fails and of what times out, with those of the init before; of what goes
        well, errors alone, and how many were held back."""
        self.begin(THAW_LOGS="on-error")
        for event in ({"n": 0, "fail": True}, {"n": 1, "write": ["[ERROR]\tgrave 1\n"]},
                      {"n": 2, "sleep": 5}, {"n": 3, "lines": 3}, {"n": 4, "fail": True}):
            self.sandbox.invoke(event)
        self.sandbox.close()
        bodies = self.bodies()
        self.assertEqual(sorted(b for b in bodies if b.startswith("line ")),
                         ["line 0 of 0", "line 0 of 2", "line 0 of 4"])
        self.assertIn("initialising", bodies)
        self.assertIn("[ERROR]\tgrave 1", bodies)
        facts = sorted(self.collector.facts("faas.invocation"), key=lambda f: f["thaw.start_ns"])
        self.assertEqual([f["thaw.invocation.status"] for f in facts],
                         ["error", "success", "timeout", "success", "error"])
        # The line of the second init is the fourth one's.
        self.assertEqual([f.get("thaw.lines.held_back", 0) for f in facts], [0, 1, 0, 4, 0])

    def test_budget(self):
        """The first and the last lines of one that says too much, and one line of the rest."""
        self.begin(THAW_LOGS_BUDGET_KB="16")
        self.sandbox.invoke({"n": 0, "lines": 500})
        self.sandbox.close()
        bodies = self.bodies()
        self.assertIn("line 0 of 0", bodies)
        self.assertIn("line 499 of 0", bodies)
        self.assertNotIn("line 250 of 0", bodies)
        note, = [b for b in bodies if b.startswith("thaw: ")]
        lines = [b for b in bodies if b.startswith("line ")]
        self.assertEqual(int(note.split()[1]), 500 - len(lines))
        stop, = self.collector.facts("faas.instance.stop")
        self.assertEqual(stop["thaw.agent.dropped.budget"], 500 - len(lines))

    def test_redaction(self):
        """Nothing that was asked to be redacted is in any byte that the collector gets."""
        self.begin(THAW_REDACT="on", THAW_REDACT_PATTERNS="customer=\\\\bC-\\\\d{8}\\\\b")
        self.sandbox.invoke({"n": 0, "span": "john.doe@example.com", "write": [
            "key AKIAIOSFODNN7EXAMPLE\n", "password=hunter2 ok\n", "of C-12345678\n",
            "{\"message\": \"pan 4111 1111 1111 1111\", \"mail\": \"john.doe@example.com\"}\n",
            "cut in two: john.d", "oe@example.com is whole\n", "db://app:s3cretz@host/x\n"]})
        self.sandbox.close()
        sent = b"".join(body for _, body, _ in self.collector.requests)
        for secret in SECRETS:
            self.assertNotIn(secret.encode(), sent)
        bodies = self.bodies()
        self.assertIn("key [redacted:aws-key]", bodies)
        self.assertIn("password=[redacted:secret] ok", bodies)
        self.assertIn("of [redacted:customer]", bodies)
        self.assertIn("db://app:[redacted:url-password]@host/x", bodies)
        stop, = self.collector.facts("faas.instance.stop")
        self.assertEqual(stop["thaw.agent.redacted.pattern"], 1)
        self.assertIn(b"[redacted:email]", sent)

    def test_wrong_pattern(self):
        """A pattern that is wrong is said with its place; no line leaves raw."""
        self.begin(THAW_REDACT_PATTERNS="customer=C-[0-9")
        self.sandbox.invoke({"n": 0})
        self.sandbox.close()
        self.assertEqual(self.bodies(), [])
        stop, = self.collector.facts("faas.instance.stop")
        self.assertGreaterEqual(stop["thaw.agent.lines_withheld"], 2)


if __name__ == "__main__":
    unittest.main()
