# SPDX-License-Identifier: Apache-2.0
"""What passes through the proxy is whole when the agent fails in the middle of it, wherever that is."""
import hashlib
import http.client
import socket
import threading
import time
import unittest

import harness


class Parked(harness.AgentTest):
    SIZE = 3 << 20

    def setUp(self):
        super().setUp()
        self.proxy_port = harness.free_port()
        self.environment = {"THAW_PROXY_LISTEN": "127.0.0.1:%d" % self.proxy_port}
        answer = self.platform.answer
        self.platform.bodies = []

        def runtime(handler):
            """The Runtime API, as far as it takes: an event as large as asked, an answer of any size."""
            if "/runtime/" not in handler.path:
                answer(handler)
                return
            body = handler.rfile.read(int(handler.headers.get("Content-Length", 0)))
            self.platform.bodies.append(hashlib.sha256(body).hexdigest())
            event = b"e" * self.SIZE if handler.command == "GET" else b"{}"
            handler.send_response(200)
            handler.send_header("Lambda-Runtime-Aws-Request-Id", harness.request_id())
            handler.send_header("Content-Length", str(len(event)))
            handler.end_headers()
            handler.wfile.write(event)
        self.platform.answer = runtime

    def runtime(self, problems):
        """Three invocations with large events and answers on one connection, and one on another."""
        try:
            for rounds in (3, 1):
                api = http.client.HTTPConnection("127.0.0.1", self.proxy_port, timeout=20)
                api.connect()
                api.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
                for number in range(rounds):
                    api.request("GET", "/2018-06-01/runtime/invocation/next")
                    event = api.getresponse().read()
                    body = bytes([97 + number]) * self.SIZE
                    api.request("POST", "/2018-06-01/runtime/invocation/x/response", body)
                    status = api.getresponse().read()
                    if (event, status) != (b"e" * self.SIZE, b"{}"):
                        problems.append("changed")
                    if self.platform.bodies[-1] != hashlib.sha256(body).hexdigest():
                        problems.append("the answer is changed")
                api.close()
        except Exception as problem:  # pylint: disable=broad-except
            problems.append(repr(problem))

    def life(self, fail_at, how):
        self.setUp()
        try:
            self.start(THAW_TEST_FAIL_AT=str(fail_at), THAW_TEST_FAIL_HOW=how)
            self.platform.wait_asked()
            problems = []
            runtime = threading.Thread(target=self.runtime, args=(problems,))
            runtime.start()
            runtime.join(60)
            self.assertFalse(runtime.is_alive(), "it hangs after a failure at %d" % fail_at)
            self.assertEqual(problems, [], "failure at %d, %s: %s" % (fail_at, how, self.said()))
            self.platform.shut_down()
            self.ends()
            return "parks" in self.said()
        finally:
            self.doCleanups()

    def test_between_turns(self):
        parked = sum(self.life(turn, how) for turn, how in zip(
            [8, 9, 10, 12, 14, 17, 20, 24, 30, 40, 55, 70], ["ensure", "signal"] * 6))
        self.assertGreater(parked, 8)

    def test_in_the_middle_of_a_look(self):
        parked = sum(self.life(look, "proxy") for look in (1, 2, 3, 5, 8, 9, 10, 13, 21, 34, 55))
        self.assertGreater(parked, 9)

    def test_killed(self):
        """Then the other ends are told so at once: nobody waits for it."""
        self.start()
        self.platform.wait_asked()
        with socket.create_connection(("127.0.0.1", self.proxy_port)) as client:
            client.sendall(b"POST /2018-06-01/runtime/x HTTP/1.1\r\nContent-Length: 9\r\n\r\nhalf")
            time.sleep(0.05)
            self.process.kill()
            client.settimeout(10)
            try:
                self.assertEqual(client.recv(100), b"")
            except ConnectionError:
                pass


