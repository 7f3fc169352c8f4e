#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What a caller notices of the agent: paired invocations with and without it, interleaved.

Two functions with the same code run in one thaw-sandbox, one instance each; one has the agent. Each
pair is one invocation of either, in random order, over kept connections. The difference of the two
distributions is taken at p50 and p99, with the 95 % interval of 1,000 bootstrap resamples of whole
pairs. Usage: overhead.py [PAIRS]; binaries from THAW_BIN_DIR (build/release/bin).
"""
import os
import random
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tests/scenario/agent"))
BIN = os.path.abspath(os.environ.get("THAW_BIN_DIR", os.path.join(ROOT, "build/release/bin")))
os.environ["THAW_SANDBOX"] = os.path.join(BIN, "thaw-sandbox")

import sandbox  # noqa: E402: it reads THAW_SANDBOX.

WARM_UP = 50
RESAMPLES = 1000


def start_collector(folder):
    process = subprocess.Popen(
        [os.path.join(BIN, "thaw-collector"), "--data", folder, "--listen", "127.0.0.1:0"],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    line = process.stdout.readline()
    if "listening on" not in line:
        sys.exit("thaw-collector does not start")
    return process, int(line.rsplit(":", 1)[1])


def quantile(ordered, share):
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def difference(pairs, share):
    return (quantile(sorted(pair[1] for pair in pairs), share) -
            quantile(sorted(pair[0] for pair in pairs), share))


def interval(pairs, share, chance):
    found = sorted(difference(chance.choices(pairs, k=len(pairs)), share)
                   for _ in range(RESAMPLES))
    return quantile(found, 0.025), quantile(found, 0.975)


def measure(box, count, chance):
    names = ("plain", "observed")
    connections = [box.connect(), box.connect()]
    pairs = []
    for number in range(WARM_UP + count):
        pair = [0.0, 0.0]
        for which in chance.sample((0, 1), 2):
            begun = time.perf_counter()
            status, error, _ = box.invoke({"n": number}, names[which],
                                          connection=connections[which])
            pair[which] = (time.perf_counter() - begun) * 1e6
            if status != 200 or error:
                sys.exit("an invocation failed: %r %r" % (status, error))
        if number >= WARM_UP:
            pairs.append(pair)
    return pairs


def main():
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 10000
    chance = random.Random(1)
    with tempfile.TemporaryDirectory() as folder:
        collector, port = start_collector(folder)
        box = sandbox.Sandbox([
            sandbox.function("plain", timeout="10"),
            sandbox.function("observed", os.path.join(BIN, "thaw-agent"), timeout="10"),
        ], port)
        try:
            pairs = measure(box, count, chance)
        finally:
            box.close()
            collector.terminate()
            collector.wait(30)
    print("pairs %d count (thaw-sandbox, one instance each, interleaved, THAW_FLUSH=adaptive)" %
          len(pairs))
    for share in (0.5, 0.99):
        name = "p%d" % round(share * 100)
        plain = quantile(sorted(pair[0] for pair in pairs), share)
        low, high = interval(pairs, share, chance)
        print("latency_%s_without %.1f us" % (name, plain))
        print("latency_%s_added %.1f us (95 %%: %.1f to %.1f)" %
              (name, difference(pairs, share), low, high))


if __name__ == "__main__":
    main()
