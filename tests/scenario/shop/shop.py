# SPDX-License-Identifier: Apache-2.0
"""The whole shop on the real programs: a collector, a sandbox, an agent in every instance."""

import json
import os
import pathlib
import re
import subprocess
import tempfile
import time
import urllib.error
import urllib.request

import streams

ROOT = pathlib.Path(__file__).resolve().parents[3]
SAMPLE = ROOT / "sandbox" / "sample"
BIN = pathlib.Path(os.environ.get("THAW_BIN_DIR", ROOT / "build" / "dev" / "bin"))

START_TIMEOUT_S = 30
SETTLE_TIMEOUT_S = 90
COMPLETE_TIMEOUT_S = 15
# Instances end soon after their last request, so that their last reports are sent.
IDLE = "3s"
STOCK_TIMEOUT_S = 5
# Longer than the platform waits before it tries anything again (shop.yaml).
QUIET_S = 5


def wait_until(what, condition, timeout_s=SETTLE_TIMEOUT_S):
    """Until condition() is true; its falsy value is shown when it never is."""
    end = time.monotonic() + timeout_s
    while True:
        if answer := condition():
            return answer
        if time.monotonic() > end:
            raise TimeoutError(f"{what}: not within {timeout_s} s")
        time.sleep(0.1)


class Program:
    """A program of ours that says where it listens."""

    def __init__(self, log, *command):
        self.log = pathlib.Path(log)
        with self.log.open("w") as output:
            self.process = subprocess.Popen(
                [str(word) for word in command],
                stdout=output,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
            )
        self.address = wait_until(f"{command[0]} listens", self._address, START_TIMEOUT_S)

    def _address(self):
        if match := re.search(r"listening on (\S+)", self.log.read_text(errors="replace")):
            return match[1]
        if self.process.poll() is not None:
            raise RuntimeError(f"ended with {self.process.returncode}: {self.log.read_text()}")
        return None

    def stop(self):
        """Ask it to end and give its exit status; what does not end is killed."""
        self.process.terminate()
        try:
            return self.process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            return "killed"


class Collector(Program):
    """A collector with its data in a folder, and its answers."""

    def __init__(self, path):
        super().__init__(
            path.with_suffix(".log"),
            BIN / "thaw-collector",
            *("--data", path, "--listen", "127.0.0.1:0"),
        )

    def api(self, path):
        """An answer of the collector's API; None where it answers 404."""
        url = f"http://{self.address}/api/thaw/v1/{path}"
        try:
            with urllib.request.urlopen(url, timeout=60) as response:
                return json.load(response)
        except urllib.error.HTTPError as error:
            with error:
                if error.code == 404:
                    return None
                raise AssertionError(f"{path}: {error.code} {error.read().decode()}") from None

    def transaction(self, any_id):
        """The transaction, as soon as nothing is missing, else as it is in the end."""

        def complete():
            found = self.api(f"transactions/{any_id}")
            return found if found and found["complete"] else None

        try:
            return wait_until("the transaction is complete", complete, COMPLETE_TIMEOUT_S)
        except TimeoutError:
            return self.api(f"transactions/{any_id}")

    def attempts(self, request_id):
        """What it knows of the attempts of a request."""
        return (self.api(f"invocations/{request_id}") or {"attempts": []})["attempts"]

    def thaw(self, *words):
        """Run the command line program; gives its exit status and its JSON."""
        done = subprocess.run(
            [BIN / "thaw", "--endpoint", f"http://{self.address}", "--json", *map(str, words)],
            capture_output=True,
            text=True,
            timeout=120,
        )
        return done.returncode, json.loads(done.stdout or "null")


