#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What a fleet of agents costs the collector whose connections are mostly idle, over TLS.

    THAW_BIN_DIR=build/release/bin bench_door.py [CONNECTIONS [BODIES]]

tests/bench/fleet.c holds the connections, each a TLS session with a P-256 certificate.  First all come
at once and send one body each; then bodies of 3 spans or 10 lines go over connections taken at random,
64 at a time, each acknowledged on the disk; then the collector is killed and started again, and all
come back at once with the tickets they have.  CPU is user and system time of the collector alone;
resident memory is what it has after the bodies.  The fleet shares the machine's cores with it.
"""

import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time

BIN = pathlib.Path(os.environ.get("THAW_BIN_DIR", "build/release/bin")).resolve()


def certificate(folder):
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
         "-days", "1", "-subj", "/CN=localhost", "-keyout", f"{folder}/key.pem", "-out",
         f"{folder}/cert.pem"], check=True, stderr=subprocess.DEVNULL)


class Collector:
    def __init__(self, folder, port=0):
        self.process = subprocess.Popen(
            [BIN / "thaw-collector", "--data", f"{folder}/data", "--listen", f"127.0.0.1:{port}",
             "--tls-cert", f"{folder}/cert.pem", "--tls-key", f"{folder}/key.pem"],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.port = int(self.process.stdout.readline().split()[-1].rpartition(":")[2])

    def cpu(self):
        stat = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(stat[11]) + int(stat[12])) / os.sysconf("SC_CLK_TCK")

    def resident(self):
        for line in pathlib.Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) / 1024
        return 0

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()


class Fleet:
    def __init__(self, port, count):
        self.process = subprocess.Popen([BIN / "fleet", str(port), str(count)], text=True,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def do(self, what):
        self.process.stdin.write(what + "\n")
        self.process.stdin.flush()
        return self.process.stdout.readline().split()


def main():
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 20000
    bodies = int(sys.argv[2]) if len(sys.argv) > 2 else 60000
    with tempfile.TemporaryDirectory() as folder:
        certificate(folder)
        collector = Collector(folder)
        fleet = Fleet(collector.port, count)
        try:
            before = collector.resident()
            came = fleet.do("come")
            print(f"door_come {came[1]} s for {count} connections, {came[3]} retries, "
                  f"{collector.cpu() * 1e3 / count:.2f} ms CPU each")
            used = collector.cpu()
            sent = fleet.do(f"send {bodies}")
            used = collector.cpu() - used
            print(f"door_body_cpu {used * 1e6 / bodies:.1f} us ({bodies} bodies in {sent[1]} s, "
                  f"{sent[3]} failed)")
            print(f"door_resident {collector.resident():.0f} MiB "
                  f"({(collector.resident() - before) * 1024 / count:.1f} KiB each)")
            collector.kill()
            begin = time.monotonic()
            collector = Collector(folder, collector.port)
            started = time.monotonic() - begin
            came = fleet.do("come")
            print(f"door_storm {came[1]} s until all are served, {came[3]} retries, start {started:.2f} s, "
                  f"{collector.cpu() * 1e3 / count:.2f} ms CPU each")
        finally:
            fleet.process.kill()
            collector.kill()


if __name__ == "__main__":
    main()
