#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What a caller notices of the agent: paired invocations with and without it, interleaved.

Two functions with the same code run in one thaw-sandbox, one instance each; one has the agent. Each
pair is one invocation of either, in random order, over kept connections. The difference of the two
distributions is taken at p50 and p99, with the 95 % interval of 1,000 bootstrap resamples of blocks of
100 successive pairs: what disturbs a machine lasts longer than a pair, and pairs beside each other are not
independent.

--same: a third function has no agent either. What that "adds" is what the method makes of nothing, and
its interval how fine it sees on this machine today.

--apart: what is a function's (its process and its extensions) has one processor, and all else (client, sandbox,
collector) another one, as the function's machine is not the caller's. Function and agent then share a processor,
so that what the agent computes beside an invocation is in the way of the handler. Client and sandbox go first on
theirs (SCHED_FIFO, if we may), so that their own waiting is not in the times; what they start is not
(SCHED_RESET_ON_FORK), so function and agent are ordinary processes in any case.

--three: a third function has an extension that does nothing but ask for events and answer telemetry
(do_nothing.c). What that adds is the price of any extension here, where client, sandbox, functions and
extensions share the processors; what the agent adds above it is the agent's own.

--beside AGENT: a third function has this other agent, as one of before a change: what the agent adds above it
is the change, in one run.

--far: the collector's work is not done on this machine, as it is not on the function's; what takes its
data is take.c, which answers and keeps nothing.

Usage: overhead.py [--three | --same | --beside AGENT] [--apart] [--far] [ROUNDS]; binaries from THAW_BIN_DIR (build/release/bin),
the agent from THAW_AGENT (thaw-agent there).
"""
import argparse
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
BLOCK = 100


def start_collector(folder, far):
    command = [os.path.join(BIN, "thaw-collector"), "--data", folder, "--listen", "127.0.0.1:0"]
    process = subprocess.Popen([os.path.join(BIN, "take")] if far else command, stdin=subprocess.PIPE,
                               stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    line = process.stdout.readline()
    if "listening on" not in line:
        sys.exit("thaw-collector does not start")
    return process, int(line.rsplit(":", 1)[1])


def quantile(ordered, share):
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def difference(rounds, share, one, other):
    return (quantile(sorted(times[other] for times in rounds), share) -
            quantile(sorted(times[one] for times in rounds), share))


def resample(rounds, chance):
    """As many rounds, of blocks of successive ones that begin anywhere; behind the last comes the first."""
    around = rounds + rounds[:BLOCK]
    found = []
    while len(found) < len(rounds):
        begin = chance.randrange(len(rounds))
        found += around[begin:begin + BLOCK]
    return found[:len(rounds)]


def interval(rounds, share, one, other, chance):
    found = sorted(difference(resample(rounds, chance), share, one, other) for _ in range(RESAMPLES))
    return quantile(found, 0.025), quantile(found, 0.975)


def descendants(process):
    found = []
    for thread in os.listdir("/proc/%d/task" % process):
        with open("/proc/%d/task/%s/children" % (process, thread)) as file:
            for child in file.read().split():
                found += [int(child)] + descendants(int(child))
    return found


def pin(process, processor):
    for thread in os.listdir("/proc/%d/task" % process):
        os.sched_setaffinity(int(thread), {processor})


def go_first(process):
    try:
        os.sched_setscheduler(process, os.SCHED_FIFO | os.SCHED_RESET_ON_FORK, os.sched_param(1))
    except PermissionError:
        print("client and sandbox do not go first: that needs CAP_SYS_NICE", file=sys.stderr)


def set_apart(box, collector):
    """The functions' processes are there: one invocation of each has been."""
    ours, functions = sorted(os.sched_getaffinity(0))[:2]
    for process in (os.getpid(), box.process.pid, collector.pid):
        pin(process, ours)
    for process in descendants(box.process.pid):
        pin(process, functions)
    for process in (os.getpid(), box.process.pid):
        go_first(process)


def measure(box, names, count, chance, when_warm):
    """Rounds of one invocation of each function, in random order: their times in microseconds."""
    connections = [box.connect() for _ in names]
    rounds = []
    for number in range(WARM_UP + count):
        if number == WARM_UP // 2:
            when_warm()
        times = [0.0] * len(names)
        for which in chance.sample(range(len(names)), len(names)):
            begun = time.perf_counter()
            status, error, _ = box.invoke({"n": number}, names[which],
                                          connection=connections[which])
            times[which] = (time.perf_counter() - begun) * 1e6
            if status != 200 or error:
                sys.exit("an invocation failed: %r %r" % (status, error))
        if number >= WARM_UP:
            rounds.append(times)
    return rounds


def tell(rounds, names, chance):
    print("rounds %d count (thaw-sandbox, one instance each, interleaved, THAW_FLUSH=adaptive)" %
          len(rounds))
    agent = len(names) - 1
    rows = [("added", 0, agent)]
    if len(names) == 3:
        rows = [("added_by_" + names[1], 0, 1), ("added", 0, agent),
                ("added_above_" + names[1], 1, agent)]
    for share in (0.5, 0.99):
        name = "p%d" % round(share * 100)
        print("latency_%s_without %.1f us" %
              (name, quantile(sorted(times[0] for times in rounds), share)))
        for what, one, other in rows:
            low, high = interval(rounds, share, one, other, chance)
            print("latency_%s_%s %.1f us (95 %%: %.1f to %.1f)" %
                  (name, what, difference(rounds, share, one, other), low, high))


def read_arguments():
    parser = argparse.ArgumentParser()
    third = parser.add_mutually_exclusive_group()
    third.add_argument("--three", action="store_true")
    third.add_argument("--same", action="store_true")
    third.add_argument("--beside")
    parser.add_argument("--apart", action="store_true")
    parser.add_argument("--far", action="store_true")
    parser.add_argument("rounds", type=int, nargs="?", default=10000)
    return parser.parse_args()


def main():
    arguments = read_arguments()
    chance = random.Random(1)
    extensions = {"plain": None}
    if arguments.three:
        extensions["nothing"] = os.path.join(BIN, "do_nothing")
    if arguments.same:
        extensions["same"] = None
    if arguments.beside:
        extensions["beside"] = arguments.beside
    extensions["observed"] = os.environ.get("THAW_AGENT", os.path.join(BIN, "thaw-agent"))
    names = list(extensions)
    with tempfile.TemporaryDirectory() as folder:
        collector, port = start_collector(folder, arguments.far)
        box = sandbox.Sandbox([sandbox.function(name, extension, timeout="10")
                               for name, extension in extensions.items()], port)
        try:
            rounds = measure(box, names, arguments.rounds, chance,
                             lambda: set_apart(box, collector) if arguments.apart else None)
        finally:
            box.close()
            collector.terminate()
            collector.wait(30)
    tell(rounds, names, chance)


if __name__ == "__main__":
    main()
