# SPDX-License-Identifier: Apache-2.0
"""What invokes functions, with the real sandbox, proxy and collector: a request by its HTTP front,
messages by a queue, an event. One request is one transaction, with its queue and its wait."""
import http.client
import json
import os
import shutil
import subprocess
import unittest

import house
import sandbox

THAW = os.path.abspath(os.environ.get("THAW_CLI", "build/dev/bin/thaw"))
ROOT = os.path.abspath(os.path.join(sandbox.HERE, "..", "..", ".."))

FUNCTION = """
  - name: {name}
    bootstrap: [/usr/bin/python3, {here}/proxy_function.py]
    code: {here}
    timeout: 5
    memory: 128
    concurrency: 1
    layers: [{layer}]
    environment:
      THAW_ENDPOINT: http://169.254.100.2:4318
      THAW_FLUSH: end
      AWS_LAMBDA_EXEC_WRAPPER: /opt/thaw-wrapper
"""

TRACE = "0af7651916cd43dd8448eb211c80319c"
PARENT = "00-%s-b7ad6b7169203331-01" % TRACE


class Trigger(house.HouseTest):
    def setUp(self):
        super().setUp()
        layer = os.path.join(self.folder.name, "layer")
        os.makedirs(os.path.join(layer, "extensions"))
        shutil.copy(house.AGENT, os.path.join(layer, "extensions", "thaw-agent"))
        shutil.copy(os.path.join(ROOT, "agent", "proxy", "thaw-wrapper"), layer)
        self.sandbox = sandbox.Sandbox(
            [FUNCTION.format(name=name, here=sandbox.HERE, layer=layer)
             for name in ("front", "stock")], self.port,
            queues=[{"name": "orders"}],
            sources=[{"type": "http", "path": "/shop", "function": "front"},
                     {"type": "queue", "queue": "orders", "function": "stock", "window": "400ms"}])
        self.addCleanup(self.sandbox.close)

    def send(self, number, trace):
        """A message that says whose it is."""
        connection = self.sandbox.connect()
        connection.request("POST", "/", json.dumps({
            "QueueUrl": "http://127.0.0.1/123456789012/orders", "MessageBody": "order %s" % number,
            "MessageAttributes": {"traceparent": {"DataType": "String", "StringValue": trace}}}),
            {"X-Amz-Target": "AmazonSQS.SendMessage", "Content-Type": "application/x-amz-json-1.0"})
        answer = connection.getresponse()
        data = answer.read()
        connection.close()
        self.assertEqual(answer.status, 200, data)

    def told(self, trace, functions):
        """The transaction, once all of these functions have told their triggers in it."""
        def ask():
            data = self.get("transactions/" + trace)
            rows = data["invocations"] if data else []
            names = {row["function"] for row in rows if row["trigger"] and row["end"]}
            return data if names >= set(functions) else None
        return self.wait(ask)

    def test_all(self):
        connection = self.sandbox.connect()
        connection.request("GET", "/http/shop/items/7?secret=1", headers={"traceparent": PARENT})
        answer = connection.getresponse()
        answer.read()
        connection.close()
        self.send(1, PARENT)
        self.send(2, "00-11111111111111111111111111111111-2222222222222222-01")
        data = self.told(TRACE, ["front", "stock"])
        front = next(row for row in data["invocations"] if row["function"] == "front")
        stock = next(row for row in data["invocations"] if row["function"] == "stock")
        self.assertEqual((front["trigger"], front["method"], front["caller_waits"]),
                         ("api_gateway_http", "GET", True))
        self.assertEqual((stock["trigger"], stock["trigger_source"], stock["caller_waits"]),
                         ("sqs", "orders", False))
        # The message waited for its batch, and its batch for an init.
        self.assertGreater(stock["trigger_wait_ms"], 0)
        self.assertEqual(front["trace_id"], TRACE)
        self.assertNotEqual(stock["trace_id"], TRACE)
        if stock["messages"] == 2:
            self.assertEqual(stock["shared"]["messages"], 2)
            self.assertEqual(stock["shared"]["served"], 1)
        waits = {span["name"]: span for span in data["spans"]
                 if span["attributes"].get("thaw.inferred")}
        self.assertIn("orders wait", waits)
        self.assertEqual(waits["orders wait"]["kind"], "consumer")
        self.assertGreater(waits["orders wait"]["duration_ms"], 0)
        self.assertNotIn("secret", json.dumps(data))
        # The platform's own trace is the same request.
        root = dict(part.split("=", 1) for part in front["xray_header"].split(";"))["Root"]
        self.assertEqual(self.get("transactions/" + root)["id"], data["id"])
        shown = subprocess.run([THAW, "--endpoint", "http://127.0.0.1:%d" % self.port, "trace",
                                TRACE], capture_output=True, text=True, timeout=60)
        self.assertIn("by sqs orders, waited", shown.stdout)
        self.cold_starts()

    def cold_starts(self):
        """Those that a caller waited for are told from those of a queue."""
        answer = self.wait(lambda: self.closed())
        by = {row["key"]: row for row in answer["by"]}
        self.assertEqual(by["api_gateway_http"]["cold_starts"], 1)
        self.assertEqual(by["api_gateway_http"]["caller_waits"], True)
        self.assertEqual(by["sqs"]["cold_starts"], 1)
        self.assertEqual(by["sqs"]["caller_waits"], False)
        self.assertEqual(answer["cold_starts_by_caller"],
                         {"waiting": 1, "nobody": 1, "unknown": 0})
        rows = {row["name"]: row for row in self.get("functions?from=0")["functions"]}
        self.assertEqual([each["trigger"] for each in rows["stock"]["triggers"]], ["sqs"])

    def closed(self):
        answer = self.get("coldstarts?from=0&by=trigger")
        return answer if answer and answer["cold_starts"] == 2 else None


if __name__ == "__main__":
    unittest.main()
