# SPDX-License-Identifier: Apache-2.0
"""A collector that only a proxy knows the way to."""
import socket
import threading
import unittest

import authority
import fake_collector
import fake_lambda as lambda_
import harness

# Nobody but the proxy of these tests can reach it.
NAME = "collector.test"


class Proxy:
    """Leads everybody to one port.  mode: ok, credentials (407), refuse (502), rubbish, close, silent."""

    def __init__(self, port):
        self.port = port
        self.mode = "ok"
        self.heads = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.address = "127.0.0.1:%d" % self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def close(self):
        self.listener.close()

    def accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def serve(self, connection):
        head = b""
        while b"\r\n\r\n" not in head:
            data = connection.recv(4096)
            if not data:
                return
            head += data
        self.heads.append(head)
        answer = {"credentials": b"HTTP/1.1 407 Who\r\nProxy-Authenticate: Basic\r\n\r\n",
                  "refuse": b"HTTP/1.1 502 Nowhere\r\nContent-Length: 0\r\n\r\n",
                  "rubbish": b"\x00\x01\x02 no proxy here\r\n\r\n",
                  "chatty": b"HTTP/1.1 200 OK\r\n\r\nand by the way",
                  "close": b""}.get(self.mode)
        if self.mode == "silent":
            threading.Event().wait(30)
        if answer is not None:
            connection.sendall(answer)
            connection.close()
            return
        other = socket.create_connection(("127.0.0.1", self.port))
        if head.startswith(b"CONNECT "):
            connection.sendall(b"HTTP/1.1 200 Connection established\r\nX-Via: test\r\n\r\n")
        else:
            other.sendall(head)
        threading.Thread(target=self.pump, args=(connection, other), daemon=True).start()
        self.pump(other, connection)

    def pump(self, source, target):
        try:
            while data := source.recv(65536):
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)
        except OSError:
            pass


