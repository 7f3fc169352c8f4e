# SPDX-License-Identifier: Apache-2.0
"""The agent and the real collector over TLS: two libraries that were not made for each other."""
import json
import os
import signal
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
    def setUp(self):
        super().setUp()
        self.vouch = authority.Authority()
        self.addCleanup(self.vouch.close)
        self.data = tempfile.TemporaryDirectory()
        self.addCleanup(self.data.cleanup)
        self.port = 0

    def serve(self, name):
        collector = subprocess.Popen(
            [COLLECTOR, "--data", self.data.name, "--listen", "127.0.0.1:%d" % self.port,
             "--tls-cert", name + ".pem", "--tls-key", name + ".key"],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.addCleanup(collector.stdout.close)
        self.addCleanup(collector.wait, 30)
        self.addCleanup(collector.terminate)
        line = collector.stdout.readline()
        self.assertIn("listening on", line)
        self.port = int(line.rsplit(":", 1)[1])
        return collector

    def begin(self):
        self.start(THAW_ENDPOINT="https://localhost:%d" % self.port, THAW_CA_FILE=self.vouch.root,
                   THAW_FLUSH="end", THAW_FLUSH_BUDGET_MS="5000")
        self.platform.wait_asked()
        self.platform.deliver(*lambda_.init_events())

    def invoke(self, lines):
        rid = harness.request_id()
        self.platform.invoke(rid)
        self.platform.deliver(lambda_.start(rid), *lines, lambda_.done(rid))
        self.platform.wait_asked()
        self.platform.deliver(lambda_.report(rid))
        return rid

    def end(self):
        self.platform.shut_down(budget=10.0)
        self.ends(seconds=20)

    def ask(self, path):
        context = ssl.create_default_context(cafile=self.vouch.root)
        url = "https://localhost:%d/api/thaw/v1/%s" % (self.port, path)
        with urllib.request.urlopen(url, context=context, timeout=30) as answer:
            return json.load(answer)

    def test_tls(self):
        self.serve(self.vouch.path(self.vouch.sign("DNS:localhost")))
        self.begin()
        lines = [lambda_.line("%d %s\n" % (i, os.urandom(100).hex())) for i in range(200)]
        rids = [self.invoke(lines) for _ in range(3)]
        self.end()
        self.assertEqual(self.said(), "")
        for rid in rids:
            found = self.ask("transactions/" + rid)
            self.assertEqual(len(found["invocations"]), 1)
            self.assertEqual(len([log for log in found["logs"] if log["request_id"] == rid]), 200)

    def test_restart_and_renewal(self):
        """The collector restarts, and its certificate is renewed, while an instance lives: the session goes on, and
        nothing is lost."""
        name = self.vouch.path(self.vouch.sign("DNS:localhost"))
        collector = self.serve(name)
        self.begin()
        rids = [self.invoke([lambda_.line("one\n")])]
        collector.terminate()
        self.assertEqual(collector.wait(30), 0)
        collector = self.serve(name)
        rids.append(self.invoke([lambda_.line("two\n")]))
        shakes = self.ask("status")["http"]["tls"]["handshakes"]
        self.assertEqual(shakes["resumed"], 1, shakes)
        other = self.vouch.path(self.vouch.sign("DNS:localhost"))
        for suffix in (".key", ".pem"):
            os.replace(other + suffix, name + suffix)
        collector.send_signal(signal.SIGHUP)
        subject = "CN=" + os.path.basename(other)
        while self.ask("status")["http"]["tls"]["subject"] != subject:
            pass
        rids.append(self.invoke([lambda_.line("three\n")]))
        self.end()
        for rid in rids:
            found = self.ask("transactions/" + rid)
            self.assertEqual(len(found["invocations"]), 1)
            self.assertEqual(len([log for log in found["logs"] if log["request_id"] == rid]), 1)


if __name__ == "__main__":
    unittest.main()
