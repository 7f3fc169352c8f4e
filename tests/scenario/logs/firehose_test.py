#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""POST /v1/firehose and /v1/cloudwatch of a real collector: the contract of Firehose to the letter,
real records, deliveries in parallel, again and under SIGKILL.

    firehose_test.py COLLECTOR
"""

import base64
import ctypes
import gzip
import json
import os
import random
import resource
import sys
import tempfile
import threading
import time
import unittest
import uuid
import warnings

import wire
from wire import KEY, T0, Collector, Firehose, check_answer, invocation, payload, record

BINARY = sys.argv[1] if len(sys.argv) > 1 else None


class Base(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.collector = Collector(BINARY, ["--token-file", wire.token_file(cls.folder.name)])
        cls.collector.start()

    @classmethod
    def tearDownClass(cls):
        cls.collector.stop()
        cls.collector.close()
        cls.folder.cleanup()

    def refusals(self):
        rows = wire.ask(self.collector, "status")["log_streams"]["refused"]
        return {row["reason"]: row["count"] for row in rows}

    def status(self):
        return wire.ask(self.collector, "status")


class Contract(Base):
    """What Firehose and this endpoint owe each other."""

    def one(self, number):
        request = wire.request_id(f"{self.id()} {number}")
        return request, payload("contract", wire.stream_name(request), invocation(request, T0))

    def test_keys(self):
        """No key, an empty one and a wrong one are 401 in Firehose's form; a token is a key."""
        _, body = self.one(1)
        for key in (None, "", KEY[:-1], KEY + "x", f"Bearer {KEY}"):
            request = str(uuid.uuid4())
            answer = Firehose(self.collector, key=key).send([record(body)], request)
            check_answer(*answer, 401, request)
        Firehose(self.collector).deliver([record(body)])

    def test_ids(self):
        """The id of the header and that of the body are the same, and both there."""
        _, body = self.one(1)
        sender = Firehose(self.collector)
        other = sender.body(str(uuid.uuid4()), [record(body)])
        request = str(uuid.uuid4())
        check_answer(*sender.send([], request, body=other), 400, request)
        without = json.dumps({"timestamp": 1, "records": [{"data": ""}]}).encode()
        check_answer(*sender.send([], request, body=without), 400, request)
        status, _, answer = sender.send([record(body)],
                                        headers={"X-Amz-Firehose-Request-Id": None})
        self.assertEqual((status, json.loads(answer)["requestId"]), (400, ""))

    def test_bodies(self):
        """What is no batch at all is 400."""
        sender = Firehose(self.collector)
        request = str(uuid.uuid4())
        for text in (b"", b"[]", b"{", b'{"requestId": "%s"}' % request.encode(),
                     b'{"requestId": "%s", "records": []}' % request.encode(),
                     b'{"requestId": "%s", "records": 1}' % request.encode(),
                     b'{"requestId": "%s", "records": [{"data": "*"}]}' % request.encode(),
                     b'{"requestId": "%s", "records": [{}, {"data": 1}]}' % request.encode()):
            check_answer(*sender.send([], request, body=text), 400, request)
        for encoding in ("br", "deflate"):
            answer = sender.send([b""], request, headers={"Content-Encoding": encoding})
            check_answer(*answer, 400, request)
        answer = Firehose(self.collector, compress=False).send(
            [b""], request, headers={"Content-Encoding": "gzip"})
        check_answer(*answer, 400, request)
        answer = sender.send([b""], request, headers={"X-Amz-Firehose-Protocol-Version": "2.0"})
        check_answer(*answer, 400, request)

    def test_record_counts(self):
        """One record to 10,000; empty ones are allowed."""
        sender = Firehose(self.collector)
        request = str(uuid.uuid4())
        sender.deliver([b""])
        sender.deliver([b""] * 10000)
        check_answer(*sender.send([b""] * 10001, request), 400, request)

    def test_too_large(self):
        """Beyond the limit of bodies is 413, which Firehose does not repeat."""
        sender = Firehose(self.collector)
        request = str(uuid.uuid4())
        check_answer(*sender.send([], request, body=b" " * ((64 << 20) + 1)), 413, request)
        self.collector.request("GET", "/healthz")

    def test_framing(self):
        """gzip and plain, several members, several objects with a newline between or nothing."""
        for number, make in enumerate((
            lambda *objects: record(*objects),
            lambda *objects: record(*objects, between=b"\n"),
            lambda *objects: record(*objects, between=b"\r\n  "),
            lambda *objects: record(*objects, members=True),
            lambda *objects: "".join(json.dumps(one) for one in objects).encode(),
            lambda *objects: "\n".join(json.dumps(one, indent=1) for one in objects).encode(),
        )):
            for compress in (True, False):
                pairs = [self.one(f"{number} {compress} {i}") for i in range(3)]
                sender = Firehose(self.collector, compress=compress)
                sender.deliver([make(*(body for _, body in pairs[:2])), b"", make(pairs[2][1])])
                for request, _ in pairs:
                    self.assertEqual(len(wire.transaction(self.collector, request)["logs"]), 1,
                                     (number, compress))

    def test_control(self):
        """A control message is acknowledged and ignored."""
        before = self.status()["log_streams"]
        control = payload("", "", [(T0, "CWL CONTROL MESSAGE: Checking health of destination.")],
                          "CloudwatchLogs", "CONTROL_MESSAGE")
        control["logGroup"] = control["logStream"] = ""
        Firehose(self.collector).deliver([record(control)])
        after = self.status()["log_streams"]
        self.assertEqual(after["control_messages"], before["control_messages"] + 1)
        self.assertEqual(after["events"], before["events"])
        self.assertEqual(after["refused"], before["refused"])

    def test_not_ours(self):
        """What is of no use is acknowledged (it would come again for ever), counted by its reason
        with an example, and hurts nothing beside it."""
        request, body = self.one(1)
        before = sum(self.refusals().values())
        Firehose(self.collector).deliver([
            b"2 123456789012 eni-0 10.0.0.1 10.0.0.2 443 49152 6 10 840 1 2 ACCEPT OK\n",
            b'{"metric_stream_name":"m","namespace":"AWS/EC2","value":{"max":1.0}}\n',
            gzip.compress(b"\x00\x01\x02"),
            gzip.compress(json.dumps(body).encode())[:-9],
            record(body),
            b"\xff" * 100,
        ])
        self.assertEqual(len(wire.transaction(self.collector, request)["logs"]), 1)
        self.assertGreaterEqual(sum(self.refusals().values()), before + 4)
        examples = [row["example"] for row in self.status()["log_streams"]["refused"]]
        self.assertTrue(any(examples), examples)

    def test_attributes(self):
        """Common attributes stand with what was delivered; wrong ones are 400."""
        one, body = self.one(1)
        own = {"faas.name": "not-a", "service.name": "not-b", "service.version": "not-c",
               "cloud.account.id": "not-d", "aws.log.group.names": "not-e", "thaw.epoch": "not-f"}
        attributes = {"env": "staging", "team": "päy", **own}
        Firehose(self.collector, attributes=attributes).deliver([record(body)])
        found = wire.transaction(self.collector, one)
        self.assertEqual(found["invocations"][0]["function"], "contract")
        self.assertEqual(found["invocations"][0]["account"], "123456789012")
        kept = self.stored()
        for text in ("env", "staging", "team", "päy"):
            self.assertIn(text.encode(), kept)
        for text in ("not-a", "not-b", "not-c", "not-d", "not-e", "not-f", "service.version"):
            self.assertNotIn(text.encode(), kept)
        request = str(uuid.uuid4())
        for wrong in ({str(i): "" for i in range(51)}, {"k" * 257: "v"}, {"k": "v" * 1025},
                      {"k": 1}, {"": "v"}, {"k": {"deep": "er"}}):
            answer = Firehose(self.collector, attributes=wrong).send([b""], request)
            check_answer(*answer, 400, request)
        for right in ({str(i): "" for i in range(50)}, {"k" * 256: "v" * 1024}, {}):
            Firehose(self.collector, attributes=right).deliver([record(self.one(len(right))[1])])
        answer = Firehose(self.collector).send(
            [b""], request, headers={"X-Amz-Firehose-Common-Attributes": "{"})
        check_answer(*answer, 400, request)

    def stored(self):
        """All bodies on the disk: the log's frames are their heads and zstd's frames."""
        zstd = ctypes.CDLL("libzstd.so.1")
        for call in (zstd.ZSTD_findFrameCompressedSize, zstd.ZSTD_decompress):
            call.restype = ctypes.c_size_t
        everything = b""
        for folder, _, names in os.walk(self.collector.data):
            for name in names:
                if name == "log":
                    with open(os.path.join(folder, name), "rb") as file:
                        log = file.read()
                    everything += log
                    at = log.find(b"\x28\xb5\x2f\xfd")
                    while at >= 0:
                        after = log.find(b"\x28\xb5\x2f\xfd", at + 4)
                        # What stands behind a frame is the head of the next one: no frame.
                        frame = log[at:after if after >= 0 else None]
                        size = zstd.ZSTD_findFrameCompressedSize(frame, ctypes.c_size_t(len(frame)))
                        body = ctypes.create_string_buffer(1 << 20)
                        got = zstd.ZSTD_decompress(body, ctypes.c_size_t(len(body)), frame,
                                                   ctypes.c_size_t(size))
                        everything += body.raw[:got] if got <= len(body) else b""
                        at = after
        return everything

    def test_source(self):
        """Account and region come with the payload, else with the stream's ARN."""
        one, body = self.one(1)
        Firehose(self.collector).deliver([record(body)])
        found = wire.transaction(self.collector, one)["invocations"][0]
        self.assertEqual((found["account"], found["region"]), ("123456789012", "eu-central-1"))

    def test_again(self):
        """The same request again is 200 and counted once; the same records in another, too."""
        one, body = self.one(1)
        request = str(uuid.uuid4())
        sender = Firehose(self.collector)
        for _ in range(5):
            sender.deliver([record(body)], request)
        frames = self.status()["store"]["frames"]
        sender.deliver([record(body)])
        self.assertEqual(self.status()["store"]["frames"], frames)
        found = wire.transaction(self.collector, one)
        self.assertEqual((len(found["invocations"]), len(found["logs"])), (1, 1))

    def test_methods(self):
        status, headers, _ = self.collector.request(
            "GET", "/v1/firehose", headers={"Authorization": f"Bearer {KEY}"})
        self.assertEqual((status, headers["Allow"]), (405, "POST"))


