# SPDX-License-Identifier: Apache-2.0
"""Spans by hand: collected during an invocation, posted as OTLP/JSON when it ends."""

import contextlib
import json
import os
import re
import secrets
import time
import urllib.request

_ENDPOINT = os.environ.get("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:4318")
_SERVICE = os.environ.get("AWS_LAMBDA_FUNCTION_NAME", "shop")
_TIMEOUT_S = 0.5  # A telemetry outage may cost an invocation this much and no more.

_INTERNAL = 1
_ERROR = 2


def _attributes(values):
    def value(of):
        return {"intValue": str(of)} if isinstance(of, int) else {"stringValue": str(of)}

    return [{"key": key, "value": value(of)} for key, of in values.items()]


class Trace:
    """The spans of one invocation, under the context of its X-Ray header."""

    def __init__(self, trace_header, request_id):
        root = re.search(r"Root=1-([0-9a-f]{8})-([0-9a-f]{24})", trace_header)
        parent = re.search(r"Parent=([0-9a-f]{16})", trace_header)
        self._trace_id = "".join(root.groups()) if root else request_id.replace("-", "")
        self._open = [parent.group(1)] if parent else [""]
        self._request_id = request_id
        self._spans = []

    @contextlib.contextmanager
    def span(self, name, **attributes):
        """A span around the block; what the block raises is its error."""
        span = {
            "traceId": self._trace_id,
            "spanId": secrets.token_hex(8),
            "parentSpanId": self._open[-1],
            "name": name,
            "kind": _INTERNAL,
            "startTimeUnixNano": str(time.time_ns()),
            "attributes": _attributes({"faas.invocation_id": self._request_id, **attributes}),
            "status": {},
        }
        self._open.append(span["spanId"])
        try:
            yield
        except Exception as error:
            span["status"] = {"code": _ERROR, "message": str(error)}
            raise
        finally:
            self._open.pop()
            span["endTimeUnixNano"] = str(time.time_ns())
            self._spans.append(span)

    def flush(self):
        """Post what has ended. Telemetry that does not get through must not fail the function."""
        body = {
            "resourceSpans": [
                {
                    "resource": {"attributes": _attributes({"service.name": _SERVICE})},
                    "scopeSpans": [{"scope": {"name": "shop"}, "spans": self._spans}],
                }
            ]
        }
        request = urllib.request.Request(
            _ENDPOINT + "/v1/traces",
            data=json.dumps(body).encode(),
            headers={"Content-Type": "application/json"},
        )
        with contextlib.suppress(OSError):
            urllib.request.urlopen(request, timeout=_TIMEOUT_S).close()
        self._spans = []
