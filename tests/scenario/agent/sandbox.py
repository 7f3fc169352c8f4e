# SPDX-License-Identifier: Apache-2.0
"""Starts thaw-sandbox with one function, and invokes it."""
import http.client
import json
import os
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
SANDBOX = os.path.abspath(os.environ.get("THAW_SANDBOX", "build/dev/bin/thaw-sandbox"))

CONFIG = """
functions:
{functions}
relay:
  - inside: 169.254.100.2:4318
    to: 127.0.0.1:{port}
idle: {idle}
async-retries: [100ms, 100ms]
"""

FUNCTION = """
  - name: {name}
    bootstrap: [{python}, {here}/function.py]
    code: {here}
    timeout: {timeout}
    memory: 128
    concurrency: {concurrency}
{extensions}
    environment:
      THAW_ENDPOINT: http://169.254.100.2:4318
{environment}
"""


def function(name="fn", agent=None, timeout="1", concurrency=1, environment=None):
    return FUNCTION.format(
        name=name, python="/usr/bin/python3", here=HERE, timeout=timeout, concurrency=concurrency,
        extensions="    extensions: [%s]" % os.path.abspath(agent) if agent else "",
        environment="\n".join('      %s: "%s"' % item for item in (environment or {}).items()))


class Sandbox:
    def __init__(self, functions, port, idle="300s"):
        self.folder = tempfile.TemporaryDirectory()
        path = os.path.join(self.folder.name, "config.yaml")
        with open(path, "w") as file:
            file.write(CONFIG.format(functions="".join(functions), port=port, idle=idle))
        self.log = open(os.path.join(self.folder.name, "log"), "w+")
        self.process = subprocess.Popen(
            [SANDBOX, "--config", path, "--listen", "127.0.0.1:0", "--state",
             os.path.join(self.folder.name, "state")],
            stdout=subprocess.PIPE, stderr=self.log, text=True)
        line = self.process.stdout.readline()
        if "listening on" not in line:
            self.log.seek(0)
            sys.exit("thaw-sandbox does not start: " + self.log.read())
        self.port = int(line.rsplit(":", 1)[1])

    def close(self):
        """Instances are shut down, and their agents send what they have."""
        if self.process.poll() is None:
            self.process.terminate()
        self.process.wait(30)
        self.process.stdout.close()
        self.log.close()
        self.folder.cleanup()

    def connect(self):
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)

    def invoke(self, event, name="fn", kind="RequestResponse", connection=None):
        own = connection is None
        connection = connection or self.connect()
        while True:
            connection.request("POST", "/2015-03-31/functions/%s/invocations" % name,
                               json.dumps(event), {"X-Amz-Invocation-Type": kind})
            answer = connection.getresponse()
            body = answer.read()
            # The only instance is busy with what comes after the handler: SDKs come again as well.
            if answer.status != 429:
                break
            time.sleep(0.002)
        result = (answer.status, answer.headers.get("X-Amz-Function-Error"),
                  json.loads(body) if body else None)
        if own:
            connection.close()
        return result
