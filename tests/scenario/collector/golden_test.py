#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What earlier versions wrote is opened, is good, and is told as they told it.

    golden_test.py COLLECTOR
"""

import json
import pathlib
import shutil
import sys
import tempfile
import unittest

from harness import Collector

BINARY = sys.argv[1] if len(sys.argv) > 1 else None
GOLDEN = pathlib.Path(__file__).resolve().parents[2] / "data/store"
ARGUMENTS = ["--retention-size", "0", "--retention-age", "0s"]


def same(seen, told, path):
    """What was told is still told; what is told beside it is new."""
    if isinstance(told, dict) and isinstance(seen, dict):
        for key, value in told.items():
            assert key in seen, f"{path}: {key} is gone"
            same(seen[key], value, f"{path}.{key}")
    elif isinstance(told, list) and isinstance(seen, list):
        assert len(seen) == len(told), f"{path}: {len(seen)} instead of {len(told)}"
        for number, value in enumerate(told):
            same(seen[number], value, f"{path}[{number}]")
    else:
        assert seen == told, f"{path}: {seen!r} instead of {told!r}"


class Golden(unittest.TestCase):
    def test_versions(self):
        versions = [p for p in sorted(GOLDEN.iterdir()) if p.is_dir() and (p / "answers.json").exists()]
        self.assertTrue(versions)
        for version in versions:
            with self.subTest(version.name), tempfile.TemporaryDirectory() as folder:
                self.opens(version, pathlib.Path(folder, "data"))

    def opens(self, version, data):
        shutil.copytree(version / "data", data)
        answers = json.loads((version / "answers.json").read_text())
        with Collector(BINARY, ARGUMENTS, data=str(data)) as collector:
            self.assertEqual(collector.check()["verdict"], "good")
            # As it was left; as this version leaves it; and without what was saved.
            for round in range(3):
                collector.start()
                store = json.loads(collector.request("GET", "/api/thaw/v1/status")[2])["store"]
                self.assertEqual(store["quarantined"], 0)
                for path, told in answers.items():
                    status, _, body = collector.request("GET", "/api/thaw/v1/" + path)
                    self.assertEqual(status, 200, path)
                    same(json.loads(body), told, path)
                collector.stop()
                self.assertEqual(collector.check()["findings"], [])
                if round == 1:
                    for view in data.glob("view-*"):
                        view.unlink()


if __name__ == "__main__":
    del sys.argv[1:]
    unittest.main()
