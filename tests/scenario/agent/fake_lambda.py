# SPDX-License-Identifier: Apache-2.0
"""A platform in a few lines, for lives that a faithful one never leads: no telemetry, late, doubled or
malformed deliveries, events in any order.  The faithful one is thaw-sandbox."""
import datetime
import http.client
import http.server
import json
import queue
import threading
import time
import uuid


def iso(seconds):
    return datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc).strftime(
        "%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


class Platform:
    def __init__(self, telemetry_status=200, account="123456789012"):
        self.telemetry_status = telemetry_status
        self.account = account
        self.events = queue.Queue()
        self.calls = []  # (method, path, body)
        self.asked = queue.Queue()  # The times at which "next" was asked for.
        self.telemetry_port = None
        self.deliveries = 1  # How often each delivery is made.
        self.outstanding = 0
        self.asking = threading.Lock()  # For what is outstanding.
        platform = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                platform.answer(self)

            do_PUT = do_GET = do_POST

            def log_message(self, *arguments):
                pass

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, request, client_address):
                pass

        self.server = Server(("127.0.0.1", 0), Handler)
        self.address = "127.0.0.1:%d" % self.server.server_address[1]
        threading.Thread(
            target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def close(self):
        self.events.put(None)
        self.server.shutdown()
        self.server.server_close()

    def send(self, handler, status, body, headers=()):
        data = json.dumps(body).encode()
        handler.send_response(status)
        for name, value in headers:
            handler.send_header(name, value)
        handler.send_header("Content-Type", "application/json")
        handler.send_header("Content-Length", str(len(data)))
        handler.end_headers()
        handler.wfile.write(data)

    def answer(self, handler):
        size = int(handler.headers.get("Content-Length", 0))
        body = handler.rfile.read(size)
        self.calls.append((handler.command, handler.path, body))
        if handler.path.endswith("/register"):
            answer = {"functionName": "shop", "functionVersion": "$LATEST", "handler": "h"}
            if handler.headers.get("Lambda-Extension-Accept-Feature") == "accountId":
                answer["accountId"] = self.account
            self.send(handler, 200, answer, [("Lambda-Extension-Identifier", str(uuid.uuid4()))])
        elif handler.path.endswith("/telemetry"):
            uri = json.loads(body)["destination"]["URI"]
            self.telemetry_port = int(uri.rsplit(":", 1)[1].rstrip("/"))
            status = self.telemetry_status
            if isinstance(status, list):
                status = status.pop(0)
            self.send(handler, status, "OK" if status == 200 else {"errorType": "x"})
        elif handler.path.endswith("/event/next"):
            with self.asking:
                refused = self.outstanding > 0
                self.outstanding += 0 if refused else 1
            if refused:
                self.send(handler, 403, {"errorType": "Extension.InvalidExtensionState"})
                return
            self.asked.put(time.monotonic())
            event = self.events.get()
            with self.asking:
                self.outstanding -= 1
            if event is None:
                handler.close_connection = True
                return
            self.send(handler, 200, event, [("Lambda-Extension-Event-Identifier", str(uuid.uuid4()))])
        else:
            self.send(handler, 404, {})

    def forget(self):
        """The agent is dead: what it was asked for, and what it had asked for, is nobody's."""
        while not self.events.empty():
            self.events.get()
        while self.outstanding > 0:
            self.events.put(None)
            time.sleep(0.001)
        while not self.events.empty():
            self.events.get()
        while not self.asked.empty():
            self.asked.get()

    # What the platform does.

    def wait_asked(self, seconds=10):
        return self.asked.get(timeout=seconds)

    def invoke(self, request_id, deadline=30.0, tracing=None):
        # Far behind what wait_asked() waits: an agent that waits for the deadline is found out.
        event = {"eventType": "INVOKE", "deadlineMs": int((time.time() + deadline) * 1000),
                 "requestId": request_id,
                 "invokedFunctionArn": "arn:aws:lambda:us-east-1:123456789012:function:shop:live"}
        if tracing:
            event["tracing"] = {"type": "X-Amzn-Trace-Id", "value": tracing}
        self.events.put(event)

    def shut_down(self, reason="spindown", budget=2.0):
        self.events.put({"eventType": "SHUTDOWN", "shutdownReason": reason,
                         "deadlineMs": int((time.time() + budget) * 1000)})

    def deliver_raw(self, data):
        connection = http.client.HTTPConnection("127.0.0.1", self.telemetry_port, timeout=10)
        connection.request("POST", "/", data, {"Content-Type": "application/json"})
        status = connection.getresponse().status
        connection.close()
        return status

    def deliver(self, *events):
        data = json.dumps(list(events)).encode()
        return [self.deliver_raw(data) for _ in range(self.deliveries)][-1]


def event(kind, record, at=None):
    return {"time": iso(time.time() if at is None else at), "type": kind, "record": record}


def init_events(instance="2026/11/23/[$LATEST]0123456789abcdef0123456789abcdef", at=None,
                phase="init", kind="on-demand"):
    at = time.time() - 0.2 if at is None else at
    common = {"initializationType": kind, "phase": phase}
    return [
        event("platform.initStart", dict(
            common, functionName="shop", functionVersion="$LATEST", instanceId=instance,
            instanceMaxMemory=128, runtimeVersion="python:3.13.v31"), at),
        event("platform.initRuntimeDone", dict(common, status="success"), at + 0.1),
        event("platform.initReport", dict(common, status="success", metrics={"durationMs": 101.5}),
              at + 0.102),
    ]


def start(request_id, at=None, tracing=None):
    record = {"requestId": request_id, "version": "$LATEST"}
    if tracing:
        record["tracing"] = {"spanId": "54565fb41ac79632", "type": "X-Amzn-Trace-Id",
                             "value": tracing}
    return event("platform.start", record, at)


def done(request_id, status="success", at=None, **more):
    return event("platform.runtimeDone", dict(
        {"requestId": request_id, "status": status,
         "metrics": {"durationMs": 12.345, "producedBytes": 17},
         "spans": [{"name": "responseLatency", "start": iso(time.time()), "durationMs": 10.5},
                   {"name": "responseDuration", "start": iso(time.time()), "durationMs": 0.5},
                   {"name": "runtimeOverhead", "start": iso(time.time()), "durationMs": 1.25}]},
        **more), at)


def report(request_id, status="success", at=None, metrics=None, **more):
    return event("platform.report", dict(
        {"requestId": request_id, "status": status,
         "metrics": dict({"durationMs": 20.5, "billedDurationMs": 21, "memorySizeMB": 128,
                          "maxMemoryUsedMB": 44}, **(metrics or {})),
         "spans": [{"name": "extensionOverhead", "start": iso(time.time()), "durationMs": 8.125}]},
        **more), at)


def line(text, at=None, kind="function"):
    return event(kind, text, at)