def payloads(text):
    """The JSON objects in a text, whatever stands between them."""
    decoder = json.JSONDecoder()
    at = 0
    while (at := text.find("{", at)) >= 0:
        try:
            one, at = decoder.raw_decode(text, at)
        except ValueError:
            return
        if isinstance(one, dict):
            yield one


def count_events(text):
    """Events of functions' log groups in a text of payloads, counted independently."""
    return sum(
        len(one["logEvents"]) for one in payloads(text)
        if one.get("messageType") == "DATA_MESSAGE" and one["logGroup"] != "CloudTrail"
        and (not one["logGroup"].startswith("/aws/") or one["logGroup"].startswith("/aws/lambda"))
    )


class Real(Base):
    """Records and payloads that other people's systems made."""

    def events(self):
        return self.status()["log_streams"]["events"]

    def test_records(self):
        """Texts of subscriptions as records, plain and as gzip: every event is counted, once."""
        files = [path for path in (wire.DATA / "firehose").rglob("*") if path.is_file()
                 and ("cwlog" in path.parts or "stream" in path.parts
                      or path.name == "cloudwatch_log.json")]
        self.assertGreater(len(files), 5)
        total = 0
        for path in files:
            text = path.read_text()
            before, wanted = self.events(), count_events(text)
            total += wanted
            Firehose(self.collector).deliver([gzip.compress(text.encode(), mtime=0)])
            self.assertEqual(self.events() - before, wanted, path)
            Firehose(self.collector).deliver([text.encode()])
        self.assertGreater(total, 5)

    def test_everything(self):
        """Any file as a record is acknowledged, and as a payload answered: nothing comes again for
        ever, nothing breaks."""
        for folder in ("firehose", "cloudwatch"):
            for path in sorted((wire.DATA / folder).rglob("*")):
                if not path.is_file():
                    continue
                content = path.read_bytes()
                Firehose(self.collector).deliver([content])
                status, _, body = self.collector.request(
                    "POST", "/v1/cloudwatch", body=content, headers=wire.BEARER)
                self.assertIn(status, (200, 400), (path, body))
        self.assertTrue(self.refusals())


