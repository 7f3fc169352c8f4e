#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""How fast thaw report reads, and in how much memory.

    THAW_BIN_DIR=build/release/bin bench_report.py [BYTES...]

Input, the same in every run: exports made by export_gen (tests/bench/export_gen.c), piped, never
stored: S3 files in a tar, aws logs tail, filter-log-events, and the same of the JSON log format; 1 GB
of each and 10 GB of the first and the third.  MB/s are of text and of the processor time of thaw
alone (user and system), as the generator runs beside it; rss is the most it ever held.  What the
report says is compared with what the generator wrote.
"""

import json
import os
import pathlib
import resource
import subprocess
import sys
import time

BIN = pathlib.Path(os.environ["THAW_BIN_DIR"])
ALL = ("tar", "tail", "filter", "json")
RUNS = [(form, 10**9) for form in ALL] + [("tar", 10**10), ("filter", 10**10)]
SAME = ("invocations", "cold_starts", "errors", "timeouts", "billed_ms", "streams", "events")


def run(form, size):
    maker = subprocess.Popen([BIN / "export_gen", form, str(size)], stdout=subprocess.PIPE,
                             stderr=subprocess.PIPE)
    begin = time.monotonic()
    reader = subprocess.Popen([BIN / "thaw", "--json", "report", "-"], stdin=maker.stdout,
                              stdout=subprocess.PIPE)
    maker.stdout.close()
    answer = reader.stdout.read()
    # The usage of this one child: getrusage() would add up all of them.
    _, status, usage = os.wait4(reader.pid, 0)
    elapsed = time.monotonic() - begin
    reader.returncode = os.waitstatus_to_exitcode(status)
    wrote = json.loads(maker.stderr.read())
    maker.wait()
    assert reader.returncode == 0, reader.returncode
    summary = json.loads(answer)["summary"]
    wrong = {name: (summary[name], wrote[name]) for name in SAME if summary[name] != wrote[name]}
    assert not wrong, wrong
    name = f"report_{form}_{size / 10**9:g}gb"
    cpu = usage.ru_utime + usage.ru_stime
    print(f"{name}_speed {wrote['bytes'] / 10**6 / cpu:.0f} MB/s")
    print(f"{name}_cpu {cpu:.2f} s")
    print(f"{name}_wall {elapsed:.2f} s")
    print(f"{name}_rss {usage.ru_maxrss / 1024:.0f} MB", flush=True)


def main():
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    sizes = [int(word) for word in sys.argv[1:]]
    for form, size in [(form, size) for size in sizes for form in ALL] if sizes else RUNS:
        run(form, size)


if __name__ == "__main__":
    main()
