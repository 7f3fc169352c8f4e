"""Log streams as the log service gives them out: exports and subscriptions."""
import collections
import glob
import gzip
import http.server
import json
import os
import threading

from world import TIME, World

TRACE = "Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=%d"


class Subscriber(http.server.ThreadingHTTPServer):
    """Takes batches, after it refused as many as it was told to."""

    daemon_threads = True

    def __init__(self, refuse=0):
        super().__init__(("127.0.0.1", 0), SubscriberHandler)
        self.refuse = refuse
        self.batches = []
        self.headers = []
        threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True).start()


class SubscriberHandler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        status = 200
        if self.server.refuse > 0:
            self.server.refuse -= 1
            status = 503
        else:
            self.server.batches.append(json.loads(gzip.decompress(body)))
            self.server.headers.append(dict(self.headers))
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


class CloudWatch(World):

    def subscriber(self, **options):
        server = Subscriber(**options)
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        return server, "http://127.0.0.1:%d/v1/cloudwatch" % server.server_port

    def streams(self):
        """Stream name -> [(time, message)], as the files under --state tell."""
        top = os.path.join(self.directory, "state", "logs")
        streams = {}
        for path in glob.glob(glob.escape(top) + "/*/**/*.log", recursive=True):
            name = os.path.relpath(path, top).split("/", 1)[1][:-len(".log")]
            events = streams.setdefault(name, [])
            with open(path, encoding="utf-8") as file:
                for line in file:
                    if TIME.match(line):
                        time, line = line.split(" ", 1)
                        events.append([time, line])
                    else:
                        events[-1][1] += line
        return streams

    def messages(self):
        return {name: [text for _, text in events] for name, events in self.streams().items()}

    def test_a_subscription_has_what_the_streams_have(self):
        """Every event once, of the stream that it is of, with ids and times that grow."""
        server, url = self.subscriber()
        self.start({"f": {}, "g": {}}, cloudwatch={"subscription": url, "interval": "50ms"})
        for text in ("one", "two", "three"):
            self.invoke("f", {"print": text})
        self.invoke("g", {"print": "four"})
        self.stop()
        seen = collections.defaultdict(list)
        for batch in server.batches:
            self.assertEqual(batch["messageType"], "DATA_MESSAGE")
            self.assertEqual(batch["owner"], "123456789012")
            self.assertIn(batch["logGroup"], ("/aws/lambda/f", "/aws/lambda/g"))
            self.assertEqual(batch["subscriptionFilters"], ["thaw"])
            seen[batch["logStream"]] += batch["logEvents"]
        self.assertEqual({name: [event["message"] for event in events]
                          for name, events in seen.items()}, self.messages())
        for events in seen.values():
            ids = [event["id"] for event in events]
            self.assertEqual(ids, sorted(set(ids)))
            self.assertEqual({len(one) for one in ids}, {56})
            times = [event["timestamp"] for event in events]
            self.assertEqual(times, sorted(times))
        self.assertEqual({headers["Content-Encoding"] for headers in server.headers}, {"gzip"})

    def test_batches_come_again_and_out_of_order_when_asked_for(self):
        """Nothing is missing, something is there twice, something is late; the same event has the
        same id."""
        server, url = self.subscriber()
        self.start({"f": {}}, cloudwatch={"subscription": url, "interval": "10ms", "seed": 3,
                                          "repeat": 0.5, "reorder": 0.3})
        for number in range(12):
            self.invoke("f", {"print": "line %d" % number})
            self.frozen()
            self.until(lambda: sum(len(b["logEvents"]) for b in server.batches) > 2 * number,
                       what="a batch")
        self.stop()
        events = [event for batch in server.batches for event in batch["logEvents"]]
        texts = {}
        for event in events:
            texts.setdefault(event["id"], set()).add(event["message"])
        (messages,) = self.messages().values()
        self.assertEqual({len(one) for one in texts.values()}, {1})
        self.assertEqual([min(texts[one]) for one in sorted(texts)], messages)
        self.assertGreater(len(events), len(texts), "nothing came again")
        firsts = [batch["logEvents"][0]["id"] for batch in server.batches]
        self.assertNotEqual(firsts, sorted(firsts), "all came in order")

    def test_a_subscriber_that_refuses_gets_it_again(self):
        server, url = self.subscriber(refuse=3)
        self.start({"f": {}}, cloudwatch={"subscription": url, "interval": "10ms"})
        self.invoke("f")
        self.stop()
        (messages,) = self.messages().values()
        self.assertEqual([event["message"] for batch in server.batches
                          for event in batch["logEvents"]], messages)

    def test_what_a_killed_environment_said_is_delivered(self):
        server, url = self.subscriber()
        self.start({"f": {}}, cloudwatch={"subscription": url, "interval": "1h"})
        self.invoke("f", {"print": "before the end"})
        (instance,) = self.frozen()
        self.control("instances/%s/kill" % instance["id"])
        self.stop()
        texts = [event["message"] for batch in server.batches for event in batch["logEvents"]]
        self.assertIn("before the end\n", texts)

    def test_pages_of_filter_log_events(self):
        """A file of pages per function."""
        folder = os.path.join(self.directory, "exported", "pages")
        self.start({"f": {}}, cloudwatch={"export": folder, "interval": "20ms"})
        for text in ("one", "two"):
            self.invoke("f", {"print": text})
            self.frozen()
        self.stop()
        with open(os.path.join(folder, "f.json"), encoding="utf-8") as file:
            pages = [json.loads(line) for line in file]
        events = [event for page in pages for event in page["events"]]
        self.assertEqual({event["logStreamName"]: None for event in events}.keys(),
                         self.messages().keys())
        (messages,) = self.messages().values()
        self.assertEqual([event["message"] for event in events], messages)
        self.assertTrue(all(event["ingestionTime"] >= event["timestamp"] for event in events))

    def test_an_export_to_s3(self):
        """A folder per stream with - for /, parts of gzip, lines with their times."""
        self.start({"f": {}}, cloudwatch={"export": "s3", "format": "s3", "interval": "20ms"})
        self.invoke("f", {"print": "one"})
        self.stop()
        ((name, events),) = self.streams().items()
        path = os.path.join(self.directory, "s3", "f", name.replace("/", "-"), "000000.gz")
        with gzip.open(path, "rt", encoding="utf-8") as file:
            self.assertEqual(file.read(), "".join("%s %s" % (time, text) for time, text in events))

    def test_a_sampled_request_has_its_trace_in_the_report(self):
        """As the second line of the same event, and no other request has it."""
        self.start({"f": {}})
        self.invoke("f", None, {"X-Amzn-Trace-Id": TRACE % 1})
        self.frozen()
        self.invoke("f", None, {"X-Amzn-Trace-Id": TRACE % 0})
        self.frozen()
        self.stop()
        (messages,) = self.messages().values()
        sampled, other = [text for text in messages if text.startswith("REPORT")]
        self.assertRegex(sampled, r"^REPORT RequestId: [^\n]*\t\nXRAY TraceId: "
                                  r"1-5759e988-bd862e3fe1be46a994272793\t"
                                  r"SegmentId: [0-9a-f]{16}\tSampled: true\t\n$")
        self.assertNotIn("XRAY", other)
