# SPDX-License-Identifier: Apache-2.0
"""thaw-agent run: the parent of a container's program, in each place that it knows."""
import hashlib
import http.client
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest

import fake_collector
import harness

HERE = os.path.dirname(os.path.abspath(__file__))
TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


class Run(unittest.TestCase):
    def setUp(self):
        self.collector = fake_collector.Collector()
        self.addCleanup(self.collector.close)
        self.port = harness.free_port()
        self.process = None

    def start(self, command=(sys.executable, os.path.join(HERE, "container.py")), variable="PORT",
              wait=True, **environment):
        variables = dict({name: os.environ[name] for name in ("PATH",)},
                         THAW_ENDPOINT="http://127.0.0.1:%d" % self.collector.port,
                         THAW_OTLP_LISTEN="off", THAW_SPOOL="off", TEST_VARIABLE=variable,
                         **{"PORT": "1", variable: str(self.port)})
        variables.update(environment)
        self.out, self.err = tempfile.TemporaryFile(), tempfile.TemporaryFile()
        self.addCleanup(self.out.close)
        self.addCleanup(self.err.close)
        self.process = subprocess.Popen(
            [os.path.abspath(harness.AGENT), "run", "--", *command], env=variables,
            stdout=self.out, stderr=self.err)
        self.addCleanup(self.stop)
        if wait:
            self.connect().close()

    def stop(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()

    def connect(self, seconds=20):
        end = time.monotonic() + seconds
        while True:
            try:
                api = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
                api.connect()
                return api
            except OSError:
                if time.monotonic() > end or self.process.poll() is not None:
                    raise
                time.sleep(0.01)

    def get(self, path, headers=None, method="GET", body=None):
        api = self.connect()
        api.request(method, path, body, headers or {})
        answer = api.getresponse()
        data = answer.read()
        api.close()
        return answer.status, data

    def text(self, file):
        file.seek(0)
        return file.read()

    def says(self, file, text, seconds=20):
        """Wait until it stands in what was said: who is ended before it has come so far says
        nothing."""
        end = time.monotonic() + seconds
        while text not in self.text(file):
            self.assertLess(time.monotonic(), end, self.text(file))
            time.sleep(0.01)

    def ends(self, status=0, number=signal.SIGTERM):
        if number:
            self.process.send_signal(number)
        self.assertEqual(self.process.wait(20), status, self.text(self.err))
        self.assertNotIn(b"Sanitizer", self.text(self.err))

    def facts(self):
        return sorted(self.collector.facts("faas.invocation"), key=lambda f: f["thaw.start_ns"])

    def resource(self):
        return self.collector.blocks("logs")[-1][0]

    def test_life(self):
        """Init, requests with the caller's trace, lines, status codes, the end."""
        self.start(K_SERVICE="svc", K_REVISION="svc-00001", TEST_DELAY="0.2", TEST_EXIT="3")
        self.assertEqual(self.get("/print?secret=1", {"traceparent": TRACE})[0], 200)
        self.assertEqual(self.get("/fail")[0], 503)
        digest = hashlib.sha256(b"x" * (10 << 20)).hexdigest().encode()
        self.assertEqual(self.get("/post", method="POST", body=b"x" * (10 << 20)), (200, digest))
        self.assertEqual(self.get("/big"), (200, b"b" * (10 << 20)))
        self.ends(3)
        self.assertEqual(self.text(self.out),
                         b"beginning\na line of /print?secret=1\nstopping\n")
        facts = self.facts()
        self.assertEqual([f["url.path"] for f in facts], ["/print", "/fail", "/post", "/big"])
        self.assertEqual([f["http.response.status_code"] for f in facts], [200, 503, 200, 200])
        self.assertEqual([f["thaw.invocation.status"] for f in facts],
                         ["success", "error", "success", "success"])
        self.assertEqual([f["faas.coldstart"] for f in facts], [True, False, False, False])
        self.assertEqual(facts[0]["trace_id"], TRACE[3:35])
        self.assertEqual([f["thaw.response_bytes"] for f in facts], [2, 2, 64, 10 << 20])
        spans = {s["span_id"]: s for s in self.collector.spans()}
        self.assertEqual(spans[facts[0]["span_id"]]["parent_id"], TRACE[36:52])
        lines = {l["body"]: l["attributes"] for l in self.collector.lines()}
        self.assertEqual(lines["a line of /print?secret=1"]["faas.invocation_id"],
                         facts[0]["faas.invocation_id"])
        self.assertEqual(lines["beginning"]["thaw.phase"], "init")
        init, = self.collector.facts("faas.instance.start")
        self.assertGreater(init["thaw.init_ns"], 200000000)
        self.assertEqual(self.collector.facts("faas.instance.stop")[0]["thaw.stop.reason"], "failure")

    def test_places(self):
        """Who we are, and through which variable the program learns its port."""
        for variable, environment, expected in (
                ("PORT", {"K_SERVICE": "svc", "K_REVISION": "svc-1", "FUNCTION_TARGET": "f"},
                 ("gcp", "gcp_cloud_run", "svc", "svc-1")),
                ("PORT", {"K_SERVICE": "kn", "KUBERNETES_SERVICE_HOST": "10.0.0.1", "HOSTNAME": "pod-1"},
                 (None, None, "kn", None)),
                ("port", {"fprocess": "python", "OPENFAAS_NAME": "of", "HOSTNAME": "pod-2"},
                 (None, None, "of", None)),
                ("FUNCTIONS_CUSTOMHANDLER_PORT", {"WEBSITE_SITE_NAME": "site", "REGION_NAME": "westeurope"},
                 ("azure", "azure.functions", "site", None)),
                ("PORT", {"OTEL_SERVICE_NAME": "mine"}, (None, None, "mine", None))):
            self.start(variable=variable, **environment)
            self.assertEqual(self.get("/x"), (200, b"ok"))
            self.ends()
            resource = self.resource()
            self.assertEqual(tuple(resource.get(name) for name in (
                "cloud.provider", "cloud.platform", "faas.name", "faas.version")), expected)
            if "HOSTNAME" in environment:
                self.assertEqual(resource["faas.instance"], environment["HOSTNAME"])
            else:
                self.assertTrue(resource["thaw.instance.made_up"])

    def test_node(self):
        self.start(("node", os.path.join(HERE, "container.mjs")), K_SERVICE="node")
        self.assertEqual(self.get("/", method="POST", body=b"y" * 70000), (200, b"70000"))
        self.ends()
        line, = [l for l in self.collector.lines() if l["body"] == "served"]
        self.assertEqual(line["attributes"]["size"], 70000)
        self.assertEqual(line["attributes"]["faas.invocation_id"],
                         self.facts()[0]["faas.invocation_id"])

    def test_crash(self):
        """What it wrote last, without an end of line; the request that it broke; its status."""
        self.start(K_SERVICE="svc")
        with self.assertRaises((http.client.HTTPException, ConnectionError)):
            self.get("/crash")
        self.ends(5, None)
        self.assertTrue(self.text(self.out).endswith(b"no end of line"))
        fact, = self.facts()
        self.assertEqual(fact["thaw.invocation.status"], "error")
        self.assertTrue(any(l["body"].endswith("l") for l in self.collector.lines()))
        self.assertEqual(self.collector.facts("faas.instance.stop")[0]["thaw.stop.reason"], "failure")

    def test_never_ready(self):
        self.start(K_SERVICE="svc", TEST_BREAK="1", wait=False)
        self.ends(7, None)
        init, = self.collector.facts("faas.instance.start")
        self.assertEqual(init["thaw.init.status"], "error")
        self.start(K_SERVICE="svc", TEST_DELAY="60", wait=False)
        self.collector.wait_for(lambda c: len(c.facts("faas.instance.start")) > 1)
        with self.assertRaises(OSError):
            self.connect(0.1)
        self.says(self.out, b"beginning")
        self.ends(0)

    def test_many_at_once(self):
        """More requests at once than there is room for in any table; then a raw connection."""
        self.start(K_SERVICE="svc")
        answers = []
        threads = [threading.Thread(target=lambda: answers.append(self.get("/sleep")))
                   for _ in range(60)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(answers, [(200, b"ok")] * 60)
        with socket.create_connection(("127.0.0.1", self.port)) as raw:
            raw.sendall(b"GET /upgrade HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: odd\r\n\r\n")
            got = b""
            while not got.endswith(b"\r\n\r\n"):
                got += raw.recv(1000)
            for word in (b"hello", b"\x00\xff"):
                raw.sendall(word)
                self.assertEqual(raw.recv(100), word.upper())
        with socket.create_connection(("127.0.0.1", self.port)) as raw:
            raw.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
            self.assertIn(b"HTTP", raw.recv(1000))
        self.ends()
        stop, = self.collector.facts("faas.instance.stop")
        self.assertEqual(stop["thaw.agent.runtime_unseen"], 1)
        facts = self.facts()
        self.assertEqual(len(facts), 61)
        self.assertEqual({f["thaw.invocation.state"] for f in facts}, {"reported"})
        self.assertEqual(facts[-1]["http.response.status_code"], 101)

    def test_nothing_to_do(self):
        """Without an endpoint the program is executed in our place; one that is not there is told."""
        self.start(K_SERVICE="svc", THAW_ENDPOINT="")
        self.assertEqual(self.get("/port"), (200, str(self.port).encode()))
        with open("/proc/%d/comm" % self.process.pid) as file:
            self.assertNotIn("thaw", file.read())
        self.ends(0)
        self.start(("/no/such/program",), wait=False)
        self.ends(127, None)

    def test_signals(self):
        """The program has the signals that it would have without us: none blocked, none ignored."""
        self.start(("/bin/grep", "^Sig[BI]", "/proc/self/status"), wait=False, K_SERVICE="svc")
        self.ends(0, None)
        self.assertEqual(self.text(self.out).split(),
                         [b"SigBlk:", b"0" * 16, b"SigIgn:", b"0" * 16])

    def test_own_port(self):
        """A program that does not take the port that it is told serves the other one itself."""
        self.start(K_SERVICE="svc", TEST_VARIABLE="OWN", OWN=str(self.port))
        self.assertEqual(self.get("/print"), (200, b"ok"))
        self.says(self.err, b"serves its port itself")
        self.ends()
        self.assertIn("a line of /print", [l["body"] for l in self.collector.lines()])

    def test_parked(self):
        """A failure of our own, wherever it happens: the program goes on, and its requests do."""
        parked = 0
        for turn, how in zip((1, 3, 5, 8, 13, 20, 30, 45, 60), ("ensure", "signal", "proxy") * 3):
            self.start(K_SERVICE="svc", THAW_TEST_FAIL_AT=str(turn), THAW_TEST_FAIL_HOW=how)
            for _ in range(3):
                digest = hashlib.sha256(b"x" * (1 << 20)).hexdigest().encode()
                self.assertEqual(self.get("/post", method="POST", body=b"x" * (1 << 20)), (200, digest))
                self.assertEqual(self.get("/big"), (200, b"b" * (10 << 20)))
            self.get("/print")
            self.ends(0)
            self.assertIn(b"a line of /print", self.text(self.out))
            parked += b"parks" in self.text(self.err)
        self.assertGreater(parked, 6)


if __name__ == "__main__":
    unittest.main()
