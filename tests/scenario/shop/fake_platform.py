# SPDX-License-Identifier: Apache-2.0
"""The smallest platform that one function of the sample can live on: a Runtime API that hands out
events one by one, an endpoint for invokes and queues, and an OTLP receiver."""

import contextlib
import hashlib
import http.server
import json
import queue
import subprocess
import threading
import uuid

TIMEOUT_S = 30


class Invocation:
    def __init__(self, event, trace_header):
        self.event = event
        self.request_id = str(uuid.uuid4())
        self.trace_header = trace_header
        self.outcome = None  # "response" or "error"
        self.answer = None
        self.done = threading.Event()


class FakePlatform:
    """Serves on one port; the paths tell the protocols apart."""

    def __init__(self):
        self.events = queue.Queue()
        self.invocations = {}
        self.functions = {}  # name -> function(payload) -> (answer, failed)
        self.calls = []  # (function or queue, trace header, payload)
        self.exports = []  # (content type, body)
        platform = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def do_GET(self):
                platform._get(self)

            def do_POST(self):
                platform._post(self)

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.address = f"127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def _answer(self, handler, status, body, headers=None):
        handler.send_response(status)
        for name, value in (headers or {}).items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    def _body(self, handler):
        """OpenTelemetry's exporter for Node sends its bodies in chunks."""
        if handler.headers.get("Transfer-Encoding") != "chunked":
            return handler.rfile.read(int(handler.headers.get("Content-Length", 0)))
        body = b""
        while size := int(handler.rfile.readline(), 16):
            body += handler.rfile.read(size)
            handler.rfile.readline()
        handler.rfile.readline()
        return body

    def _get(self, handler):
        invocation = self.events.get()
        headers = {
            "Lambda-Runtime-Aws-Request-Id": invocation.request_id,
            "Lambda-Runtime-Deadline-Ms": "4102444800000",
            "Lambda-Runtime-Invoked-Function-Arn": "arn:aws:lambda:us-east-1:123456789012:function:x",
            "Lambda-Runtime-Trace-Id": invocation.trace_header,
            "Content-Type": "application/json",
        }
        self._answer(handler, 200, json.dumps(invocation.event).encode(), headers)

    def _post(self, handler):
        body = self._body(handler)
        parts = handler.path.strip("/").split("/")
        if parts[:2] == ["2018-06-01", "runtime"]:
            invocation = self.invocations[parts[3]]
            invocation.outcome, invocation.answer = parts[4], json.loads(body)
            self._answer(handler, 202, b'{"status":"OK"}')
            invocation.done.set()
        elif parts[:2] == ["2015-03-31", "functions"]:
            self._invoke(handler, parts[2], body)
        elif parts[0] == "v1":
            self.exports.append((handler.headers["Content-Type"], body))
            self._answer(handler, 200, b"{}", {"Content-Type": "application/json"})
        else:
            self._send_message(handler, body)

    def _invoke(self, handler, name, body):
        self.calls.append((name, handler.headers.get("X-Amzn-Trace-Id"), json.loads(body)))
        if handler.headers.get("X-Amz-Invocation-Type") == "Event":
            self._answer(handler, 202, b"")
            return
        answer, failed = self.functions[name](json.loads(body))
        headers = {"X-Amz-Function-Error": "Unhandled"} if failed else {}
        self._answer(handler, 200, json.dumps(answer).encode(), headers)

    def _send_message(self, handler, body):
        message = json.loads(body)
        self.calls.append(("orders", handler.headers.get("X-Amzn-Trace-Id"), message))
        text = message["MessageBody"]
        answer = {
            "MessageId": str(uuid.uuid4()),
            "MD5OfMessageBody": hashlib.md5(text.encode()).hexdigest(),
        }
        headers = {"Content-Type": "application/x-amz-json-1.0"}
        self._answer(handler, 200, json.dumps(answer).encode(), headers)

    def invoke(self, event, trace_header):
        """Hand the event to the function and wait for what it answers."""
        invocation = Invocation(event, trace_header)
        self.invocations[invocation.request_id] = invocation
        self.events.put(invocation)
        if not invocation.done.wait(TIMEOUT_S):
            raise TimeoutError("the function did not answer")
        return invocation

    @contextlib.contextmanager
    def function(self, command, cwd, environment):
        """Run a function's process for the time of the block; yields it, with .log filled after."""
        process = subprocess.Popen(
            command,
            cwd=cwd,
            env={**environment, "AWS_LAMBDA_RUNTIME_API": self.address},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        try:
            yield process
        finally:
            process.kill()
            process.log, _ = process.communicate()
