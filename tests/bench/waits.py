#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""How long a function waits for the processor because the agent has it, as the kernel's scheduler tells.

What a caller notices (overhead.py) is lost in what else disturbs a busy machine.  This is not: the kernel's trace
says when the function's process was woken up or set aside, when it got the processor, and for how much of
the time between the agent had it.  Function and agent share one processor as with overhead.py --apart, invocations follow each other without
a pause, and what an invocation waited in all is told.

Needs root and the kernel's tracing (tracefs).

Usage: waits.py [ROUNDS]; binaries from THAW_BIN_DIR (build/release/bin), the agent from THAW_AGENT (thaw-agent there).
"""
import contextlib
import os
import random
import re
import subprocess
import sys
import tempfile
import time

import overhead

LINE = re.compile(r" (\d+\.\d+): (sched_\w+): (.*)")
FIELD = re.compile(r"(\w+)=(\S+)")


@contextlib.contextmanager
def tracing():
    """A tracer of our own: a folder of tracefs that nobody else uses."""
    with tempfile.TemporaryDirectory() as root:
        mount = ["mount", "-t", "tracefs", "thaw", root]
        if os.geteuid() != 0 or subprocess.run(mount, stderr=subprocess.DEVNULL).returncode != 0:
            print("waits of the scheduler are not told here: that needs root and tracefs")
            sys.exit(0)
        folder = "%s/instances/thaw-%d" % (root, os.getpid())
        try:
            os.mkdir(folder)
            yield folder
        finally:
            os.rmdir(folder)
            subprocess.run(["umount", root], check=True)


def set_trace(folder, **values):
    for name, value in values.items():
        with open(os.path.join(folder, name.replace("__", "/")), "w") as file:
            file.write(value)


def processes(box):
    """The agent, and the function's process beside it."""
    found = {}
    for process in overhead.descendants(box.process.pid):
        with open("/proc/%d/comm" % process) as file:
            found["agent" if file.read().startswith("thaw-agent") else "function"] = process
    return found["agent"], found["function"]


def begin_trace(folder, agent, function):
    either = " || ".join("%s_pid == %d" % (side, process)
                         for side in ("prev", "next") for process in (agent, function))
    set_trace(folder, trace_clock="mono", buffer_size_kb="32768",
              events__sched__sched_switch__filter=either,
              events__sched__sched_waking__filter="pid == %d" % function,
              events__sched__sched_switch__enable="1", events__sched__sched_waking__enable="1",
              tracing_on="1")


def read_waits(lines, agent, function):
    """When the function got the processor, and how long the agent had it meanwhile, in microseconds."""
    waits = []
    ready = began = None
    waited = 0.0
    for line in lines:
        found = LINE.search(line)
        if not found:
            continue
        now = float(found[1]) * 1e6
        fields = dict(FIELD.findall(found[3]))
        if found[2] == "sched_waking":
            if ready is None:
                ready, waited = now, 0.0
            continue
        if began is not None and int(fields["prev_pid"]) == agent:
            if ready is not None:
                waited += now - max(began, ready)
            began = None
        if ready is not None and int(fields["next_pid"]) == function:
            waits.append((now, waited))
            ready = None
        if int(fields["prev_pid"]) == function and fields["prev_state"].startswith("R"):
            ready, waited = now, 0.0
        if int(fields["next_pid"]) == agent:
            began = now
    return waits


def by_invocation(waits, spans):
    sums = []
    at = 0
    for begin, end in spans:
        while at < len(waits) and waits[at][0] < begin:
            at += 1
        total = 0.0
        while at < len(waits) and waits[at][0] <= end:
            total += waits[at][1]
            at += 1
        sums.append(total)
    return sorted(sums)


def timed(invoke, spans):
    def call(*arguments, **options):
        begin = time.monotonic() * 1e6
        answer = invoke(*arguments, **options)
        spans.append((begin, time.monotonic() * 1e6))
        return answer
    return call


def main():
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 3000
    agent = os.environ.get("THAW_AGENT", os.path.join(overhead.BIN, "thaw-agent"))
    spans, pids = [], []
    with tempfile.TemporaryDirectory() as folder, tracing() as trace:
        collector, port = overhead.start_collector(folder, True)
        box = overhead.sandbox.Sandbox(
            [overhead.sandbox.function("observed", agent, timeout="10")], port)
        box.invoke = timed(box.invoke, spans)

        def when_warm():
            overhead.set_apart(box, collector)
            pids.extend(processes(box))
            begin_trace(trace, *pids)
        try:
            overhead.measure(box, ["observed"], rounds, random.Random(1), when_warm)
            set_trace(trace, tracing_on="0")
        finally:
            box.close()
            collector.terminate()
            collector.wait(30)
        with open(os.path.join(trace, "trace")) as file:
            sums = by_invocation(read_waits(file, *pids), spans[overhead.WARM_UP:])
    print("rounds %d count (thaw-sandbox, function and agent on one processor)" % rounds)
    for share in (0.5, 0.9, 0.99, 0.999):
        print("function_waits_for_agent_p%g %.0f us" % (share * 100, overhead.quantile(sums, share)))


if __name__ == "__main__":
    main()
