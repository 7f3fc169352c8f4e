#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What is sealed is told as it was told before: the same bodies go to a collector that seals all the
time and to one that never does, and every answer is the same, also after restarts.

    seal_test.py COLLECTOR
"""

import json
import os
import random
import sys
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "logs"))
from harness import PROTOBUF, Collector, attribute, field, fixed64, span, traces  # noqa: E402
from wire import invocation, payload, request_id, stream_name  # noqa: E402

BINARY = sys.argv[1] if len(sys.argv) > 1 else None
NOW = time.time_ns()


def tree(chance, trace):
    """Spans of one trace in pieces, as several senders would send them."""
    ids = [chance.randbytes(8) for _ in range(chance.randrange(1, 30))]
    for number, own in enumerate(ids):
        parent = field(4, ids[chance.randrange(number)]) if number else b""
        event = field(11, fixed64(1, NOW) + field(2, b"retried"))
        link = field(13, field(1, chance.randbytes(16)) + field(2, chance.randbytes(8)))
        extra = (
            parent
            + field(9, attribute(b"url.path", b"/orders/%d" % chance.randrange(50)))
            + (field(9, attribute(b"note", b"\xe2\x98\x83 " * chance.randrange(20))) if number % 3 else b"")
            + (event if number % 4 == 0 else b"")
            + (link if number % 5 == 0 else b"")
            + (field(15, field(2, b"it broke") + b"\x18\x02") if number % 7 == 0 else b"")
        )
        start = NOW - chance.randrange(10**9)
        yield span(trace, own, b"operation %d" % chance.randrange(20), start, extra)


def bodies(chance, trace_ids):
    """Bodies in which the spans of several traces are mixed; the parts of one trace come in several."""
    spans = [one for trace in trace_ids for one in tree(chance, trace)]
    chance.shuffle(spans)
    while spans:
        some, spans = spans[:40], spans[40:]
        yield traces(some, b"service %d" % chance.randrange(5))


def deliveries(chance, count):
    """Log streams, cut anywhere: an invocation's lines may come in two deliveries."""
    for number in range(count):
        at, events = NOW // 10**6 - 100_000, []
        for turn in range(4):
            events += invocation(request_id(number * 10 + turn), at, duration=30, init=120 if not turn else None,
                                 lines=[f"line {i} of {number}: {chance.random()}" for i in range(5)])
            at += 1000
        cut = chance.randrange(1, len(events))
        for part in (events[:cut], events[cut:]):
            yield json.dumps(payload(f"function-{number % 3}", stream_name(number), part)).encode()


class Seal(unittest.TestCase):
    def setUp(self):
        self.sealing = Collector(BINARY, ["--segment-size", "8KiB", "--retention-size", "0"]).start()
        self.plain = Collector(BINARY, ["--retention-size", "0"]).start()
        self.addCleanup(self.sealing.close)
        self.addCleanup(self.plain.close)

    def send(self, path, body, headers):
        for collector in (self.sealing, self.plain):
            status, _, answer = collector.request("POST", path, body, headers)
            self.assertEqual(status, 200, answer)

    def store(self, collector):
        return json.loads(collector.request("GET", "/api/thaw/v1/status")[2])["store"]

    def wait_sealed(self):
        for _ in range(600):
            store = self.store(self.sealing)
            if store["sealed"] >= store["segments"] - 1:
                self.assertEqual(store["seals_failed"], 0)
                return store["sealed"]
            time.sleep(0.1)
        self.fail(store)

    def answer(self, collector, path):
        status, _, body = collector.request("GET", "/api/thaw/v1/" + path)
        self.assertEqual(status, 200, body)
        return json.loads(body)

    def compare(self, ids):
        for one in ids:
            path = f"transactions/{one}"
            self.assertEqual(self.answer(self.sealing, path), self.answer(self.plain, path), path)
        span = f"from={NOW // 10**6 - 3600_000}&to={NOW // 10**6 + 3600_000}"
        for path in (f"functions?{span}", f"transactions?limit=200&{span}"):
            self.assertEqual(self.answer(self.sealing, path), self.answer(self.plain, path), path)

    def test_same(self):
        seed = random.SystemRandom().randrange(1 << 32)
        print(f"seed {seed}")
        chance = random.Random(seed)
        trace_ids = [chance.randbytes(16) for _ in range(60)]
        for body in bodies(chance, trace_ids):
            self.send("/v1/traces", body, PROTOBUF)
        for body in deliveries(chance, 12):
            self.send("/v1/cloudwatch", body, {"Content-Type": "application/json"})
        ids = [one.hex() for one in trace_ids] + [
            request_id(number * 10 + turn) for number in range(12) for turn in range(4)]
        self.assertGreater(self.wait_sealed(), 5)
        self.compare(ids)
        # The same again after a kill, and what comes late finds its transaction.
        self.sealing.kill()
        self.sealing.start()
        self.compare(ids)
        for body in bodies(chance, trace_ids[:20]):
            self.send("/v1/traces", body, PROTOBUF)
        self.compare(ids)
        self.wait_sealed()
        self.sealing.stop()
        self.sealing.start()
        self.compare(ids)
        self.assertEqual(self.store(self.sealing)["quarantined"], 0)
        for collector in (self.sealing, self.plain):
            collector.stop()
            self.assertEqual(collector.check()["findings"], [])


if __name__ == "__main__":
    del sys.argv[1:]
    unittest.main()
