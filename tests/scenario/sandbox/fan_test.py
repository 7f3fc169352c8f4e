"""Topics, buses and the fronts of other kinds."""
import json
import urllib.parse

from world import World


class Fan(World):

    def seen(self, count):
        return self.until(lambda: len(self.outside.of("seen")) == count and
                          self.outside.of("seen"), what="%d events" % count)

    def publish(self, **pairs):
        return self.request("POST", "/", urllib.parse.urlencode(pairs), {
            "Content-Type": "application/x-www-form-urlencoded; charset=utf-8"})

    def test_topic(self):
        """Every function behind a topic gets the message, with its attributes, asynchronously."""
        self.start({"f": {}, "g": {}}, sources=[
            {"type": "topic", "topic": "news", "function": "f"},
            {"type": "topic", "topic": "news", "function": "g"}])
        status, _, body = self.publish(
            Action="Publish", TopicArn="arn:aws:sns:us-east-1:123456789012:news", Subject="a&b",
            Message='{"x":"\u00e9 +"}', **{"MessageAttributes.entry.1.Name": "traceparent",
                                           "MessageAttributes.entry.1.Value.DataType": "String",
                                           "MessageAttributes.entry.1.Value.StringValue": "00-ab"})
        self.assertEqual(status, 200, body)
        self.assertIn(b"<PublishResult><MessageId>", body)
        for event in self.seen(2):
            record, = event["Records"]
            self.assertEqual(record["EventSource"], "aws:sns")
            sns = record["Sns"]
            self.assertEqual((sns["Subject"], sns["Message"]), ("a&b", '{"x":"\u00e9 +"}'))
            self.assertEqual(sns["TopicArn"], "arn:aws:sns:us-east-1:123456789012:news")
            self.assertEqual(sns["MessageAttributes"],
                             {"traceparent": {"Type": "String", "Value": "00-ab"}})
            self.assertIn(sns["MessageId"].encode(), body)

    def test_topic_errors(self):
        self.start({"f": {}}, sources=[{"type": "topic", "topic": "news", "function": "f"}])
        for status, code, pairs in ((404, b"NotFound", {"Action": "Publish", "TopicArn": "a:b",
                                                        "Message": "m"}),
                                    (400, b"InvalidAction", {"Action": "Subscribe"}),
                                    (400, b"InvalidParameter", {"Action": "Publish",
                                                                "TopicArn": "a:news"})):
            told, _, body = self.publish(**pairs)
            self.assertEqual(told, status)
            self.assertIn(code, body)

    def test_bus(self):
        """Each entry is an event of its own; one that is malformed is told."""
        self.start({"f": {}}, sources=[{"type": "bus", "bus": "mine", "function": "f"}])
        status, _, body = self.request("POST", "/", {"Entries": [
            {"Source": "shop", "DetailType": "Order", "Detail": '{"id":1}', "EventBusName": "mine",
             "Resources": ["arn:x"], "TraceHeader": "Root=1-5759e988-bd862e3fe1be46a994272793"},
            {"Source": "shop", "DetailType": "Order", "Detail": "no object", "EventBusName": "mine"},
            {"Source": "shop", "DetailType": "Order", "Detail": "{}"}]},
            {"X-Amz-Target": "AWSEvents.PutEvents", "Content-Type": "application/x-amz-json-1.1"})
        told = json.loads(body)
        self.assertEqual((status, told["FailedEntryCount"]), (200, 1))
        self.assertEqual([sorted(row)[0] for row in told["Entries"]],
                         ["EventId", "ErrorCode", "EventId"])
        event, = self.seen(1)
        self.assertEqual({key: event[key] for key in (
            "version", "id", "detail-type", "source", "account", "region", "resources", "detail")},
                         {"version": "0", "id": told["Entries"][0]["EventId"],
                          "detail-type": "Order", "source": "shop", "account": "123456789012",
                          "region": "us-east-1", "resources": ["arn:x"], "detail": {"id": 1}})

    def test_fronts(self):
        """A REST API, a function URL and a load balancer each have an event of their own."""
        self.start({"f": {}}, sources=[
            {"type": "http", "path": "/" + name, "format": name, "function": "f"}
            for name in ("v1", "url", "alb", "v2")])
        for name in ("v1", "url", "alb", "v2"):
            status, _, body = self.request("POST", "/http/%s/a?q=1&q=2" % name,
                                           json.dumps({"echo": 1}), {"X-Mine": "y"})
            self.assertEqual(status, 200, body)
            event = json.loads(body)
            headers = {key.lower(): value for key, value in event["headers"].items()}
            self.assertEqual(headers["x-mine"], "y")
            self.assertIn("Root=1-", headers["x-amzn-trace-id"])
            self.assertEqual(json.loads(event["body"]), {"echo": 1})
            if name == "v1":
                self.assertEqual((event["path"], event["httpMethod"], event["resource"]),
                                 ("/v1/a", "POST", "/{proxy+}"))
                self.assertEqual(event["queryStringParameters"], {"q": "2"})
                self.assertEqual(event["multiValueQueryStringParameters"], {"q": ["1", "2"]})
                self.assertEqual(event["multiValueHeaders"]["X-Mine"], ["y"])
                self.assertEqual(event["requestContext"]["stage"], "sandbox")
                self.assertGreater(event["requestContext"]["requestTimeEpoch"], 0)
            elif name == "alb":
                self.assertIn(":targetgroup/", event["requestContext"]["elb"]["targetGroupArn"])
                self.assertEqual((event["path"], event["httpMethod"]), ("/alb/a", "POST"))
            else:
                self.assertEqual(event["version"], "2.0")
                self.assertEqual("lambda-url" in event["requestContext"]["domainName"],
                                 name == "url")
