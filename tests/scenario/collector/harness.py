# SPDX-License-Identifier: Apache-2.0
"""What the collector's scenarios share: a real collector process, OTLP bodies, plain HTTP."""

import http.client
import json
import os
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading


class Collector:
    """One thaw-collector on a port of its own.  Its data outlives the process."""

    def __init__(self, binary, arguments=(), data=None):
        self.binary = binary
        self.arguments = list(arguments)
        self.own_data = data is None
        self.data = data or tempfile.mkdtemp(prefix="thaw-collector-")
        self.process = None
        self.address = None
        self.lines = []

    def start(self, listen="127.0.0.1:0"):
        self.process = subprocess.Popen(
            [self.binary, "--data", self.data, "--listen", listen, *self.arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.lines = []
        # Kept for the report of a failure; the pipe must not fill up.
        threading.Thread(target=self._drain, args=(self.process.stderr,), daemon=True).start()
        line = self.process.stdout.readline()
        if "listening on" not in line:
            self.process.wait()
            raise AssertionError(f"the collector did not start: {''.join(self.lines[-20:])}")
        host, _, port = line.split()[-1].rpartition(":")
        self.address = (host, int(port))
        return self

    def _drain(self, pipe):
        for line in pipe:
            self.lines.append(line)

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self.process.stdout.close()

    def stop(self):
        """End it as an operator does; it must go well."""
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(timeout=60)
        self.process.stdout.close()
        assert code == 0, f"exit {code}: {''.join(self.lines[-20:])}"

    def check(self, code=0):
        """Check the data of a collector that has ended; what was found, as a value."""
        done = subprocess.run([self.binary, "--check", self.data, "--json"], capture_output=True, text=True)
        assert done.returncode == code, f"exit {done.returncode}: {done.stdout}{done.stderr}"
        return json.loads(done.stdout)

    def close(self):
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        if self.own_data:
            shutil.rmtree(self.data, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.close()

    def connect(self, timeout=30):
        return http.client.HTTPConnection(*self.address, timeout=timeout)

    def request(self, method, path, body=None, headers=None):
        """(status, headers, body) of one request on a connection of its own."""
        connection = self.connect()
        try:
            connection.request(method, path, body=body, headers=headers or {})
            answer = connection.getresponse()
            return answer.status, dict(answer.getheaders()), answer.read()
        finally:
            connection.close()

    def raw(self, data, timeout=30, half_close=True):
        """All that comes back for these bytes until the collector closes the connection."""
        with socket.create_connection(self.address, timeout=timeout) as connection:
            try:
                connection.sendall(data)
                if half_close:
                    connection.shutdown(socket.SHUT_WR)
            except OSError:
                pass  # It may have answered and closed already.
            pieces = []
            try:
                while piece := connection.recv(65536):
                    pieces.append(piece)
            except OSError:
                pass
            return b"".join(pieces)

    def resident_kb(self):
        with open(f"/proc/{self.process.pid}/status") as status:
            for line in status:
                if line.startswith("VmRSS:"):
                    return int(line.split()[1])
        raise AssertionError("no VmRSS")


# --- OTLP as protobuf, by hand. --------------------------------------------------------------


def varint(value):
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def field(number, content):
    return varint(number << 3 | 2) + varint(len(content)) + content


def fixed64(number, value):
    return varint(number << 3 | 1) + struct.pack("<Q", value)


def text_value(text):
    return field(1, text)


def attribute(key, text):
    return field(1, key) + field(2, text_value(text))


def span(trace_id, span_id, name=b"work", start=1_795_000_000_000_000_000, extra=b""):
    return (
        field(1, trace_id)
        + field(2, span_id)
        + field(5, name)
        + fixed64(7, start)
        + fixed64(8, start + 1_000_000)
        + extra
    )


def traces(spans, service=b"scenario"):
    resource = field(1, attribute(b"service.name", service))
    scope = b"".join(field(2, one) for one in spans)
    return field(1, field(1, resource) + field(2, scope))


PROTOBUF = {"Content-Type": "application/x-protobuf"}
JSON = {"Content-Type": "application/json"}


def main(run):
    if len(sys.argv) < 2:
        sys.exit(f"{os.path.basename(sys.argv[0])} COLLECTOR [OPTIONS]")
    run(sys.argv[1], *sys.argv[2:])
