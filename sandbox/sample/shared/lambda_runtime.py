# SPDX-License-Identifier: Apache-2.0
"""A Lambda runtime on the standard library: asks for the next event, hands it to a handler, posts
the answer or the error.  Log lines look as those of the managed Python runtime."""

import http.client
import json
import logging
import os
import sys
import time
import traceback

_VERSION = "/2018-06-01/runtime"


class Invocation:
    """What the platform says about one invocation beside its event."""

    def __init__(self, headers):
        self.request_id = headers["Lambda-Runtime-Aws-Request-Id"]
        self.deadline_ms = int(headers["Lambda-Runtime-Deadline-Ms"])
        self.trace_header = headers.get("Lambda-Runtime-Trace-Id", "")

    def remaining_ms(self):
        return self.deadline_ms - time.time() * 1000


class _Formatter(logging.Formatter):
    converter = time.gmtime
    request_id = "-"

    def format(self, record):
        stamp = self.formatTime(record, "%Y-%m-%dT%H:%M:%S")
        return (
            f"[{record.levelname}]\t{stamp}.{int(record.msecs):03d}Z\t"
            f"{self.request_id}\t{record.getMessage()}"
        )


def _log_to_stdout():
    formatter = _Formatter()
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    return formatter


def _print_error(error):
    """What a handler did not catch, as the managed runtime prints it."""
    print(f"[ERROR] {type(error).__name__}: {error}\n{''.join(_frames(error))}", end="", flush=True)


def _frames(error):
    return ["Traceback (most recent call last):\n", *traceback.format_tb(error.__traceback__)]


def _post(connection, path, body, headers=None):
    connection.request("POST", _VERSION + path, body=json.dumps(body), headers=headers or {})
    connection.getresponse().read()


def _post_error(connection, request_id, error):
    body = {
        "errorMessage": str(error),
        "errorType": type(error).__name__,
        "stackTrace": traceback.format_exception(error),
    }
    headers = {"Lambda-Runtime-Function-Error-Type": type(error).__name__}
    _post(connection, f"/invocation/{request_id}/error", body, headers)


def serve(handler):
    """Run handler(event, invocation) for every event; never returns."""
    formatter = _log_to_stdout()
    # No timeout: between two events the process may be frozen for hours.
    connection = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
    while True:
        connection.request("GET", _VERSION + "/invocation/next")
        response = connection.getresponse()
        event = json.loads(response.read())
        invocation = Invocation(response.headers)
        formatter.request_id = invocation.request_id
        os.environ["_X_AMZN_TRACE_ID"] = invocation.trace_header
        try:
            answer = handler(event, invocation)
        except Exception as error:
            _print_error(error)
            _post_error(connection, invocation.request_id, error)
        else:
            _post(connection, f"/invocation/{invocation.request_id}/response", answer)
