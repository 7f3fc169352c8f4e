# SPDX-License-Identifier: Apache-2.0
"""What an agent sends, in the shape of docs/reference/wire.md, as OTLP/JSON."""

import json
import uuid

MS = 1_000_000
SECOND = 1_000_000_000


def value(content):
    if isinstance(content, bool):
        return {"boolValue": content}
    if isinstance(content, int):
        return {"intValue": str(content)}
    return {"stringValue": content}


def attributes(**content):
    """Names with dots are written with two underscores."""
    return [
        {"key": key.replace("__", "."), "value": value(each)}
        for key, each in content.items()
        if each is not None
    ]


class Instance:
    """One instance of a function and its agent, which numbers what it sends."""

    def __init__(self, function, number, region="us-east-1", arch="amd64", memory_mb=128,
                 version="$LATEST", space=None):
        self.space = space
        self.function = function
        self.version = version
        self.name = f"2026/11/23/[{version}]{function}-{number:06d}"
        self.region = region
        self.arch = arch
        self.memory_mb = memory_mb
        self.epoch = 1_795_000_000_000_000_000 + number
        self.seq = 0
        self.records = []
        self.spans = []

    def resource(self):
        return {
            "attributes": attributes(
                service__name=self.function,
                service__namespace=self.space,
                cloud__provider="aws",
                cloud__platform="aws_lambda",
                cloud__region=self.region,
                cloud__account__id="123456789012",
                faas__name=self.function,
                faas__version=self.version,
                faas__instance=self.name,
                faas__max_memory=self.memory_mb * 1024 * 1024,
                host__arch=self.arch,
                thaw__initialization_type="on-demand",
                thaw__agent__version="0.1.0",
                thaw__epoch=self.epoch,
            )
        }

    def add(self, record, content):
        self.seq += 1
        content["thaw__seq"] = self.seq
        record["attributes"] = attributes(**content)
        self.records.append(record)

    def init(self, start_ns, init_ns):
        """The cold-start marker."""
        self.add(
            {"timeUnixNano": str(start_ns), "eventName": "faas.instance.start"},
            dict(
                thaw__init__phase="init",
                thaw__init__start_ns=start_ns,
                thaw__init__end_ns=start_ns + init_ns,
                thaw__init_ns=init_ns,
                thaw__init__status="success",
                thaw__initialization_type="on-demand",
            ),
        )

    def invocation(self, start_ns, duration_ns=20 * MS, init_ns=None, status="success",
                   request_id=None, trace_id=None, parent=None, error_type=None, cpu_ns=None):
        """A whole invocation: reported, with everything that is known of it."""
        request_id = request_id or str(uuid.uuid4())
        trace_id = trace_id or uuid.UUID(request_id).hex
        billed_ms = -(-(duration_ns + (init_ns or 0)) // MS)
        record = {
            "timeUnixNano": str(start_ns),
            "eventName": "faas.invocation",
            "traceId": trace_id,
            "spanId": uuid.uuid4().hex[:16],
        }
        header = f"Root=1-{trace_id[:8]}-{trace_id[8:]};Sampled=0"
        if parent:
            header = f"Root=1-{trace_id[:8]}-{trace_id[8:]};Parent={parent};Sampled=0"
        self.add(
            record,
            dict(
                faas__invocation_id=request_id,
                thaw__attempt=1,
                faas__coldstart=init_ns is not None,
                thaw__invocation__state="reported",
                thaw__invocation__status=status,
                error__type=error_type,
                thaw__start_ns=start_ns,
                thaw__done_ns=start_ns + duration_ns,
                thaw__handler_ns=duration_ns,
                thaw__reported_ns=duration_ns,
                thaw__billed_ms=billed_ms,
                thaw__memory_size_mb=self.memory_mb,
                thaw__max_memory_used_mb=64,
                thaw__init_ns=init_ns,
                thaw__runtime__cpu_ns=cpu_ns,
                thaw__xray__header=header,
            ),
        )
        return request_id, trace_id, record["spanId"]

    def log(self, time_ns, body, request_id, trace_id, span_id):
        self.add(
            {
                "timeUnixNano": str(time_ns),
                "body": {"stringValue": body},
                "severityNumber": 9,
                "severityText": "INFO",
                "traceId": trace_id,
                "spanId": span_id,
            },
            dict(thaw__source="function", faas__invocation_id=request_id, thaw__attempt=1),
        )

    def take(self):
        """The resource block of what was added since the last one."""
        records, self.records = self.records, []
        return {
            "resource": self.resource(),
            "scopeLogs": [{"scope": {"name": "thaw.agent"}, "logRecords": records}],
        }


def body(blocks):
    return json.dumps({"resourceLogs": blocks}).encode()


def send(collector, instances):
    """Post what these instances have; the collector has it on disk afterwards."""
    status, _, answer = collector.request(
        "POST",
        "/v1/logs",
        body([each.take() for each in instances]),
        {"Content-Type": "application/json"},
    )
    assert status == 200, (status, answer)


def traffic(function, now_ns, cold, warm, first=0, version="$LATEST", space=None):
    """So many instances with one cold call each, and so many warm calls of one more instance."""
    instances = []
    for number in range(cold):
        instance = Instance(function, first + number, version=version, space=space)
        instance.init(now_ns - 200 * MS, 100 * MS)
        instance.invocation(now_ns - 100 * MS, init_ns=100 * MS)
        instances.append(instance)
    if warm:
        instance = Instance(function, first + 900_000, version=version, space=space)
        for number in range(warm):
            instance.invocation(now_ns - 100 * MS + number)
        instances.append(instance)
    return instances
