#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A real data directory is checked: good after a life, damaged after one wrong bit anywhere, and never
changed by it.

    check_test.py COLLECTOR
"""

import json
import pathlib
import random
import subprocess
import sys
import time
import unittest

import seal_test
from harness import PROTOBUF, Collector

BINARY = sys.argv[1] if len(sys.argv) > 1 else None


def fill(collector, chance):
    """Spans and log streams in several segments, of which most are sealed."""
    for body in seal_test.bodies(chance, [chance.randbytes(16) for _ in range(40)]):
        status, _, answer = collector.request("POST", "/v1/traces", body, PROTOBUF)
        assert status == 200, answer
    for body in seal_test.deliveries(chance, 5):
        status, _, answer = collector.request("POST", "/v1/cloudwatch", body, {"Content-Type": "application/json"})
        assert status == 200, answer


def wait_sealed(collector):
    """Until all but the newest segment are sealed."""
    for _ in range(600):
        store = json.loads(collector.request("GET", "/api/thaw/v1/status")[2])["store"]
        if store["sealed"] >= store["segments"] - 1:
            return
        time.sleep(0.1)
    raise AssertionError(store)


def files(folder):
    return sorted(p for p in pathlib.Path(folder).rglob("*") if p.is_file())


class Check(unittest.TestCase):
    def setUp(self):
        self.seed = random.SystemRandom().randrange(1 << 32)
        print(f"seed {self.seed}")
        self.chance = random.Random(self.seed)
        self.collector = Collector(BINARY, ["--segment-size", "8KiB", "--retention-size", "0"]).start()
        self.addCleanup(self.collector.close)
        fill(self.collector, self.chance)
        wait_sealed(self.collector)

    def run_check(self, folder):
        return subprocess.run([BINARY, "--check", folder], capture_output=True, text=True)

    def test_life(self):
        # A collector has it open; then it is killed, then ended in order.
        answer = self.run_check(self.collector.data)
        self.assertEqual(answer.returncode, 2, answer)
        self.assertIn("in use", answer.stderr)
        self.collector.kill()
        self.assertEqual(self.collector.check()["verdict"], "good")
        self.collector.start()
        self.collector.stop()
        before = {p: (p.stat().st_mtime_ns, p.read_bytes()) for p in files(self.collector.data)}
        found = self.collector.check()
        self.assertEqual(found["findings"], [])
        self.assertGreater(len(found["segments"]), 3)
        self.assertGreater(sum(s.get("spans", 0) for s in found["segments"]), 100)
        after = {p: (p.stat().st_mtime_ns, p.read_bytes()) for p in files(self.collector.data)}
        self.assertEqual(before, after)
        answer = self.run_check(self.collector.data)
        self.assertEqual(answer.returncode, 0)
        self.assertIn("good: ", answer.stdout)
        self.assertEqual(self.run_check(self.collector.data + "/none").returncode, 2)

    def test_flips(self):
        self.collector.stop()
        covered = [p for p in files(self.collector.data) if p.name in ("log", "sealed") or p.name.startswith("view-")]
        catalog = pathlib.Path(self.collector.data, "catalog.lmdb")
        for round in range(60):
            path = self.chance.choice(covered) if round % 6 else catalog
            good = path.read_bytes()
            bad = bytearray(good)
            place = self.chance.randrange(len(bad))
            bad[place] ^= 1 << self.chance.randrange(8)
            path.write_bytes(bad)
            answer = self.run_check(self.collector.data)
            path.write_bytes(good)
            if path == catalog:
                self.assertIn(answer.returncode, (0, 1), answer)
            else:
                self.assertEqual(answer.returncode, 1, (path, place, answer))
                self.assertIn("damage: ", answer.stdout)
        self.collector.check()

    def test_missing(self):
        self.collector.stop()
        for path in files(self.collector.data):
            content = path.read_bytes()
            path.unlink()
            answer = self.run_check(self.collector.data)
            path.write_bytes(content)
            name = path.name
            harmless = name in ("lock", "replay", "catalog.lmdb-lock") or name.startswith(("view-", "guide-"))
            other = {"log": "sealed", "sealed": "log"}.get(name)
            twice = other is not None and path.with_name(other).exists()
            self.assertEqual(answer.returncode, 0 if harmless or twice else 1, (path, answer))


if __name__ == "__main__":
    del sys.argv[1:]
    unittest.main()
