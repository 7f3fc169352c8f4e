# SPDX-License-Identifier: Apache-2.0
"""The shop known by its log streams: beside agents, without any, and both at once.  What an agent
and the streams tell of the same requests is equal, except what compared.py lists."""

import collections
import concurrent.futures
import fractions
import pathlib
import re
import unittest

import compared
import shop
from shop_test import ONE_BY_ONE, ORDERS, RUSH, is_over, key, place, price, printed

ROOT = pathlib.Path(__file__).resolve().parents[3]
ACCOUNT = "123456789012"
# The requests have traces that are told in their REPORT.
SAMPLED = [("defaults:\n", "defaults:\n  trace: active\n")]
# A runtime that tells an error to the platform and prints no line that says so.
SILENT_ERRORS = {"pricing"}
# The word that the platform hears, and the word in the line.
ERROR_TYPES = {"Sandbox.Timedout": None, "Runtime.Unknown": "Error"}
NS_PER_MS = 1_000_000


def run_orders(running):
    """All orders, as shop_test places them."""
    for name in ONE_BY_ONE:
        place(running, name)
        shop.wait_until(f"the end of {name}", lambda: is_over(running.attempts(), name))
    with concurrent.futures.ThreadPoolExecutor(len(RUSH)) as pool:
        list(pool.map(lambda name: place(running, name), RUSH))
    running.quiet()


def end_instances(running):
    """So that nothing is frozen with something to tell."""
    running.control("drain", {})
    shop.wait_until("no instance", lambda: not running.control("instances")["instances"])


def of(attempts, name):
    return [attempt for attempt in attempts if attempt.mentions(name)]


def lines_of(transaction, invocation):
    """The lines of an invocation in their order; extensions print to the same stream."""
    return [
        line
        for line in transaction["logs"]
        if line["request_id"] is not None and key(line) == key(invocation)
    ]


def spans_of(transaction, invocation):
    """The spans of the platform that a stream can tell of, by name."""
    return {
        span["name"]: span
        for span in transaction["spans"]
        if key(span) == key(invocation)
        and span["source"] in ("agent", "logs")
        and span["name"] not in ("handler", "post_handler")
    }


def own_attributes(line):
    return {
        name: value
        for name, value in line["attributes"].items()
        if name not in compared.LINE_ATTRIBUTES_UNKNOWN
    }


def silent(invocation):
    """"error of a custom runtime" """
    return invocation["outcome"] == "error" and invocation["function"] in SILENT_ERRORS


