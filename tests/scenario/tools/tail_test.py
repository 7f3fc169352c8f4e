#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What is acknowledged, as it comes: the stream of GET tail, and `thaw tail`.

    tail_test.py COLLECTOR THAW
"""

import json
import os
import pty
import signal
import subprocess
import sys
import threading
import time
import unittest
from urllib.parse import quote

from world import MS, NOW, Collector, Instance, post, send
from harness import PROTOBUF, field, fixed64, text_value  # On the path that world has made.

BINARY, THAW = sys.argv[1:3] if len(sys.argv) > 2 else (None, None)
LATE = 60  # Seconds after which something that must come is missing.


class Follower:
    """A client: its events as (type, id, data), read on demand."""

    def __init__(self, collector, path="/api/thaw/v1/tail", headers=None):
        self.connection = collector.connect(timeout=LATE)
        self.connection.request("GET", path, headers=headers or {})
        self.answer = self.connection.getresponse()
        self.status = self.answer.status
        self.id = None

    def event(self):
        """The next event; None at the end."""
        kind, data = None, None
        while line := self.answer.readline():
            name, _, value = line.decode().rstrip("\n").partition(":")
            value = value.removeprefix(" ")
            if name == "event":
                kind = value
            elif name == "id":
                self.id = value
            elif name == "data":
                data = json.loads(value)
            elif name == "" and value == "" and kind is not None:
                return kind, self.id, data
        return None

    def until(self, kind):
        """Events up to the first of a kind."""
        events = []
        while event := self.event():
            events.append(event)
            if event[0] == kind:
                return events
        raise AssertionError(f"no {kind}: {events[-3:]}")

    def close(self):
        self.connection.close()


class Sender:
    """Lines of one invocation of an instance."""

    def __init__(self, collector, function="mailer", number=1):
        self.collector = collector
        self.instance = Instance(function, number)
        self.of = self.instance.invocation(NOW, 40 * MS, init_ns=300 * MS)

    def end(self):
        send(self.collector, [self.instance])

    def say(self, *texts):
        for text in texts:
            self.instance.log(NOW, text, *self.of)
        send(self.collector, [self.instance])


class TailTest(unittest.TestCase):
    def setUp(self):
        self.collector = Collector(BINARY).start()
        self.followers = []

    def tearDown(self):
        for follower in self.followers:
            follower.close()
        self.collector.stop()
        self.collector.close()

    def follow(self, path="/api/thaw/v1/tail", **headers):
        follower = Follower(self.collector, path, headers)
        self.followers.append(follower)
        return follower

    def greeted(self, *arguments, **headers):
        follower = self.follow(*arguments, **headers)
        self.assertEqual(follower.event()[0], "hello")
        return follower

    def test_headers(self):
        follower = self.follow()
        head = dict(follower.answer.getheaders())
        self.assertEqual(head["Content-Type"], "text/event-stream")
        self.assertEqual(head["Cache-Control"], "no-store")
        self.assertEqual(head["X-Content-Type-Options"], "nosniff")
        self.assertNotIn("Content-Length", head)
        kind, at, data = follower.event()
        self.assertEqual((kind, data), ("hello", {"rate": 200}))
        self.assertTrue(at.endswith("-0"))

    def test_lines_and_ends_as_they_come(self):
        sender = Sender(self.collector)
        follower, other = self.greeted(), self.greeted()
        sender.end()
        kind, _, data = follower.event()
        self.assertEqual(kind, "invocation")
        self.assertEqual({key: data[key] for key in (
            "function", "instance", "instance_no", "request_id", "trace_id", "status", "cold", "init_ms",
            "duration_ms", "billed_ms", "max_memory_mb", "error_type", "time")}, {
            "function": "mailer", "instance": sender.instance.name, "instance_no": 1,
            "request_id": sender.of[0], "trace_id": sender.of[1], "status": "success", "cold": True,
            "init_ms": 300, "duration_ms": 40, "billed_ms": 340, "max_memory_mb": 64, "error_type": None,
            "time": str(NOW)})
        sender.say("one", "two")
        for text in ("one", "two"):
            kind, _, data = follower.event()
            self.assertEqual((kind, data["body"], data["message"]), ("line", text, text))
            self.assertEqual((data["level"], data["severity"], data["source"]), ("INFO", 9, "function"))
            self.assertEqual((data["request_id"], data["instance_no"]), (sender.of[0], 1))
        self.assertEqual([event[0] for event in (other.event(), other.event(), other.event())],
                         ["invocation", "line", "line"])

    def test_an_end_is_told_once(self):
        follower = self.greeted()
        sender = Sender(self.collector)
        sender.end()
        # The agent tells it again, with more.
        sender.instance.invocation(NOW, 40 * MS, request_id=sender.of[0], trace_id=sender.of[1])
        sender.end()
        sender.say("after")
        self.assertEqual([follower.event()[0] for _ in range(2)], ["invocation", "line"])

    def test_instances_are_numbered(self):
        follower = self.greeted()
        for number in (7, 8, 7):
            Sender(self.collector, "mailer", number).say("x")
        Sender(self.collector, "other", 1).say("x")
        told = [(data["function"], data["instance_no"]) for kind, _, data in
                (follower.event() for _ in range(8)) if kind == "line"]
        self.assertEqual(told, [("mailer", 1), ("mailer", 2), ("mailer", 1), ("other", 1)])

    def test_the_sdk_and_strange_bodies(self):
        follower = self.greeted()
        post(self.collector, "/v1/logs", {"resourceLogs": [{"scopeLogs": [{"logRecords": [
            {"timeUnixNano": str(NOW), "body": {"kvlistValue": {"values": [
                {"key": "a", "value": {"intValue": "1"}}]}}},
            {"observedTimeUnixNano": str(NOW), "body": {"stringValue": "a\nb\x1b[31m\u2028<b>"}},
            {"timeUnixNano": str(NOW), "body": {"stringValue": "x" * 20000}},
        ]}]}]})
        data = [follower.event()[2] for _ in range(3)]
        self.assertEqual([one["source"] for one in data], ["sdk"] * 3)
        self.assertEqual((data[0]["body"], data[0]["message"]), ('{"a":1}', None))
        self.assertEqual(data[1]["body"], "a\nb\x1b[31m\u2028<b>")
        self.assertEqual((len(data[2]["body"]), data[2]["cut"]), (16384, True))
        self.assertIsNone(data[2]["function"])

    def test_the_filter(self):
        follower = self.greeted("/api/thaw/v1/tail?q=" + quote('function:mailer (level:error OR "card declined")'))
        ends = self.greeted("/api/thaw/v1/tail?q=cold")
        other, sender = Sender(self.collector, "other"), Sender(self.collector)
        other.say("2026-11-30T12:00:00.000Z\tid\tERROR\tof another")
        sender.say("nothing", "the Card declined", "all good", "card, not declined")
        self.assertEqual(follower.event()[2]["body"], "the Card declined")
        self.assertEqual([ends.event()[2]["function"] for _ in range(2)], ["other", "mailer"])

    def test_who_comes_back_misses_nothing(self):
        sender = Sender(self.collector)
        follower = self.greeted()
        sender.say("one")
        seen = follower.until("line")[-1][1]
        follower.close()
        sender.say("two", "three")
        again = self.greeted(**{"Last-Event-ID": seen})
        self.assertEqual([again.event()[2]["body"] for _ in range(2)], ["two", "three"])
        # Browsers without headers give it as a parameter.
        third = self.greeted("/api/thaw/v1/tail?last_event_id=" + seen)
        self.assertEqual([third.event()[2]["body"] for _ in range(2)], ["two", "three"])

    def test_who_comes_back_from_before_a_restart_is_told(self):
        for last in ("abc-5", "nonsense", "0-0", "ffffffffffffffffff-1", "x" * 500):
            follower = self.greeted(**{"Last-Event-ID": last})
            self.assertEqual(follower.event()[::2], ("gap", {"skipped": None}))
            follower.close()

    def test_the_rate(self):
        follower = self.greeted("/api/thaw/v1/tail?rate=5")
        Sender(self.collector).say(*(str(i) for i in range(100)))
        events = follower.until("limited")
        kinds = [kind for kind, _, _ in events]
        self.assertEqual(kinds[0], "invocation")
        # Of 101 events some passed, and all others are told of.
        while (left := sum(data["left_out"] for kind, _, data in events if kind == "limited")) + len(
                [kind for kind, _, _ in events if kind != "limited"]) < 101:
            events += follower.until("limited")
        self.assertGreaterEqual(left, 90)
        self.assertEqual(events[-1][2]["rate"], 5)

    def test_a_slow_client_is_told_and_ended(self):
        """It does not read while more comes than is kept for it; ingest does not wait for it."""
        follower = self.greeted("/api/thaw/v1/tail?rate=2000")
        for number in range(6):
            # Events of one body are more than the buffers of a connection take.
            record = fixed64(1, NOW + number) + field(5, text_value(b"x" * 16000))
            body = field(1, field(2, field(2, record) * 440))
            status, _, answer = self.collector.request("POST", "/v1/logs", body, PROTOBUF)
            self.assertEqual(status, 200, answer)
        events = follower.until("dropped")
        self.assertGreater(events[-1][2]["skipped"], 0)
        self.assertIsNone(follower.event())
        # Others go on.
        fresh = self.greeted()
        Sender(self.collector).say("still here")
        self.assertEqual(fresh.until("line")[-1][2]["body"], "still here")

    def test_too_many(self):
        for _ in range(32):
            self.greeted()
        refused = self.follow()
        self.assertEqual(refused.status, 503)
        self.assertEqual(json.loads(refused.answer.read())["error"]["code"], "too_many")
        self.assertIn("Retry-After", dict(refused.answer.getheaders()))
        self.followers[0].close()
        # Its place is free once the collector has noticed: at the next heartbeat or line.
        sender = Sender(self.collector)
        end = time.monotonic() + LATE
        while time.monotonic() < end:
            sender.say("x")
            follower = self.follow()
            if follower.status == 200:
                break
            follower.close()
            self.followers.pop()
        self.assertEqual(follower.status, 200)

    def test_used_wrong(self):
        for query in ("rate=0", "rate=2001", "rate=x", "wibble=1", "q=%22"):
            status, head, body = self.collector.request("GET", "/api/thaw/v1/tail?" + query)
            self.assertEqual((status, head["Content-Type"]), (400, "application/json"), query)
            self.assertTrue(json.loads(body)["error"]["message"])
        status, head, _ = self.collector.request("POST", "/api/thaw/v1/tail")
        self.assertEqual((status, head["Allow"]), (405, "GET, HEAD"))
        self.assertEqual(self.collector.request("HEAD", "/api/thaw/v1/tail")[0], 200)

    def test_the_end(self):
        follower = self.greeted()
        stopper = threading.Thread(target=self.collector.stop)
        stopper.start()
        self.assertEqual(follower.event()[0], "bye")
        self.assertIsNone(follower.event())
        stopper.join()
        self.collector.start()


class CommandTest(unittest.TestCase):
    def setUp(self):
        self.collector = Collector(BINARY).start()

    def tearDown(self):
        self.collector.stop()
        self.collector.close()

    def run_thaw(self, *words, out=subprocess.PIPE):
        return subprocess.Popen(
            [THAW, "tail", "--endpoint", "http://%s:%d" % self.collector.address, *words], stdout=out,
            stderr=subprocess.PIPE, text=True, env={**os.environ, "TERM": "xterm", "NO_COLOR": ""})

    def fed(self, process):
        """Send lines until the first is printed: it has connected then."""
        sender = Sender(self.collector)
        stop = threading.Event()

        def feed():
            while not stop.wait(0.2):
                sender.say("2026-11-30T12:00:00.000Z\tid\tERROR\tcannot \x1b[31mreserve")

        thread = threading.Thread(target=feed)
        thread.start()
        return sender, stop, thread

    def end(self, process, stop, thread):
        stop.set()
        thread.join()
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=LATE)
        self.assertEqual(process.returncode, 0, err)
        return out, err

    def test_lines(self):
        process = self.run_thaw()
        _, stop, thread = self.fed(process)
        line = process.stdout.readline()
        while "reserve" not in line:
            line = process.stdout.readline()
        self.end(process, stop, thread)
        self.assertRegex(line, r"^\d\d:\d\d:\d\d\.\d{3} mailer #1 +INFO +")
        self.assertNotIn("\x1b", line)
        self.assertIn("\\x1b", line.replace("\\u001b", "\\x1b"))

    def test_json(self):
        process = self.run_thaw("--json")
        _, stop, thread = self.fed(process)
        lines = [json.loads(process.stdout.readline()) for _ in range(3)]
        self.end(process, stop, thread)
        self.assertEqual(lines[0], {"event": "hello", "rate": 200})
        self.assertIn(lines[1]["event"], ("line", "invocation"))
        self.assertEqual(lines[1]["function"], "mailer")

    def test_colours_on_a_terminal(self):
        primary, secondary = pty.openpty()
        process = self.run_thaw(out=secondary)
        os.close(secondary)
        _, stop, thread = self.fed(process)
        text = b""
        while b"reserve" not in text:
            text += os.read(primary, 4096)
        stop.set()
        thread.join()
        process.send_signal(signal.SIGINT)
        process.wait(timeout=LATE)
        process.stderr.close()
        os.close(primary)
        self.assertEqual(process.returncode, 0)
        self.assertIn(b"\x1b[1mmailer", text)

    def test_it_connects_again(self):
        process = self.run_thaw("--json")
        _, stop, thread = self.fed(process)
        process.stdout.readline()
        stop.set()
        thread.join()
        listen = "%s:%d" % self.collector.address
        self.collector.stop()
        self.collector.start(listen)
        self.assertIn("connection lost", process.stderr.readline())
        _, stop, thread = self.fed(process)
        seen = []
        while not seen or seen[-1]["event"] != "line" or "gap" not in [one["event"] for one in seen]:
            seen.append(json.loads(process.stdout.readline()))
        self.end(process, stop, thread)

    def test_nobody_reads(self):
        process = self.run_thaw()
        process.stdout.close()
        _, stop, thread = self.fed(process)
        process.wait(timeout=LATE)
        stop.set()
        thread.join()
        process.stderr.close()
        self.assertEqual(process.returncode, 0)

    def test_used_wrong_and_unreachable(self):
        done = subprocess.run([THAW, "tail", "--endpoint", "http://127.0.0.1:1"], capture_output=True, text=True)
        self.assertEqual((done.returncode, "cannot follow" in done.stderr), (3, True))
        process = self.run_thaw("--rate", "0")
        _, err = process.communicate(timeout=LATE)
        self.assertEqual((process.returncode, "rate" in err), (2, True))


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
