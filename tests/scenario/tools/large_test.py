#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A transaction of 50,000 spans is told whole, by each API, from the log and from what is sealed.

    large_test.py COLLECTOR
"""

import sys
import unittest

from world import Collector, ask, post, resource_spans, span

BINARY = sys.argv[1] if len(sys.argv) > 1 else None
TRACE = "3cf7651916cd43dd8448eb211c80319f"
COUNT, EACH = 50_000, 1000


def spans(first):
    """A tree: each hundredth span calls the hundred behind it."""
    for number in range(first, first + EACH):
        parent = None if number == 0 else f"{number // 100 * 100 + 1 if number % 100 else 1:016x}"
        yield span(TRACE, f"step {number % 10}", f"{number + 1:016x}", parent, start=number // 100, duration=5)


class Large(unittest.TestCase):
    def test_all_of_it(self):
        collector = Collector(BINARY, ["--segment-size", "1MiB"]).start()
        self.addCleanup(collector.close)
        for first in range(0, COUNT, EACH):
            post(collector, "/v1/traces", {"resourceSpans": [resource_spans(f"part {first // EACH % 5}",
                                                                            list(spans(first)))]})
        for _ in range(2):
            status, _, answer = ask(collector, f"/api/thaw/v1/transactions/{TRACE}")
            self.assertEqual(status, 200)
            self.assertEqual(len(answer["spans"]), COUNT)
            self.assertEqual(len({row["span_id"] for row in answer["spans"]}), COUNT)
            self.assertEqual([row["span_id"] for row in answer["spans"] if row["parent_span_id"] is None],
                             [f"{1:016x}"])
            status, _, answer = ask(collector, f"/api/traces/{TRACE}")
            self.assertEqual((status, len(answer["data"][0]["spans"])), (200, COUNT))
            collector.stop()
            collector.start()
        collector.stop()


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
