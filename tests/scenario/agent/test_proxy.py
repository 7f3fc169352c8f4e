# SPDX-License-Identifier: Apache-2.0
"""The proxy of the Runtime API: a function behind it cannot tell, whatever it does or sends."""
import json
import os
import shutil
import tempfile
import unittest

import fake_collector
import sandbox

AGENT = os.environ.get("THAW_AGENT", "build/dev/bin/thaw-agent")
ROOT = os.path.abspath(os.path.join(sandbox.HERE, "..", "..", ".."))
RIC = os.path.join(ROOT, "sandbox", "sample", "node_modules", "aws-lambda-ric", "bin", "index.mjs")

FUNCTION = """
  - name: {name}
    bootstrap: [{bootstrap}]
    handler: {handler}
    runtime: {runtime}
    code: {code}
    timeout: 5
    memory: 512
    concurrency: 1
    layers: [{layer}]
    environment:
{environment}
"""


class Proxied(unittest.TestCase):
    """Each function twice: "straight" has the agent and no wrapper, "wrapped" has both."""

    WRAPPED = {"AWS_LAMBDA_EXEC_WRAPPER": "/opt/thaw-wrapper"}

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.layer = os.path.join(folder.name, "layer")
        os.makedirs(os.path.join(self.layer, "extensions"))
        shutil.copy(AGENT, os.path.join(self.layer, "extensions", "thaw-agent"))
        shutil.copy(os.path.join(ROOT, "agent", "proxy", "thaw-wrapper"), self.layer)
        self.collector = fake_collector.Collector()
        self.addCleanup(self.collector.close)

    def python(self, name, **environment):
        return self.function(name, "/usr/bin/python3, %s/proxy_function.py" % sandbox.HERE,
                             sandbox.HERE, "handler", "python3.11", environment)

    def node(self, name, handler, **environment):
        return self.function(name, "node, %s, proxy_function.%s" % (RIC, handler), sandbox.HERE,
                             "proxy_function." + handler, "nodejs20.x", environment)

    def function(self, name, bootstrap, code, handler, runtime, environment):
        environment.setdefault("THAW_ENDPOINT", "http://169.254.100.2:4318")
        return FUNCTION.format(
            name=name, bootstrap=bootstrap, handler=handler, runtime=runtime, code=code,
            layer=self.layer,
            environment="\n".join('      %s: "%s"' % item for item in environment.items()))

    def begin(self, *functions):
        self.sandbox = sandbox.Sandbox(functions, self.collector.port)
        self.addCleanup(self.sandbox.close)

    def both(self, make, *arguments, **environment):
        self.begin(make("straight", *arguments, **environment),
                   make("wrapped", *arguments, **environment, **self.WRAPPED))

    def raw(self, name, body, kind="RequestResponse"):
        """Status, function error, content type and body, as they came."""
        connection = self.sandbox.connect()
        while True:
            connection.request("POST", "/2015-03-31/functions/%s/invocations" % name,
                               body if isinstance(body, bytes) else json.dumps(body),
                               {"X-Amz-Invocation-Type": kind})
            answer = connection.getresponse()
            data = answer.read()
            if answer.status != 429:
                break
        connection.close()
        return (answer.status, answer.headers.get("X-Amz-Function-Error"),
                answer.headers.get("Content-Type"), data)

    def same(self, body):
        """The answer, which is the same with the proxy and without."""
        straight = self.raw("straight", body)
        wrapped = self.raw("wrapped", body)
        self.assertTrue(straight == wrapped, "%.300r is not %.300r" % (wrapped, straight))
        return wrapped

    def test_every_byte(self):
        """Events and answers of every size, with every header, are what they are without it."""
        self.both(self.python)
        address, original = json.loads(self.raw("wrapped", {"op": "who"})[3])
        self.assertTrue(address.startswith("127.0.0.1:"), address)
        self.assertEqual(original, "169.254.100.1:9001")
        self.same({"op": "headers"})
        for size in (0, 1, 4096, 65536, 262143, 262144, 262145, 6 << 20):
            padding = json.dumps({"n": "a" * max(0, size - 8)}).encode()
            self.assertEqual(self.same(padding[:6 << 20] if size < 6 << 20 else
                                       json.dumps({"n": "\u00e9" * 1000000}).encode())[0], 200)
            self.assertEqual(len(self.same({"op": "big", "size": size})[3]), size // 64 * 64)
        # Beyond the platform's limit it is the platform that says so.
        self.assertEqual(self.same({"op": "big", "size": (6 << 20) + 1024})[1], "Unhandled")

    def test_streams(self):
        """Streamed answers, 20 MB, broken ones with their trailers, odd chunks."""
        self.both(self.python)
        self.assertEqual(len(self.same({"op": "stream", "sizes": [1, 2, 300000, 7]})[3]), 300010)
        self.assertEqual(len(self.same({"op": "stream", "sizes": [1 << 20] * 19})[3]), 19 << 20)
        self.assertEqual(self.same({"op": "stream", "sizes": [5], "error": True})[1], "Unhandled")
        self.same({"op": "stream", "sizes": []})

    def test_odd_requests(self):
        """Unknown paths, long lines, pipelining, 100-continue, half-closed and many connections."""
        self.both(self.python)
        for op in ({"op": "unknown"}, {"op": "raw"}, {"op": "parallel", "count": 20},
                   {"op": "parallel", "count": 50}, {"n": 1}):
            self.assertEqual(self.same(op)[0], 200)

    def test_failures(self):
        """Errors, crashes and timeouts are what they are without it, and life goes on."""
        self.both(self.python)
        for event in ({"fail": True}, {"n": 1}, {"crash": True}, {"n": 2}, {"sleep": 9}, {"n": 3}):
            straight, wrapped = self.raw("straight", event), self.raw("wrapped", event)
            self.assertEqual(straight[:3], wrapped[:3])
        self.begin(self.python("straight", PROXY_INIT="error"),
                   self.python("wrapped", PROXY_INIT="error", **self.WRAPPED))
        self.assertEqual(self.raw("straight", {})[:3], self.raw("wrapped", {})[:3])

    def test_node(self):
        """AWS's own client for Node.js, buffered and streamed."""
        self.both(self.node, "echo")
        for event in ({"n": 1}, {"size": (6 << 20) - 2}, {"a": "b" * (5 << 20)}):
            self.assertEqual(self.same(event)[0], 200)
        self.assertEqual(self.raw("wrapped", {"fail": 1})[1], "Unhandled")
        self.begin(self.node("straight", "streamed"),
                   self.node("wrapped", "streamed", **self.WRAPPED))
        self.assertEqual(len(self.same({"sizes": [10, 200000, 0, 1]})[3]), 200011)

    def test_facts(self):
        """What invoked the function, what it answered, and what the runtime used."""
        self.begin(self.python("wrapped", **self.WRAPPED))
        queue = {"Records": [{"messageId": "m-1", "body": "x", "eventSource": "aws:sqs",
                              "eventSourceARN": "arn:aws:sqs:us-east-1:123456789012:orders",
                              "attributes": {"SentTimestamp": "1795000000000"}}]}
        events = [queue, {"statusCode": 418, "spin": 0.05}, {"op": "big", "size": 1 << 20},
                  {"fail": True}, {"op": "stream", "sizes": [3], "error": True}]
        for event in events:
            self.raw("wrapped", event)
        self.sandbox.close()
        facts = sorted(self.collector.facts("faas.invocation"), key=lambda f: f["thaw.start_ns"])
        self.assertEqual([f["thaw.trigger"] for f in facts], ["sqs"] + ["other"] * 4)
        self.assertEqual(facts[0]["thaw.trigger.source"], "orders")
        self.assertEqual([f.get("http.response.status_code") for f in facts],
                         [None, 418, None, None, None])
        self.assertEqual([f["thaw.response_bytes"] for f in facts],
                         [len(json.dumps(queue)), len(json.dumps(events[1])), 1 << 20, 48, 3])
        self.assertEqual([f["thaw.invocation.status"] for f in facts],
                         ["success"] * 3 + ["error"] * 2)
        self.assertGreater(facts[1]["thaw.runtime.cpu_ns"], 45000000)
        for fact in facts:
            self.assertLess(fact["thaw.runtime.cpu_ns"], fact["thaw.handler_ns"] + 20000000)

    def test_long_events(self):
        """An event that is longer than the limit is passed on, and its trigger is not known."""
        self.begin(self.python("wrapped", **self.WRAPPED))
        limit = 1 << 20
        for size in (limit - 1, limit, limit + 1):
            event = b'{"n":"' + b"x" * (size - 8) + b'"}'
            self.assertEqual(len(event), size)
            self.assertEqual(self.raw("wrapped", event)[3], event)
        self.sandbox.close()
        facts = sorted(self.collector.facts("faas.invocation"), key=lambda f: f["thaw.start_ns"])
        self.assertEqual([f.get("thaw.trigger") for f in facts], ["other", "other", None])
        self.assertEqual([f["thaw.response_bytes"] for f in facts], [limit - 1, limit, limit + 1])
        stop, = self.collector.facts("faas.instance.stop")
        self.assertEqual(stop["thaw.agent.runtime_unseen"], 1)

    def payloads(self):
        """What was told of events and answers: which, the size, the text."""
        return [(log["attributes"]["thaw.payload"], log["attributes"]["thaw.payload.size"],
                 log["body"])
                for log in self.collector.lines() if "thaw.payload" in log["attributes"]]

    def test_payloads(self):
        """Where it is asked for, events and answers themselves are told: cut, redacted, unchanged on
        their way; and only of those that failed if that is asked for."""
        big = {"op": "big", "size": 1 << 18}
        secret = {"password": "hunter2hunter2", "n": 1}
        stream = {"op": "stream", "sizes": [9000, 3]}
        for which, environment in (("off", {}), ("all", {}), ("on-error", {}),
                                   ("all", {"THAW_REDACT": "off"})):
            self.collector.requests.clear()
            self.both(self.python, THAW_PAYLOADS=which, THAW_PAYLOADS_KB="2", **environment)
            for event in (secret, big, stream, {"fail": True}):
                self.same(event)
            self.sandbox.close()
            told = self.payloads()
            texts = "".join(text for _, _, text in told)
            self.assertEqual(len(told), {"off": 0, "all": 8, "on-error": 2}[which], told)
            self.assertEqual("hunter2" in texts, bool(environment))
            for kind, size, text in told:
                self.assertEqual("bytes cut)" in text, size > 2048)
                self.assertLess(len(text), 2100)
            sizes = [size for kind, size, _ in told if kind == "answer"]
            if which == "all":
                self.assertEqual(sizes, [len(json.dumps(secret)), 1 << 18, 9003, 48])

    def test_nothing_accumulates(self):
        """After a thousand invocations the agent has the descriptors and the memory that it had."""
        self.begin(self.python("wrapped", **self.WRAPPED))
        for _ in range(50):
            self.raw("wrapped", {"n": 1})
        self.raw("wrapped", {"op": "big", "size": 6 << 20})
        before = json.loads(self.raw("wrapped", {"op": "agent"})[3])
        for _ in range(1000):
            self.raw("wrapped", {"n": 1})
        for _ in range(5):
            self.raw("wrapped", {"op": "big", "size": 6 << 20})
        after = json.loads(self.raw("wrapped", {"op": "agent"})[3])
        self.assertEqual(before[0], after[0])
        self.assertLess(after[1] - before[1], 256)  # Pages; the sanitizers keep some of their own.

    def test_no_proxy(self):
        """Where there is none, for whatever reason, the runtime talks to the platform."""
        self.begin(*[self.python(name, **self.WRAPPED, **environment) for name, environment in (
            ("disabled", {"THAW_DISABLED": "true"}),
            ("passive", {"THAW_ENDPOINT": "gopher://x"}),
            ("off", {"THAW_PROXY_LISTEN": "off"}),
            ("wrong", {"THAW_PROXY_LISTEN": "nowhere"}),
            ("many", {"AWS_LAMBDA_MAX_CONCURRENCY": "65"}),
            ("absent", {"THAW_AGENT": "/opt/extensions/gone"}))])
        for name in ("disabled", "passive", "off", "wrong", "many", "absent"):
            self.assertEqual(self.raw(name, {"op": "who"})[3],
                             b'["169.254.100.1:9001", null]', name)


if __name__ == "__main__":
    unittest.main()
