#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The forwarding function of docs/guide/live-logs.md, as it stands there, with a subscription's event
and a real collector.

    guide_test.py COLLECTOR
"""

import base64
import gzip
import json
import os
import pathlib
import re
import sys
import tempfile
import unittest
import urllib.error

import wire
from wire import KEY, T0, Collector, invocation, payload

BINARY = sys.argv[1] if len(sys.argv) > 1 else None
GUIDE = pathlib.Path(__file__).resolve().parents[3] / "docs" / "guide" / "live-logs.md"


def forwarder(endpoint, token):
    """The function, loaded as Lambda loads it: with its environment."""
    text = re.search(r"^```python forwarder\n(.*?)^```$", GUIDE.read_text(), re.M | re.S)[1]
    os.environ.update(THAW_ENDPOINT=endpoint, THAW_TOKEN=token, THAW_TIMEOUT_S="30")
    space = {}
    exec(compile(text, "forwarder.py", "exec"), space)
    return space["handler"]


def event(*payloads):
    text = b"".join(json.dumps(one).encode() for one in payloads)
    return {"awslogs": {"data": base64.b64encode(gzip.compress(text)).decode()}}


class Forwarder(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.collector = Collector(BINARY, ["--token-file", wire.token_file(self.folder.name)])
        self.collector.start()
        self.endpoint = "http://%s:%d/" % self.collector.address

    def tearDown(self):
        if self.collector.process.poll() is None:
            self.collector.stop()
        self.collector.close()
        self.folder.cleanup()

    def test_delivers(self):
        handler = forwarder(self.endpoint, KEY)
        one = wire.request_id("forwarded")
        data = event(payload("forwarded", wire.stream_name("forwarded"), invocation(one, T0)))
        answer = handler(data, None)
        self.assertEqual(answer["status"], 200)
        self.assertEqual(json.loads(answer["answer"])["accepted"], 4)
        self.assertEqual(len(wire.transaction(self.collector, one)["logs"]), 1)
        # Lambda delivers at least once.
        self.assertTrue(json.loads(handler(data, None)["answer"])["known"])
        self.assertEqual(len(wire.transaction(self.collector, one)["invocations"]), 1)

    def test_control(self):
        """The message with which a subscription is tried."""
        control = payload("", "", [(T0, "CWL CONTROL MESSAGE")], "CloudwatchLogs",
                          "CONTROL_MESSAGE")
        answer = json.loads(forwarder(self.endpoint, KEY)(event(control), None)["answer"])
        self.assertEqual((answer["accepted"], answer["control_messages"]), (0, 1))

    def test_raises(self):
        """A wrong token and a collector that is away raise: Lambda tries again."""
        data = event(payload("raised", "s", invocation(wire.request_id("raised"), T0)))
        with self.assertRaises(urllib.error.HTTPError) as caught:
            forwarder(self.endpoint, "x" * 20)(data, None)
        self.assertEqual(caught.exception.code, 401)
        caught.exception.close()
        self.collector.stop()
        with self.assertRaises(OSError):
            forwarder(self.endpoint, KEY)(data, None)


if __name__ == "__main__":
    if BINARY is None:
        sys.exit("guide_test.py COLLECTOR [TEST...]")
    unittest.main(warnings="ignore", argv=[sys.argv[0], *sys.argv[2:]])