class Open(unittest.TestCase):
    """A collector without tokens, on loopback."""

    def test_keys(self):
        """A key must be there, and any will do."""
        with Collector(BINARY) as collector:
            collector.start()
            request = str(uuid.uuid4())
            for key in (None, ""):
                answer = Firehose(collector, key=key).send([b""], request)
                check_answer(*answer, 401, request)
            Firehose(collector, key="x").deliver([b""])
            status, _, _ = collector.request("POST", "/v1/cloudwatch", body=b"")
            self.assertEqual(status, 400)
            collector.stop()


class Disk(unittest.TestCase):
    """A disk that refuses, and a delivery that is larger than what requests may hold."""

    def test_refusing(self):
        """While the disk takes nothing the answer is 503 in Firehose's form, with Retry-After; then
        the same delivery is taken, and there once."""
        with tempfile.TemporaryDirectory() as folder:
            # Too long a file is to be an error, not a signal.
            wrapper = os.path.join(folder, "collector")
            with open(wrapper, "w", encoding="utf-8") as file:
                file.write(f"#!/bin/sh\ntrap '' XFSZ\nexec '{BINARY}' \"$@\"\n")
            os.chmod(wrapper, 0o755)
            with Collector(wrapper) as collector:
                collector.start()
                before = wire.request_id("refused before")
                one, request = wire.request_id("refused"), str(uuid.uuid4())
                Firehose(collector).deliver([record(payload(
                    "disk", wire.stream_name(1), invocation(before, T0)))])
                pieces = [record(payload("disk", wire.stream_name(2), invocation(one, T0)))]
                limits = resource.prlimit(collector.process.pid, resource.RLIMIT_FSIZE)
                resource.prlimit(collector.process.pid, resource.RLIMIT_FSIZE, (64, limits[1]))
                for _ in range(3):
                    answer = Firehose(collector).send(pieces, request)
                    check_answer(*answer, 503, request)
                    self.assertGreater(int(answer[1]["Retry-After"]), 0)
                status, _, answer = collector.request(
                    "POST", "/v1/cloudwatch", headers=wire.BEARER,
                    body=json.dumps(payload("disk", wire.stream_name(3),
                                            invocation(wire.request_id("no"), T0))))
                self.assertEqual(status, 503, answer)
                self.assertTrue(json.loads(answer)["error"]["hint"])
                self.assertEqual(len(wire.transaction(collector, before)["invocations"]), 1)
                resource.prlimit(collector.process.pid, resource.RLIMIT_FSIZE, limits)
                deadline = time.monotonic() + 60
                while Firehose(collector).send(pieces, request)[0] != 200:
                    self.assertLess(time.monotonic(), deadline)
                    time.sleep(0.2)
                found = wire.transaction(collector, one)
                self.assertEqual((len(found["invocations"]), len(found["logs"])), (1, 1))
                collector.stop()

    def test_large(self):
        """A delivery that makes more bodies than all requests together may hold is taken in parts,
        and is known when it comes again."""
        events, chance = 42, random.Random(5)
        pieces = []
        for number in range(60):
            # Long lines, that shrink as logs do: to a hundredth, not to a thousandth.
            lines = [(T0 + i, f"{number} {i} " + chance.randbytes(1000).hex() * 60)
                     for i in range(events)]
            pieces.append(record(payload("large", wire.stream_name(f"large {number}"), lines)))
        with Collector(BINARY, ["--retention-size", "0"]) as collector:
            collector.start()
            sender = Firehose(collector)
            sender.deliver(pieces)
            status = wire.ask(collector, "status")
            self.assertEqual(status["log_streams"]["events"], 60 * events)
            frames = status["store"]["frames"]
            sender.deliver(pieces)
            status = wire.ask(collector, "status")
            self.assertEqual(status["store"]["frames"], frames)
            collector.stop()


