#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A million invocations of all billing eras: what thaw says that they cost, and what of it was for
what, is what whole numbers of any length say, to the last digit.

    million_test.py THAW [INVOCATIONS]
"""

import json
import random
import subprocess
import sys
import threading
import unittest
import uuid
from fractions import Fraction

THAW = None
INVOCATIONS = 1_000_000
PER_PAYLOAD = 1000

# Dollars: of a gigabyte-second on x86 in us-east-1, first tier, and of a request.
SECOND = Fraction(166667, 10**10)
REQUEST = Fraction(2, 10**7)

# Where in time, how durations are rounded up, and whether inits are billed for.
ERAS = (
    (1590000000, 100, False),  # May 2020
    (1672531200, 1, False),    # January 2023
    (1764500000, 1, True),     # November 2025
)
SIZES = (128, 129, 256, 512, 1024, 1536, 1769, 2048, 3008, 10240)
PARTS = ("useful", "rounding", "init", "post_handler", "requests")


def price(mb_us):
    """Of so many megabyte-microseconds."""
    return Fraction(mb_us, 1024 * 10**6) * SECOND


def decimal(value):
    """The exact decimal of a fraction whose denominator has no factor but 2 and 5."""
    digits = 0
    while (value * 10**digits).denominator != 1:
        digits += 1
    text = str((value * 10**digits).numerator).rjust(digits + 1, "0")
    return text if digits == 0 else f"{text[:-digits]}.{text[-digits:]}"


class Sum:
    """Whole numbers of one function."""

    def __init__(self):
        self.count = self.cold = self.billed_ms = self.mb_ms = 0
        self.mb_us = dict.fromkeys(PARTS[:3], 0)

    def add(self, billed_ms, memory_mb, duration_us, init_us, init_billed):
        billed_us = billed_ms * 1000
        init_part = init_us if init_billed else 0
        self.count += 1
        self.cold += init_us > 0
        self.billed_ms += billed_ms
        self.mb_ms += billed_ms * memory_mb
        self.mb_us["useful"] += duration_us * memory_mb
        self.mb_us["init"] += init_part * memory_mb
        self.mb_us["rounding"] += (billed_us - duration_us - init_part) * memory_mb

    def amounts(self):
        parts = {name: price(mb_us) for name, mb_us in self.mb_us.items()}
        parts["post_handler"] = Fraction(0)
        parts["requests"] = self.count * REQUEST
        return price(self.mb_ms * 1000) + parts["requests"], parts


def invocation(chance, step_ms, init_billed):
    """Microseconds of it and of its init, and billed milliseconds."""
    duration_us = 10 * chance.choice((chance.randrange(1, 1000), chance.randrange(1, 90_000_000)))
    init_us = 10 * chance.randrange(5_000, 500_000) if chance.random() < 0.05 else 0
    used_us = duration_us + (init_us if init_billed else 0)
    return duration_us, init_us, -(-used_us // (step_ms * 1000)) * step_ms


def payloads(count, sums):
    chance = random.Random(7)
    for number in range(count // PER_PAYLOAD):
        at_s, step_ms, init_billed = ERAS[number % len(ERAS)]
        function = f"f{number % 12}"
        total = sums.setdefault(function, Sum())
        memory_mb = chance.choice(SIZES)
        events = []
        for index in range(PER_PAYLOAD):
            duration_us, init_us, billed_ms = invocation(chance, step_ms, init_billed)
            total.add(billed_ms, memory_mb, duration_us, init_us, init_billed)
            init = f"\tInit Duration: {init_us // 1000}.{init_us % 1000 // 10:02} ms" if init_us else ""
            events.append({
                "id": f"{number * PER_PAYLOAD + index:056}",
                "timestamp": at_s * 1000 + number * 1000 + index,
                "message": f"REPORT RequestId: {uuid.UUID(int=chance.getrandbits(128), version=4)}"
                           f"\tDuration: {duration_us // 1000}.{duration_us % 1000 // 10:02} ms"
                           f"\tBilled Duration: {billed_ms} ms\tMemory Size: {memory_mb} MB"
                           f"\tMax Memory Used: 67 MB{init}\t\n"})
        yield json.dumps({
            "messageType": "DATA_MESSAGE", "owner": "123456789012",
            "logGroup": f"/aws/lambda/{function}",
            "logStream": f"2025/11/30/[$LATEST]{number:032x}",
            "subscriptionFilters": ["all"], "logEvents": events}).encode() + b"\n"


class Million(unittest.TestCase):
    def test_to_the_last_digit(self):
        sums = {}
        process = subprocess.Popen([THAW, "--json", "report", "-"], stdin=subprocess.PIPE,
                                   stdout=subprocess.PIPE)

        def pour():
            with process.stdin:
                for payload in payloads(INVOCATIONS, sums):
                    process.stdin.write(payload)

        thread = threading.Thread(target=pour)
        thread.start()
        with process.stdout:
            answer = json.loads(process.stdout.read())
        thread.join()
        self.assertEqual(process.wait(), 0)

        functions = {row["name"]: row for row in answer["functions"]}
        self.assertEqual(sorted(functions), sorted(sums))
        for name, total in sums.items():
            self.compare(functions[name], total)
        whole = Sum()
        for total in sums.values():
            for field in ("count", "cold", "billed_ms", "mb_ms"):
                setattr(whole, field, getattr(whole, field) + getattr(total, field))
            for part, mb_us in total.mb_us.items():
                whole.mb_us[part] += mb_us
        self.compare(answer["summary"], whole)

    def compare(self, row, total):
        amount, parts = total.amounts()
        self.assertEqual(row["invocations"], total.count)
        self.assertEqual(row["cold_starts"], total.cold)
        self.assertEqual(row["billed_ms"], total.billed_ms)
        self.assertEqual(row["mb_ms"], total.mb_ms)
        self.assertEqual(row["amount"], decimal(amount))
        self.assertEqual({name: row["parts"][name] for name in PARTS},
                         {name: decimal(parts[name]) for name in PARTS})
        self.assertEqual(sum(parts.values()), amount)


if __name__ == "__main__":
    THAW = sys.argv.pop(1)
    if len(sys.argv) > 1:
        INVOCATIONS = int(sys.argv.pop(1))
    unittest.main()
