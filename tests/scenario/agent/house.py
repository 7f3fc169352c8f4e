# SPDX-License-Identifier: Apache-2.0
"""A real collector for functions in the real sandbox: what a scenario of all of it begins with."""
import http.client
import json
import os
import subprocess
import tempfile
import time
import unittest

import sandbox

AGENT = os.environ.get("THAW_AGENT", "build/dev/bin/thaw-agent")
COLLECTOR = os.path.abspath(os.environ.get("THAW_COLLECTOR", "build/dev/bin/thaw-collector"))
SOON_S = 60


class HouseTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.collector = subprocess.Popen(
            [COLLECTOR, "--data", os.path.join(self.folder.name, "data"), "--listen",
             "127.0.0.1:0"],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.addCleanup(self.stop_collector)
        line = self.collector.stdout.readline()
        self.assertIn("listening on", line)
        self.port = int(line.rsplit(":", 1)[1])

    def stop_collector(self):
        self.collector.terminate()
        self.collector.wait(30)
        self.collector.stdout.close()

    def begin(self, top=None, **options):
        """A sandbox with one function, fn; top: further keys of the sandbox."""
        self.sandbox = sandbox.Sandbox([sandbox.function(agent=AGENT, **options)], self.port,
                                       **(top or {}))
        self.addCleanup(self.sandbox.close)

    def ask(self, method, path, body=None, headers=None):
        """The status and the body of the collector's answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        connection.request(method, path, body, headers or {})
        answer = connection.getresponse()
        data = answer.read()
        connection.close()
        return answer.status, data

    def get(self, path):
        """What its API says; None where that is no success."""
        status, data = self.ask("GET", "/api/thaw/v1/" + path)
        return json.loads(data) if status == 200 else None

    def attempt(self, request_id):
        """The only one; None as long as nothing is known of it."""
        answer = self.get("invocations/" + request_id)
        if answer is None:
            return None
        found, = answer["attempts"]
        return found

    def wait(self, condition, seconds=SOON_S):
        """Until it gives something that is true; that."""
        end = time.monotonic() + seconds
        while True:
            found = condition()
            if found:
                return found
            self.assertLess(time.monotonic(), end, "it does not happen")
            time.sleep(0.05)