class Forwarded(Base):
    """POST /v1/cloudwatch."""

    def post(self, body, headers=None, key=KEY):
        token = {"Authorization": f"Bearer {key}"} if key else {}
        status, _, answer = self.collector.request(
            "POST", "/v1/cloudwatch", body=body, headers={**token, **(headers or {})})
        return status, json.loads(answer)

    def test_forms(self):
        """JSON, gzip with and without the header, base64, the event, several payloads."""
        bodies = []
        for number in range(7):
            request = wire.request_id(f"form {number}")
            stream = wire.stream_name(f"form {number}")
            bodies.append((request, json.dumps(payload("forms", stream,
                                                       invocation(request, T0))).encode()))
        packed = [gzip.compress(body, mtime=0) for _, body in bodies]
        data = [base64.b64encode(body) for body in packed]
        event = json.dumps({"awslogs": {"data": data[3].decode()}}).encode()
        for body, headers in (
            (bodies[0][1], {"Content-Type": "application/json"}),
            (packed[1], {"Content-Encoding": "gzip"}),
            (packed[2], {"Content-Type": "application/octet-stream"}),
            (event, {}),
            (data[4], {}),
            (bodies[5][1] + b"\n" + bodies[6][1], {}),
        ):
            status, answer = self.post(body, headers)
            self.assertEqual(status, 200, answer)
            self.assertEqual(answer["accepted"], 8 if body.count(b"messageType") == 2 else 4)
            self.assertFalse(answer["known"])
        for request, _ in bodies:
            self.assertTrue(wire.has(self.collector, request), request)
        status, answer = self.post(bodies[0][1])
        self.assertEqual((status, answer["accepted"], answer["known"]), (200, 4, True))

    def test_refused(self):
        """The usual shape of errors, for all that a sender had better send again or look at."""
        stream = wire.stream_name("refused")
        good = json.dumps(payload("forms", stream, invocation(wire.request_id("cut"), T0))).encode()
        for body, headers, key, status in (
            (b"", {}, KEY, 400),
            (b"\x1f\x8b\x08\x00broken", {}, KEY, 400),
            (b"hello", {}, KEY, 400),
            (b'{"awslogs":{}}', {}, KEY, 400),
            (b'{"awslogs":{"data":"!!!"}}', {}, KEY, 400),
            (good[:-20], {}, KEY, 400),
            (b"{}", {"Content-Encoding": "br"}, KEY, 415),
            (b"{}", {}, None, 401),
            (b"{}", {}, "not-a-token-at-all", 401),
        ):
            seen, answer = self.post(body, headers, key)
            self.assertEqual(seen, status, answer)
            self.assertTrue(answer["error"]["message"])
        self.assertFalse(wire.has(self.collector, wire.request_id("cut")))

    def test_nothing_of_use(self):
        """What is whole and of no use is not sent again."""
        empty = payload("forms", wire.stream_name("empty"), [])
        other = dict(payload("forms", "eni-1", [(T0, "2 1 eni")]),
                     logGroup="/aws/vpc/flow")
        for body, refused in ((empty, 0), (other, 1)):
            status, answer = self.post(json.dumps(body).encode())
            self.assertEqual((status, answer["accepted"], answer["refused"]), (200, 0, refused))


