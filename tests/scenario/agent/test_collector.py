# SPDX-License-Identifier: Apache-2.0
"""The agent and the real collector over TLS: two libraries that were not made for each other."""
import json
import os
import ssl
import subprocess
import tempfile
import unittest
import urllib.request

import authority
import fake_lambda as lambda_
import harness

COLLECTOR = os.path.abspath(os.environ.get("THAW_COLLECTOR", "build/dev/bin/thaw-collector"))


class RealCollector(harness.AgentTest):
    def test_tls(self):
        vouch = authority.Authority()
        self.addCleanup(vouch.close)
        name = vouch.path(vouch.sign("DNS:localhost"))
        data = tempfile.TemporaryDirectory()
        self.addCleanup(data.cleanup)
        collector = subprocess.Popen(
            [COLLECTOR, "--data", data.name, "--listen", "127.0.0.1:0",
             "--tls-cert", name + ".pem", "--tls-key", name + ".key"],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.addCleanup(collector.stdout.close)
        self.addCleanup(collector.wait, 30)
        self.addCleanup(collector.terminate)
        line = collector.stdout.readline()
        self.assertIn("listening on", line)
        port = int(line.rsplit(":", 1)[1])
        self.start(THAW_ENDPOINT="https://localhost:%d" % port, THAW_CA_FILE=vouch.root,
                   THAW_FLUSH="end", THAW_FLUSH_BUDGET_MS="5000")
        lines = [lambda_.line("%d %s\n" % (i, os.urandom(100).hex())) for i in range(200)]
        rids = []
        self.platform.wait_asked()
        self.platform.deliver(*lambda_.init_events())
        for _ in range(3):
            rids.append(harness.request_id())
            self.platform.invoke(rids[-1])
            self.platform.deliver(lambda_.start(rids[-1]), *lines, lambda_.done(rids[-1]))
            self.platform.wait_asked()
            self.platform.deliver(lambda_.report(rids[-1]))
        self.platform.shut_down(budget=10.0)
        self.ends(seconds=20)
        self.assertEqual(self.said(), "")
        context = ssl.create_default_context(cafile=vouch.root)
        for rid in rids:
            url = "https://localhost:%d/api/thaw/v1/transactions/%s" % (port, rid)
            with urllib.request.urlopen(url, context=context, timeout=30) as answer:
                found = json.load(answer)
            self.assertEqual(len(found["invocations"]), 1)
            self.assertEqual(len([log for log in found["logs"] if log["request_id"] == rid]), 200)


if __name__ == "__main__":
    unittest.main()
