#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Kill the collector with SIGKILL at random moments of a load, many times: every span that it has
acknowledged is there after the restart, once; and a body that is sent again is not kept twice.

    kill_test.py COLLECTOR [ROUNDS]
"""

import http.client
import json
import random
import threading
import time

from harness import PROTOBUF, Collector, main, span, traces

SENDERS = 4
SPANS = 8


class Sender(threading.Thread):
    """Sends bodies of one trace each; knows which were acknowledged and which are open."""

    def __init__(self, collector, seed, again):
        super().__init__()
        self.collector = collector
        self.random = random.Random(seed)
        self.again = again
        self.acked = []
        self.open = []

    def bodies(self):
        yield from self.again
        while True:
            trace = self.random.randbytes(16)
            ids = [self.random.randbytes(8) for _ in range(SPANS)]
            yield trace, ids, traces([span(trace, one) for one in ids])

    def run(self):
        connection = self.collector.connect()
        sent = 0
        try:
            for one in self.bodies():
                sent += 1
                self.open.append(one)
                connection.request("POST", "/v1/traces", body=one[2], headers=PROTOBUF)
                answer = connection.getresponse()
                answer.read()
                if answer.status == 200:
                    self.acked.append(self.open.pop())
        except (OSError, http.client.HTTPException):
            pass  # The collector is gone: what is open is open.
        finally:
            connection.close()
        # What of the repetitions was not reached is still open.
        self.open += self.again[sent:]


def check(collector, acked):
    """Every acknowledged trace has exactly its spans."""
    connection = collector.connect()
    for trace, ids, _ in acked:
        connection.request("GET", f"/api/thaw/v1/transactions/{trace.hex()}")
        answer = connection.getresponse()
        body = answer.read()
        assert answer.status == 200, f"{trace.hex()}: {answer.status} {body[:200]}"
        found = sorted(one["span_id"] for one in json.loads(body)["spans"])
        wanted = sorted(one.hex() for one in ids)
        assert found == wanted, f"{trace.hex()}: {len(found)} spans instead of {len(wanted)}"
    connection.close()


def run(binary, rounds="100"):
    seed = random.SystemRandom().randrange(1 << 32)
    chance = random.Random(seed)
    print(f"seed {seed}")
    everything, latest, again = [], [], []
    recovered = cut = 0
    # Small segments, so that rotation is among the moments.
    with Collector(binary, ["--segment-size", "64KiB", "--retention-size", "0"]) as collector:
        for number in range(int(rounds)):
            collector.start()
            check(collector, latest)
            parts = [again[i::SENDERS] for i in range(SENDERS)]
            senders = [Sender(collector, chance.random(), part) for part in parts]
            for sender in senders:
                sender.start()
            time.sleep(chance.uniform(0.001, 0.1))
            collector.kill()
            for sender in senders:
                sender.join()
            latest = [one for sender in senders for one in sender.acked]
            again = [one for sender in senders for one in sender.open]
            everything += latest
        collector.start()
        check(collector, everything)
        status = json.loads(collector.request("GET", "/api/thaw/v1/status")[2])
        frames = status["store"]["frames"]
        recovered, cut = status["store"]["recovered_frames"], status["store"]["cut_bytes"]
        assert status["store"]["quarantined"] == 0, status["store"]
        # Once: there are no more frames than acknowledged bodies and those that are still open.
        assert len(everything) <= frames <= len(everything) + len(again), (frames, len(everything))
        collector.stop()
        assert collector.check()["verdict"] == "good"
    assert len(everything) > int(rounds), "the load was too small to mean anything"
    print(f"{rounds} kills, {len(everything)} acknowledged bodies, each there once "
          f"({frames} frames, {recovered} recovered, {cut} bytes cut at the last start)")


if __name__ == "__main__":
    main(run)