class Load(unittest.TestCase):
    """Many at once, and a collector that dies."""

    def test_parallel(self):
        """A hundred deliveries at once, each of other streams and all of one more."""
        with Collector(BINARY) as collector:
            collector.start()

            def send(number):
                pieces = []
                for i in range(10):
                    one = wire.request_id(f"parallel {number} {i}")
                    stream = wire.stream_name(f"parallel {number}")
                    pieces.append(record(payload("parallel", stream,
                                                 invocation(one, T0 + 1000 * i))))
                Firehose(collector).deliver(pieces)

            threads = [threading.Thread(target=send, args=(number,)) for number in range(100)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            rows = wire.functions(collector)["parallel"]
            self.assertEqual(wire.total(rows, "invocations"), 1000)
            self.assertEqual(wire.total(rows, "billed_ms"), 20 * 1000)
            collector.stop()

    def test_kill(self):
        """SIGKILL under deliveries: what was acknowledged is there, once; what was not is sent
        again, as Firehose does, and then is there once as well."""
        chance = random.Random(7)
        with Collector(BINARY, ["--segment-size", "64KiB", "--retention-size", "0"]) as collector:
            acked, open_ = [], []
            for number in range(20):
                collector.start()
                again, open_ = open_, []
                senders = [threading.Thread(target=self.send, args=(
                    collector, number, part, again[part::3], acked, open_)) for part in range(3)]
                for sender in senders:
                    sender.start()
                time.sleep(chance.uniform(0.02, 0.2))
                collector.kill()
                for sender in senders:
                    sender.join()
            collector.start()
            for request, records, _ in open_:
                Firehose(collector).deliver(records, request)
            everything = acked + open_
            for _, _, one in everything:
                found = wire.transaction(collector, one)
                self.assertEqual((len(found["invocations"]), len(found["logs"])), (1, 1), one)
            rows = wire.functions(collector)["killed"]
            self.assertEqual(wire.total(rows, "invocations"), len(everything))
            self.assertEqual(wire.ask(collector, "status")["store"]["quarantined"], 0)
            self.assertGreater(len(everything), 40)
            print(f"{len(everything)} deliveries, {len(open_)} open at the end, each there once")
            collector.stop()

    @staticmethod
    def send(collector, number, part, again, acked, open_):
        """Deliver until the collector is gone: those that are open first."""
        again = list(again)
        count = 0
        alive = True
        while alive:
            count += 1
            if again:
                one = again.pop(0)
            else:
                request = wire.request_id(f"kill {number} {part} {count}")
                stream = wire.stream_name(f"kill {number} {part}")
                one = (str(uuid.uuid4()),
                       [record(payload("killed", stream, invocation(request, T0 + 100 * count)))],
                       request)
            try:
                Firehose(collector).deliver(one[1], one[0])
                acked.append(one)
            except wire.Gone:
                open_.append(one)
                alive = False
        open_ += again


if __name__ == "__main__":
    if BINARY is None:
        sys.exit("firehose_test.py COLLECTOR [TEST...]")
    warnings.simplefilter("ignore", ResourceWarning)  # Of processes that are killed.
    unittest.main(warnings="ignore", argv=[sys.argv[0], *sys.argv[2:]])
