#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Make a data directory of this version, and what it answers: golden data, by which later versions are
tested to open what this one wrote (tests/scenario/collector/golden_test.py).  Done once for each version
that writes something else; what was made before stays.

    make.py COLLECTOR VERSION
"""

import json
import pathlib
import random
import shutil
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
SCENARIO = HERE.parents[1] / "scenario"
sys.path[:0] = [str(SCENARIO / "collector"), str(SCENARIO / "logs")]

from check_test import wait_sealed  # noqa: E402
from harness import JSON, PROTOBUF, Collector, attribute, field, span, traces  # noqa: E402
from wire import invocation, payload, request_id, stream_name  # noqa: E402

BEGIN_NS = 1_795_000_000_000_000_000  # 2026-11-18
EVERYTHING = ["--retention-size", "0", "--retention-age", "0s"]
METRICS = {"resourceMetrics": [{"scopeMetrics": [{"metrics": [{
    "name": "golden", "gauge": {"dataPoints": [{"timeUnixNano": str(BEGIN_NS), "asInt": "7"}]}}]}]}]}
LOOSE = {"resourceLogs": [{"resource": {"attributes": [{"key": "service.name", "value": {"stringValue": "golden"}}]},
                           "scopeLogs": [{"logRecords": [{"timeUnixNano": str(BEGIN_NS), "severityNumber": 17,
                                                          "body": {"stringValue": "of no transaction"}}]}]}]}


def send(collector, path, body, headers):
    status, _, answer = collector.request("POST", path, body, headers)
    assert status == 200, answer


def fill(collector, chance, numbers):
    """Traces of some services, invocations told by log streams, a metric, a line of nobody."""
    ids = []
    for number in numbers:
        trace, parent = chance.randbytes(16), b""
        start = BEGIN_NS + number * 10**9
        spans = []
        for depth in range(6):
            own = chance.randbytes(8)
            extra = parent + field(9, attribute(b"url.path", b"/orders/%d" % depth))
            extra += field(15, field(2, b"it broke") + b"\x18\x02") if depth == 5 else b""
            spans.append(span(trace, own, b"step %d" % depth, start + depth * 10**6, extra))
            parent = field(4, own)
        send(collector, "/v1/traces", traces(spans[:3], b"front"), PROTOBUF)
        send(collector, "/v1/traces", traces(spans[3:], b"back"), PROTOBUF)
        at = start // 10**6
        events = invocation(request_id(number), at, duration=40 + number, init=150 if number % 3 == 0 else None,
                            lines=[f"order {number} begins", "\tat golden(File.java:7)", f"random {chance.random()}"])
        body = json.dumps(payload(f"golden-{number % 2}", stream_name(number % 4), events))
        send(collector, "/v1/cloudwatch", body, JSON)
        ids += [trace.hex(), request_id(number)]
    trace = chance.randbytes(16)  # One body that is long enough to be compressed.
    path = field(9, attribute(b"url.path", b"/orders/long"))
    many = [span(trace, chance.randbytes(8), b"item %d of an order" % i, start + i * 10**6, path) for i in range(60)]
    send(collector, "/v1/traces", traces(many, b"back"), PROTOBUF)
    ids += [trace.hex()] * 5  # Every fifth is asked for.
    send(collector, "/v1/metrics", json.dumps(METRICS), JSON)
    send(collector, "/v1/logs", json.dumps(LOOSE), JSON)
    return ids


def paths(ids):
    span_of_time = f"from={BEGIN_NS // 10**6 - 3600_000}&to={BEGIN_NS // 10**6 + 3600_000}"
    return [f"transactions/{one}" for one in ids] + [
        f"{what}{span_of_time}" for what in ("functions?", "transactions?limit=200&", "coldstarts?by=function&",
                                             "errors?", "cost?by=function&")]


def main(binary, version):
    place = HERE / version
    place.mkdir()
    chance = random.Random(1)
    with Collector(binary, ["--segment-size", "8KiB", *EVERYTHING]) as collector:
        collector.start()
        ids = fill(collector, chance, range(12))
        wait_sealed(collector)
        time.sleep(75)  # Logs that are sealed go.
        ids += fill(collector, chance, range(12, 30))
        collector.stop()
        assert collector.check()["findings"] == []
        data = pathlib.Path(collector.data)
        segments = list((data / "segments").iterdir())
        assert any(not (one / "log").exists() for one in segments), "nothing is sealed alone"
        assert any(not (one / "sealed").exists() for one in segments), "there is no log alone"
        shutil.copytree(data, place / "data", ignore=shutil.ignore_patterns("lock", "*-lock", "replay"))
        collector.arguments = EVERYTHING
        collector.start()
        asked = list(dict.fromkeys(paths(ids[::5])))
        answers = {path: json.loads(collector.request("GET", "/api/thaw/v1/" + path)[2]) for path in asked}
        collector.stop()
    (place / "answers.json").write_text(json.dumps(answers, indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
