# SPDX-License-Identifier: Apache-2.0
"""Starts thaw-sandbox with one function, and invokes it."""
import datetime
import http.client
import json
import os
import pathlib
import re
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
{more}
"""

FUNCTION = """
  - name: {name}
    bootstrap: [{python}, {here}/function.py]
    code: {here}
    timeout: {timeout}
    memory: 128
    concurrency: {concurrency}
{extensions}
{more}
    environment:
      THAW_ENDPOINT: http://169.254.100.2:4318
{environment}
"""


def function(name="fn", agent=None, timeout="1", concurrency=1, environment=None, beside=(),
             **more):
    """beside: further extensions.  more: further keys of the configuration, with - as _."""
    extensions = [os.path.abspath(agent)] if agent else []
    extensions += [os.path.join(HERE, path) for path in beside]
    return FUNCTION.format(
        name=name, python="/usr/bin/python3", here=HERE, timeout=timeout, concurrency=concurrency,
        extensions="    extensions: [%s]" % ", ".join(extensions),
        more="\n".join("    %s: %s" % (key.replace("_", "-"), json.dumps(value))
                       for key, value in more.items()),
        environment="\n".join('      %s: "%s"' % item for item in (environment or {}).items()))


class Sandbox:
    def __init__(self, functions, port, idle="300s", **more):
        self.folder = tempfile.TemporaryDirectory()
        path = os.path.join(self.folder.name, "config.yaml")
        with open(path, "w") as file:
            file.write(CONFIG.format(
                functions="".join(functions), port=port, idle=idle,
                more="\n".join("%s: %s" % (key.replace("_", "-"), json.dumps(value))
                               for key, value in more.items())))
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

    def call(self, method, path, body=None):
        """The answer of its control API."""
        connection = self.connect()
        connection.request(method, "/sandbox/" + path, json.dumps(body) if body else None)
        answer = connection.getresponse()
        data = answer.read()
        connection.close()
        if answer.status != 200:
            raise AssertionError("%s: %d %s" % (path, answer.status, data))
        return json.loads(data)

    def instances(self):
        return self.call("GET", "instances")["instances"]

    def until(self, condition, seconds=60):
        """Wait until the instances are so, and give what the condition gave."""
        end = time.monotonic() + seconds
        while True:
            found = condition(self.instances())
            if found:
                return found
            if time.monotonic() > end:
                raise AssertionError("it does not happen: %r" % self.instances())
            time.sleep(0.01)

    def stream_of(self, request_id, name="fn"):
        """The log stream in which an invocation was started, and what is in it: (milliseconds,
        text)."""
        top = pathlib.Path(self.folder.name, "state", "logs", name)
        for path in top.rglob("*.log"):
            text = path.read_text()
            if "START RequestId: " + request_id in text:
                # A line that has no time of its own goes on with the one before.
                found = re.split(r"^(\d{4}-\d\d-\d\dT[\d:.]+Z) ", text, flags=re.MULTILINE)[1:]
                times = [round(datetime.datetime.fromisoformat(time[:-1] + "+00:00").timestamp() * 1e3)
                         for time in found[::2]]
                return (str(path.relative_to(top))[:-len(".log")],
                        list(zip(times, (each.rstrip("\n") for each in found[1::2]))))
        raise AssertionError("no stream has " + request_id)

    def reports(self, name="fn"):
        """What really was, by request id: what the REPORT lines of the log streams say, with the
        stream, and the platform's reports in a log of JSON."""
        top = pathlib.Path(self.folder.name, "state", "logs", name)
        found = {}
        for path in sorted(top.rglob("*.log")):
            stream = str(path.relative_to(top))[:-len(".log")]
            for line in path.read_text().splitlines():
                if match := re.search(r"REPORT RequestId: (\S+)\t(.*)", line):
                    pairs = dict(re.findall(r"([A-Z][A-Za-z ]+): ([^\t]+)", match[2]))
                    found.setdefault(match[1], []).append(dict(pairs, stream=stream))
                elif '"platform.report"' in line:
                    record = json.loads(line[line.index("{"):])["record"]
                    found.setdefault(record["requestId"], []).append(dict(record, stream=stream))
        return found

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
