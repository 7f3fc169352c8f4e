#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What the store costs until everything is sealed, and how quickly it finds things again.

    THAW_BIN_DIR=build/release/bin bench_store.py [spans|gzip|lines|nezha] [RECORDS]

Input: tests/bench/spans_gen.h (500 spans a request) or lines_gen.h (480 lines), four connections, from
load_gen; or the traces of a real shop, one connection, from nezha.py.  CPU is user and system time of
the collector alone, from the first request until the last log is sealed; written is what it wrote to
the disk in that time; disk is all of its data directory, indexes included, but for the log that is still
open and what start-ups are shortened by (view-...), which is bounded and told apart.  Look-ups
are whole answers over one connection; "cold" is after the page cache was dropped (as root).
"""

import http.client
import os
import pathlib
import random
import signal
import subprocess
import sys
import tempfile
import time

BIN = pathlib.Path(os.environ.get("THAW_BIN_DIR", "build/release/bin")).resolve()
LOOKUPS = 300


class Collector:
    def __init__(self, data):
        self.data = pathlib.Path(data)
        begin = time.monotonic()
        self.process = subprocess.Popen(
            [BIN / "thaw-collector", "--data", data, "--listen", "127.0.0.1:0", "--retention-size", "0"],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.port = int(self.process.stdout.readline().split()[-1].rpartition(":")[2])
        self.start_s = time.monotonic() - begin

    def cpu(self):
        stat = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(stat[11]) + int(stat[12])) / os.sysconf("SC_CLK_TCK")

    def proc(self, file, name):
        for line in pathlib.Path(f"/proc/{self.process.pid}/{file}").read_text().splitlines():
            if line.startswith(name + ":"):
                return int(line.split()[1])
        return 0

    def metric(self, name):
        connection = http.client.HTTPConnection("127.0.0.1", self.port)
        connection.request("GET", "/metrics")
        for line in connection.getresponse().read().decode().splitlines():
            if line.startswith(name + " "):
                return float(line.split()[1])
        return 0

    def wait_sealed(self):
        while True:
            left = self.metric("thaw_collector_store_segments") - self.metric(
                "thaw_collector_store_segments_sealed")
            if left <= 1:
                return
            time.sleep(0.2)

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait()

    def open_log(self):
        logs = sorted(self.data.rglob("log"), key=lambda path: path.stat().st_mtime)
        return logs[-1].stat().st_size if logs else 0

    def disk(self):
        sealed = [path.parent for path in self.data.rglob("sealed")]
        return sum(path.stat().st_size for path in self.data.rglob("*") if path.is_file()
                   and not (path.name == "log" and path.parent in sealed)
                   and not path.name.startswith("view-"))

    def view(self):
        return sum(path.stat().st_size for path in self.data.glob("view-*"))


def load(collector, kind, count):
    what = "lines" if kind == "lines" else "spans"
    per_body = "480" if kind == "lines" else "500"
    seed = str(random.randrange(1 << 30))
    command = [BIN / "load_gen", str(collector.port), what, str(count), per_body, "4",
               "gzip" if kind == "gzip" else "identity", seed]
    if kind == "nezha":
        sender = pathlib.Path(__file__).parent / "nezha.py"
        command = [sys.executable, sender, str(collector.port), str(count), seed]
    out = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout.splitlines()
    return out[:-1], out[-1]


def rank(values, part):
    return sorted(values)[max(0, int(len(values) * part + 0.999999) - 1)]


def look_up(collector, ids, name):
    connection = http.client.HTTPConnection("127.0.0.1", collector.port)
    times, missing = [], 0
    for one in ids:
        begin = time.perf_counter()
        connection.request("GET", f"/api/thaw/v1/transactions/{one}")
        answer = connection.getresponse()
        answer.read()
        times.append((time.perf_counter() - begin) * 1000)
        missing += answer.status != 200
    print(f"{name} p50 {rank(times, 0.5):.2f} ms, p95 {rank(times, 0.95):.2f} ms, "
          f"{missing} of {len(ids)} not there")


def drop_caches():
    try:
        os.sync()
        pathlib.Path("/proc/sys/vm/drop_caches").write_text("3")
        return True
    except OSError:
        return False


def main():
    kind = sys.argv[1] if len(sys.argv) > 1 else "spans"
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 2_000_000
    record = "line" if kind == "lines" else "span"
    with tempfile.TemporaryDirectory(prefix="thaw-bench-", dir=os.environ.get("THAW_BENCH_DIR")) as data:
        collector = Collector(data)
        ids, steps = [], 4
        for step in range(steps):
            cpu = collector.cpu()
            more, said = load(collector, kind, count // steps)
            acknowledged = collector.cpu() - cpu
            collector.wait_sealed()
            ids += more
            print(f"part {step + 1} of {steps}: {said}; CPU {acknowledged / count * steps * 1e6:.2f} us a "
                  f"{record} when acknowledged, {(collector.cpu() - cpu) / count * steps * 1e6:.2f} "
                  f"until sealed")
        cpu = collector.cpu()
        open_log = collector.open_log()
        print(f"{kind}_cpu {cpu / count * 1e6:.2f} us/{record}")
        print(f"{kind}_written {collector.proc('io', 'write_bytes') / count:.0f} bytes/{record}")
        print(f"{kind}_disk {collector.disk() / count:.1f} bytes/{record} "
              f"(the open log is {open_log / count:.1f} of it), and a saved view of "
              f"{collector.view() / 1e6:.1f} MB")
        print(f"{kind}_memory {collector.proc('status', 'VmHWM') / 1024:.0f} MB at most, "
              f"{collector.proc('status', 'VmRSS') / 1024:.0f} MB now")
        if ids:
            sample = random.sample(ids, min(LOOKUPS, len(ids)))
            if drop_caches():
                look_up(collector, sample[:100], "transaction_cold")
            look_up(collector, sample, "transaction_warm")
            look_up(collector, sample, "transaction_warm again")
            look_up(collector, [random.randbytes(16).hex() for _ in range(LOOKUPS)], "nobody_knows")
        collector.stop()
        collector = Collector(data)
        print(f"start {collector.start_s:.2f} s, {collector.proc('status', 'VmRSS') / 1024:.0f} MB")
        collector.stop()


if __name__ == "__main__":
    main()
