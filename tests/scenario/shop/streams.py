# SPDX-License-Identifier: Apache-2.0
"""What happened, told by the platform itself: the log streams that the sandbox writes, read
without any help of the programs under test."""

import dataclasses
import pathlib
import re

TIME = re.compile(r"^\d{4}-\d\d-\d\dT\S+Z ")
START = re.compile(r"^START RequestId: (\S+) Version: (\S+)$")
END = re.compile(r"^END RequestId: (\S+)$")
REPORT = re.compile(r"^REPORT RequestId: (\S+)\t(.*)$")
# What else the platform writes into a stream.
PLATFORM = re.compile(
    r"^(INIT_START|INIT_REPORT|EXTENSION|TELEMETRY|LOGS|XRAY)\b"
    r"|^(\S+Z )?\S+ Task timed out after"
    r"|^RequestId: \S* Error: |^Runtime\.\w+$"
)


@dataclasses.dataclass
class Attempt:
    """One start of one request in one instance, and its REPORT line."""

    function: str
    instance: str
    request_id: str
    number: int
    lines: list = dataclasses.field(default_factory=list)
    report: dict = dataclasses.field(default_factory=dict)

    @property
    def key(self):
        return (self.function, self.instance, self.request_id, self.number)

    def mentions(self, order_id):
        return any(re.search(rf"\border {re.escape(order_id)}\b", line) for line in self.lines)

    def amount(self, name):
        """A number of the REPORT line without its unit, as text; None where it is not there."""
        value = self.report.get(name)
        return value.split(" ")[0] if value else None


class Stream:
    """One instance's stream: its attempts in their order."""

    def __init__(self, function, instance, text):
        self.function = function
        self.instance = instance
        self.attempts = []
        self._started = {}
        for line in text.split("\n"):
            self._read(TIME.sub("", line, count=1))

    def _read(self, line):
        if match := START.match(line):
            number = self._started.get(match[1], 0) + 1
            self._started[match[1]] = number
            self.attempts.append(Attempt(self.function, self.instance, match[1], number))
        elif match := REPORT.match(line):
            fields = (field.partition(": ") for field in match[2].split("\t") if field)
            self._of(match[1]).report = {name: value for name, _, value in fields}
        elif END.match(line) or PLATFORM.match(line):
            pass
        elif self.attempts and line:
            self.attempts[-1].lines.append(line)

    def _of(self, request_id):
        return next(a for a in reversed(self.attempts) if a.request_id == request_id)


def read_streams(folder):
    """All streams below DIR/logs/<function>/YYYY/MM/DD/[version]id.log."""
    folder = pathlib.Path(folder)
    for path in sorted(folder.glob("*/*/*/*/*.log")):
        function, *name = path.relative_to(folder).with_suffix("").parts
        yield Stream(function, "/".join(name), path.read_text(errors="replace"))
