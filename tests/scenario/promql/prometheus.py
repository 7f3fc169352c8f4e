# SPDX-License-Identifier: Apache-2.0
"""Debian's Prometheus on loopback, with blocks that promtool made, and what it answers."""

import http.client
import json
import pathlib
import socket
import subprocess
import time
import urllib.parse
import urllib.request


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class Prometheus:
    """One process in a folder of its own, for the length of a with."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.port = free_port()
        self.process = None
        self.connection = None

    def backfill(self, open_metrics):
        source = self.folder / "samples.txt"
        source.write_text(open_metrics, encoding="utf-8")
        command = ["promtool", "tsdb", "create-blocks-from", "openmetrics", "-q", source, self.folder / "data"]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)

    def start(self, jobs):
        """jobs: name -> port of an exporter."""
        lines = ["global:", "  scrape_interval: 300ms", "  scrape_timeout: 300ms", "scrape_configs:"]
        for name, port in jobs.items():
            lines += [f"  - job_name: {name}", "    static_configs:", f"      - targets: ['127.0.0.1:{port}']"]
        (self.folder / "prometheus.yml").write_text("\n".join(lines) + "\n", encoding="utf-8")
        log = open(self.folder / "log", "wb")
        self.process = subprocess.Popen(
            [
                "prometheus",
                f"--config.file={self.folder}/prometheus.yml",
                f"--storage.tsdb.path={self.folder}/data",
                "--storage.tsdb.retention.time=100y",
                f"--web.listen-address=127.0.0.1:{self.port}",
                "--enable-feature=native-histograms",
            ],
            stdout=log,
            stderr=log,
        )
        log.close()
        self.wait()

    def wait(self):
        for _ in range(600):
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/-/ready", timeout=5):
                    return
            except OSError:
                assert self.process.poll() is None, (self.folder / "log").read_text()
                time.sleep(0.1)
        raise AssertionError("Prometheus does not start")

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        if self.connection:
            self.connection.close()
        if self.process:
            self.process.terminate()
            self.process.wait(timeout=60)

    def ask(self, path, **parameters):
        """The data of an answer, or the error."""
        if self.connection is None:
            self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        self.connection.request("POST", path, urllib.parse.urlencode(parameters), headers)
        answer = json.load(self.connection.getresponse())
        return answer["data"] if answer["status"] == "success" else {"error": answer["error"]}

    def instant(self, query, time_ms):
        return self.ask("/api/v1/query", query=query, time=seconds(time_ms))

    def range(self, query, start_ms, end_ms, step_ms):
        return self.ask(
            "/api/v1/query_range", query=query, start=seconds(start_ms), end=seconds(end_ms), step=seconds(step_ms)
        )


def seconds(time_ms):
    return f"{time_ms // 1000}.{time_ms % 1000:03d}"
