#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""/metrics as others read it: `promtool check metrics` has nothing to say, and a real Prometheus that
scrapes it knows what the collector knows.

    scrape_test.py COLLECTOR
"""

import json
import pathlib
import socket
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.error
import urllib.parse
import urllib.request

from harness import JSON, Collector

BINARY = sys.argv[1] if len(sys.argv) > 1 else None


def ns(seconds):
    return str(int(seconds * 1e9))


def text(key, value):
    return {"key": key, "value": {"stringValue": value}}


def number(key, value):
    return {"key": key, "value": {"intValue": str(value)}}


def invocation(function, request, start):
    return {"resourceLogs": [{
        "resource": {"attributes": [text("faas.name", function), text("faas.instance", "i1")]},
        "scopeLogs": [{"scope": {"name": "thaw.logs"}, "logRecords": [{
            "timeUnixNano": ns(start), "eventName": "faas.invocation", "attributes": [
                text("faas.invocation_id", request), text("thaw.invocation.state", "reported"),
                number("thaw.start_ns", ns(start)), number("thaw.reported_ns", 400_000_000),
                number("thaw.billed_ms", 500), number("thaw.memory_size_mb", 512),
                number("thaw.init_ns", 80_000_000),
                {"key": "faas.coldstart", "value": {"boolValue": True}}]}]}]}]}


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


class Scrape(unittest.TestCase):
    def setUp(self):
        self.collector = Collector(BINARY).start()
        for i in range(3):
            # A name that a line of text could break on.
            body = json.dumps(invocation('pa"y\\\n', f"00000000-0000-4000-8000-00000000000{i}", time.time()))
            self.assertEqual(self.collector.request("POST", "/v1/logs", body, JSON)[0], 200)

    def tearDown(self):
        self.collector.stop()
        self.collector.close()

    def test_promtool(self):
        status, headers, body = self.collector.request("GET", "/metrics")
        self.assertEqual((status, headers["Content-Type"]), (200, "text/plain; version=0.0.4; charset=utf-8"))
        done = subprocess.run(["promtool", "check", "metrics"], input=body, capture_output=True)
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, b"", b""))

    def test_prometheus(self):
        port = free_port()
        host = "%s:%d" % self.collector.address
        with tempfile.TemporaryDirectory() as folder:
            config = pathlib.Path(folder) / "prometheus.yml"
            config.write_text("global: {scrape_interval: 1s}\nscrape_configs:\n"
                              f"  - {{job_name: thaw, static_configs: [{{targets: ['{host}']}}]}}\n")
            process = subprocess.Popen(
                ["prometheus", f"--config.file={config}", f"--storage.tsdb.path={folder}/data",
                 f"--web.listen-address=127.0.0.1:{port}"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            try:
                self.scraped(f"http://127.0.0.1:{port}")
            finally:
                process.terminate()
                process.wait()

    def scraped(self, prometheus):
        """Ask until it has scraped, and compare what it says with what the collector says."""
        query = urllib.parse.urlencode({"query": "thaw_function_cold_starts_total"})
        deadline = time.monotonic() + 120
        result = []
        while not result and time.monotonic() < deadline:
            try:
                with urllib.request.urlopen(f"{prometheus}/api/v1/query?{query}", timeout=10) as answer:
                    result = json.load(answer)["data"]["result"]
            except (urllib.error.URLError, OSError):
                pass
            time.sleep(0.2)
        self.assertEqual([(r["metric"]["function"], r["value"][1]) for r in result], [('pa"y\\\n', "3")])
        ours = json.loads(self.collector.request("GET", f"/api/v1/query?{query}")[2])["data"]["result"]
        self.assertEqual(ours[0]["value"][1], "3")
        for name in ("job", "instance"):
            del result[0]["metric"][name]
        self.assertEqual(result[0]["metric"], ours[0]["metric"])


if __name__ == "__main__":
    del sys.argv[1:]
    unittest.main()
