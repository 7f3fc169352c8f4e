"""A sandbox under test, and the server outside that functions and extensions talk to."""
import base64
import http.client
import http.server
import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
import threading
import time
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
CODE = os.path.join(HERE, "code")
# In front of an event of a log stream.
TIME = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z ")
SANDBOX = os.environ.get("THAW_SANDBOX", "thaw-sandbox")


class Outside(http.server.ThreadingHTTPServer):
    """Collects what is posted to it, by path, and answers GET with "outside"."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.told = []
        self.changed = threading.Condition()
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def handle_error(self, request, client_address):
        """Connections that break are what is tested."""

    def of(self, what):
        with self.changed:
            return [value for kind, value, _ in self.told if kind == what]

    def events(self):
        """All telemetry events, in order of arrival."""
        return [event for post in self.of("telemetry") for event in post["batch"]]


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        value = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        with self.server.changed:
            self.server.told.append((self.path[1:], value, dict(self.headers)))
            self.server.changed.notify_all()
        self.reply(b"{}")

    def do_GET(self):
        self.reply(b"outside")

    def reply(self, body):
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class World(unittest.TestCase):
    """One sandbox per test."""

    maxDiff = None

    def setUp(self):
        self.directory = tempfile.mkdtemp(prefix="thaw-sandbox-test-")
        self.addCleanup(shutil.rmtree, self.directory, True)
        self.outside = Outside()
        self.addCleanup(self.outside.server_close)
        self.addCleanup(self.outside.shutdown)
        self.process = None

    def start(self, functions, options=(), **top):
        """functions: name -> keys.  Every function is bootstrap.py, with time enough on a busy
        machine, unless it says otherwise."""
        rows = []
        for name, keys in functions.items():
            row = {"name": name, "bootstrap": ["/usr/bin/python3", "-S", "bootstrap.py"],
                   "code": CODE, "timeout": "30s"}
            row.update(keys)
            rows.append(row)
        relay = [{"inside": "169.254.100.9:8000",
                  "to": "127.0.0.1:%d" % self.outside.server_port, "name": "outside.test"}]
        config = {"functions": rows, "relay": relay + top.pop("relay", [])}
        config.update({key.replace("_", "-"): value for key, value in top.items()})
        path = os.path.join(self.directory, "config.yaml")
        with open(path, "w", encoding="utf-8") as file:
            json.dump(config, file)  # JSON is YAML.
        self.errors = open(os.path.join(self.directory, "errors"), "w+b")
        self.process = subprocess.Popen(
            [SANDBOX, "--config", path, "--listen", "127.0.0.1:0",
             "--state", os.path.join(self.directory, "state"), *options],
            stdout=subprocess.PIPE, stderr=self.errors)
        self.addCleanup(self.stop)
        line = self.process.stdout.readline().decode()
        self.assertTrue(line.startswith("thaw-sandbox: listening on 127.0.0.1:"), line)
        self.port = int(line.rsplit(":", 1)[1])

    def stop(self):
        if self.process is None:
            return
        process, self.process = self.process, None
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        try:
            code = process.wait(60)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            code = "did not end"
        process.stdout.close()
        self.errors.seek(0)
        text = self.errors.read().decode()
        self.errors.close()
        self.assertEqual(code, 0, text)
        self.assertNotIn("this must hold", text)

    def request(self, method, path, body=None, headers=None, timeout=60):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            if isinstance(body, (dict, list)):
                body = json.dumps(body)
            connection.request(method, path, body, headers or {})
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read()
        finally:
            connection.close()

    def raw_invoke(self, name, event, headers=None):
        return self.request("POST", "/2015-03-31/functions/%s/invocations" % name, event, headers)

    def invoke(self, name, event=None, headers=None):
        """The answer of a function that must succeed."""
        status, answer, body = self.raw_invoke(name, event if event is not None else {}, headers)
        self.assertEqual(status, 200, body)
        self.assertIsNone(answer["X-Amz-Function-Error"], body)
        return json.loads(body)

    def invoke_failing(self, name, event, headers=None):
        """The error of a function that must fail, and the headers."""
        status, answer, body = self.raw_invoke(name, event, headers)
        self.assertEqual(status, 200, body)
        self.assertEqual(answer["X-Amz-Function-Error"], "Unhandled", body)
        return json.loads(body), answer

    def instances(self, name=None):
        query = "" if name is None else "?function=" + name
        status, _, body = self.request("GET", "/sandbox/instances" + query)
        self.assertEqual(status, 200)
        return json.loads(body)["instances"]

    def control(self, path, body=None, status=200):
        seen, _, text = self.request("POST", "/sandbox/" + path, body or {})
        self.assertEqual(seen, status, text)

    def until(self, condition, seconds=60, what="condition"):
        """Wait for something to become true, and return it."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            value = condition()
            if value:
                return value
            time.sleep(0.01)
        self.fail("waited in vain for %s; instances: %s" % (what, self.instances()))
        return None

    def frozen(self, name=None):
        """Wait until every instance of the function is frozen, and return them."""
        def look():
            found = self.instances(name)
            return found if found and all(one["frozen"] for one in found) else None
        return self.until(look, what="frozen instances")

    def types(self):
        """The types of the platform events that came, without "platform."."""
        return [event["type"][9:] for event in self.outside.events()
                if event["type"].startswith("platform.")]

    def log_lines(self, name):
        """All lines of all log streams of a function, without the times of their events."""
        lines = []
        top = os.path.join(self.directory, "state", "logs", name)
        for folder, _, files in sorted(os.walk(top)):
            for file in sorted(files):
                with open(os.path.join(folder, file), encoding="utf-8") as stream:
                    lines += [TIME.sub("", line.rstrip("\n"), count=1) for line in stream]
        return lines


def tail_of(headers):
    return base64.b64decode(headers["X-Amz-Log-Result"]).decode()
