# SPDX-License-Identifier: Apache-2.0
"""What the function's own SDK posts passes through, with its resource completed."""
import glob
import gzip
import http.client
import json
import os
import re
import socket
import struct
import unittest

import fake_lambda as lambda_
import harness

TRACES = {"resourceSpans": [{
    "resource": {"attributes": [
        {"key": "service.name", "value": {"stringValue": "theirs"}},
        {"key": "faas.instance", "value": {"stringValue": "guessed"}}]},
    "scopeSpans": [{"scope": {"name": "lib"}, "spans": [{
        "traceId": "5b8efff798038103d269b633813fc60c", "spanId": "eee19b7ec3c1b174",
        "name": "work", "kind": 1, "startTimeUnixNano": "1", "endTimeUnixNano": "2",
        "attributes": [{"key": "n", "value": {"intValue": "7"}}]}]}]}]}


class Sdk(harness.AgentTest):
    def post(self, path, body, content_type="application/json", encoding=None, method="POST",
             chunked=False):
        connection = http.client.HTTPConnection("127.0.0.1", self.otlp_port, timeout=10)
        headers = {"Content-Type": content_type}
        if encoding:
            headers["Content-Encoding"] = encoding
        if chunked:
            connection.request(method, path, iter([body[:5], body[5:]]), headers,
                               encode_chunked=True)
        else:
            connection.request(method, path, body, headers)
        answer = connection.getresponse()
        result = answer.status, answer.getheader("Content-Type"), answer.read()
        connection.close()
        return result

    def run_with(self, act):
        self.start()
        rid = harness.request_id()
        self.platform.wait_asked()
        self.platform.deliver(*lambda_.init_events())
        self.platform.invoke(rid)
        self.platform.deliver(lambda_.start(rid))
        act()
        self.platform.deliver(lambda_.done(rid))
        self.platform.wait_asked()
        self.platform.shut_down()
        self.platform.deliver(lambda_.report(rid))
        self.ends()

    def theirs(self, signal):
        return [block for block in self.collector.blocks(signal) if block[1] != "thaw.agent"]

    def test_json(self):
        """JSON, plain, compressed and in chunks; each block has a number of its own."""
        def act():
            body = json.dumps(TRACES).encode()
            for options in ({}, {"encoding": "gzip"}, {"chunked": True}):
                data = gzip.compress(body) if "encoding" in options else body
                self.assertEqual(self.post("/v1/traces", data, **options),
                                 (200, "application/json", b"{}"))
        self.run_with(act)
        blocks = self.theirs("traces")
        self.assertEqual(len(blocks), 3)
        for resource, scope, spans in blocks:
            self.assertEqual((resource["service.name"], scope), ("theirs", "lib"))
            self.assertTrue(resource["faas.instance"].startswith("2026/11/23/"))
            self.assertEqual(resource["faas.name"], "shop")
            self.assertEqual(spans[0]["name"], "work")
            self.assertEqual(spans[0]["attributes"], {"n": 7})
            self.assertEqual(spans[0]["trace_id"], "5b8efff798038103d269b633813fc60c")
        self.assertEqual(len({resource["thaw.seq"] for resource, _, _ in blocks}), 3)

    def test_bodies_of_real_exporters(self):
        """What the official JavaScript exporters sent is accepted and arrives."""
        root = os.path.join(os.path.dirname(os.path.abspath(__file__)),
                            "../../../../shared/data/otlp/generated__exporters-otel-js-0.208.0")
        bodies = sorted(path for path in glob.glob(os.path.join(root, "*"))
                        if not path.endswith(".headers.json"))
        sent = []

        def act():
            for path in bodies:
                name = os.path.basename(path)
                signal = name.split("_")[2]
                with open(path, "rb") as file:
                    data = file.read()
                kind = "application/json" if "_json_" in name else "application/x-protobuf"
                encoding = "gzip" if name.endswith(".gz") else None
                status, answer_type, _ = self.post("/v1/" + signal, data, kind, encoding)
                self.assertEqual((status, answer_type), (200, kind), name)
                sent.append(signal)
        self.run_with(act)
        self.assertEqual(len(sent), 10)
        for signal in set(sent):
            self.assertGreaterEqual(len(self.theirs(signal)), sent.count(signal))

    def test_refusals(self):
        """Each wrong request has its status; nothing of it reaches the collector."""
        def act():
            json_type, protobuf = "application/json", "application/x-protobuf"
            self.assertEqual(self.post("/v1/traces", b"{", json_type)[0], 400)
            self.assertEqual(self.post("/v1/traces", b"\xff\xff", protobuf)[0], 400)
            self.assertEqual(self.post("/v1/other", b"{}", json_type)[0], 404)
            self.assertEqual(self.post("/v1/logs", None, json_type, method="GET")[0], 405)
            self.assertEqual(self.post("/v1/logs", b"x", "text/plain")[0], 415)
            self.assertEqual(self.post("/v1/logs", b"x", protobuf, "br")[0], 415)
            self.assertEqual(self.post("/v1/logs", b" " * (3 << 20), json_type)[0], 413)
            bomb = gzip.compress(b"\0" * (64 << 20))
            self.assertEqual(self.post("/v1/logs", bomb, protobuf, "gzip")[0], 413)
            deep = b'{"resourceLogs":' + b"[" * 200000
            self.assertEqual(self.post("/v1/logs", deep, json_type)[0], 400)
            self.assertEqual(self.post("/v1/metrics", b"", protobuf), (200, protobuf, b""))
        self.run_with(act)
        self.assertEqual([self.theirs(s) for s in ("logs", "traces", "metrics")], [[], [], []])

    def exchange(self, *pieces):
        """What comes back for raw bytes, up to the end of the connection."""
        peer = socket.create_connection(("127.0.0.1", self.otlp_port), timeout=10)
        for piece in pieces:
            peer.sendall(piece)
        peer.shutdown(socket.SHUT_WR)
        answer = b""
        while data := peer.recv(65536):
            answer += data
        peer.close()
        return answer

    def test_http(self):
        """What HTTP lets a client do: asking first, requests one behind the other on one connection,
        HEAD, other methods, names and values in any case."""
        def head(method="POST", path="/v1/traces", length=2, extra=b""):
            return (b"%s %s HTTP/1.1\r\nHost: a\r\nCONTENT-TYPE: APPLICATION/JSON; CHARSET=UTF-8\r\n"
                    b"content-length: %d\r\n%s\r\n" % (method.encode(), path.encode(), length, extra))

        def act():
            expects = b"Expect: 100-Continue\r\n"
            answer = self.exchange(head(extra=expects), b"{}")
            self.assertTrue(answer.startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n"))
            self.assertTrue(answer.endswith(b"\r\n\r\n{}"))
            # One that asks first whether it may send too much is not told to go on.
            answer = self.exchange(head(length=1 << 40, extra=expects))
            self.assertTrue(answer.startswith(b"HTTP/1.1 413 "), answer)
            self.assertIn(b"Connection: close\r\n", answer)
            # Three on one connection, all three sent at once.
            answer = self.exchange(head() + b"{}" + head(path="/v1/logs/") + b"{}" +
                                   head(path="/v1/metrics?x=y") + b"{}")
            self.assertEqual(answer.count(b"HTTP/1.1 200 OK\r\n"), 3)
            # A refusal does not end the connection, and the answer to HEAD has no body.
            answer = self.exchange(head("HEAD", length=0) + head("OPTIONS", length=0) +
                                   head("PUT") + b"{}" + head() + b"[]" + head() + b"{}")
            self.assertEqual(re.findall(rb"HTTP/1.1 (\d+) ", answer),
                             [b"405", b"405", b"405", b"400", b"200"])
            heads = answer.split(b"HTTP/1.1 ")
            self.assertTrue(heads[1].endswith(b"\r\n\r\n"), "HEAD")
            self.assertIn(b'{"code":12,', heads[2])
            self.assertEqual(answer.count(b"Allow: POST\r\n"), 3)
        self.run_with(act)

    def test_sizes(self):
        """A body of as much as the receiver takes, and one of a byte more, plain and inflated."""
        limit = 1 << 20

        def act():
            for size, status in ((limit, 200), (limit + 1, 413)):
                body = b"{}".ljust(size)
                self.assertEqual(self.post("/v1/logs", body)[0], status)
                self.assertEqual(self.post("/v1/logs", body, chunked=True)[0], status)
                # To be inflated and transcoded.
                self.assertEqual(self.post("/v1/logs", gzip.compress(body), encoding="gzip")[0],
                                 status)
        self.run_with(act)

    def test_peers_that_stand_still(self):
        """One that stops in the middle of a body makes way for another; one that gives up while it
        waits costs no processor time."""
        def half():
            peer = socket.create_connection(("127.0.0.1", self.otlp_port), timeout=10)
            peer.sendall(b"POST /v1/traces HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
                         b"Content-Length: 1000\r\n\r\n{")
            return peer

        def processor_ticks():
            with open("/proc/%d/stat" % self.process.pid) as stat:
                return sum(map(int, stat.read().rsplit(")", 1)[1].split()[11:13]))

        def act():
            first, second = half(), half()
            # A reset: linger of zero seconds.
            second.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            second.close()
            before = processor_ticks()
            self.assertEqual(self.post("/v1/traces", json.dumps(TRACES).encode())[0], 200)
            self.assertLess(processor_ticks() - before, 80)
            first.close()
        self.run_with(act)
        self.assertEqual(len(self.theirs("traces")), 1)

    def test_full(self):
        """Without room the SDK is not kept waiting: it hears 200, the oldest is dropped and counted.
        What could never be kept is refused."""
        self.collector.mode = "refuse"
        answers = []

        def act():
            span = TRACES["resourceSpans"][0]["scopeSpans"][0]["spans"][0]
            body = json.dumps({"resourceSpans": [{"scopeSpans": [
                {"spans": [dict(span, name="n" * 1000)] * 200}]}]}).encode()
            for _ in range(8):
                answers.append(self.post("/v1/traces", body)[0])
            huge = body.replace(b"n" * 1000, b"n" * 4800)
            self.assertEqual(self.post("/v1/traces", huge)[0], 413)
            self.collector.mode = "ok"
        self.run_with(act)
        self.assertEqual(answers, [200] * 8)
        arrived = len(self.theirs("traces"))
        self.assertGreater(arrived, 0)
        stop, = self.collector.facts("faas.instance.stop")
        self.assertEqual(stop["thaw.agent.dropped.buffer_full"], 8 - arrived)


if __name__ == "__main__":
    unittest.main()