class Readers(harness.AgentTest):
    """More events in pieces at once than are read at once: all pass, and what was not read is told."""
    EVENT = b'{"Records":[{"eventSource":"aws:sqs","messageId":"%064d"}]}' % 1

    def test_limit(self):
        port = harness.free_port()
        answer = self.platform.answer
        rest = threading.Event()
        self.addCleanup(rest.set)

        def runtime(handler):
            if "/runtime/" not in handler.path:
                answer(handler)
                return
            handler.send_response(200)
            handler.send_header("Lambda-Runtime-Aws-Request-Id", harness.request_id())
            handler.send_header("Content-Length", str(len(self.EVENT)))
            handler.end_headers()
            handler.wfile.write(self.EVENT[:20])
            rest.wait(60)
            handler.wfile.write(self.EVENT[20:])
        self.platform.answer = runtime
        self.start(THAW_PROXY_LISTEN="127.0.0.1:%d" % port)
        self.platform.wait_asked()
        events = []
        for _ in range(6):
            api = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
            self.addCleanup(api.close)
            api.request("GET", "/2018-06-01/runtime/invocation/next")
            events.append(api.getresponse())
            self.assertEqual(events[-1].read(20), self.EVENT[:20])
        rest.set()
        for event in events:
            self.assertEqual(event.read(), self.EVENT[20:])
        self.platform.shut_down()
        self.ends()
        stop, = self.collector.facts("faas.instance.stop")
        self.assertEqual(stop["thaw.agent.runtime_unseen"], 2)


class NoTelemetry(harness.AgentTest):
    """A platform that refuses telemetry: the proxy tells how invocations end."""
    telemetry_status = 202

    def test_ends(self):
        port = harness.free_port()
        answer = self.platform.answer
        ids = [harness.request_id() for _ in range(3)]
        waiting = list(ids)
        rest = threading.Event()
        self.addCleanup(rest.set)

        def runtime(handler):
            if "/runtime/" not in handler.path:
                answer(handler)
                return
            handler.rfile.read(int(handler.headers.get("Content-Length", 0)))
            rid = None
            if handler.path.endswith("/next"):
                if not waiting:
                    rest.wait(30)
                    handler.close_connection = True
                    return
                rid = waiting.pop(0)
            self.platform.send(handler, 200, {}, [("Lambda-Runtime-Aws-Request-Id", rid)] if rid else [])
        self.platform.answer = runtime
        self.start(THAW_PROXY_LISTEN="127.0.0.1:%d" % port, THAW_FLUSH="end")
        self.platform.wait_asked()
        api = http.client.HTTPConnection("127.0.0.1", port, timeout=20)

        def call(method, path, body=None, headers=None):
            api.request(method, "/2018-06-01/runtime/" + path, body, headers or {})
            return api.getresponse().read()
        for number, rid in enumerate(ids):
            self.platform.invoke(rid)
            call("GET", "invocation/next")
            if number == 1:
                call("POST", "invocation/%s/error" % rid, b"{}",
                     {"Lambda-Runtime-Function-Error-Type": "Function.Bad"})
            else:
                call("POST", "invocation/%s/response" % rid, b'{"statusCode":201}')
            if number == 2:
                api.request("GET", "/2018-06-01/runtime/invocation/next")
        for _ in ids:
            self.platform.wait_asked()
        self.platform.shut_down()
        self.ends()
        facts = self.collector.facts("faas.invocation")
        by_id = {fact["faas.invocation_id"]: fact for fact in facts}
        self.assertEqual([by_id[rid].get("thaw.invocation.status") for rid in ids],
                         ["success", "error", "success"])
        self.assertEqual([by_id[rid].get("error.type") for rid in ids], [None, "Function.Bad", None])
        self.assertEqual({by_id[rid]["thaw.invocation.state"] for rid in ids}, {"done"})
        for rid in ids:
            self.assertGreater(by_id[rid]["thaw.handler_ns"], 0)


if __name__ == "__main__":
    unittest.main()
