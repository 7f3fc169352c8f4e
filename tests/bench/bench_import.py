#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What an import costs: processor time of the client and of the collector for each MB of text, memory
of both, bytes on the disk for each line.

    THAW_BIN_DIR=build/release/bin bench_import.py [BYTES]

Input, the same in every run: exports made by export_gen (tests/bench/export_gen.c), piped and never
stored: S3 files in a tar, and pages of filter-log-events; 200 MB of each, into a collector that is
empty, on this machine (so bodies are not compressed on their way).  CPU is user and system time of
one process, from /proc and wait4(); MB are of the text that comes in.  The generator shares the
machine's cores with both, so nothing is said about elapsed time but what it was.  The counts of the
summary are compared with what the generator wrote.
"""

import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time

from bench_ingest import cpu_seconds, disk_bytes, start

BIN = pathlib.Path(os.environ.get("THAW_BIN_DIR", "build/release/bin"))
FORMS = ("tar", "filter")


def peak_mb(pid):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    return 0


def pour(form, size, address):
    """(what the generator wrote, the client's summary, its usage, seconds)"""
    maker = subprocess.Popen([BIN / "export_gen", form, str(size)], stdout=subprocess.PIPE,
                             stderr=subprocess.PIPE)
    begin = time.monotonic()
    client = subprocess.Popen([BIN / "thaw", "--endpoint", "http://%s:%d" % address, "--json",
                               "import", "-"], stdin=maker.stdout, stdout=subprocess.PIPE)
    maker.stdout.close()
    answer = client.stdout.read()
    # The usage of this one child: getrusage() would add up all of them.
    _, status, usage = os.wait4(client.pid, 0)
    client.returncode = os.waitstatus_to_exitcode(status)
    wrote = json.loads(maker.stderr.read())
    maker.wait()
    assert client.returncode == 0, client.returncode
    return wrote, json.loads(answer), usage, time.monotonic() - begin


def run(form, size):
    with tempfile.TemporaryDirectory(prefix="thaw-bench-", dir=os.environ.get("THAW_BENCH_DIR")) as data:
        collector, address, _ = start(BIN / "thaw-collector", data)
        before = cpu_seconds(collector.pid)
        wrote, summary, usage, elapsed = pour(form, size, address)
        spent = cpu_seconds(collector.pid) - before
        resident = peak_mb(collector.pid)
        collector.send_signal(signal.SIGTERM)
        collector.wait()
        stored = disk_bytes(data)
    assert summary["invocations"] == wrote["invocations"], (summary, wrote)
    text = wrote["bytes"] / 10**6
    client = usage.ru_utime + usage.ru_stime
    name = f"import_{form}"
    print(f"{name}_client_cpu {client / text * 1000:.2f} ms/MB")
    print(f"{name}_collector_cpu {spent / text * 1000:.2f} ms/MB")
    print(f"{name}_speed {text / (client + spent):.0f} MB/s")
    print(f"{name}_client_speed {text / client:.0f} MB/s")
    print(f"{name}_collector_speed {text / spent:.0f} MB/s")
    print(f"{name}_wall {elapsed:.2f} s")
    print(f"{name}_client_rss {usage.ru_maxrss / 1024:.0f} MB")
    print(f"{name}_collector_rss {resident:.0f} MB")
    print(f"{name}_disk {stored / max(summary['lines'], 1):.1f} bytes/line")
    print(f"# {text:.0f} MB, {wrote['invocations']} invocations, {summary['lines']} lines; speed is of "
          "one core for client and collector together", flush=True)


def main():
    size = int(sys.argv[1]) if len(sys.argv) > 1 else 2 * 10**8
    for form in FORMS:
        run(form, size)


if __name__ == "__main__":
    main()
