#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Backups of a collector under load, and what becomes of them: what was acknowledged before one began
is in what is restored of it, once; what is cut short leaves nothing that looks whole.

    backup_test.py COLLECTOR THAW
"""

import json
import pathlib
import random
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

from check_test import fill, wait_sealed
from harness import Collector
from kill_test import SENDERS, Sender, check

BINARY, THAW = sys.argv[1:3] if len(sys.argv) > 2 else (None, None)
ARGUMENTS = ["--segment-size", "64KiB", "--retention-size", "0"]


def small_files(most):
    """A process that cannot write more than so many bytes to a file, as if the disk were full."""
    def limit():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
    return limit


def thaw(*words, code=0, most=None):
    done = subprocess.run([THAW, *map(str, words)], capture_output=True, text=True,
                          preexec_fn=small_files(most) if most else None)
    assert done.returncode == code, f"exit {done.returncode}: {done.stdout}{done.stderr}"
    return done


def named(folder):
    return sorted(p for p in folder.iterdir() if not p.name.startswith("."))


class Backup(unittest.TestCase):
    def setUp(self):
        self.seed = random.SystemRandom().randrange(1 << 32)
        print(f"seed {self.seed}")
        self.chance = random.Random(self.seed)
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="thaw-backup-"))
        self.addCleanup(shutil.rmtree, self.folder, True)
        self.backups = self.folder / "backups"
        self.collector = Collector(BINARY, ARGUMENTS)
        self.addCleanup(self.collector.close)

    def backup(self, *words, **how):
        return thaw("backup", self.backups, "--data", self.collector.data, *words, **how)

    def small(self):
        """A collector with some sealed segments, which is ended."""
        self.collector.arguments = ["--segment-size", "8KiB", "--retention-size", "0"]
        self.collector.start()
        fill(self.collector, self.chance)
        wait_sealed(self.collector)
        self.collector.stop()

    def restored(self, backup=None):
        """What comes of a backup: a collector that is not started."""
        data = self.folder / f"restored-{self.chance.random()}"
        thaw("restore", backup or self.backups, data)
        other = Collector(BINARY, ARGUMENTS, data=str(data))
        self.addCleanup(other.close)
        self.assertEqual(other.check()["verdict"], "good")
        return other

    def test_under_load(self):
        self.collector.start()
        senders = [Sender(self.collector, self.chance.random(), []) for _ in range(SENDERS)]
        for sender in senders:
            sender.start()
        rounds = []
        for _ in range(6):
            time.sleep(self.chance.uniform(0.1, 0.6))
            acked = [one for sender in senders for one in list(sender.acked)]
            rounds.append((acked, json.loads(self.backup("--json").stdout)))
        self.collector.kill()
        for sender in senders:
            sender.join()
        self.assertGreater(len(rounds[-1][0]), 100)
        self.assertEqual(len(named(self.backups)), len(rounds))
        for acked, done in rounds[::2] + rounds[-1:]:
            other = self.restored(self.backups / done["name"])
            other.start()
            check(other, acked)
            status = json.loads(other.request("GET", "/api/thaw/v1/status")[2])["store"]
            self.assertEqual(status["quarantined"], 0)
            self.assertGreaterEqual(status["frames"], len(acked))
            other.stop()

    def test_incremental(self):
        self.small()
        first = json.loads(self.backup("--json").stdout)
        self.assertEqual(first["linkedFiles"], 0)
        second = json.loads(self.backup("--json").stdout)
        self.assertGreater(second["linkedFiles"], 3)
        one, two = named(self.backups)
        sealed = [p.relative_to(one) for p in one.rglob("sealed")]
        self.assertGreater(len(sealed), 3)
        for path in sealed:
            self.assertEqual((one / path).stat().st_ino, (two / path).stat().st_ino)
            self.assertNotEqual((one / path).stat().st_ino, pathlib.Path(self.collector.data, path).stat().st_ino)
        shutil.rmtree(one)
        self.restored(two)
        third = json.loads(self.backup("--json", "--link", "--keep", 1).stdout)
        self.assertEqual(third["removed"], 1)
        self.assertEqual([p.name for p in named(self.backups)], [third["name"]])
        shutil.rmtree(self.backups)
        self.backup("--link")
        for path in sealed:
            self.assertEqual((named(self.backups)[0] / path).stat().st_ino,
                             pathlib.Path(self.collector.data, path).stat().st_ino)
        self.restored()

    def test_killed(self):
        self.small()
        self.backup()
        whole = 1
        for number in range(12):
            process = subprocess.Popen([THAW, "backup", self.backups, "--data", self.collector.data],
                                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            time.sleep(self.chance.uniform(0, 0.08))
            process.kill()
            process.wait()
            for backup in named(self.backups)[whole:]:
                self.restored(backup)
            whole = len(named(self.backups))
        self.backup()
        self.assertEqual([p.name for p in self.backups.iterdir() if p.name.startswith(".")], [".lock"])
        cut = 0
        for number in range(12):
            data = self.folder / f"cut-{number}"
            process = subprocess.Popen([THAW, "restore", self.backups, data],
                                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            time.sleep(self.chance.uniform(0, 0.15))
            process.kill()
            process.wait()
            answer = subprocess.run([BINARY, "--check", data], capture_output=True, text=True)
            if answer.returncode == 0 and (data / "catalog.lmdb").exists():
                continue  # It was quicker.
            if not data.exists() or not any(data.iterdir()):
                continue  # It was not begun.
            cut += 1
            self.assertIn("not finished", answer.stdout)
            start = subprocess.run([BINARY, "--data", data, "--listen", "127.0.0.1:0"], capture_output=True, text=True)
            self.assertEqual(start.returncode, 111)
            self.assertIn("not finished", start.stderr)
            self.assertIn("not empty", thaw("restore", self.backups, data, code=2).stderr)
        print(f"{cut} restores were cut short")

    def test_full(self):
        self.small()
        thaw("backup", self.folder / "whole", "--data", self.collector.data)
        largest = max(path.stat().st_size for path in (self.folder / "whole").rglob("*")
                      if path.is_file())
        limits = (1, largest // 4, largest // 2, largest - 1)
        for most in limits:
            answer = self.backup(code=3, most=most)
            self.assertIn("File too large", answer.stderr)
            self.assertEqual(named(self.backups), [])
            self.assertFalse((self.backups / ".part").exists())
        self.backup()
        for most in limits:
            data = self.folder / "full"
            thaw("restore", self.backups, data, code=3, most=most)
            self.assertEqual(list(data.iterdir()), [])
        self.restored()

    def test_damaged(self):
        self.small()
        self.backup()
        backup = named(self.backups)[0]
        data = self.folder / "damaged"
        for path in sorted(p for p in backup.rglob("*") if p.is_file()):
            good = path.read_bytes()
            bad = bytearray(good)
            bad[self.chance.randrange(len(bad))] ^= 1 << self.chance.randrange(8)
            for content in (bytes(bad), good[:self.chance.randrange(len(good))], None):
                path.unlink()
                if content is not None:
                    path.write_bytes(content)
                code = 2 if content is None and path.name == "MANIFEST" else 1
                answer = thaw("restore", backup, data, code=code)
                self.assertIn("damaged" if code == 1 else "is no backup", answer.stderr)
                self.assertEqual(list(data.iterdir()) if data.exists() else [], [])
                path.write_bytes(good)
        self.restored(backup)

    def test_damage_is_not_restored(self):
        """What was damaged before it was backed up is found when it is restored."""
        self.small()
        path = next(pathlib.Path(self.collector.data).rglob("sealed"))
        bad = bytearray(path.read_bytes())
        bad[100] ^= 1
        path.write_bytes(bad)
        self.backup()
        data = self.folder / "restored"
        answer = thaw("restore", self.backups, data, code=1)
        self.assertIn("/sealed at ", answer.stderr)
        self.assertEqual(list(data.iterdir()), [])

    def test_refused(self):
        self.small()
        self.backup()
        other = Collector(BINARY).start()
        self.addCleanup(other.close)
        other.stop()
        words = ("backup", self.backups, "--data")
        self.assertIn("another store", thaw(*words, other.data, code=2).stderr)
        self.assertIn("cannot be opened", thaw(*words, self.folder / "none", code=2).stderr)
        inside = ("backup", pathlib.Path(self.collector.data, "backups"), "--data", self.collector.data)
        self.assertIn("is in the data directory", thaw(*inside, code=2).stderr)
        self.assertIn("not empty", thaw("restore", self.backups, other.data, code=2).stderr)
        self.assertIn("is no backup", thaw("restore", self.folder, self.folder / "new", code=2).stderr)
        self.backup("--keep", "0", code=2)


if __name__ == "__main__":
    del sys.argv[1:]
    unittest.main()
