"""Queues and their consumers."""
import json

from world import World

TRACE = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=0"


class Queue(World):

    def start_queue(self, source=None, **queue):
        self.start({"f": {}}, queues=[{"name": "q", "visibility-timeout": "200ms", **queue},
                                      {"name": "dead"}],
                   sources=[{"type": "queue", "queue": "q", "function": "f", **(source or {})}])

    def send(self, body, attributes=None, trace=None):
        request = {"QueueUrl": "http://x/123456789012/q", "MessageBody": json.dumps(body)}
        if attributes:
            request["MessageAttributes"] = attributes
        headers = {"X-Amz-Target": "AmazonSQS.SendMessage",
                   "Content-Type": "application/x-amz-json-1.0"}
        if trace:
            headers["X-Amzn-Trace-Id"] = trace
        status, _, text = self.request("POST", "/", request, headers)
        self.assertEqual(status, 200, text)
        return json.loads(text)["MessageId"]

    def left(self, name):
        _, _, text = self.request("GET", "/sandbox/queues")
        return {q["name"]: q["messages"] for q in json.loads(text)["queues"]}[name]

    def seen(self, count):
        """Wait until the consumer has seen so many messages; its events."""
        self.until(lambda: sum(len(e["Records"]) for e in self.outside.of("seen")) >= count,
                   what="%d messages" % count)
        return self.outside.of("seen")

    def test_event(self):
        """The consumer's event has the message, its attributes, and the sender's trace only in
        AWSTraceHeader: its own Root is new."""
        self.start_queue()
        sent = self.send({"a": 1}, {"traceparent": {"DataType": "String", "StringValue": "00-1"}},
                         TRACE)
        record = self.seen(1)[0]["Records"][0]
        self.assertEqual(record["messageId"], sent)
        self.assertEqual(json.loads(record["body"]), {"a": 1})
        self.assertEqual(record["attributes"]["AWSTraceHeader"], TRACE)
        self.assertEqual(record["attributes"]["ApproximateReceiveCount"], "1")
        self.assertEqual(record["messageAttributes"]["traceparent"]["stringValue"], "00-1")
        self.assertEqual(record["eventSourceARN"], "arn:aws:sqs:us-east-1:123456789012:q")
        with self.outside.changed:
            own = [headers for what, _, headers in self.outside.told if what == "seen"][0]
        self.assertNotIn("5759e988", own["Trace"])
        self.until(lambda: self.left("q") == 0, what="an empty queue")

    def test_batches(self):
        """Batches fill up to their size within the window."""
        self.start_queue({"batch-size": 4, "window": "3s"})
        for number in range(6):
            self.send({"n": number})
        sizes = [len(event["Records"]) for event in self.seen(6)]
        self.assertEqual(sizes, [4, 2])

    def test_failing_message(self):
        """A failing batch comes again, then goes to the dead letters."""
        self.start_queue({"batch-size": 1}, **{"max-receives": 2, "dead-letter": "dead"})
        self.send({"fail": 1})
        self.until(lambda: self.left("dead") == 1, what="the dead letter")
        self.assertEqual(self.left("q"), 0)
        starts = [line for line in self.log_lines("f") if line.startswith("START")]
        self.assertEqual(len(starts), 2)
        self.assertNotEqual(starts[0], starts[1])

    def test_crash(self):
        """A consumer that dies loses no message."""
        self.start_queue({"batch-size": 1})
        self.send({"exit": 1})
        self.send({"ok": 1})
        self.assertEqual(json.loads(self.seen(1)[0]["Records"][0]["body"]), {"ok": 1})
        self.until(lambda: self.left("q") == 0, what="the end of the retries")
