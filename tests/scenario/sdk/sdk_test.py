# SPDX-License-Identifier: Apache-2.0
"""Functions that export with a real OpenTelemetry SDK, beside a real agent in the real sandbox, to the real
collector: sdk_test.py node|python|java.

Between agent and collector stands a recorder, so that what the agent made of the bytes is judged, too."""
import http.client
import json
import os
import subprocess
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "agent"))

import fake_collector  # noqa: E402
import house  # noqa: E402
import sandbox  # noqa: E402

SDK = os.path.abspath(os.environ.get("THAW_SDK", "build/sdk"))
BUILT = os.path.abspath(os.environ.get("THAW_SDK_BUILT", "build/sdk/java"))
PATH = "/usr/local/bin:/usr/bin:/bin"

FUNCTION = """
  - name: fn
    bootstrap: {bootstrap}
    code: {code}
    timeout: 60
    memory: 512
    concurrency: 1
    extensions: [{agent}]
    environment:
      THAW_ENDPOINT: http://169.254.100.2:4318
{environment}
"""


def variants(formats):
    return [{"format": form, "gzip": gzip, "mark": "%s %s" % (form, "gzip" if gzip else "plain")}
            for form in formats for gzip in (False, True)]


class Recorder(fake_collector.Collector):
    """Passes on what it is sent, and the answer to it."""

    def __init__(self, port):
        super().__init__()
        self.to = port

    def answer(self, handler):
        body = handler.rfile.read(int(handler.headers["Content-Length"]))
        peer = http.client.HTTPConnection("127.0.0.1", self.to, timeout=30)
        peer.request("POST", handler.path, body, dict(handler.headers))
        answer = peer.getresponse()
        data = answer.read()
        peer.close()
        if handler.headers.get("Content-Encoding") == "gzip":
            body = fake_collector.gzip.decompress(body)
        with self.lock:
            self.requests.append((handler.path.rsplit("/", 1)[1], body, dict(handler.headers)))
        handler.send_response(answer.status)
        handler.send_header("Content-Type", answer.headers.get("Content-Type", ""))
        handler.send_header("Content-Length", str(len(data)))
        handler.end_headers()
        handler.wfile.write(data)


class Sdk(house.HouseTest):
    bootstrap = None
    code = None
    formats = ["protobuf"]
    environment = {}

    def setUp(self):
        super().setUp()
        self.recorder = Recorder(self.port)
        self.addCleanup(self.recorder.close)

    def test_everything_arrives(self):
        """Traces, metrics and logs, in each encoding, plain and compressed: in the transaction of their
        invocation, with the resource completed."""
        function = FUNCTION.format(
            bootstrap=json.dumps(self.bootstrap), code=self.code, agent=os.path.abspath(house.AGENT),
            environment="\n".join('      %s: "%s"' % item for item in self.environment.items()))
        world = sandbox.Sandbox([function], self.recorder.port)
        try:
            events = variants(self.formats)
            for event in events:
                status, error, answer = world.invoke(event)
                self.assertEqual((status, error, answer), (200, None, {"mark": event["mark"]}))
        finally:
            world.close()
        facts = sorted(self.recorder.facts("faas.invocation"), key=lambda f: f["thaw.start_ns"])
        self.assertEqual(len(facts), len(events))
        for event, fact in zip(events, facts):
            self.check_transaction(event["mark"], fact["faas.invocation_id"])
        self.check_metrics(len(events))
        self.check_resources()
        stop, = self.recorder.facts("faas.instance.stop")
        self.assertEqual([key for key in stop if key.startswith("thaw.agent.dropped.")], [])

    def check_transaction(self, mark, request_id):
        def whole():
            found = self.get("transactions/" + request_id)
            return found and {"work " + mark, "inner " + mark} <= {
                span["name"] for span in found["spans"]} and found
        found = self.wait(whole)
        spans = {span["name"]: span for span in found["spans"]}
        work, inner = spans["work " + mark], spans["inner " + mark]
        self.assertEqual(inner["parent_span_id"], work["span_id"])
        attributes = work["attributes"]
        self.assertEqual((attributes["n"], attributes["list"]), (7, ["a", "b"]))
        self.assertIn("log " + mark, [log["body"] for log in found["logs"]])
        # All of one request: nothing of the other invocations is in it.
        marks = {span["name"] for span in found["spans"] if span["name"].startswith("work ")}
        self.assertEqual(marks, {"work " + mark})

    def check_metrics(self, count):
        metrics = [metric for _, scope, found in self.recorder.blocks("metrics")
                   if scope == "test" for metric in found]
        for name, value in (("orders", 3), ("size", 1)):
            values = [m["value"] for m in metrics if m["name"].split()[0] == name]
            self.assertEqual(values, [value] * count, name)
        points = self.get("status")["ingest"]["records"]["points"]
        self.assertGreaterEqual(points, 2 * count)

    def check_resources(self):
        """Theirs is kept; what names the function and its instance is added."""
        language = self.environment.get("LANGUAGE")
        seen = set()
        for signal in ("traces", "metrics", "logs"):
            for resource, scope, _ in self.recorder.blocks(signal):
                if scope != "test":
                    continue
                expected = {"service.name": "sdk-" + language, "faas.name": "fn",
                            "faas.version": "$LATEST", "cloud.provider": "aws",
                            "cloud.platform": "aws_lambda", "cloud.region": "us-east-1",
                            "cloud.account.id": "123456789012", "faas.max_memory": 512 << 20}
                self.assertEqual({key: resource.get(key) for key in expected}, expected)
                self.assertTrue(resource["faas.instance"] and resource["thaw.epoch"])
                self.assertNotIn(resource["thaw.seq"], seen)
                seen.add(resource["thaw.seq"])


class Node(Sdk):
    bootstrap = ["node", "function.mjs"]
    code = os.path.join(HERE, "node")
    formats = ["protobuf", "json"]
    environment = {"LANGUAGE": "node"}


class Python(Sdk):
    bootstrap = ["/usr/bin/python3", "function.py"]
    code = os.path.join(HERE, "python")
    environment = {"LANGUAGE": "python", "PYTHONPATH": os.path.join(SDK, "python")}


class Java(Sdk):
    bootstrap = ["java", "-Xmx256m", "-XX:TieredStopAtLevel=1", "-cp",
                 os.path.join(BUILT, "classes") + ":" + os.path.join(SDK, "java", "*"), "Function"]
    code = os.path.join(HERE, "java")
    environment = {"LANGUAGE": "java"}

    @classmethod
    def setUpClass(cls):
        subprocess.run(["javac", "-nowarn", "-d", os.path.join(BUILT, "classes"), "-cp",
                        os.path.join(SDK, "java", "*"), os.path.join(HERE, "java", "Function.java")],
                       check=True, env=dict(os.environ, PATH=PATH))


if __name__ == "__main__":
    language = {"node": Node, "python": Python, "java": Java}[sys.argv.pop(1)]
    suite = unittest.defaultTestLoader.loadTestsFromTestCase(language)
    sys.exit(0 if unittest.TextTestRunner(verbosity=2).run(suite).wasSuccessful() else 1)
