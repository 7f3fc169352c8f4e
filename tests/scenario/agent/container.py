# SPDX-License-Identifier: Apache-2.0
"""A container's program that does what its requests and its variables say."""
import hashlib
import http.server
import os
import signal
import sys
import time

PORT = int(os.environ[os.environ.get("TEST_VARIABLE", "PORT")])


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self):
        path = self.path.split("?")[0]
        if path == "/upgrade":
            self.send_response_only(101)
            self.send_header("Upgrade", "odd")
            self.end_headers()
            while True:
                piece = self.connection.recv(100)
                if not piece:
                    break
                self.connection.sendall(piece.upper())
            self.close_connection = True
            return
        if path == "/print":
            os.write(1, b"a line of " + self.path.encode() + b"\n")
        if path == "/crash":
            os.write(1, b"l" * 60000 + b"no end of line")
            os._exit(5)
        if path == "/sleep":
            time.sleep(0.3)
        status = 503 if path == "/fail" else 200
        body = b"b" * (10 << 20) if path == "/big" else (
            os.environ["PORT"].encode() if path == "/port" else b"ok")
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        answer = hashlib.sha256(body).hexdigest().encode()
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for byte in answer:
            self.wfile.write(b"1\r\n%c\r\n" % byte)
        self.wfile.write(b"0\r\n\r\n")

    def log_message(self, *arguments):
        pass


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128


def stop(number, frame):
    print("stopping", flush=True)
    os._exit(int(os.environ.get("TEST_EXIT", "0")))


signal.signal(signal.SIGTERM, stop)
print("beginning", flush=True)
if "TEST_BREAK" in os.environ:
    sys.exit(7)
time.sleep(float(os.environ.get("TEST_DELAY", "0")))
Server(("127.0.0.1", PORT), Handler).serve_forever()
