#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What it costs to evaluate ten thousand rules over a thousand functions.

    THAW_BIN_DIR=build/release/bin bench_rules.py

Input, the same in every run: 1,000 functions of one instance with 20 invocations in the last ten minutes
each; ten rules for each of them, of five kinds (rates and increases of counters, a gauge), none of which
fires, beside those that the collector comes with.  Told is the processor time of the whole process between
two evaluations, five seconds apart, which nothing else asks for.
"""

import json
import os
import pathlib
import sys
import tempfile
import time

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / "scenario/alert"), str(TESTS / "scenario/collector")]
import wire  # noqa: E402
from harness import Collector  # noqa: E402

FUNCTIONS, RULES, EVALUATIONS = 1000, 10_000, 6
KINDS = [
    'rate(thaw_function_errors_total{{function="f{0}"}}[5m]) > 0.5',
    'increase(thaw_function_cold_starts_total{{function="f{0}"}}[10m]) > 100',
    'thaw_function_instances{{function="f{0}"}} > 1000',
    'rate(thaw_function_invocations_total{{function="f{0}"}}[5m]) > 1e6',
    'increase(thaw_function_timeouts_total{{function="f{0}"}}[5m]) > 9',
]


def fill(collector):
    now = time.time_ns()
    for first in range(0, FUNCTIONS, 100):
        instances = []
        for number in range(first, first + 100):
            instance = wire.Instance(f"f{number}", number)
            instance.init(now - 600 * wire.SECOND, 100 * wire.MS)
            for call in range(20):
                instance.invocation(now - (580 - call * 25) * wire.SECOND)
            instances.append(instance)
        wire.send(collector, instances)


def cpu_s(pid):
    with open(f"/proc/{pid}/stat") as file:
        fields = file.read().split()
    return (int(fields[13]) + int(fields[14])) / os.sysconf("SC_CLK_TCK")


def main():
    binary = pathlib.Path(os.environ.get("THAW_BIN_DIR", "build/release/bin")) / "thaw-collector"
    with tempfile.TemporaryDirectory(prefix="thaw-bench-") as folder:
        path = pathlib.Path(folder) / "rules.yml"
        path.write_text("groups:\n- name: g\n  rules:\n" + "".join(
            f"  - alert: A{i}\n    expr: {KINDS[i % 5].format(i * FUNCTIONS // RULES)}\n    for: 5m\n"
            for i in range(RULES)))
        collector = Collector(str(binary), ["--rules", str(path), "--alert-interval", "5s"]).start()
        fill(collector)
        seen, before = None, 0.0
        for _ in range(EVALUATIONS):
            while True:
                alerts = json.loads(collector.request("GET", "/api/thaw/v1/status")[2])["alerts"]
                if alerts["evaluated_at"] != seen:
                    break
                time.sleep(0.5)
            seen, now = alerts["evaluated_at"], cpu_s(collector.process.pid)
            print(f"rules={alerts['rules']} failing={alerts['failing']} cpu_s={now - before:.2f} "
                  f"took_ms={alerts['took_us'] / 1000:.0f}")
            before = now
        collector.stop()
        collector.close()


if __name__ == "__main__":
    main()
