# SPDX-License-Identifier: Apache-2.0
"""What the scenarios of log streams share: payloads as AWS makes them, and what a collector shows."""

import base64
import gzip
import http.client
import json
import os
import pathlib
import sys
import uuid

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "collector"))
from harness import Collector  # noqa: E402,F401  (passed on)

KEY = "0123456789abcdef-key"
DATA = pathlib.Path(__file__).resolve().parents[4] / "shared" / "data"
T0 = 1_790_000_000_000  # ms


def payload(function, stream, events, account="123456789012", message_type="DATA_MESSAGE"):
    """A subscription's JSON; events are (ms, text)."""
    return {
        "messageType": message_type,
        "owner": account,
        "logGroup": f"/aws/lambda/{function}",
        "logStream": stream,
        "subscriptionFilters": ["all"],
        "logEvents": [
            {"id": event_id(stream, at, index), "timestamp": at, "message": text}
            for index, (at, text) in enumerate(events)
        ],
    }


def event_id(stream, at, index):
    """56 digits, the same for the same event."""
    number = int.from_bytes(uuid.uuid5(uuid.NAMESPACE_OID, f"{stream} {at} {index}").bytes[:12])
    return f"{number:056d}"


def invocation(request, at, duration=20, init=None, lines=("working",)):
    """The lines of one invocation as Lambda writes them."""
    billed = duration + (init or 0)
    report = (
        f"REPORT RequestId: {request}\tDuration: {duration}.00 ms\tBilled Duration: {billed} ms\t"
        f"Memory Size: 128 MB\tMax Memory Used: 64 MB\t"
        + (f"Init Duration: {init}.00 ms\t" if init else "")
        + "\n"
    )
    first = [(at - init, "INIT_START Runtime Version: python:3.13.v31\tRuntime Version ARN: "
              "arn:aws:lambda:eu-central-1::runtime:0123\n")] if init else []
    return first + [
        (at, f"START RequestId: {request} Version: $LATEST\n"),
        *((at + 1 + i, f"{line}\n") for i, line in enumerate(lines)),
        (at + duration, f"END RequestId: {request}\n"),
        (at + duration, report),
    ]


def request_id(number):
    return str(uuid.uuid5(uuid.NAMESPACE_OID, f"request {number}"))


def stream_name(number):
    return f"2026/09/21/[$LATEST]{uuid.uuid5(uuid.NAMESPACE_OID, f'stream {number}').hex}"


def record(*objects, between=b"", members=False):
    """Objects as one record of Firehose: gzip of all of them, or a member of gzip for each."""
    texts = [json.dumps(one).encode() for one in objects]
    if members:
        return b"".join(gzip.compress(text, mtime=0) for text in texts)
    return gzip.compress(between.join(texts), mtime=0)


class Firehose:
    """Delivers as Amazon Data Firehose does."""

    def __init__(self, collector, key=KEY, compress=True, attributes=None, connection=None):
        self.collector = collector
        self.key = key
        self.compress = compress
        self.attributes = attributes
        self.connection = connection

    def headers(self, request):
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "Amazon Kinesis Data Firehose Agent/1.0",
            "X-Amz-Firehose-Protocol-Version": "1.0",
            "X-Amz-Firehose-Request-Id": request,
            "X-Amz-Firehose-Source-Arn":
                "arn:aws:firehose:eu-central-1:123456789012:deliverystream/logs",
        }
        if self.key is not None:
            headers["X-Amz-Firehose-Access-Key"] = self.key
        if self.compress:
            headers["Content-Encoding"] = "gzip"
        if self.attributes is not None:
            headers["X-Amz-Firehose-Common-Attributes"] = json.dumps(
                {"commonAttributes": self.attributes}
            )
        return headers

    @staticmethod
    def body(request, records):
        return json.dumps(
            {
                "requestId": request,
                "timestamp": T0,
                "records": [{"data": base64.b64encode(one).decode()} for one in records],
            }
        ).encode()

    def send(self, records, request=None, body=None, headers=None):
        """(status, headers, answer) of one delivery."""
        request = request or str(uuid.uuid4())
        sent = self.body(request, records) if body is None else body
        if self.compress:
            sent = gzip.compress(sent, 1)
        merged = {**self.headers(request), **(headers or {})}
        merged = {name: value for name, value in merged.items() if value is not None}
        connection = self.connection or self.collector.connect()
        try:
            connection.request("POST", "/v1/firehose", body=sent, headers=merged)
            answer = connection.getresponse()
            return answer.status, dict(answer.getheaders()), answer.read()
        finally:
            if self.connection is None:
                connection.close()

    def deliver(self, records, request=None):
        """Send and check the answer to the letter."""
        request = request or str(uuid.uuid4())
        status, headers, body = self.send(records, request)
        check_answer(status, headers, body, 200, request)


def check_answer(status, headers, body, wanted, request):
    """The answer has the form that Firehose asks for, or it would count as a failure."""
    assert status == wanted, (status, wanted, body)
    assert headers["Content-Type"] == "application/json", headers
    assert int(headers["Content-Length"]) == len(body) < 1 << 20
    assert "Content-Encoding" not in headers, headers
    answer = json.loads(body)
    assert answer["requestId"] == request, (answer, request)
    assert isinstance(answer["timestamp"], int) and answer["timestamp"] > T0
    extra = set(answer) - {"requestId", "timestamp"}
    assert extra == (set() if wanted == 200 else {"errorMessage"}), answer
    assert len(answer.get("errorMessage", "")) <= 8192


def token_file(folder):
    path = os.path.join(folder, "tokens")
    with open(path, "w", encoding="ascii") as file:
        file.write(f"# keys\n{KEY}\n")
    return path


BEARER = {"Authorization": f"Bearer {KEY}"}


def ask(collector, path):
    status, _, body = collector.request("GET", f"/api/thaw/v1/{path}", headers=BEARER)
    assert status == 200, (path, status, body[:300])
    return json.loads(body)


def functions(collector):
    """Rows by function's name, of all times."""
    rows = {}
    for row in ask(collector, "functions?from=0")["functions"]:
        rows.setdefault(row["name"], []).append(row)
    return rows


def total(rows, name):
    return sum(row[name] or 0 for row in rows)


def transaction(collector, one):
    return ask(collector, f"transactions/{one}")


def has(collector, one):
    status, _, _ = collector.request("GET", f"/api/thaw/v1/transactions/{one}", headers=BEARER)
    return status == 200


def until(condition, what, seconds=30):
    """Wait for a condition, not for a time."""
    import time

    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, what
        time.sleep(0.05)


Gone = (OSError, http.client.HTTPException)
