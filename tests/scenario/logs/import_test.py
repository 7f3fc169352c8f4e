#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""thaw import into a real collector: counts as an independent count has them, the same again adds
nothing, an import that is cut by Ctrl-C, SIGKILL or a dying collector goes on, the past stays the past.

    import_test.py COLLECTOR THAW
"""

import argparse
import csv
import gzip
import http.server
import io
import json
import os
import random
import re
import signal
import subprocess
import sys
import tarfile
import tempfile
import threading
import time
import unittest

import wire
from wire import T0, Collector, invocation

BINARY, THAW = sys.argv[1:3] if len(sys.argv) > 2 else (None, None)
REPORT = re.compile(
    r"REPORT RequestId: ([0-9a-f-]{36})\s+Duration: ([\d.]+) ms\s+Billed Duration: (\d+) ms\s+"
    r"Memory Size: (\d+) MB\s+Max Memory Used: (\d+) MB(?:\s+Init Duration: ([\d.]+) ms)?"
)
SLACK = (wire.DATA / "cloudwatch" / "caputdraconis050630__aws-lambda-logs-dataset"
         / "slack_invitor_convention_logs.csv")


def thaw(collector, *arguments, check=True, token=None, wait=120):
    """(code, stdout, stderr)"""
    environment = {**os.environ, "THAW_ENDPOINT": "http://%s:%d" % collector.address}
    environment.pop("THAW_TOKEN", None)
    if token:
        environment["THAW_TOKEN"] = token
    done = subprocess.run([THAW, *map(str, arguments)], env=environment, capture_output=True,
                          timeout=wait, check=False)
    if check and done.returncode != 0:
        raise AssertionError((done.returncode, done.stdout, done.stderr))
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def imported(collector, *arguments):
    return json.loads(thaw(collector, "--json", "import", *arguments)[1])


def frames(collector):
    return wire.ask(collector, "status")["store"]["frames"]


def filter_log_events(events, stream_of):
    """The answer of filter-log-events."""
    return json.dumps({"events": [
        {"logStreamName": stream_of(at, text), "timestamp": at, "message": text,
         "ingestionTime": at + 500, "eventId": wire.event_id(stream_of(at, text), at, index)}
        for index, (at, text) in enumerate(events)
    ], "searchedLogStreams": []}).encode()


def write(folder, name, content):
    path = os.path.join(folder, name)
    with open(path, "wb") as file:
        file.write(content)
    return path


class Files(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.collector = Collector(BINARY).start()

    def tearDown(self):
        self.collector.stop()
        self.collector.close()
        self.folder.cleanup()

    def test_real_group(self):
        """A real log group: invocations, cold starts, billed, memory as counted by a pattern."""
        with open(SLACK, encoding="utf-8-sig", newline="") as file:
            text = "\n".join(" ".join(row) for row in csv.reader(file))
        reports = {match[1]: match for match in REPORT.finditer(text)}
        self.assertGreater(len(reports), 10)
        answer = imported(self.collector, SLACK)
        self.assertEqual(answer["invocations"], len(reports))
        # Inits that a request waited for: before it, or inside of it after a failure.
        inits = [match for match in reports.values() if match[6]]
        inits += re.findall(r"INIT_REPORT Init Duration: .*Phase: invoke", text)
        rows = [row for found in wire.functions(self.collector).values() for row in found]
        self.assertEqual(wire.total(rows, "invocations"), len(reports))
        self.assertEqual(wire.total(rows, "cold_starts"), len(inits))
        self.assertEqual(wire.total(rows, "billed_ms"), sum(int(m[3]) for m in reports.values()))
        self.assertEqual(max(row["max_memory_mb"] for row in rows),
                         max(int(m[5]) for m in reports.values()))
        before = frames(self.collector)
        again = imported(self.collector, SLACK)
        self.assertEqual(again["bodies"], again["bodies_known"])
        self.assertEqual(frames(self.collector), before)
        self.assertEqual(wire.total([row for found in wire.functions(self.collector).values()
                                     for row in found], "invocations"), len(reports))

    def test_every_real_file(self):
        """Every real file is read or refused with a reason; nothing breaks, and the same again adds
        nothing."""
        for folder in ("cloudwatch", "firehose"):
            for path in sorted((wire.DATA / folder).rglob("*")):
                if not path.is_file():
                    continue
                code, out, err = thaw(self.collector, "--json", "import", path, check=False)
                self.assertIn(code, (0, 1, 3), (path, err))
                before = frames(self.collector)
                again = thaw(self.collector, "--json", "import", path, check=False)
                self.assertEqual(again[0], code, (path, again))
                self.assertEqual(frames(self.collector), before, path)
                if code == 3:
                    self.assertTrue(err.startswith("thaw: "), (path, err))
                else:
                    self.assertTrue(json.loads(out)["format"], path)

    def test_containers(self):
        """The same events in other wrappings are the same invocations: no count grows."""
        events = []
        for number in range(20):
            one = wire.request_id(f"containers {number}")
            events += invocation(one, T0 + 1000 * number, init=100 if number == 0 else None)
        stream = wire.stream_name("containers")
        plain = filter_log_events(events, lambda at, text: stream)
        packed = gzip.compress(plain, mtime=0)
        archive = io.BytesIO()
        with tarfile.open(fileobj=archive, mode="w") as tar:
            for name, content in (("logs/a.json", plain), ("logs/b.json.gz", packed)):
                info = tarfile.TarInfo(name)
                info.size = len(content)
                tar.addfile(info, io.BytesIO(content))
        payload = json.dumps(wire.payload("wrapped", stream, events)).encode()
        folder = os.path.join(self.folder.name, "folder")
        os.mkdir(folder)
        files = [
            write(self.folder.name, "plain.json", plain),
            write(self.folder.name, "packed", packed),
            write(self.folder.name, "tar.bin", archive.getvalue()),
            write(self.folder.name, "payload", payload),
            os.path.dirname(write(folder, "one", gzip.compress(payload, mtime=0))),
        ]
        for path in files:
            answer = imported(self.collector, "--function", "wrapped", path)
            self.assertEqual(answer["invocations"] % 20, 0, (path, answer))
            rows = wire.functions(self.collector)["wrapped"]
            self.assertEqual(wire.total(rows, "invocations"), 20, path)
            self.assertEqual(wire.total(rows, "cold_starts"), 1, path)
        code, out, _ = thaw(self.collector, "import", "--dry-run", files[0])
        self.assertIn("20 invocations", out)
        self.assertIn("--dry-run", out)

    def test_standard_input(self):
        """- is standard input."""
        one = wire.request_id("stdin")
        content = filter_log_events(invocation(one, T0), lambda at, text: "s")
        environment = {**os.environ, "THAW_ENDPOINT": "http://%s:%d" % self.collector.address}
        done = subprocess.run([THAW, "import", "-"], env=environment, input=content,
                              capture_output=True, check=True, timeout=60)
        self.assertIn(b"1 invocation, ", done.stdout)
        self.assertTrue(wire.has(self.collector, one))

    def test_past(self):
        """Events of years ago stand under their dates, and nobody is alerted about them."""
        at = 1_520_000_000_000  # March 2018
        events = []
        for number in range(200):
            events += invocation(wire.request_id(f"past {number}"), at + 1000 * number, init=5000)
        path = write(self.folder.name, "past", json.dumps(
            wire.payload("past", wire.stream_name("past"), events)).encode())
        imported(self.collector, path)
        rows = wire.functions(self.collector)["past"]
        self.assertEqual(wire.total(rows, "invocations"), 200)
        self.assertEqual(wire.total(rows, "cold_starts"), 200)
        now = wire.ask(self.collector, "functions")["functions"]
        self.assertEqual([row["name"] for row in now], [])
        year = wire.ask(self.collector, "functions?from=2018-03-01T00:00:00Z"
                                        "&to=2018-04-01T00:00:00Z")["functions"]
        self.assertEqual(wire.total(year, "invocations"), 200)
        listed = wire.ask(self.collector, "transactions?from=2018-03-01T00:00:00Z"
                                          "&to=2018-04-01T00:00:00Z&limit=1000")["transactions"]
        self.assertEqual(len(listed), 200)
        self.assertTrue(all(row["start"].startswith("1520") or row["start"].startswith("1519")
                            for row in listed))
        evaluated = wire.ask(self.collector, "alerts")["evaluated_at"]
        wire.until(lambda: wire.ask(self.collector, "alerts")["evaluated_at"] != evaluated,
                   "the alerts are evaluated", 120)
        self.assertEqual(wire.ask(self.collector, "alerts")["alerts"], [])

    def test_sealed(self):
        """A log of very many invocations is sealed as any other."""
        events = []
        for number in range(18_000):
            events += invocation(wire.request_id(number), T0 + 100 * number)
        stream = wire.stream_name("many")
        name = write(self.folder.name, "many.json", filter_log_events(events, lambda *_: stream))
        collector = Collector(BINARY, ["--segment-size", "1MiB", "--retention-size", "0"]).start()
        self.addCleanup(collector.close)
        self.assertEqual(imported(collector, name)["invocations"], 18_000)
        for _ in range(600):
            store = wire.ask(collector, "status")["store"]
            self.assertEqual(store["seals_failed"], 0)
            if store["sealed"] > 0 and store["sealed"] == store["segments"] - 1:
                break
            time.sleep(0.1)
        else:
            self.fail(store)
        logs = wire.ask(collector, f"transactions/{wire.request_id(7)}")["logs"]
        self.assertEqual([line["body"] for line in logs], ["working"])


class Wrong(unittest.TestCase):
    """What goes wrong is said in a sentence."""

    def test_no_collector(self):
        with Collector(BINARY).start() as collector:
            collector.stop()
            code, _, err = thaw(collector, "import", SLACK, check=False)
            self.assertEqual(code, 3)
            self.assertIn("cannot reach the collector", err)

    def test_files(self):
        with Collector(BINARY).start() as collector:
            code, _, err = thaw(collector, "import", "/nowhere/at/all", check=False)
            self.assertEqual(code, 3)
            self.assertIn("/nowhere/at/all", err)
            with tempfile.TemporaryDirectory() as folder:
                code, out, _ = thaw(collector, "import", write(folder, "empty", b""), check=False)
                self.assertEqual(code, 1, out)
            self.assertEqual(thaw(collector, "import", check=False)[0], 2)
            self.assertEqual(thaw(collector, "import", "--memory", "x", SLACK, check=False)[0], 2)
            collector.stop()

    def test_token(self):
        with tempfile.TemporaryDirectory() as folder:
            tokens = wire.token_file(folder)
            with Collector(BINARY, ["--token-file", tokens]).start() as collector:
                code, _, err = thaw(collector, "import", SLACK, check=False)
                self.assertEqual(code, 2)
                self.assertIn("token", err)
                thaw(collector, "import", SLACK, token=wire.KEY)
                collector.stop()


class Refusing(http.server.BaseHTTPRequestHandler):
    """A collector that takes nothing, and says why as one does: as a google.rpc.Status."""

    protocol_version = "HTTP/1.1"
    WORDS = b"the body takes too much memory; \x1b[2Jsend less at once"

    def answer(self, status, body, kind):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        self.answer(200, b"{}", "application/json")

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.answer(413, b"\x08\x08\x12" + bytes([len(self.WORDS)]) + self.WORDS,
                    "application/x-protobuf")

    def log_message(self, format, *arguments):
        pass


class Refused(unittest.TestCase):
    def test_words(self):
        """What is refused is told in the collector's own words, which cannot draw on the terminal."""
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Refusing)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            named = argparse.Namespace(address=server.server_address)
            code, out, err = thaw(named, "--json", "import", SLACK, check=False)
        finally:
            server.shutdown()
            server.server_close()
        self.assertEqual(code, 3)
        self.assertIn("refuses a body, nothing of which is kept: 413: the body takes too much memory; "
                      "\\x1b[2Jsend less at once\n", err)
        self.assertTrue(json.loads(out)["error"].startswith("413: the body takes too much"))


