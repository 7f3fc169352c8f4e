# SPDX-License-Identifier: Apache-2.0
"""Starts an agent beside a fake platform and a recording collector."""
import os
import signal
import socket
import subprocess
import tempfile
import unittest
import uuid

import fake_collector
import fake_lambda

AGENT = os.environ.get("THAW_AGENT", "build/dev/bin/thaw-agent")
# What runs it, where it is made for another machine: qemu-aarch64-static.
RUNNER = os.environ.get("THAW_AGENT_RUNNER", "").split()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def request_id():
    return str(uuid.uuid4())


class AgentTest(unittest.TestCase):
    environment = {}
    telemetry_status = 200

    def setUp(self):
        self.collector = fake_collector.Collector()
        self.addCleanup(self.collector.close)
        status = self.telemetry_status
        self.platform = fake_lambda.Platform(list(status) if isinstance(status, list) else status)
        self.addCleanup(self.platform.close)
        self.otlp_port = free_port()
        self.process = None

    def start(self, agent=None, **environment):
        variables = {
            "AWS_LAMBDA_RUNTIME_API": self.platform.address,
            "AWS_LAMBDA_FUNCTION_NAME": "shop",
            "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "128",
            "AWS_REGION": "us-east-1",
            "THAW_ENDPOINT": "http://127.0.0.1:%d" % self.collector.port,
            "THAW_OTLP_LISTEN": "127.0.0.1:%d" % self.otlp_port,
            "THAW_TELEMETRY_PORT": str(free_port()),
            "THAW_SPOOL": "off",
        }
        variables.update(self.environment)
        variables.update(environment)
        self.stderr = tempfile.TemporaryFile()
        self.addCleanup(self.stderr.close)
        self.process = subprocess.Popen(
            [*RUNNER, os.path.abspath(agent or AGENT)], stderr=self.stderr,
            env={name: value for name, value in variables.items() if value is not None})
        self.addCleanup(self.stop)
        return self.process

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def said(self):
        self.stderr.seek(0)
        return self.stderr.read().decode("utf-8", "replace")

    def ends(self, status=0, seconds=10):
        self.assertEqual(self.process.wait(seconds), status, self.said())
        self.assertNotIn("Sanitizer", self.said())

    def invoke_cold(self, tracing=None, **options):
        """The first invocation of an instance, up to its end; the request id."""
        rid = request_id()
        self.platform.wait_asked()
        self.platform.deliver(*fake_lambda.init_events())
        self.platform.invoke(rid, tracing=tracing)
        self.platform.deliver(fake_lambda.start(rid, tracing=tracing),
                              fake_lambda.line("hello\n"),
                              fake_lambda.done(rid, **options))
        return rid
