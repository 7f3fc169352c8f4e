#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The collector as a server: tokens, TLS, caching, compression, slow senders, settings, and an end
that loses nothing.

    serve_test.py COLLECTOR [load]
"""

import gzip
import http.client
import json
import os
import pathlib
import random
import signal
import socket
import ssl
import subprocess
import tempfile
import threading
import time

from harness import PROTOBUF, Collector, main, span, traces

HERE = pathlib.Path(__file__).parent
GOOD = traces([span(b"\x01" * 16, b"\x02" * 8)])
TOKEN = "a-token-of-sixteen-and-more"


def check_pages(binary):
    with Collector(binary) as collector:
        collector.start()
        for path in ("/", "/functions/x", "/transactions/0123"):
            status, headers, body = collector.request("GET", path)
            assert status == 200 and body.startswith(b"<!"), (path, status, body[:50])
            assert headers["Content-Security-Policy"].startswith("default-src 'none'")
            assert headers["X-Content-Type-Options"] == "nosniff"
        _, headers, body = collector.request("GET", "/app.js")
        tag = headers["ETag"]
        status, headers, again = collector.request("GET", "/app.js", headers={"If-None-Match": tag})
        assert status == 304 and again == b"" and headers["ETag"] == tag
        status, headers, packed = collector.request("GET", "/app.js",
                                                    headers={"Accept-Encoding": "br, gzip;q=0.5"})
        assert headers["Content-Encoding"] == "gzip" and gzip.decompress(packed) == body
        _, headers, _ = collector.request("GET", "/app.js", headers={"Accept-Encoding": "gzip;q=0"})
        assert "Content-Encoding" not in headers
        status, _, body = collector.request("HEAD", "/app.js")
        assert status == 200 and body == b""
        assert collector.request("GET", "/healthz")[0] == 200
        assert collector.request("GET", "/readyz")[2] == b"ready\n"
        _, headers, body = collector.request("GET", "/metrics")
        assert headers["Content-Type"].startswith("text/plain; version=0.0.4")
        for line in body.decode().splitlines():
            assert line.startswith(("# HELP thaw_collector_", "# TYPE thaw_collector_", "thaw_collector_",
                                    "# HELP thaw_agent_", "# TYPE thaw_agent_", "thaw_agent_")), line
        collector.stop()


def check_tokens(binary):
    with tempfile.TemporaryDirectory() as folder:
        tokens = pathlib.Path(folder) / "tokens"
        tokens.write_text(f"# tokens\n{TOKEN}\n")
        with Collector(binary, ["--token-file", str(tokens)]) as collector:
            collector.start()

            def post(token):
                headers = {**PROTOBUF, **({"Authorization": f"Bearer {token}"} if token else {})}
                return collector.request("POST", "/v1/traces", GOOD, headers)

            status, headers, _ = post(None)
            assert status == 401 and headers["WWW-Authenticate"] == "Bearer"
            assert post(TOKEN)[0] == 200
            for wrong in (TOKEN[:-1], TOKEN + "x", "", "x" * 5000):
                assert post(wrong)[0] == 401, wrong
            assert collector.request("GET", "/healthz")[0] == 200
            assert collector.request("GET", "/api/thaw/v1/status")[0] == 401
            tokens.write_text("another-token-of-sixteen\n")
            collector.process.send_signal(signal.SIGHUP)
            while post(TOKEN)[0] != 401:
                pass
            assert post("another-token-of-sixteen")[0] == 200
            # A file that is wrong changes nothing.
            tokens.write_text("short\n")
            collector.process.send_signal(signal.SIGHUP)
            while not any("tokens not reloaded" in line for line in collector.lines):
                assert post("another-token-of-sixteen")[0] == 200
            assert post("another-token-of-sixteen")[0] == 200
            collector.stop()


def check_hosts(binary):
    """Without tokens, on loopback, a page that makes its name mean 127.0.0.1 reads nothing; senders
    and probes may use any name, and so may everybody elsewhere."""
    reads = ("/", "/app.js", "/metrics", "/api/thaw/v1/status", "/api/thaw/v1/functions", "/x")

    def status(collector, host, path):
        return collector.request("GET", path, headers={"Host": host})[0]

    with Collector(binary, ["--alert-external-url", "https://Thaw.example/x"]) as collector:
        collector.start()
        for path in reads:
            for host in ("evil.example", "evil.example:4318", "localhost.evil.example", ""):
                got, _, body = collector.request("GET", path, headers={"Host": host})
                assert got == 403 and b"--alert-external-url" in body, (host, path, got, body)
            for host in ("127.0.0.1", "localhost:1", "[::1]:4318", "10.0.0.1", "thaw.example:443"):
                assert status(collector, host, path) not in (400, 403), (host, path)
        for path in ("/healthz", "/readyz"):
            assert status(collector, "probe.example", path) == 200
        sent = {**PROTOBUF, "Host": "host.docker.internal:4318"}
        for path, body in (("/v1/traces", GOOD), ("/v1/logs", b""), ("/v1/metrics", b"")):
            assert collector.request("POST", path, body, sent)[0] == 200, path
        assert collector.raw(b"GET /api/thaw/v1/status HTTP/1.0\r\n\r\n",
                             half_close=False).startswith(b"HTTP/1.")
        assert b'refused_total{reason="host"} 24\n' in collector.request("GET", "/metrics")[2]
        collector.stop()
    with Collector(binary, ["--insecure-no-auth"]) as collector:
        collector.start("0.0.0.0:0")
        assert status(collector, "thaw.cluster.local", "/api/thaw/v1/status") == 200
        collector.stop()
    with tempfile.TemporaryDirectory() as folder:
        tokens = pathlib.Path(folder) / "tokens"
        tokens.write_text(TOKEN + "\n")
        with Collector(binary, ["--token-file", str(tokens)]) as collector:
            collector.start()
            assert status(collector, "thaw.cluster.local", "/") == 200
            collector.stop()


def check_tls(binary):
    with Collector(binary, ["--tls-cert", str(HERE / "tls/cert.pem"),
                            "--tls-key", str(HERE / "tls/key.pem")]) as collector:
        collector.start()
        context = ssl.create_default_context(cafile=str(HERE / "tls/cert.pem"))
        connection = http.client.HTTPSConnection(*collector.address, context=context, timeout=30)
        for _ in range(3):
            connection.request("POST", "/v1/traces", GOOD, PROTOBUF)
            answer = connection.getresponse()
            assert answer.status == 200 and answer.read() == b""
        assert connection.sock.version() in ("TLSv1.2", "TLSv1.3")
        connection.close()
        collector.stop()


def check_files(code):
    """A file that a setting names and that is wrong is a wrong setting, found without starting."""
    certificate, key = str(HERE / "tls/cert.pem"), str(HERE / "tls/key.pem")
    with tempfile.TemporaryDirectory() as folder:
        wrong = pathlib.Path(folder) / "wrong"
        wrong.write_text("short\n")
        tokens = pathlib.Path(folder) / "tokens"
        tokens.write_text(TOKEN + "\n")
        for setting in ("--prices", "--token-file"):
            for path in (wrong, wrong.with_name("missing")):
                for check in (["--check-config"], ["--data", folder, "--listen", "127.0.0.1:0"]):
                    answer = code(*check, setting, str(path))
                    assert answer.returncode == 100, (setting, path, answer)
                    assert setting[2:].split("-")[0] in answer.stderr, answer
        for pair in ((str(wrong), key), (certificate, str(wrong)), (certificate, certificate),
                     (certificate, folder + "/missing")):
            answer = code("--check-config", "--tls-cert", pair[0], "--tls-key", pair[1])
            assert answer.returncode == 100 and "TLS" in answer.stderr, (pair, answer)
        assert code("--check-config", "--token-file", str(tokens), "--tls-cert", certificate,
                    "--tls-key", key).returncode == 0


def check_settings(binary):
    def code(*arguments, **environment):
        return subprocess.run([binary, *arguments], env={**os.environ, **environment},
                              capture_output=True, text=True, timeout=60)

    assert code("--check-config").returncode == 0
    assert code("--help").stdout.count("--listen") == 1
    assert code("--version").stdout.startswith("thaw-collector ")
    reference = (HERE.parents[2] / "docs/reference/collector-settings.md").read_text()
    assert code("--print-reference").stdout in reference, "docs/reference/collector-settings.md is old"
    for wrong in (["--listen", "0.0.0.0:1"], ["--listen", "nonsense"], ["--nonsense"],
                  ["--retention-size", "1MiB"], ["--store", "x"], ["--tls-cert", "x"], ["more"]):
        answer = code("--check-config", *wrong)
        assert answer.returncode == 100 and answer.stderr, (wrong, answer)
    assert code("--check-config", "--listen", "0.0.0.0:1", "--insecure-no-auth").returncode == 0
    assert code("--check-config", THAW_LISTEN="nonsense").returncode == 100
    check_files(code)
    with tempfile.TemporaryDirectory() as folder:
        config = pathlib.Path(folder) / "config"
        config.write_text("listen = 127.0.0.1:1\nnonsense = 1\n")
        assert code("--check-config", "--config", str(config)).returncode == 100
        config.write_text("listen = 127.0.0.1:1 # here\n")
        assert code("--check-config", "--config", str(config)).returncode == 0
    # Another process on the same data is told so.
    with Collector(binary) as collector:
        collector.start()
        answer = code("--data", collector.data, "--listen", "127.0.0.1:0")
        assert answer.returncode == 111 and "in use" in answer.stderr, answer
        port = collector.address[1]
        answer = code("--data", collector.data + "-other", "--listen", f"127.0.0.1:{port}")
        assert answer.returncode == 111 and "listen" in answer.stderr, answer
        collector.stop()


def check_limit(binary):
    """At the limit the connection that has been idle for longest makes room for the next."""
    with Collector(binary, ["--connections", "16"]) as collector:
        collector.start()
        kept = []
        for _ in range(24):
            connection = collector.connect()
            connection.request("GET", "/healthz")
            assert connection.getresponse().read() == b"ok\n"
            kept.append(connection)
        for connection in kept[:8]:
            assert connection.sock.recv(1) == b""
        kept[-1].request("GET", "/api/thaw/v1/status")
        http = json.loads(kept[-1].getresponse().read())["http"]
        assert http["connections_limit"] == 16 and http["connections_evicted"] == 8, http
        assert http["connections_refused"] == 0, http
        for connection in kept:
            connection.close()
        collector.stop()


def check_slow(binary):
    """A sender that gives a byte now and then does not hold its connection for ever."""
    with Collector(binary) as collector:
        collector.start()
        with socket.create_connection(collector.address, timeout=60) as connection:
            connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\nX-Slow: ")
            connection.settimeout(1)
            begin = time.monotonic()
            while True:
                try:
                    if connection.recv(100) == b"":
                        break
                except TimeoutError:
                    pass
                except OSError:
                    break
                try:
                    connection.sendall(b"a")
                except OSError:
                    break
                assert time.monotonic() - begin < 60, "a trickle is not cut"
        body = collector.request("GET", "/metrics")[2]
        assert b"thaw_collector_http_connections_swept_total 1\n" in body
        collector.stop()


def check_end(binary, seconds=0.5):
    """SIGTERM in the middle of a load: what was acknowledged is there, and the exit is 0."""
    with Collector(binary, ["--segment-size", "64KiB"]) as collector:
        collector.start()
        acked, stop = [], threading.Event()

        def load(seed):
            chance = random.Random(seed)
            connection = collector.connect()
            try:
                while not stop.is_set():
                    trace = chance.randbytes(16)
                    body = traces([span(trace, chance.randbytes(8))])
                    connection.request("POST", "/v1/traces", body, PROTOBUF)
                    answer = connection.getresponse()
                    answer.read()
                    if answer.status == 200:
                        acked.append(trace)
            except (OSError, http.client.HTTPException):
                pass
            finally:
                connection.close()

        def read():
            while not stop.is_set():
                try:
                    for path in ("/metrics", "/api/thaw/v1/status", "/readyz", "/"):
                        collector.request("GET", path)
                    if acked:
                        collector.request("GET", f"/api/thaw/v1/transactions/{acked[-1].hex()}")
                except (OSError, http.client.HTTPException):
                    return

        threads = [threading.Thread(target=load, args=(i,)) for i in range(4)]
        threads.append(threading.Thread(target=read))
        for thread in threads:
            thread.start()
        time.sleep(seconds)
        collector.process.send_signal(signal.SIGHUP)
        collector.stop()
        stop.set()
        for thread in threads:
            thread.join()
        assert acked
        collector.start()
        for trace in acked:
            status, _, body = collector.request("GET", f"/api/thaw/v1/transactions/{trace.hex()}")
            assert status == 200 and len(json.loads(body)["spans"]) == 1, (trace.hex(), status)
        collector.stop()


def check_end_of_entering(binary, rounds):
    """SIGTERM while connections come in all the time: nothing that was just let in is in the way."""
    for _ in range(rounds):
        with Collector(binary) as collector:
            collector.start()
            stop = threading.Event()

            def enter():
                kept = []
                while not stop.is_set():
                    try:
                        kept.append(socket.create_connection(collector.address))
                    except OSError:
                        return
                    if len(kept) > 20:
                        kept.pop(0).close()

            threads = [threading.Thread(target=enter) for _ in range(2)]
            for thread in threads:
                thread.start()
            time.sleep(0.2)
            collector.stop()
            stop.set()
            for thread in threads:
                thread.join()


def check_end_of_replay(binary):
    """SIGTERM while frames are replayed ends the collector at once, with 0, and harms no frame."""
    with Collector(binary) as collector:
        collector.start()
        for i in range(1, 6):
            body = traces([span(bytes([i]) * 16, b"\x02" * 8)])
            assert collector.request("POST", "/v1/traces", body, PROTOBUF)[0] == 200
        collector.kill()
        for _ in range(4):
            # The signal waits, blocked, until the collector asks for it.
            ended = subprocess.Popen(
                [binary, "--data", collector.data, "--listen", "127.0.0.1:0"], text=True,
                stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                preexec_fn=lambda: signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM]))
            ended.send_signal(signal.SIGTERM)
            out, errors = ended.communicate(timeout=60)
            assert ended.returncode == 0 and "listening" not in out, (ended, out, errors)
            assert "stopping" in errors, errors
        collector.start()
        store = json.loads(collector.request("GET", "/api/thaw/v1/status")[2])["store"]
        assert store["recovered_frames"] == 5 and store["quarantined"] == 0, store
        collector.stop()


def check_saved_view(binary):
    """An end in order saves what is in memory; a start replays only what came behind it, and all of it when the file
    is damaged."""
    with Collector(binary) as collector:
        def send(first, last):
            for i in range(first, last):
                body = traces([span(bytes([i]) * 16, b"\x02" * 8), span(bytes([i]) * 16, b"\x03" * 8)])
                assert collector.request("POST", "/v1/traces", body, PROTOBUF)[0] == 200

        def answers():
            paths = ["transactions?from=0&to=1795000001000", "functions?from=0&to=1795000001000"] + [
                f"transactions/{(bytes([i]) * 16).hex()}" for i in range(1, 9)]
            return [collector.request("GET", f"/api/thaw/v1/{path}")[2] for path in paths]

        def store():
            return json.loads(collector.request("GET", "/api/thaw/v1/status")[2])["store"]

        collector.start()
        send(1, 6)
        collector.stop()
        collector.start()
        assert store()["recovered_frames"] == 0 and store()["frames"] == 5, store()
        # Repeated bodies are known, new ones are taken.
        send(1, 9)
        assert store()["frames"] == 8, store()
        told = answers()
        collector.kill()
        collector.start()
        assert store()["recovered_frames"] == 3, store()
        assert answers() == told
        collector.stop()
        saved = list(pathlib.Path(collector.data).glob("view-*"))
        assert len(saved) == 1, saved
        damaged = bytearray(saved[0].read_bytes())
        damaged[len(damaged) // 2] ^= 0x40
        saved[0].write_bytes(damaged)
        collector.start()
        assert store()["recovered_frames"] == 8 and store()["view"]["failures"] == 0, store()
        assert answers() == told
        collector.stop()
        collector.start()
        assert store()["recovered_frames"] == 0, store()
        assert answers() == told
        collector.stop()


def run(binary, what="all"):
    if what == "load":
        for _ in range(3):
            check_end(binary, 2)
        check_end_of_entering(binary, 10)
        return
    check_pages(binary)
    check_saved_view(binary)
    check_tokens(binary)
    check_hosts(binary)
    check_tls(binary)
    check_settings(binary)
    check_end(binary)
    check_end_of_replay(binary)
    check_limit(binary)
    check_slow(binary)


if __name__ == "__main__":
    main(run)
