"""The invoke endpoint."""
import base64
import json
import os
import subprocess
import threading

from world import HERE, World, tail_of


class Invoke(World):

    def test_headers(self):
        """Request id, version, trace and error are told as the platform tells them."""
        self.start({"f": {}})
        status, headers, body = self.raw_invoke("f", {"answer": 7})
        self.assertEqual((status, json.loads(body)), (200, 7))
        self.assertRegex(headers["x-amzn-RequestId"], r"^[0-9a-f-]{36}$")
        self.assertEqual(headers["X-Amz-Executed-Version"], "$LATEST")
        self.assertRegex(headers["X-Amzn-Trace-Id"], r"^Root=1-[0-9a-f]{8}-[0-9a-f]{24};"
                                                     r"Parent=[0-9a-f]{16};Sampled=0$")
        error, _ = self.invoke_failing("f", {"fail": "so"})
        self.assertEqual(error, {"errorMessage": "so", "errorType": "ValueError"})

    def test_trace(self):
        """Root, Sampled and Lineage of the caller reach the function; Parent is new."""
        self.start({"f": {}})
        told = ("Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1;"
                "Lineage=1:73f724a8:0")
        seen = self.invoke("f", {}, {"X-Amzn-Trace-Id": told})["headers"]
        trace = seen["Lambda-Runtime-Trace-Id"]
        self.assertIn("Root=1-5759e988-bd862e3fe1be46a994272793", trace)
        self.assertIn("Sampled=1", trace)
        self.assertIn("Lineage=1:73f724a8:0", trace)
        self.assertNotIn("53995c3f42cd8ad8", trace)

    def test_names(self):
        """A function is found by name, partial name and ARN, with a qualifier."""
        self.start({"f": {}})
        for name, arn in (("f", "f"), ("f:live", "f:live"), ("123456789012:function:f", "f"),
                          ("arn:aws:lambda:us-east-1:123456789012:function:f:1", "f:1"),
                          ("arn%3Aaws%3Alambda%3Aus-east-1%3A123456789012%3Afunction%3Af", "f")):
            seen = self.invoke(name)["headers"]["Lambda-Runtime-Invoked-Function-Arn"]
            self.assertEqual(seen, "arn:aws:lambda:us-east-1:123456789012:function:" + arn)

    def test_refusals(self):
        """What the service refuses, in its shapes."""
        self.start({"f": {}})
        for name, body, headers, status, kind in (
                ("g", {}, {}, 404, "ResourceNotFoundException"),
                ("f", "{", {}, 400, "InvalidRequestContentException"),
                ("f", " ", {}, 400, "InvalidRequestContentException"),
                ("f", {}, {"X-Amz-Invocation-Type": "Odd"}, 400, "InvalidParameterValueException"),
                ("f", '"%s"' % ("x" * (6 << 20)), {}, 413, "RequestTooLargeException"),
                ("f", '"%s"' % ("x" * (1 << 20)), {"X-Amz-Invocation-Type": "Event"}, 413,
                 "RequestTooLargeException")):
            seen, answer, _ = self.raw_invoke(name, body, headers)
            self.assertEqual((seen, answer["x-amzn-ErrorType"]), (status, kind))
        status, _, _ = self.raw_invoke("f", {}, {"X-Amz-Invocation-Type": "DryRun"})
        self.assertEqual(status, 204)
        self.assertEqual(self.instances(), [])

    def test_large_payloads(self):
        """Up to 6 MB travel in both directions; a larger answer is an error."""
        self.start({"f": {}})
        text = "x" * ((6 << 20) - 100)
        self.assertEqual(self.invoke("f", {"answer": text}), text)
        error, _ = self.invoke_failing("f", {"large": (6 << 20) + 101})
        self.assertEqual(error["errorType"], "Function.ResponseSizeTooLarge")

    def test_streamed_answer(self):
        """An answer that comes in chunks is one; its trailers can say that it broke off."""
        self.start({"f": {}})
        status, headers, body = self.raw_invoke("f", {"stream": [["ab", "cd", "e"], {}]},
                                                {"X-Amz-Log-Type": "Tail"})
        self.assertEqual((status, body, headers["X-Amz-Function-Error"]), (200, b"abcde", None))
        self.assertIn("HTTP/1.1 202", tail_of(headers))
        told = {"errorMessage": "half way", "errorType": "Function.Broken"}
        error, headers = self.invoke_failing("f", {"stream": [["ab"], {
            "Lambda-Runtime-Function-Error-Type": "Function.Broken",
            "Lambda-Runtime-Function-Error-Body":
                base64.b64encode(json.dumps(told).encode()).decode()}]})
        self.assertEqual(error, told)

    def test_tail_and_context(self):
        """The log's tail and the client context."""
        self.start({"f": {}})
        context = base64.b64encode(b'{"custom":{"k":"v"}}').decode()
        _, headers, body = self.raw_invoke("f", {"print": "a line"}, {
            "X-Amz-Log-Type": "Tail", "X-Amz-Client-Context": context})
        self.assertEqual(json.loads(body)["headers"]["Lambda-Runtime-Client-Context"],
                         '{"custom":{"k":"v"}}')
        tail = tail_of(headers)
        for text in ("START RequestId: ", "a line\n", "END RequestId: ", "REPORT RequestId: "):
            self.assertIn(text, tail)

    def test_concurrency(self):
        """Simultaneous invocations get instances of their own, up to the limit."""
        self.start({"f": {"concurrency": 2}})
        answers = []

        def one():
            answers.append(self.raw_invoke("f", {"sleep": 2})[0])

        threads = [threading.Thread(target=one) for _ in range(2)]
        for thread in threads:
            thread.start()
        self.until(lambda: len([1 for i in self.instances() if i["request_id"]]) == 2,
                   what="two instances")
        status, headers, body = self.raw_invoke("f", {})
        self.assertEqual((status, headers["x-amzn-ErrorType"]), (429, "TooManyRequestsException"))
        self.assertEqual(json.loads(body)["message"], "Rate Exceeded.")
        for thread in threads:
            thread.join()
        self.assertEqual(answers, [200, 200])

    def test_reuse(self):
        """The instance that was used last is used next."""
        self.start({"f": {}})
        thread = threading.Thread(target=self.invoke, args=("f", {"sleep": 1}))
        thread.start()
        self.until(lambda: [i for i in self.instances() if i["request_id"]], what="the first")
        self.invoke("f")
        thread.join()
        self.frozen()
        self.assertEqual(len(self.instances()), 2)
        last = self.invoke("f")["pid"]
        self.frozen()
        self.assertEqual(self.invoke("f")["pid"], last)

    def test_async_retries(self):
        """A failing event is tried three times with one request id on the warm instance."""
        self.start({"f": {"dead-letter": "dead"}}, async_retries=["50ms", "50ms"],
                   queues=[{"name": "dead"}])
        status, headers, body = self.raw_invoke("f", {"fail": "x"},
                                                {"X-Amz-Invocation-Type": "Event"})
        self.assertEqual((status, body), (202, b""))

        def dead():
            _, _, text = self.request("GET", "/sandbox/queues")
            return json.loads(text)["queues"][0]["messages"] == 1

        self.until(dead, what="the dead letter")
        starts = [line for line in self.log_lines("f") if line.startswith("START")]
        self.assertEqual(starts, ["START RequestId: %s Version: $LATEST"
                                  % headers["x-amzn-RequestId"]] * 3)
        self.assertEqual(len(self.instances()), 1)

    def test_nested(self):
        """A function reaches the invoke endpoint inside."""
        self.start({"f": {}, "g": {}})
        answer = self.invoke("f", {"request": [
            "POST", "http://169.254.100.1:9100", "/2015-03-31/functions/g/invocations"]})
        self.assertEqual(answer["request"][0], 200)

    def test_http(self):
        """An HTTP source makes an event and understands the answer."""
        self.start({"f": {}}, sources=[{"type": "http", "path": "/shop", "function": "f"}])
        status, _, body = self.request("GET", "/http/shop/a?b=c%20d", None, {"X-Own": "1"})
        self.assertEqual(status, 200)
        seen = json.loads(body)["headers"]
        self.assertIn("Lambda-Runtime-Aws-Request-Id", seen)
        event = {"answer": {"statusCode": 418, "headers": {"X-Own": "2"}, "body": "tea"}}
        status, headers, body = self.request("POST", "/http/shop", event)
        self.assertEqual((status, headers["X-Own"], body), (418, "2", b"tea"))
        self.assertEqual(self.request("POST", "/http/shop", {"fail": "x"})[0], 502)
        self.assertEqual(self.request("GET", "/http/other")[0], 404)

    def test_sdk(self):
        """The AWS SDK for JavaScript as it is on npm."""
        self.start({"f": {}}, queues=[{"name": "orders"}])
        done = subprocess.run(["node", os.path.join(HERE, "sdk.mjs"),
                               "http://127.0.0.1:%d" % self.port],
                              capture_output=True, check=False, timeout=60)
        self.assertEqual(done.returncode, 0, done.stderr.decode())
        self.assertEqual(json.loads(done.stdout), {
            "invoke": [200, "$LATEST", '{"a": 1}', True], "failed": ["Unhandled", "so"],
            "event": 202, "unknown": ["ResourceNotFoundException", 404], "sent": True,
            "batch": ["a", "b"], "missing": "QueueDoesNotExist"})
