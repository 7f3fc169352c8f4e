# SPDX-License-Identifier: Apache-2.0
"""The collector over TLS: who is believed, what a handshake may suffer, and what is learned from it."""
import os
import socket
import ssl
import subprocess
import threading
import unittest

import authority
import fake_collector
import fake_lambda as lambda_
import harness

LOCAL = "DNS:localhost,IP:127.0.0.1"


class Tls(harness.AgentTest):
    @classmethod
    def setUpClass(cls):
        cls.authority = authority.Authority()
        cls.addClassCleanup(cls.authority.close)
        cls.good = cls.authority.sign(LOCAL)

    def serve(self, context):
        """A collector with this TLS context instead of the plain one."""
        self.collector.close()
        self.collector = fake_collector.Collector(context)
        return self.collector

    def begin(self, context=None, host="localhost", **environment):
        if context is not None:
            self.serve(context)
        environment.setdefault("THAW_CA_FILE", self.authority.root)
        environment.setdefault("THAW_FLUSH", "end")
        # A machine that is busy, and sanitizers: it is the result that counts here.
        environment.setdefault("THAW_FLUSH_BUDGET_MS", "5000")
        return self.start(THAW_ENDPOINT="https://%s:%d" % (host, self.collector.port), **environment)

    def life(self, invocations=2, lines=("hello\n",)):
        self.platform.wait_asked()
        self.platform.deliver(*lambda_.init_events())
        for _ in range(invocations):
            rid = harness.request_id()
            self.platform.invoke(rid)
            self.platform.deliver(lambda_.start(rid), *[lambda_.line(line) for line in lines],
                                  lambda_.done(rid))
            self.platform.wait_asked()
            self.platform.deliver(lambda_.report(rid))

    def end(self):
        self.platform.shut_down(budget=10.0)
        self.ends(seconds=20)

    def works(self, context, **options):
        self.begin(context, **options)
        self.life()
        self.end()
        self.assertEqual(len(self.collector.facts("faas.invocation")), 2, self.said())
        self.assertEqual(len(self.collector.lines()), 2)
        self.assertEqual(self.said(), "")

    def refused(self, context, reason, **options):
        """No effect on the function; one line says why; when the certificate is well, all of it comes."""
        self.begin(context, **options)
        self.life(3)
        self.assertEqual(self.collector.requests, [])
        said = self.said()
        self.assertIn(reason, said)
        self.assertEqual(len(said.splitlines()), 1, said)
        self.collector.tls = self.authority.context(self.good)
        self.end()
        self.assertEqual(len(self.collector.facts("faas.invocation")), 3)
        self.assertEqual(len(self.collector.lines()), 3)

    def test_name(self):
        self.works(self.authority.context(self.good))

    def test_address(self):
        self.works(self.authority.context(self.good), host="127.0.0.1")

    def names_told(self, host):
        """What the agent's handshakes named before they knew whom they spoke to."""
        names = []
        context = self.authority.context(self.good)
        context.sni_callback = lambda connection, name, context: names.append(name)
        self.works(context, host=host)
        return set(names)

    def test_host_is_told(self):
        """A server of many names knows which one is meant."""
        self.assertEqual(self.names_told("localhost"), {"localhost"})

    def test_address_is_not_told(self):
        """An address is no name (RFC 6066)."""
        self.assertEqual(self.names_told("127.0.0.1"), {None})

    def test_only_1_2(self):
        self.works(self.authority.context(self.good, version=ssl.TLSVersion.TLSv1_2))
        self.assertEqual(self.collector.handshakes[0][0], "TLSv1.2")

    def test_only_1_3(self):
        self.works(self.authority.context(self.good, version=ssl.TLSVersion.TLSv1_3))
        self.assertEqual(self.collector.handshakes[0][0], "TLSv1.3")

    def test_chain(self):
        """The root vouches for another authority, and that for the server."""
        middle = self.authority.sign("DNS:middle", extensions=["basicConstraints=critical,CA:TRUE"])
        server = self.authority.sign(LOCAL, signer=middle)
        self.works(self.authority.context(server, chain=[middle]))

    def works_with_rsa(self, version):
        other = authority.Authority(key="rsa")
        self.addCleanup(other.close)
        self.works(other.context(other.sign(LOCAL), version=version), THAW_CA_FILE=other.root)

    def test_rsa_1_2(self):
        self.works_with_rsa(ssl.TLSVersion.TLSv1_2)

    def test_rsa_1_3(self):
        self.works_with_rsa(ssl.TLSVersion.TLSv1_3)

    def test_padding_of_the_server(self):
        """A server of TLS 1.2 that insists on the newer padding while we offer both gets a second hello."""
        other = authority.Authority(key="rsa")
        self.addCleanup(other.close)
        name = other.path(other.sign(LOCAL))
        port = harness.free_port()
        server = subprocess.Popen(
            ["openssl", "s_server", "-accept", str(port), "-cert", name + ".pem", "-key",
             name + ".key", "-tls1_2", "-serverpref", "-sigalgs",
             "rsa_pss_rsae_sha256:rsa_pkcs1_sha256"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self.addCleanup(server.stdout.close)
        self.addCleanup(server.stdin.close)
        self.addCleanup(server.wait)
        self.addCleanup(server.kill)
        while not server.stdout.readline().startswith(b"ACCEPT"):
            self.assertIsNone(server.poll())
        self.start(THAW_ENDPOINT="https://localhost:%d" % port, THAW_FLUSH="end",
                   THAW_CA_FILE=other.root, THAW_FLUSH_BUDGET_MS="300")
        self.life(1)
        seen = b""
        while b"POST /v1/logs" not in seen:
            seen = server.stdout.readline()
            self.assertTrue(seen)
        self.platform.shut_down()
        self.ends()
        self.assertNotIn("TLS", self.said())

    def works_with_cipher(self, cipher):
        context = self.authority.context(self.good, version=ssl.TLSVersion.TLSv1_2)
        context.set_ciphers(cipher)
        self.works(context)

    def test_aes_128(self):
        self.works_with_cipher("ECDHE-ECDSA-AES128-GCM-SHA256")

    def test_aes_256(self):
        self.works_with_cipher("ECDHE-ECDSA-AES256-GCM-SHA384")

    def test_chacha20(self):
        self.works_with_cipher("ECDHE-ECDSA-CHACHA20-POLY1305")

    def works_with_curve(self, curve):
        context = self.authority.context(self.good)
        context.set_ecdh_curve(curve)
        self.works(context)

    def test_p_256(self):
        self.works_with_curve("prime256v1")

    def test_p_384(self):
        self.works_with_curve("secp384r1")

    def test_x25519(self):
        self.works_with_curve("X25519")

    def test_among_many(self):
        """One root of two hundred in a file with comments, and of one that comes later."""
        others = [authority.Authority("Other %d" % i) for i in range(3)]
        bundle = self.authority.path("bundle.pem")
        with open(bundle, "w") as file:
            for i in range(200):
                file.write("# Root number %d\n\n" % i)
                file.write(open(others[i % 3].root).read())
            file.write(open(self.authority.root).read())
        for other in others:
            other.close()
        self.works(self.authority.context(self.good), THAW_CA_FILE=bundle)

    def test_otel_certificate(self):
        """The SDK's variable is taken where its endpoint is."""
        self.serve(self.authority.context(self.good))
        self.start(THAW_ENDPOINT=None, THAW_FLUSH="end", THAW_FLUSH_BUDGET_MS="5000",
                   OTEL_EXPORTER_OTLP_ENDPOINT="https://localhost:%d" % self.collector.port,
                   OTEL_EXPORTER_OTLP_CERTIFICATE=self.authority.root)
        self.life()
        self.end()
        self.assertEqual(len(self.collector.facts("faas.invocation")), 2)

    def test_expired(self):
        self.refused(self.authority.context(self.authority.sign(LOCAL, days=-1)), "has expired")

    def test_wrong_host(self):
        self.refused(self.authority.context(self.authority.sign("DNS:elsewhere.example")),
                     "is for another host")

    def test_wrong_address(self):
        self.refused(self.authority.context(self.authority.sign("DNS:127.0.0.1,IP:127.0.0.2")),
                     "is for another host", host="127.0.0.1")

    def test_unknown_authority(self):
        other = authority.Authority("Somebody Else")
        self.addCleanup(other.close)
        self.refused(other.context(other.sign(LOCAL)), "signed by nobody whom we trust")

    def test_false_authority(self):
        """The name of the root is ours, its key is not."""
        other = authority.Authority()
        self.addCleanup(other.close)
        self.refused(other.context(other.sign(LOCAL)), "signed by nobody whom we trust")

    def test_self_signed(self):
        self.refused(self.authority.context(self.authority.self_sign(LOCAL)), "is self-signed")

    def test_not_for_servers(self):
        server = self.authority.sign(LOCAL, extensions=["extendedKeyUsage=clientAuth"])
        self.refused(self.authority.context(server), "is not for servers")

    def test_signed_by_a_server(self):
        """Who is no authority cannot vouch for others."""
        middle = self.authority.sign("DNS:middle", extensions=["basicConstraints=critical,CA:FALSE"])
        server = self.authority.sign(LOCAL, signer=middle)
        self.refused(self.authority.context(server, chain=[middle]), "signed by nobody")

    def test_no_roots(self):
        self.begin(self.authority.context(self.good), THAW_CA_FILE=self.authority.path("none"))
        self.life(3)
        self.end()
        self.assertIn("cannot be read", self.said())
        self.assertEqual(self.collector.requests, [])

    def test_no_root_in_file(self):
        self.begin(self.authority.context(self.good), THAW_CA_FILE=__file__)
        self.life(3)
        self.end()
        self.assertIn("holds none", self.said())

    def test_check_config(self):
        """A file that is missing, or none, is told before anything runs."""
        for path, status in ((self.authority.root, 0), (self.authority.path("none"), 100),
                             (__file__, 100)):
            answer = subprocess.run(
                [os.path.abspath(harness.AGENT), "--check-config"], capture_output=True, text=True,
                env={"THAW_ENDPOINT": "https://c", "THAW_CA_FILE": path})
            self.assertEqual(answer.returncode, status, answer.stderr)
            self.assertEqual("THAW_CA_FILE" in answer.stderr, status != 0)

    def resumes(self, version):
        """A connection that died while we were frozen is made again by a short handshake."""
        self.begin(self.authority.context(self.good, version=version))
        self.collector.mode = "lost_ack"  # Closes each connection after one request.
        self.life(1)
        self.collector.mode = "ok"
        self.end()
        good = [shake for shake in self.collector.handshakes if isinstance(shake, tuple)]
        self.assertFalse(good[0][1])
        self.assertGreater(len(good), 1)
        self.assertTrue(all(resumed for _, resumed in good[1:]), self.collector.handshakes)

    def test_resumption_1_2(self):
        self.resumes(ssl.TLSVersion.TLSv1_2)

    def test_resumption_1_3(self):
        self.resumes(ssl.TLSVersion.TLSv1_3)

    def test_other_keys_for_tickets(self):
        """Another machine behind the same name knows nothing of our session: a whole handshake."""
        self.begin(self.authority.context(self.good))
        self.collector.mode = "lost_ack"
        self.life(1)
        self.collector.mode = "ok"
        self.collector.tls = self.authority.context(self.good)
        self.end()
        self.assertEqual(len(self.collector.facts("faas.invocation")), 1)
        self.assertFalse(self.collector.handshakes[-1][1])

    def recovers(self, mode):
        self.begin(self.authority.context(self.good))
        self.collector.mode = mode
        self.life(4)
        self.collector.mode = "ok"
        self.end()
        self.assertEqual(len(self.collector.facts("faas.invocation")), 4)
        self.assertEqual(len(self.collector.lines()), 4)

    def test_half_closing(self):
        self.recovers("half_close")

    def test_rubbish(self):
        self.recovers("rubbish")

    def test_resetting(self):
        self.recovers("reset")

    def test_large_bodies(self):
        """Many records in one request, whole and in order."""
        lines = ["%d %s\n" % (i, os.urandom(300).hex()) for i in range(300)]
        self.begin(self.authority.context(self.good))
        self.life(1, lines=lines)
        self.end()
        self.assertEqual([line["body"] for line in self.collector.lines()],
                         [line.rstrip("\n") for line in lines])

    def serve_raw(self, talk):
        """A listener that is no collector: talk(connection) in a thread for each."""
        listener = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(listener.close)

        def accept():
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                threading.Thread(target=talk, args=(connection,), daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()
        return listener.getsockname()[1]

    def suffers(self, talk, reason=None):
        """The function does not notice, whatever the other end does."""
        port = self.serve_raw(talk)
        self.start(THAW_ENDPOINT="https://localhost:%d" % port, THAW_FLUSH="end",
                   THAW_CA_FILE=self.authority.root, THAW_FLUSH_BUDGET_MS="300")
        self.life(3)
        self.platform.shut_down()
        self.ends()
        if reason is not None:
            self.assertIn(reason, self.said())
            self.assertEqual(len(self.said().splitlines()), 1)

    def test_garbage_for_a_handshake(self):
        def talk(connection):
            connection.recv(1)
            connection.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
            connection.close()

        self.suffers(talk, "TLS")

    def test_silence_for_a_handshake(self):
        held = []
        self.suffers(held.append)

    def test_end_in_the_handshake(self):
        def talk(connection):
            connection.recv(100)
            connection.shutdown(socket.SHUT_WR)

        self.suffers(talk, "closed the connection in the TLS handshake")

    def test_stall_in_the_handshake(self):
        """The first bytes of an answer, one by one, and then nothing."""
        held = []

        def talk(connection):
            held.append(connection)
            connection.recv(100)
            for byte in b"\x16\x03\x03\x00\x7a\x02\x00\x00":
                connection.sendall(bytes([byte]))

        self.suffers(talk)

    def test_piecemeal(self):
        """Every byte of a good handshake comes alone, and all is well."""
        self.serve(self.authority.context(self.good))

        def pump(source, target, size):
            while data := source.recv(size):
                target.sendall(data)
            target.close()

        def talk(connection):
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            other = socket.create_connection(("127.0.0.1", self.collector.port))
            threading.Thread(target=pump, args=(connection, other, 65536), daemon=True).start()
            try:
                pump(other, connection, 1)
            except OSError:
                pass

        port = self.serve_raw(talk)
        self.start(THAW_ENDPOINT="https://localhost:%d" % port, THAW_FLUSH="end",
                   THAW_CA_FILE=self.authority.root, THAW_FLUSH_BUDGET_MS="5000")
        self.life()
        self.end()
        self.assertEqual(len(self.collector.facts("faas.invocation")), 2)


if __name__ == "__main__":
    unittest.main()
