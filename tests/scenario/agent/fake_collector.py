# SPDX-License-Identifier: Apache-2.0
"""A collector that records what it is sent, and misbehaves when told to."""
import gzip
import http.server
import socket
import struct
import threading
import time

import otlp


class Collector:
    """mode: ok, hang (no answer, ever), refuse (503), reject (400), too_large (413 above 2 KiB), rubbish, half_close, lost_ack.
    With an ssl.SSLContext it speaks TLS."""

    def __init__(self, tls=None, port=0):
        self.mode = "ok"
        self.closed = threading.Event()
        self.tls = tls
        self.token = None  # The one that it wants; None: it does not care.
        self.handshakes = []  # (version, whether the session was resumed), or what went wrong.
        self.delay = 0.0
        self.lock = threading.Lock()
        self.requests = []
        collector = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def setup(self):
                if collector.tls is not None:
                    # Here and not where it is accepted: this thread may wait.
                    try:
                        self.request = collector.tls.wrap_socket(self.request, server_side=True)
                    except OSError as error:
                        collector.handshakes.append(error)
                        raise
                    collector.handshakes.append(
                        (self.request.version(), self.request.session_reused))
                super().setup()

            def finish(self):
                super().finish()
                if collector.tls is not None:
                    self.request.close()

            def do_POST(self):
                collector.answer(self)

            def log_message(self, *arguments):
                pass

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, request, client_address):
                pass

        self.server = Server(("127.0.0.1", port), Handler)
        self.port = self.server.server_address[1]
        threading.Thread(
            target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def close(self):
        self.closed.set()
        self.server.shutdown()
        self.server.server_close()

    def answer(self, handler):
        body = handler.rfile.read(int(handler.headers["Content-Length"]))
        if handler.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        mode = self.mode
        time.sleep(self.delay)
        if mode == "rubbish":
            handler.wfile.write(b"\x00\xff not http at all\r\n\r\n")
            handler.close_connection = True
            return
        if mode == "hang":
            while self.mode == "hang" and not self.closed.wait(0.01):
                pass
            handler.close_connection = True
            return
        if mode == "half_close":
            handler.connection.shutdown(socket.SHUT_WR)
            handler.close_connection = True
            return
        if mode == "reset":
            handler.connection.setsockopt(
                socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            handler.close_connection = True
            return
        status = {"refuse": 503, "reject": 400}.get(mode, 200)
        if self.token and handler.headers.get("Authorization") != "Bearer " + self.token:
            status = 401
        if mode == "too_large" and len(body) > 2048:
            status = 413
        if status == 200:
            with self.lock:
                self.requests.append((handler.path.rsplit("/", 1)[1], body, dict(handler.headers)))
        if mode == "lost_ack":
            handler.close_connection = True
            return
        handler.send_response(status)
        handler.send_header("Content-Type", "application/x-protobuf")
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    def blocks(self, signal):
        """Every block that was accepted, in order: (resource, scope, records)."""
        with self.lock:
            bodies = [body for path, body, _ in self.requests if path == signal]
        return [block for body in bodies for block in otlp.blocks(signal, body)]

    def records(self, signal, scope="thaw.agent"):
        """The records of the agent, each once, by its number."""
        seen = {}
        for attributes, name, records in self.blocks(signal):
            if name != scope:
                continue
            for record in records:
                key = (attributes["faas.instance"], attributes["thaw.epoch"],
                       record["attributes"].get("thaw.seq"))
                if key in seen and seen[key][1] != record:
                    raise AssertionError("one number, two records: %r %r" % (seen[key], record))
                seen[key] = (attributes, record)
        return [seen[key] for key in sorted(seen, key=lambda key: (key[1], key[2]))]

    def logs(self):
        return [record for _, record in self.records("logs")]

    def spans(self):
        return [record for _, record in self.records("traces")]

    def lines(self):
        return [log for log in self.logs() if log["event"] is None]

    def facts(self, event):
        """Events of a kind, merged by key as the receiver does."""
        keys = {"faas.invocation": ("faas.invocation_id", "thaw.attempt"),
                "faas.instance.start": ("thaw.init.start_ns",),
                "faas.instance.stop": ()}[event]
        merged = {}
        for attributes, log in self.records("logs"):
            if log["event"] != event:
                continue
            facts = log["attributes"]
            key = (attributes["faas.instance"],) + tuple(facts.get(k) for k in keys)
            if event == "faas.instance.stop":
                key += (attributes["thaw.epoch"],)
            row = merged.setdefault(key, {})
            row.update(facts)
            row["trace_id"] = log.get("trace_id")
            row["span_id"] = log.get("span_id")
        return list(merged.values())

    def wait_for(self, condition, seconds=10):
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            if condition(self):
                return
            time.sleep(0.01)
        raise AssertionError("the collector was not sent what it should be; it has %r" % self.logs())