class ComparedTest(unittest.TestCase):
    """The agents tell one collector, an export of the streams another."""

    @classmethod
    def setUpClass(cls):
        cls.maxDiff = None
        cls.shop = shop.Shop(
            changes=SAMPLED,
            cloudwatch=lambda running: {"export": str(running.path / "export"), "interval": "200ms"},
        )
        cls.addClassCleanup(cls.shop.close)
        run_orders(cls.shop)
        cls.unsettled = cls.shop.settle()
        end_instances(cls.shop)
        cls.attempts = cls.shop.attempts()
        cls.told = {n: cls.shop.transaction(trace_id) for n, (trace_id, _) in ORDERS.items()}
        cls.logs = shop.Collector(cls.shop.path / "logs")
        cls.addClassCleanup(cls.logs.stop)
        cls.shop.sandbox.stop()  # The last of the export.
        cls.imported = [
            cls.logs.thaw("import", "--account", ACCOUNT, "--log-group", f"/aws/lambda/{path.stem}", path)
            for path in sorted((cls.shop.path / "export").glob("*.json"))
        ]
        cls.read = {n: cls.logs.transaction(trace_id) for n, (trace_id, _) in ORDERS.items()}

    def for_each_pair(self, check):
        """check(order, the agent's invocation, the streams' of the same attempt)."""
        for name, transaction in self.told.items():
            for invocation in transaction["invocations"]:
                with self.subTest(order=name, invocation=key(invocation)):
                    found = [
                        each
                        for each in self.logs.attempts(invocation["request_id"])
                        if key(each) == key(invocation)
                    ]
                    self.assertEqual(len(found), 1, "the streams do not tell of it")
                    check(name, invocation, found[0])

    def test_the_import_succeeded(self):
        self.assertEqual([status for status, _ in self.imported], [0] * 5)
        self.assertEqual(self.unsettled, [])

    def test_every_field_is_known_to_be_the_same_or_not(self):
        """A new field of the API has to be put into one of the tables."""
        for kind, same, unknown in (
            ("invocations", compared.INVOCATION_SAME, compared.INVOCATION_UNKNOWN),
            ("logs", compared.LINE_SAME, compared.LINE_UNKNOWN),
        ):
            self.assertEqual(same & unknown.keys(), set())
            for transaction in self.told.values():
                for row in transaction[kind]:
                    self.assertEqual(row.keys() - same - unknown.keys(), set(), kind)

    def test_the_guide_lists_the_differences(self):
        guide = (ROOT / "docs" / "guide" / "logs-compared.md").read_text()
        for table in (compared.INVOCATION_UNKNOWN, compared.LINE_UNKNOWN):
            for name, reason in table.items():
                self.assertIn(f"| `{name}` | {reason} |", guide)
        for name, reason in compared.TRANSACTION_UNKNOWN.items():
            self.assertIn(f"| {name} | {reason} |", guide)

    def test_invocations_are_the_same(self):
        def check(_, agent, stream):
            again = agent["init_phase"] == "invoke"  # "init again"
            for field in sorted(compared.INVOCATION_SAME):
                expected, found = agent[field], stream[field]
                if again and field in ("init_start", "init_ms", "init_phase", "cold"):
                    expected = False if field == "cold" else None
                elif silent(agent) and field in ("outcome", "error_type"):
                    expected = "ok" if field == "outcome" else None
                elif field == "error_type":
                    expected = ERROR_TYPES.get(expected, expected)
                elif field in ("init_ms", "reported_ms") and None not in (expected, found):
                    # Lines show two decimals.
                    expected = found if abs(expected - found) < 0.0051 else expected
                elif field == "cost":
                    self.assertTrue(found.pop("assumed"), "the architecture is not known")
                with self.subTest(field=field):
                    self.assertEqual(found, expected)

        self.for_each_pair(check)

    def test_unknown_is_null_and_not_guessed(self):
        def check(_, agent, stream):
            nothing = {"handler_ms", "response_ms", "post_handler_ms", "wait_ms", "trigger",
                       "parent_span_id", "xray_header", "invoked_arn", "arch", "shared"}
            for field in sorted(nothing):
                with self.subTest(field=field):
                    self.assertIsNone(stream[field])
            self.assertEqual(stream["source"], "logs")

        self.for_each_pair(check)

    def test_a_limit_is_the_right_one_or_unknown(self):
        def check(_, agent, stream):
            self.assertIn(stream["timeout_ms"], (None, agent["timeout_ms"]))

        self.for_each_pair(check)

    def test_x_ray_joins_what_it_can_join(self):
        """All of an order but the consumer of the queue."""
        for name, transaction in self.told.items():
            with self.subTest(order=name):
                self.assertEqual(
                    sorted(key(i) for i in self.read[name]["invocations"]),
                    sorted(
                        key(i) for i in transaction["invocations"] if i["function"] != "notify"
                    ),
                )

    def transaction_of(self, name, invocation):
        """The streams' transaction that an invocation of an order is in."""
        if invocation["function"] == "notify":
            return self.logs.transaction(invocation["request_id"])
        return self.read[name]

    def test_lines_are_the_same(self):
        def check(name, agent, stream):
            lines = lines_of(self.told[name], agent)
            found = lines_of(self.transaction_of(name, agent), stream)
            self.assertEqual([each["message"] for each in found], [each["message"] for each in lines])
            for line, other in zip(lines, found):
                for field in sorted(compared.LINE_SAME - {"attributes"}):
                    self.assertEqual(other[field], line[field], field)
                self.assertEqual(own_attributes(other), own_attributes(line))
                self.assertEqual(int(other["time"]) // NS_PER_MS, int(line["time"]) // NS_PER_MS)

        self.for_each_pair(check)

    def test_spans_of_the_platform_are_the_same(self):
        """With the ids that the agent gives them."""
        def check(name, agent, _):
            expected = spans_of(self.told[name], agent)
            found = spans_of(self.transaction_of(name, agent), agent)
            if agent["init_phase"] == "invoke":
                expected.pop("init", None)
            self.assertEqual(found.keys(), expected.keys())
            for part, span in expected.items():
                self.assertEqual(found[part]["source"], "logs")
                for field in sorted(compared.SPAN_SAME - ({"status"} if silent(agent) else set())):
                    with self.subTest(part=part, field=field):
                        self.assertEqual(found[part][field], span[field])
                self.assertEqual(
                    int(found[part]["start"]) // NS_PER_MS, int(span["start"]) // NS_PER_MS
                )

        self.for_each_pair(check)

    def test_importing_again_adds_nothing(self):
        before = self.logs.api("functions?from=0")["functions"]
        for path in sorted((self.shop.path / "export").glob("*.json")):
            self.logs.thaw("import", "--account", ACCOUNT, "--log-group", f"/aws/lambda/{path.stem}", path)
        self.assertEqual(self.logs.api("functions?from=0")["functions"], before)
        for name, (trace_id, _) in ORDERS.items():
            again = self.logs.api(f"transactions/{trace_id}")
            self.assertEqual(len(again["logs"]), len(self.read[name]["logs"]))


def sums(attempts):
    """Per function, from the streams themselves: what GET functions must say."""
    rows = collections.defaultdict(lambda: collections.Counter())
    costs = collections.defaultdict(fractions.Fraction)
    for attempt in attempts:
        row = rows[attempt.function]
        row["invocations"] += 1
        row["billed_ms"] += int(attempt.amount("Billed Duration"))
        row["timeouts"] += attempt.report.get("Status") == "timeout"
        row["max_memory_mb"] = max(row["max_memory_mb"], int(attempt.amount("Max Memory Used")))
        row["cold_starts"] += attempt.amount("Init Duration") is not None
        costs[attempt.function] += price(attempt)
    for name in rows:
        rows[name]["instances"] = len({a.instance for a in attempts if a.function == name})
    return rows, costs


class StreamsTestCase(unittest.TestCase):
    def assert_counted(self, cold=True):
        rows, costs = sums(self.attempts)
        found = {row["name"]: row for row in self.shop.api("functions?from=0")["functions"]}
        self.assertEqual(found.keys(), rows.keys())
        for name, row in rows.items():
            for field, value in row.items():
                if field != "cold_starts" or cold:
                    self.assertEqual(found[name][field], value, (name, field))
            self.assertEqual(fractions.Fraction(found[name]["cost"]["amount"]), costs[name], name)

    def assert_lines_once(self):
        """Every line of every attempt, once and in its order."""
        for attempt in self.attempts:
            transaction = self.shop.api(f"transactions/{attempt.request_id}")
            found = [
                text
                for line in transaction["logs"]
                if line["request_id"] is not None and key(line) == attempt.key
                for text in printed(line)
            ]
            with self.subTest(attempt=attempt.key):
                self.assertEqual(found, attempt.lines)


class LiveTest(StreamsTestCase):
    """No agent at all: a subscription alone, whose batches come again and out of order."""

    @classmethod
    def setUpClass(cls):
        cls.maxDiff = None
        cls.shop = shop.Shop(
            agents=False,
            changes=SAMPLED,
            cloudwatch=lambda running: {
                "subscription": f"http://{running.collector.address}/v1/cloudwatch",
                "interval": "150ms",
                "repeat": 0.2,
                "reorder": 0.2,
                "seed": 7,
            },
        )
        cls.addClassCleanup(cls.shop.close)
        run_orders(cls.shop)
        cls.unsettled = cls.shop.settle()
        cls.attempts = cls.shop.attempts()

    def test_every_attempt_is_there(self):
        self.assertEqual(self.unsettled, [])

    def test_counts_are_those_of_the_streams(self):
        self.assert_counted()

    def test_lines_are_those_of_the_streams(self):
        self.assert_lines_once()

    def test_orders_are_transactions(self):
        for name, (trace_id, _) in ORDERS.items():
            with self.subTest(order=name):
                transaction = self.shop.transaction(trace_id)
                self.assertTrue(transaction["complete"], transaction["missing"])
                self.assertEqual(
                    sorted(key(i) for i in transaction["invocations"]),
                    sorted(a.key for a in of(self.attempts, name) if a.function != "notify"),
                )

    def test_it_says_who_told(self):
        for row in self.shop.api("functions?from=0")["functions"]:
            self.assertEqual((row["sources"], row["agent_version"]), (["logs"], None))


class BothTest(StreamsTestCase):
    """Agents and a subscription into one collector: one truth."""

    @classmethod
    def setUpClass(cls):
        cls.maxDiff = None
        cls.shop = shop.Shop(
            changes=SAMPLED,
            cloudwatch=lambda running: {
                "subscription": f"http://{running.collector.address}/v1/cloudwatch",
                "interval": "150ms",
                "repeat": 0.1,
                "reorder": 0.1,
            },
        )
        cls.addClassCleanup(cls.shop.close)
        run_orders(cls.shop)
        cls.killed = cls.kill_an_agent()
        cls.unsettled = cls.shop.settle()
        end_instances(cls.shop)
        cls.attempts = cls.shop.attempts()

    @classmethod
    def kill_an_agent(cls):
        """Kill the agent of an instance of stock that is at work; gives the id of the request."""
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            pending = pool.submit(
                cls.shop.order, "killed", "6740f5a1000000000000000000000099", "cup", "slow"
            )
            at_work = shop.wait_until("stock works", lambda: [
                one for one in cls.shop.control("instances?function=stock")["instances"]
                if one["state"] == "invoke" and any(
                    a.mentions("killed") for a in cls.shop.attempts() if a.function == "stock")
            ])
            cls.shop.control(f"instances/{at_work[0]['id']}/kill", {"target": "thaw-agent"})
            pending.result()
        return at_work[0]["request_id"]

    def test_every_attempt_is_there(self):
        self.assertEqual(self.unsettled, [])

    def test_nothing_is_counted_twice(self):
        # The agents know of inits that were repeated inside of an invocation.
        self.assert_counted(cold=False)

    def test_no_line_is_there_twice(self):
        self.assert_lines_once()

    def test_each_invocation_is_there_once_with_its_order(self):
        for name, (trace_id, _) in ORDERS.items():
            with self.subTest(order=name):
                self.assertEqual(
                    sorted(key(i) for i in self.shop.api(f"transactions/{trace_id}")["invocations"]),
                    sorted(a.key for a in of(self.attempts, name)),
                )

    def test_what_only_an_agent_sees_is_there(self):
        for name, (trace_id, _) in ORDERS.items():
            for invocation in self.shop.api(f"transactions/{trace_id}")["invocations"]:
                with self.subTest(order=name, invocation=key(invocation)):
                    self.assertEqual(invocation["source"], "both")
                    self.assertIsNotNone(invocation["xray_header"])

    def test_what_a_killed_agent_could_not_close_is_closed_by_its_lines(self):
        (attempt,) = self.shop.collector.attempts(self.killed)
        self.assertEqual((attempt["outcome"], attempt["error_type"]), ("error", "Extension.Crash"))
        (told,) = [a for a in self.attempts if a.request_id == self.killed]
        self.assertEqual(attempt["billed_ms"], int(told.amount("Billed Duration")))


if __name__ == "__main__":
    unittest.main()
