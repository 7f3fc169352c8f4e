# SPDX-License-Identifier: Apache-2.0
"""A receiver of webhooks that remembers what it took."""

import http.server
import json
import threading


class Receiver:
    def __init__(self):
        self.status = 200
        self.headers = {}
        self.taken = []
        self.tried = 0
        self.changed = threading.Condition()
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                with receiver.changed:
                    receiver.tried += 1
                    status = receiver.status
                    if status == 200:
                        receiver.taken.append(
                            (json.loads(body), self.headers["Idempotency-Key"], self.path)
                        )
                    receiver.changed.notify_all()
                self.send_response(status)
                for name, content in receiver.headers.items():
                    self.send_header(name, content)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/hook/s3cret"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def wait_for(self, condition, timeout=60):
        with self.changed:
            assert self.changed.wait_for(lambda: condition(self), timeout), self.taken
