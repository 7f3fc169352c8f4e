# SPDX-License-Identifier: Apache-2.0
"""A collector that tells people, and people who listen."""

import http.server
import json
import os
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", "alert"), os.path.join(HERE, "..", "collector")]

from harness import Collector  # noqa: E402
import wire  # noqa: E402

# Alerts at once: a window of whole minutes cannot be shorter, the waits can.
QUICK = [
    "--alert-interval", "100ms", "--alert-delay", "0s", "--alert-cold-start-window", "3m",
    "--alert-cold-start-for", "0s", "--alert-cold-start-clear-for", "0s",
    "--alert-cold-start-wait", "1s",
]


class Listener:
    """An HTTP server that remembers what it was sent: {path, headers, body, json}.  What it answers
    to a path is the next of answers[path], or 200."""

    def __init__(self, certificate=None):
        self.taken = []
        self.answers = {}
        self.changed = threading.Condition()
        listener = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                with listener.changed:
                    waiting = listener.answers.get(self.path, [])
                    status, headers = waiting.pop(0) if waiting else (200, {})
                    listener.taken.append(
                        {"path": self.path, "headers": dict(self.headers), "status": status,
                         "json": json.loads(body), "at": time.monotonic()})
                    listener.changed.notify_all()
                if status == 0:
                    time.sleep(3)  # Longer than its time-out.
                self.send_response(status or 200)
                for name, content in headers.items():
                    self.send_header(name, content)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        scheme = "https" if certificate else "http"
        self.url = f"{scheme}://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def of(self, path):
        return [each for each in self.taken if each["path"].startswith(path)]

    def wait(self, path, count, timeout=60):
        with self.changed:
            found = self.changed.wait_for(lambda: len(self.of(path)) >= count, timeout)
            assert found, (path, self.taken)
            return self.of(path)


class Mailbox:
    """As much of SMTP as takes a mail.  Answers to RCPT are taken from a list first."""

    def __init__(self):
        self.mails = []
        self.answers = []
        self.changed = threading.Condition()
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self.socket.getsockname()[1]}"
        threading.Thread(target=self.serve, daemon=True).start()

    def close(self):
        self.socket.close()

    def serve(self):
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            with connection, connection.makefile("rwb") as stream:
                self.talk(stream)

    def talk(self, stream):
        def say(text):
            stream.write(text.encode() + b"\r\n")
            stream.flush()

        say("220 mail.example ESMTP")
        recipients = []
        for line in stream:
            verb = line.strip().upper()
            if verb.startswith(b"EHLO"):
                say("250-mail.example\r\n250 8BITMIME")
            elif verb.startswith(b"RCPT"):
                answer = self.answers.pop(0) if self.answers else "250 ok"
                recipients.append(line.strip().decode())
                say(answer)
            elif verb == b"DATA":
                say("354 go on")
                lines = []
                for text in stream:
                    if text == b".\r\n":
                        break
                    lines.append(text)
                with self.changed:
                    self.mails.append((recipients, b"".join(lines)))
                    self.changed.notify_all()
                say("250 taken")
            elif verb == b"QUIT":
                say("221 bye")
                return
            else:
                say("250 ok")

    def wait(self, count, timeout=60):
        with self.changed:
            assert self.changed.wait_for(lambda: len(self.mails) >= count, timeout), self.mails
            return self.mails


def certificate(folder):
    """A key and a certificate for 127.0.0.1, signed by itself."""
    path = os.path.join(folder, "server.pem")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", path, "-out",
         path + ".crt", "-days", "2", "-subj", "/CN=127.0.0.1", "-addext",
         "subjectAltName=IP:127.0.0.1"], check=True, capture_output=True)
    with open(path, "a", encoding="ascii") as file, open(path + ".crt", encoding="ascii") as other:
        file.write(other.read())
    return path


class House(unittest.TestCase):
    BINARY = None
    TOOL = None

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def listener(self, *arguments):
        listener = Listener(*arguments)
        self.addCleanup(listener.close)
        return listener

    def write(self, name, text):
        path = os.path.join(self.folder, name)
        with open(path + ".new", "w", encoding="utf-8") as file:
            file.write(text)
        os.rename(path + ".new", path)
        return path

    def collector(self, text, *more, environment=None):
        self.file = self.write("notify.yml", text)
        for name, content in (environment or {}).items():
            os.environ[name] = content
        collector = Collector(self.BINARY, [*QUICK, "--notify", self.file, *more]).start()
        self.addCleanup(collector.close)
        return collector

    def get(self, collector, path):
        status, _, body = collector.request("GET", f"/api/thaw/v1/{path}")
        self.assertEqual(status, 200, body)
        return json.loads(body)

    def fire(self, collector, *functions):
        for function in functions:
            wire.send(collector, wire.traffic(function, time.time_ns(), cold=60, warm=0))

    def resolve(self, collector, *functions):
        for function in functions:
            wire.send(collector, wire.traffic(function, time.time_ns(), 0, 4000, first=90_000))

    def until(self, what, timeout=60):
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            found = what()
            if found:
                return found
            time.sleep(0.05)
        self.fail("it did not happen")


def main():
    if len(sys.argv) > 1 and os.path.exists(sys.argv[1]):
        House.BINARY = sys.argv.pop(1)
        House.TOOL = sys.argv.pop(1)
    unittest.main(verbosity=2)
