#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The collector's own TLS: what is spoken, certificates that change under it, sessions that go on
over a restart, and handshakes that do not get on.

    tls_test.py COLLECTOR
"""

import json
import os
import pathlib
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time

from harness import Collector, main, span, traces

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "agent"))
import authority  # noqa: E402

GOOD = traces([span(b"\x01" * 16, b"\x02" * 8)])
NAMES = "DNS:localhost,IP:127.0.0.1"
HEALTH = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"


class Served:
    """A collector that serves TLS out of two files in a folder."""

    def __init__(self, binary, vouch, arguments=()):
        self.vouch = vouch
        self.folder = tempfile.TemporaryDirectory()
        self.cert = pathlib.Path(self.folder.name) / "cert.pem"
        self.key = pathlib.Path(self.folder.name) / "key.pem"
        self.collector = Collector(binary, ["--tls-cert", str(self.cert), "--tls-key",
                                            str(self.key), *arguments])

    def put(self, name, files=("cert", "key")):
        """Put a pair into place, each file at once."""
        for kind, target, suffix in (("cert", self.cert, ".pem"), ("key", self.key, ".key")):
            if kind in files:
                beside = target.with_suffix(".new")
                shutil.copy(self.vouch.path(name) + suffix, beside)
                beside.replace(target)

    def context(self, version=None):
        context = ssl.create_default_context(cafile=self.vouch.root)
        if version is not None:
            context.minimum_version = context.maximum_version = version
        return context

    def ask(self, data=HEALTH, context=None, session=None):
        """(answer, certificate's common name, whether resumed, session)"""
        context = context or self.context()
        with socket.create_connection(self.collector.address, timeout=60) as plain:
            with context.wrap_socket(plain, server_hostname="localhost", session=session) as secure:
                secure.sendall(data)
                answer = b""
                while piece := secure.recv(65536):
                    answer += piece
                name = dict(pair[0] for pair in secure.getpeercert()["subject"])["commonName"]
                return answer, name, secure.session_reused, secure.session

    def get(self, path):
        request = f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
        return self.ask(request.encode())[0].split(b"\r\n\r\n", 1)[1].decode()

    def http(self):
        return json.loads(self.get("/api/thaw/v1/status"))["http"]

    def wait(self, name):
        while self.ask()[1] != name:
            time.sleep(0.05)

    def wait_said(self, text, count=1):
        while sum(text in line for line in self.collector.lines) < count:
            time.sleep(0.05)

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.collector.close()
        self.folder.cleanup()


def check_versions(served):
    """1.3 and 1.2, with forward secrecy, and nothing older."""
    for version in (ssl.TLSVersion.TLSv1_3, ssl.TLSVersion.TLSv1_2):
        assert served.ask(context=served.context(version))[0].startswith(b"HTTP/1.1 200")
    port = str(served.collector.address[1])
    for wrong in (["-tls1_1"], ["-tls1_2", "-cipher", "AES128-GCM-SHA256@SECLEVEL=0"],
                  ["-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-SHA@SECLEVEL=0"]):
        answer = subprocess.run(["openssl", "s_client", "-connect", "127.0.0.1:" + port, *wrong],
                                input=b"", capture_output=True, timeout=60)
        assert b"Cipher is (NONE)" in answer.stdout, (wrong, answer)


def check_resumption(served):
    """A session goes on; one of TLS 1.3 also over a restart."""
    kept = {}
    for version in (ssl.TLSVersion.TLSv1_3, ssl.TLSVersion.TLSv1_2):
        context = served.context(version)
        _, _, resumed, session = served.ask(context=context)
        assert not resumed
        _, _, resumed, _ = served.ask(context=context, session=session)
        assert resumed, version
        kept[version] = context, session
    shakes = served.http()["tls"]["handshakes"]
    assert shakes["resumed"] == 2 and shakes["full"] >= 4, shakes
    served.collector.stop()
    served.collector.start()
    for version, (context, session) in kept.items():
        answer, _, resumed, _ = served.ask(context=context, session=session)
        assert answer.startswith(b"HTTP/1.1 200")
        assert resumed == (version == ssl.TLSVersion.TLSv1_3), version


def check_reload(served, vouch):
    """Files that change are taken without anybody saying so; open connections go on."""
    first, second, third = (vouch.sign(NAMES) for _ in range(3))
    served.put(first)
    served.wait(first)
    before = served.http()["tls"]
    with socket.create_connection(served.collector.address, timeout=60) as plain:
        with served.context().wrap_socket(plain, server_hostname="localhost") as secure:
            served.put(second)
            served.wait(second)
            secure.sendall(HEALTH)
            assert secure.recv(65536).startswith(b"HTTP/1.1 200")
    after = served.http()["tls"]
    assert int(after["loaded_at"]) > int(before["loaded_at"])
    assert after["subject"] == "CN=" + second and after["reload_error"] is None, after
    # Everything of the wrong pair is left alone, and said where somebody looks.
    served.put(third, files=["cert"])
    served.collector.process.send_signal(signal.SIGHUP)
    served.wait_said("TLS certificate not reloaded")
    assert served.ask()[1] == second
    assert "it is not the key to the certificate" in served.http()["tls"]["reload_error"]
    metrics = served.get("/metrics").splitlines()
    assert "thaw_collector_tls_reload_failing 1" in metrics
    assert 'thaw_collector_reloads_total{files="tls",result="failed"} 1' in metrics
    # The other half comes: no signal is needed.
    served.put(third, files=["key"])
    served.wait(third)
    assert served.http()["tls"]["reload_error"] is None
    assert "thaw_collector_tls_reload_failing 0" in served.get("/metrics").splitlines()
    # A file that is gone.
    failures = sum("not reloaded" in line for line in served.collector.lines)
    served.key.unlink()
    served.wait_said("not reloaded", failures + 1)
    assert "No such file" in served.http()["tls"]["reload_error"]
    assert served.ask()[1] == third
    served.put(third)
    while served.http()["tls"]["reload_error"] is not None:
        time.sleep(0.05)


def check_chain(served, vouch):
    """Certificates between ours and the root are shown."""
    middle = vouch.sign("DNS:middle", extensions=["basicConstraints=critical,CA:TRUE"])
    server = vouch.sign(NAMES, signer=middle)
    parts = [pathlib.Path(vouch.path(name) + ".pem").read_text() for name in (server, middle)]
    served.put(server, files=["key"])
    served.cert.write_text("".join(parts))
    served.wait(server)


def check_expiry(served, vouch):
    """When it expires is shown; one that has expired is served all the same, and said."""
    status = served.http()["tls"]
    seconds = int(status["expires_at"]) // 10**9
    assert abs(seconds - time.time() - 86400) < 3600 and status["expired"] is False
    assert f"thaw_collector_tls_certificate_expiry_time_seconds {seconds}" in (
        served.get("/metrics").splitlines())
    served.put(vouch.sign(NAMES, days=-1))
    served.collector.process.send_signal(signal.SIGHUP)
    served.wait_said("TLS certificate has expired")
    try:
        served.ask()
        raise AssertionError("an expired certificate was believed")
    except ssl.SSLCertVerificationError as error:
        assert "expired" in str(error)
    reloads = sum("certificate reloaded" in line for line in served.collector.lines)
    served.put(vouch.sign(NAMES))
    served.collector.process.send_signal(signal.SIGHUP)
    served.wait_said("certificate reloaded", reloads + 1)


def read_to_end(connection):
    try:
        while connection.recv(65536):
            pass
    except ConnectionResetError:
        pass


def trickle(address, hello):
    """One byte a second, until the collector closes."""
    with socket.create_connection(address, timeout=1) as connection:
        begin = time.monotonic()
        for byte in hello:
            try:
                connection.sendall(bytes([byte]))
                if connection.recv(100) == b"":
                    return
            except TimeoutError:
                pass
            except OSError:
                return
            assert time.monotonic() - begin < 120, "a trickle is not cut"


def cpu_seconds(process):
    fields = pathlib.Path(f"/proc/{process.pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def begin_stalled(served):
    """Handshakes that do not get on: they cost nothing while they wait, and are cut.  Plain HTTP and
    rubbish end at once.  The answer waits for all that."""
    hello = ssl.MemoryBIO()
    shake = served.context().wrap_bio(ssl.MemoryBIO(), hello, server_hostname="localhost")
    try:
        shake.do_handshake()
    except ssl.SSLWantReadError:
        pass
    hello = hello.read()
    for data in (HEALTH, b"\x16\x03\x01\xff\xff" + b"x" * 100, b"\x15\x03\x03\x00\x02\x02\x28"):
        with socket.create_connection(served.collector.address, timeout=60) as connection:
            connection.sendall(data)
            read_to_end(connection)
    stalled = []
    for data in (b"", hello[:1], hello[:100], hello):
        connection = socket.create_connection(served.collector.address, timeout=60)
        connection.sendall(data)
        stalled.append(connection)
    slow = threading.Thread(target=trickle, args=(served.collector.address, hello))
    slow.start()
    before = cpu_seconds(served.collector.process)
    time.sleep(2)
    spent = cpu_seconds(served.collector.process) - before
    assert spent < 0.5, f"{spent} s of CPU in 2 s for handshakes that wait"

    def end():
        for connection in stalled:
            read_to_end(connection)
            connection.close()
        slow.join()
        assert served.http()["connections_swept"] >= 5

    return end


def check_framing(served):
    """What is ambiguous is refused here as without TLS."""
    length = b"Content-Length: %d\r\n" % len(GOOD)
    head = b"POST /v1/traces HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-protobuf\r\n"
    for extra in (length + length, length + b"Transfer-Encoding: chunked\r\n",
                  b"Content-Length: +1\r\n", b"Host: y\r\n" + length):
        answer = served.ask(head + extra + b"Connection: close\r\n\r\n" + GOOD)[0]
        assert answer.startswith(b"HTTP/1.1 400"), (extra, answer)


def check_large(served):
    """Bodies of many records of TLS, and more than one request on a connection."""
    body = traces([span(bytes([i % 255 + 1]) * 16, b"\x02" * 8, extra=b"") for i in range(40000)])
    head = (b"POST /v1/traces HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-protobuf\r\n"
            b"Content-Length: %d\r\n\r\n" % len(body))
    with socket.create_connection(served.collector.address, timeout=60) as plain:
        with served.context().wrap_socket(plain, server_hostname="localhost") as secure:
            for _ in range(2):
                secure.sendall(head + body)
                answer = b""
                while b"\r\n\r\n" not in answer:
                    answer += secure.recv(65536)
                assert answer.startswith(b"HTTP/1.1 200"), answer


def run(binary):
    vouch = authority.Authority()
    try:
        with Served(binary, vouch) as served:
            served.put(vouch.sign(NAMES))
            served.collector.start()
            check_versions(served)
            check_resumption(served)
            end_stalled = begin_stalled(served)
            check_framing(served)
            check_large(served)
            check_reload(served, vouch)
            check_chain(served, vouch)
            check_expiry(served, vouch)
            end_stalled()
            served.collector.stop()
    finally:
        vouch.close()


if __name__ == "__main__":
    main(run)