class ProxyTest(harness.AgentTest):
    @classmethod
    def setUpClass(cls):
        cls.authority = authority.Authority()
        cls.addClassCleanup(cls.authority.close)
        cls.server = cls.authority.sign("DNS:" + NAME)

    def setUp(self):
        super().setUp()
        self.proxy = None

    def begin(self, scheme="https", **environment):
        if scheme == "https":
            self.collector.close()
            self.collector = fake_collector.Collector(self.authority.context(self.server))
        self.proxy = Proxy(self.collector.port)
        self.addCleanup(self.proxy.close)
        environment = {name: value.replace("PROXY", self.proxy.address)
                       for name, value in environment.items()}
        self.start(THAW_ENDPOINT="%s://%s:4318" % (scheme, NAME), THAW_CA_FILE=self.authority.root,
                   THAW_FLUSH="end", **dict({"THAW_FLUSH_BUDGET_MS": "5000"}, **environment))

    def life(self, invocations=2):
        self.platform.wait_asked()
        self.platform.deliver(*lambda_.init_events())
        for _ in range(invocations):
            rid = harness.request_id()
            self.platform.invoke(rid)
            self.platform.deliver(lambda_.start(rid), lambda_.line("x\n"), lambda_.done(rid))
            self.platform.wait_asked()
            self.platform.deliver(lambda_.report(rid))

    def end(self):
        self.platform.shut_down(budget=10.0)
        self.ends(seconds=20)

    def arrives(self):
        self.life()
        self.end()
        self.assertEqual(len(self.collector.facts("faas.invocation")), 2, self.said())
        self.assertEqual(self.said(), "")

    def test_tunnel(self):
        """TLS inside of the tunnel, checked for the collector's name, not the proxy's."""
        self.begin(HTTPS_PROXY="http://PROXY")
        self.arrives()
        lines = self.proxy.heads[0].split(b"\r\n")
        self.assertEqual(lines[0], b"CONNECT collector.test:4318 HTTP/1.1")
        self.assertIn(b"Host: collector.test:4318", lines)
        self.assertNotIn(b"Authorization", self.proxy.heads[0])

    def test_credentials(self):
        self.begin(https_proxy="http://Aladdin:open%20sesame@PROXY", HTTPS_PROXY="http://127.0.0.1:9",
                   THAW_HEADERS="x-key=secret")
        self.arrives()
        self.assertIn(b"\r\nProxy-Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==\r\n",
                      self.proxy.heads[0])
        # What is for the collector is not for the proxy, and the other way round.
        self.assertNotIn(b"secret", self.proxy.heads[0])
        for _, _, headers in self.collector.requests:
            self.assertEqual(headers["x-key"], "secret")
            self.assertNotIn("Proxy-Authorization", headers)

    def test_plain(self):
        """http through a proxy: requests with the whole URL."""
        self.begin("http", http_proxy="http://user:pass@PROXY")
        self.arrives()
        self.assertTrue(
            self.proxy.heads[0].startswith(b"POST http://collector.test:4318/v1/"),
            self.proxy.heads[0])
        self.assertIn(b"\r\nProxy-Authorization: Basic dXNlcjpwYXNz\r\n", self.proxy.heads[0])

    def test_capitals_are_not_for_http(self):
        self.begin("http", HTTP_PROXY="http://PROXY", THAW_FLUSH_BUDGET_MS="300")
        self.life()
        self.platform.shut_down()
        self.ends()
        self.assertEqual(self.proxy.heads, [])

    def test_not_for_this_machine(self):
        """Loopback and the platform's API are reached without it, whatever the variables say."""
        self.start(https_proxy="http://127.0.0.1:9", http_proxy="http://127.0.0.1:9")
        self.life()
        self.end()
        self.assertEqual(len(self.collector.facts("faas.invocation")), 2)

    def test_no_proxy(self):
        self.begin(HTTPS_PROXY="http://PROXY", NO_PROXY="other, .test", THAW_FLUSH_BUDGET_MS="300")
        self.life()
        self.platform.shut_down()
        self.ends()
        self.assertEqual(self.proxy.heads, [])

    def test_no_http_proxy(self):
        """A proxy of another kind is told of, without its password, and not used."""
        self.begin(HTTPS_PROXY="socks5://user:hush@PROXY", THAW_FLUSH_BUDGET_MS="300")
        self.life()
        self.platform.shut_down()
        self.ends()
        self.assertEqual(self.proxy.heads, [])
        self.assertIn("HTTPS_PROXY", self.said())
        self.assertNotIn("hush", self.said())

    def recovers(self, mode, reason=None):
        """It costs the function nothing; when the proxy is well again, everything arrives."""
        self.begin(HTTPS_PROXY="http://PROXY", THAW_FLUSH_BUDGET_MS="300")
        self.proxy.mode = mode
        self.life(3)
        self.assertEqual(self.collector.requests, [])
        said = self.said()
        if reason is not None:
            self.assertIn(reason, said)
            self.assertEqual(len(said.splitlines()), 1, said)
        self.proxy.mode = "ok"
        self.end()
        self.assertEqual(len(self.collector.facts("faas.invocation")), 3)

    def test_wrong_credentials(self):
        self.recovers("credentials", "407")

    def test_refusing(self):
        self.recovers("refuse", "the proxy does not connect us")

    def test_rubbish(self):
        self.recovers("rubbish", "the proxy's answer is not understood")

    def test_chatty(self):
        """Bytes before the collector could have spoken are not the collector's."""
        self.recovers("chatty", "the proxy does not connect us")

    def test_closing(self):
        self.recovers("close", "the proxy closed the connection")

    def test_unknown_proxy(self):
        self.begin(HTTPS_PROXY="http://no-such-proxy.invalid:1", THAW_FLUSH_BUDGET_MS="300")
        self.life()
        self.platform.shut_down()
        self.ends()
        self.assertIn("the name of the proxy is not known", self.said())


if __name__ == "__main__":
    unittest.main()