class Shop:
    """agents: whether functions have one.  changes: further (old, new) of shop.yaml.  cloudwatch
    makes a section of the configuration, with the address of the collector."""

    def __init__(self, agents=True, changes=(), cloudwatch=None):
        self.folder = tempfile.TemporaryDirectory(prefix="thaw-shop-", ignore_cleanup_errors=True)
        self.path = pathlib.Path(self.folder.name)
        self.collector = Collector(self.path / "data")
        try:
            section = cloudwatch(self) if cloudwatch else {}
            self.sandbox = Program(
                self.path / "sandbox.log",
                BIN / "thaw-sandbox",
                *("--config", self._config(agents, changes, section), "--listen", "127.0.0.1:0"),
                *("--state", self.path / "state"),
            )
        except BaseException:
            self.collector.stop()
            raise

    def _config(self, agents, changes, cloudwatch):
        """shop.yaml with this collector, these binaries and a shorter life of idle instances."""
        text = (SAMPLE / "shop.yaml").read_text()
        agent = "extensions: [../../build/release/bin/thaw-agent]"
        for old, new in {
            "to: 127.0.0.1:4318": f"to: {self.collector.address}",
            "code: .\n": f"code: {SAMPLE}\n",
            agent: f"extensions: [{BIN}/thaw-agent]" if agents else "extensions: []",
            "../../build/release/sample/": f"{BIN.parent}/sample/",
            "idle: 15s": f"idle: {IDLE}",
            **dict(changes),
        }.items():
            assert text.count(old) == 1, f"shop.yaml has changed: {old}"
            text = text.replace(old, new)
        # A loaded machine is no reason to time out, except for stock, which shall.
        text = re.sub(r"timeout: \d+$", "timeout: 30", text, flags=re.MULTILINE)
        text = re.sub(r"(name: stock\n(?:    .*\n)*?    timeout:) 30", rf"\1 {STOCK_TIMEOUT_S}", text)
        if cloudwatch:
            text += f"\ncloudwatch: {json.dumps(cloudwatch)}\n"
        path = self.path / "shop.yaml"
        path.write_text(text)
        return path

    def close(self):
        """Stop both and give their exit statuses; a second time changes nothing."""
        statuses = {"sandbox": self.sandbox.stop(), "collector": self.collector.stop()}
        self.folder.cleanup()
        return statuses

    def order(self, order_id, trace_id, *skus):
        """Place an order with this trace id; gives the HTTP status and the answer."""
        order = {
            "order_id": order_id,
            "customer": "ada",
            "items": [{"sku": sku, "quantity": 1} for sku in skus],
        }
        request = urllib.request.Request(
            f"http://{self.sandbox.address}/http/checkout",
            data=json.dumps(order).encode(),
            headers={
                "Content-Type": "application/json",
                "X-Amzn-Trace-Id": f"Root={xray(trace_id)}",
            },
        )
        try:
            with urllib.request.urlopen(request, timeout=60) as response:
                return response.status, json.load(response)
        except urllib.error.HTTPError as error:
            with error:
                return error.code, json.load(error)

    def control(self, path, body=None):
        """POST to the sandbox's control API, or GET without a body."""
        request = urllib.request.Request(
            f"http://{self.sandbox.address}/sandbox/{path}",
            data=None if body is None else json.dumps(body).encode(),
        )
        with urllib.request.urlopen(request, timeout=60) as response:
            return json.loads(response.read() or "null")

    def api(self, path):
        return self.collector.api(path)

    def transaction(self, trace_id):
        return self.collector.transaction(trace_id)

    def thaw(self, *words):
        return self.collector.thaw(*words)

    def attempts(self):
        """Every attempt that the platform's own streams tell of."""
        return [
            attempt
            for stream in streams.read_streams(self.path / "state" / "logs")
            for attempt in stream.attempts
        ]

    def unreported(self):
        """The attempts whose report is not in their stream or not in the collector."""
        attempts = self.attempts()
        known = set()
        for request_id in {a.request_id for a in attempts}:
            known |= {
                (i["function"], i["instance"], i["request_id"], i["attempt"])
                for i in self.collector.attempts(request_id)
                if i["billed_ms"] is not None
            }
        return [a.key for a in attempts if not a.report or a.key not in known]

    def quiet(self):
        """Until nothing more is tried."""
        seen, since = 0, time.monotonic()
        while time.monotonic() - since < QUIET_S:
            time.sleep(0.2)
            if len(self.attempts()) != seen:
                seen, since = len(self.attempts()), time.monotonic()

    def settle(self):
        """Until nothing more is tried, and every attempt has its report; gives those that never
        had it."""
        self.quiet()
        try:
            wait_until("every report", lambda: not self.unreported())
        except TimeoutError:
            return self.unreported()
        return []


def xray(trace_id):
    return f"1-{trace_id[:8]}-{trace_id[8:]}"
