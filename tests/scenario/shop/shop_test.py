# SPDX-License-Identifier: Apache-2.0
"""Requests through the whole shop, looked up in the collector and compared with what the
platform's own log streams say.

The orders of the scenario run once, for all tests: each test then asserts one promise."""

import collections
import concurrent.futures
import fractions
import functools
import unittest

import shop

# us-east-1, x86, as AWS publishes them.
DOLLARS_PER_GB_S = fractions.Fraction("0.0000166667")
DOLLARS_PER_REQUEST = fractions.Fraction("0.0000002")
# A share of a batch may be no finite decimal; it is rounded at this place.
SHARE_UNIT = fractions.Fraction(1, 10**18)

# name -> (trace id, items). Each is placed when all is over that the one before it caused, so that
# a second try finds the environment of the first ...
ONE_BY_ONE = {
    "plain": ("6740f5a1000000000000000000000001", ["kettle", "cup"]),
    "broken": ("6740f5a1000000000000000000000002", ["cup", "broken"]),
    "slow": ("6740f5a1000000000000000000000003", ["cup", "slow"]),
    "flaky": ("6740f5a1000000000000000000000004", ["flaky"]),
    "bounced": ("6740f5a1000000000000000000000005", ["bounced"]),
}
# ... and these at once: they need new instances and share batches.
RUSH = {
    f"rush-{number}": (f"6740f5a10000000000000000000001{number:02}", ["teapot", "spoon"])
    for number in range(6)
}
ORDERS = {**ONE_BY_ONE, **RUSH}

# The spans that each function makes itself, of an order that nothing happens to.
SDK_SPANS = {
    "checkout": {"checkout", "invoke stock", "invoke pricing", "invoke receipt", "orders send"},
    "stock": {"stock", "look up"},
    "pricing": {"quote"},
    "receipt": {"receipt"},
    "notify": {"orders process", "compose mail"},
}


def key(invocation):
    return tuple(invocation[name] for name in ("function", "instance", "request_id", "attempt"))


def printed(line):
    """The lines that were printed: those of a stack trace are one in answers."""
    return line["body"].rstrip("\n").split("\n")


def price(attempt):
    """What an attempt costs, by hand, from its REPORT line."""
    gb_s = fractions.Fraction(
        int(attempt.amount("Billed Duration")) * int(attempt.amount("Memory Size")), 1000 * 1024
    )
    return gb_s * DOLLARS_PER_GB_S + DOLLARS_PER_REQUEST


def place(running, name):
    trace_id, items = ORDERS[name]
    return running.order(name, trace_id, *items)


def is_over(attempts, name):
    """Whether the last attempts of an order that was accepted succeeded: the receipt is printed and
    the mail is sent; or whether it was refused."""
    lines = [line for attempt in attempts for line in attempt.lines]
    refused = any("order refused" in line for a in attempts if a.mentions(name) for line in a.lines)
    printed = any(f"order {name}: receipt over" in line for line in lines)
    mine = [a for a in attempts if a.function == "notify" and a.mentions(name)]
    told = any("customers told" in line for attempt in mine for line in attempt.lines)
    return refused or (printed and told)


def for_each_order(test):
    """Run the test as test(self, name, transaction) for every order, each as a subtest."""

    @functools.wraps(test)
    def run(self):
        for name, transaction in self.transactions.items():
            with self.subTest(order=name):
                self.assertIsNotNone(transaction, "the collector does not know it")
                test(self, name, transaction)

    return run


def for_each_invocation(test):
    """Run the test as test(self, attempt, invocation), the platform's word and the collector's, for
    every invocation of every order, each as a subtest."""

    @functools.wraps(test)
    def run(self):
        told = {a.key: a for a in self.attempts}
        for name, transaction in self.transactions.items():
            for invocation in transaction["invocations"] if transaction else []:
                with self.subTest(order=name, invocation=key(invocation)):
                    self.assertIn(key(invocation), told, "the platform does not know it")
                    test(self, told[key(invocation)], invocation)

    return run


class ShopTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.maxDiff = None
        cls.shop = shop.Shop()
        cls.addClassCleanup(cls.shop.close)
        cls.answers = {}
        for name in ONE_BY_ONE:
            cls.answers[name] = place(cls.shop, name)
            shop.wait_until(f"the end of {name}", lambda: is_over(cls.shop.attempts(), name))
        with concurrent.futures.ThreadPoolExecutor(len(RUSH)) as pool:
            cls.answers |= zip(RUSH, pool.map(lambda name: place(cls.shop, name), RUSH))
        cls.unsettled = cls.shop.settle()
        cls.attempts = cls.shop.attempts()
        cls.transactions = {
            name: cls.shop.transaction(trace_id) for name, (trace_id, _) in ORDERS.items()
        }

    # --- what the platform says --------------------------------------------------------------

    def of(self, name):
        """The attempts that belong to an order: their own lines mention it."""
        return [attempt for attempt in self.attempts if attempt.mentions(name)]

    def served(self, attempt):
        """The orders that an attempt belongs to."""
        return [name for name in ORDERS if attempt.mentions(name)]

    # --- the scenario itself -----------------------------------------------------------------

    def test_the_shop_answered_as_it_should(self):
        statuses = {name: status for name, (status, _) in self.answers.items()}
        troubled = {"broken": 502, "slow": 502}
        self.assertEqual(statuses, {name: troubled.get(name, 200) for name in ORDERS})

    def test_every_attempt_was_reported(self):
        self.assertEqual(self.unsettled, [], "attempts whose report did not reach the collector")

    def test_the_rush_started_new_instances(self):
        instances = collections.Counter(
            function for function, _ in {(a.function, a.instance) for a in self.attempts}
        )
        self.assertGreater(instances["checkout"], 1)

    # --- one transaction ---------------------------------------------------------------------

    @for_each_order
    def test_every_id_leads_to_the_same_transaction(self, name, transaction):
        trace_id = ORDERS[name][0]
        mine = [a.request_id for a in self.of(name) if len(self.served(a)) == 1]
        for one in [shop.xray(trace_id), trace_id, *mine]:
            with self.subTest(id=one):
                found = self.shop.api(f"transactions/{one}")
                self.assertIsNotNone(found, "not found")
                self.assertEqual(found["id"], transaction["id"])
                self.assertEqual(
                    sorted(map(key, found["invocations"])),
                    sorted(map(key, transaction["invocations"])),
                )

    @for_each_order
    def test_its_invocations_are_those_of_every_instance_it_touched(self, name, transaction):
        self.assertEqual(
            sorted(map(key, transaction["invocations"])),
            sorted(attempt.key for attempt in self.of(name)),
        )

    @for_each_order
    def test_it_is_complete(self, _, transaction):
        self.assertEqual(transaction["missing"], [])
        self.assertTrue(transaction["complete"])

    def test_an_asynchronous_retry_is_a_second_attempt(self):
        receipts = [
            i for i in self.transactions["flaky"]["invocations"] if i["function"] == "receipt"
        ]
        self.assertEqual(len({i["request_id"] for i in receipts}), 1)
        self.assertGreater(len(receipts), 1)
        self.assertEqual(receipts[0]["outcome"], "error")
        self.assertEqual(receipts[-1]["outcome"], "ok")

    def test_a_redelivered_message_is_in_its_transaction_twice(self):
        notified = [
            i for i in self.transactions["bounced"]["invocations"] if i["function"] == "notify"
        ]
        self.assertEqual([i["outcome"] for i in notified], ["error", "ok"])

    def test_a_timeout_is_shown_as_one(self):
        (stock,) = [
            i for i in self.transactions["slow"]["invocations"] if i["function"] == "stock"
        ]
        self.assertEqual((stock["outcome"], stock["timeout_ms"]), ("timeout", 1000 * shop.STOCK_TIMEOUT_S))

    def test_an_error_of_the_function_is_shown_with_its_type(self):
        (pricing,) = [
            i for i in self.transactions["broken"]["invocations"] if i["function"] == "pricing"
        ]
        self.assertEqual((pricing["outcome"], pricing["error_type"]), ("error", "Pricing.NoPrice"))

    # --- spans -------------------------------------------------------------------------------

    def test_each_invocation_has_the_spans_of_its_sdk(self):
        for name in ["plain", *RUSH]:
            with self.subTest(order=name):
                transaction = self.transactions[name]
                names = collections.defaultdict(set)
                for span in transaction["spans"]:
                    if span["source"] == "sdk":
                        names[span["function"], span["request_id"]].add(span["name"])
                expected = {(a.function, a.request_id): SDK_SPANS[a.function] for a in self.of(name)}
                self.assertEqual(dict(names), expected)

    @for_each_order
    def test_each_invocation_has_the_span_of_the_agent(self, name, transaction):
        servers = collections.Counter(
            (s["function"], s["instance"], s["request_id"], s["attempt"])
            for s in transaction["spans"]
            if s["source"] == "agent" and s["kind"] == "server"
        )
        self.assertEqual(servers, collections.Counter(a.key for a in self.of(name)))

    # --- log lines ---------------------------------------------------------------------------

    def lines(self, transaction):
        return [
            line
            for line in transaction["logs"]
            if line["source"] == "function" and line["request_id"] is not None
        ]

    @for_each_order
    def test_every_line_is_there_and_no_line_of_another(self, name, transaction):
        found = collections.Counter(
            (*key(line), text) for line in self.lines(transaction) for text in printed(line)
        )
        expected = collections.Counter(
            (*attempt.key, line) for attempt in self.of(name) for line in attempt.lines
        )
        self.assertEqual(found - expected, collections.Counter(), "lines too many")
        self.assertEqual(expected - found, collections.Counter(), "lines too few")

    @for_each_order
    def test_lines_of_an_instance_are_in_the_order_of_its_stream(self, name, transaction):
        found = collections.defaultdict(list)
        for line in self.lines(transaction):
            found[line["function"], line["instance"]] += printed(line)
        expected = collections.defaultdict(list)
        for attempt in self.of(name):
            expected[attempt.function, attempt.instance] += attempt.lines
        self.assertEqual(found, {k: lines for k, lines in expected.items() if lines})

    @for_each_order
    def test_records_are_in_the_documented_order(self, _, transaction):
        for previous, line in zip(transaction["logs"], transaction["logs"][1:]):
            if previous["instance"] == line["instance"]:
                before = (previous["epoch"], previous["seq"])
                self.assertLess(before, (line["epoch"], line["seq"]))
            else:
                self.assertLessEqual(int(previous["time"]), int(line["time"]))

    def test_levels_are_read(self):
        lines = self.lines(self.transactions["broken"])
        levels = {line["level"] for line in lines if line["function"] == "checkout"}
        self.assertTrue({"INFO", "ERROR"} <= levels, f"levels are {sorted(levels)}")

    def test_the_rush_shared_a_batch(self):
        self.assertTrue(any(len(self.served(a)) > 1 for a in self.attempts))

    @for_each_order
    def test_lines_of_a_batch_are_marked_as_shared(self, _, transaction):
        shared = {a.key for a in self.attempts if len(self.served(a)) > 1}
        for line in self.lines(transaction):
            self.assertEqual(line["shared"], key(line) in shared, line)

    # --- facts -------------------------------------------------------------------------------

    @for_each_invocation
    def test_durations_and_memory_are_as_the_platform_reported_them(self, attempt, invocation):
        billed = int(attempt.amount("Billed Duration"))
        self.assertEqual(invocation["billed_ms"], billed)
        self.assertEqual(invocation["memory_mb"], int(attempt.amount("Memory Size")))
        self.assertEqual(invocation["max_memory_mb"], int(attempt.amount("Max Memory Used")))
        # The line shows two decimals.
        self.assertAlmostEqual(
            invocation["reported_ms"], float(attempt.amount("Duration")), delta=0.0051
        )

    def test_each_function_had_a_cold_start(self):
        cold = {a.function for a in self.attempts if a.amount("Init Duration")}
        self.assertEqual(cold, set(SDK_SPANS))

    @for_each_invocation
    def test_cold_starts_are_marked(self, attempt, invocation):
        """A request waited for an init if its report says so, or if the init was repeated inside
        it after a timeout."""
        waited = attempt.amount("Init Duration")
        if waited is None:
            self.assertEqual(invocation["cold"], invocation["init_phase"] == "invoke")
        else:
            self.assertTrue(invocation["cold"])
            self.assertAlmostEqual(invocation["init_ms"], float(waited), delta=0.0051)

    # --- cost --------------------------------------------------------------------------------

    @for_each_invocation
    def test_the_cost_of_an_invocation_is_that_of_its_report(self, attempt, invocation):
        cost = invocation["cost"]
        self.assertEqual(fractions.Fraction(cost["amount"]), price(attempt))
        billed, memory = attempt.amount("Billed Duration"), attempt.amount("Memory Size")
        self.assertEqual(cost["mb_ms"], int(billed) * int(memory))

    @for_each_order
    def test_the_cost_of_a_transaction_is_the_sum_by_hand(self, name, transaction):
        attempts = self.of(name)
        shares = [price(a) / len(self.served(a)) for a in attempts]
        amount = fractions.Fraction(transaction["cost"]["amount"])
        rounding = SHARE_UNIT * sum(len(self.served(a)) > 1 for a in attempts)
        self.assertLessEqual(abs(amount - sum(shares)), rounding)

    def test_the_shares_of_a_batch_are_its_whole_cost(self):
        for attempt in self.attempts:
            orders = self.served(attempt)
            if len(orders) < 2:
                continue
            with self.subTest(orders=orders):
                shares = [
                    fractions.Fraction(invocation["cost_share"]["amount"])
                    for name in orders
                    for invocation in self.transactions[name]["invocations"]
                    if key(invocation) == attempt.key
                ]
                self.assertEqual(len(shares), len(orders))
                self.assertLessEqual(abs(sum(shares) - price(attempt)), SHARE_UNIT * len(orders))

    # --- the command line --------------------------------------------------------------------

    def test_the_command_line_tells_the_same(self):
        trace_id = ORDERS["plain"][0]
        status, told = self.shop.thaw("trace", trace_id)
        self.assertEqual(status, 0)
        self.assertEqual(told, self.shop.api(f"transactions/{trace_id}"))

    def test_the_command_line_says_when_there_is_nothing(self):
        status, _ = self.shop.thaw("trace", "6740f5a1ffffffffffffffffffffffff")
        self.assertEqual(status, 1)


class StopTest(unittest.TestCase):
    def test_everything_stops_when_asked(self):
        """Also while requests are on their way: both programs end by themselves."""
        running = shop.Shop()
        self.addCleanup(running.close)
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            pending = pool.submit(place, running, "slow")
            shop.wait_until("stock runs", lambda: any(a.mentions("slow") for a in running.attempts()))
            statuses = running.close()
            pending.exception()
        self.assertEqual(statuses, {"sandbox": 0, "collector": 0})


if __name__ == "__main__":
    unittest.main()