class Cut(unittest.TestCase):
    """An import that does not come to its end is run again, and then all is there once."""

    COUNT = 6000

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        chance = random.Random(5)
        events = []
        for number in range(cls.COUNT):
            lines = [f"line {i} of {number}: " + chance.randbytes(60).hex() for i in range(5)]
            events += [(at, text, wire.stream_name(f"cut {number % 40}")) for at, text in
                       invocation(wire.request_id(f"cut {number}"), T0 + 500 * number,
                                  lines=lines)]
        content = json.dumps({"events": [
            {"logStreamName": stream, "timestamp": at, "message": text,
             "eventId": wire.event_id(stream, at, index)}
            for index, (at, text, stream) in enumerate(events)]}).encode()
        cls.path = write(cls.folder.name, "cut.json", content)

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def check(self, collector):
        rows = wire.functions(collector)["cut"]
        self.assertEqual(wire.total(rows, "invocations"), self.COUNT)
        self.assertEqual(wire.total(rows, "billed_ms"), 20 * self.COUNT)
        for number in range(0, self.COUNT, 397):
            found = wire.transaction(collector, wire.request_id(f"cut {number}"))
            self.assertEqual((len(found["invocations"]), len(found["logs"])), (1, 5), number)

    def start(self, collector):
        environment = {**os.environ, "THAW_ENDPOINT": "http://%s:%d" % collector.address}
        return subprocess.Popen([THAW, "import", "--function", "cut", self.path], env=environment,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def some(self, collector):
        """Some of it has come."""
        wire.until(lambda: frames(collector) > 1, "the first bodies are there")

    def test_interrupt(self):
        """Ctrl-C ends with a summary; the next run goes on."""
        with Collector(BINARY).start() as collector:
            process = self.start(collector)
            self.some(collector)
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=60)
            self.assertIn(process.returncode, (0, 3), err)
            if process.returncode == 3:
                self.assertIn(b"run the same command again", out)
            answer = imported(collector, "--function", "cut", self.path)
            self.assertGreater(answer["bodies_known"], 0)
            self.check(collector)
            collector.stop()

    def test_client_killed(self):
        with Collector(BINARY).start() as collector:
            for _ in range(2):
                process = self.start(collector)
                self.some(collector)
                process.kill()
                process.communicate()
            imported(collector, "--function", "cut", self.path)
            self.check(collector)
            collector.stop()

    def test_collector_killed(self):
        """The client waits for the collector to come back, and goes on by itself."""
        with Collector(BINARY).start() as collector:
            process = self.start(collector)
            self.some(collector)
            address = "%s:%d" % collector.address
            collector.kill()
            time.sleep(0.5)
            collector.start(address)
            _, err = process.communicate(timeout=120)
            self.assertEqual(process.returncode, 0, err)
            self.check(collector)
            again = imported(collector, "--function", "cut", self.path)
            self.assertEqual(again["bodies"], again["bodies_known"])
            collector.stop()

    def test_both_killed(self):
        with Collector(BINARY).start() as collector:
            for _ in range(3):
                process = self.start(collector)
                self.some(collector)
                collector.kill()
                process.kill()
                process.communicate()
                collector.start()
            imported(collector, "--function", "cut", self.path)
            self.check(collector)
            collector.stop()


if __name__ == "__main__":
    if THAW is None:
        sys.exit("import_test.py COLLECTOR THAW [TEST...]")
    unittest.main(warnings="ignore", argv=[sys.argv[0], *sys.argv[3:]])
