# SPDX-License-Identifier: Apache-2.0
"""Counts of log groups by regular expressions over the raw messages: knows nothing of thaw."""

import csv
import json
import re
from decimal import Decimal

NUMBER = r"[:\s]+([0-9.]+)\s*"


def csv_messages(path):
    with open(path, newline="", encoding="utf-8") as file:
        return [row["message"] for row in csv.DictReader(file)]


def insights_messages(path):
    rows = json.loads(path.read_text("utf-8"))
    return [field["value"] for row in rows for field in row if field["field"] == "@message"]


def subscription_messages(path):
    payload = json.loads(path.read_text("utf-8"))
    return [e["message"] for e in payload["logEvents"] if isinstance(e["message"], str)]


def report_lines(path):
    """The lines of the collection of real ones, with tabs and newlines instead of their names."""
    for line in path.read_text("utf-8").splitlines():
        if not line.startswith("#"):
            yield line.split("\t")[1].replace("\\t", "\t").replace("\\n", "\n")


def find(name, text):
    found = re.search(rf"(?<![A-Za-z] ){name}{NUMBER}", text)
    return Decimal(found[1]) if found else None


def count(messages):
    """Sums of all REPORT lines: what a report has to say."""
    sums = dict(invocations=0, cold_starts=0, billed_ms=0, mb_ms=0, init=Decimal(0), memory=0,
                timeouts=0)
    for message in messages:
        init = re.search(r"INIT_REPORT Init Duration: ([0-9.]+) ms.*Phase: invoke", message)
        if init:
            sums["cold_starts"] += 1
            sums["init"] += Decimal(init[1])
        if not re.search(r"(^|\s)REPORT RequestId: [0-9a-f]{8}", message):
            continue
        sums["invocations"] += 1
        sums["timeouts"] += "Status: timeout" in message
        waited = find("Init Duration", message) or find(r"(?<!Billed )Restore Duration", message)
        sums["cold_starts"] += waited is not None
        sums["init"] += waited or 0
        billed = int(re.search(r"Billed Duration: (\d+) ms", message)[1])
        sums["billed_ms"] += billed
        sums["mb_ms"] += billed * int(re.search(r"Memory Size: (\d+) MB", message)[1])
        sums["memory"] += int(re.search(r"Max Memory Used: (\d+) MB", message)[1])
    return sums
