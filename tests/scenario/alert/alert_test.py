# SPDX-License-Identifier: Apache-2.0
"""Cold starts become an alert, the alert a message, each exactly once, whatever is killed.

    alert_test.py THAW_COLLECTOR
"""

import json
import os
import sys
import time
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "collector")]

from harness import Collector  # noqa: E402
from receiver import Receiver  # noqa: E402
import wire  # noqa: E402

BINARY = os.environ.get("THAW_COLLECTOR")

# Everything at once: a window of whole minutes cannot be shorter, the waits can.
QUICK = [
    "--alert-interval", "100ms", "--alert-delay", "0s", "--alert-cold-start-window", "3m",
    "--alert-cold-start-for", "0s", "--alert-cold-start-clear-for", "0s",
    "--alert-cold-start-wait", "1s",
    "--alert-webhook-reach", "loopback",
]


class Alerts(unittest.TestCase):
    def setUp(self):
        self.receiver = Receiver()
        self.addCleanup(self.receiver.close)

    def collector(self, *more):
        arguments = [*QUICK, "--alert-webhook", self.receiver.url, *more]
        collector = Collector(BINARY, arguments).start()
        self.addCleanup(collector.close)
        return collector

    def get(self, collector, path):
        status, _, body = collector.request("GET", f"/api/thaw/v1/{path}")
        self.assertEqual(status, 200, body)
        return json.loads(body)

    def wait_evaluations(self, collector, count):
        """Wait until alerts were evaluated so many times more."""
        seen = set()
        while len(seen) <= count:
            seen.add(self.get(collector, "alerts")["evaluated_at"])

    def wait_state(self, collector, function, state):
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            for alert in self.get(collector, "alerts")["alerts"]:
                if alert["labels"]["function"] == function and alert["state"] == state:
                    return alert
        self.fail(f"{function} is not {state}")

    def wait_notice(self, collector, function, says):
        """The first notification of an alert that fires, once it is as wanted."""
        while True:
            notices = self.wait_state(collector, function, "firing")["notifications"]
            if notices and says(notices[0]):
                return notices[0]

    def told(self):
        return [(m["status"], m["commonLabels"]["function"]) for m, _, _ in self.receiver.taken]

    def test_fires_and_resolves_once_each(self):
        collector = self.collector()
        wire.send(collector, wire.traffic("quiet", time.time_ns(), cold=1, warm=99))
        wire.send(collector, wire.traffic("few", time.time_ns(), cold=40, warm=0))
        wire.send(collector, wire.traffic("checkout", time.time_ns(), cold=30, warm=60))
        self.receiver.wait_for(lambda r: len(r.taken) == 1)
        message, key, path = self.receiver.taken[0]
        alert = message["alerts"][0]
        self.assertEqual(path, "/hook/s3cret")
        self.assertEqual(message["version"], "4")
        self.assertEqual(alert["labels"]["alertname"], "ColdStartRate")
        self.assertEqual(alert["labels"]["region"], "us-east-1")
        self.assertEqual(alert["annotations"]["summary"],
                         "cold starts 33.33% > 5% over 3m (n=90, 3s waited)")
        self.assertEqual(len(alert["annotations"]["examples"].split()), 3)
        self.assertEqual(alert["endsAt"], "0001-01-01T00:00:00Z")
        self.assertTrue(key.startswith(alert["fingerprint"]))

        shown = self.wait_state(collector, "checkout", "firing")
        self.assertEqual(shown["fingerprint"], alert["fingerprint"])
        self.assertEqual((shown["samples"], shown["threshold"]), (90, 0.05))
        for example in shown["examples"]:
            status, _, _ = collector.request(
                "GET", f"/api/thaw/v1/transactions/{example['transaction']}")
            self.assertEqual(status, 200)
        self.wait_evaluations(collector, 5)
        self.assertEqual(self.told(), [("firing", "checkout")])

        wire.send(collector, wire.traffic("checkout", time.time_ns(), 0, 2000, first=50_000))
        self.receiver.wait_for(lambda r: len(r.taken) == 2)
        self.wait_evaluations(collector, 5)
        self.assertEqual(self.told(), [("firing", "checkout"), ("resolved", "checkout")])
        self.assertGreater(self.receiver.taken[1][0]["alerts"][0]["endsAt"], "2026")
        shown = self.wait_state(collector, "checkout", "resolved")
        self.assertEqual([n["state"] for n in shown["notifications"]], ["delivered"] * 2)
        rules = self.get(collector, "rules")["rules"]
        rule = rules[0]
        self.assertEqual((rule["threshold"], rule["window_s"], rule["minimum"]), (0.05, 180, 50))
        units = {rule["name"]: (rule["unit"], rule["minimum_unit"]) for rule in rules}
        self.assertEqual(units["InitSlower"], ("times", None))
        self.assertEqual(units["CostSpike"], ("times", "dollars"))
        self.assertEqual(units["ErrorRate"], (None, None))
        collector.stop()

    def test_proactive_inits_are_none(self):
        collector = self.collector()
        now = time.time_ns()
        instances = []
        for number in range(60):
            instance = wire.Instance("warmed", number)
            instance.init(now - 40 * wire.SECOND, 100 * wire.MS)
            instance.invocation(now - wire.SECOND)
            instances.append(instance)
        wire.send(collector, instances)
        wire.send(collector, wire.traffic("after", time.time_ns(), cold=60, warm=0))
        self.receiver.wait_for(lambda r: len(r.taken) == 1)
        self.wait_evaluations(collector, 5)
        self.assertEqual(self.told(), [("firing", "after")])

    def test_kills_change_nothing(self):
        collector = self.collector()
        wire.send(collector, wire.traffic("one", time.time_ns(), cold=60, warm=0))
        self.receiver.wait_for(lambda r: len(r.taken) == 1)
        # Wait until it knows that the message was taken: what a kill in between leaves open is
        # told again, with the same key.
        self.wait_notice(collector, "one", lambda n: n["state"] == "delivered")
        self.wait_evaluations(collector, 2)
        collector.kill()
        collector.start()
        self.wait_evaluations(collector, 5)
        self.assertEqual(self.told(), [("firing", "one")])

        # Fires while the receiver is down, and is killed: not lost.
        self.receiver.status = 503
        wire.send(collector, wire.traffic("two", time.time_ns(), cold=60, warm=0))
        self.receiver.wait_for(lambda r: r.tried >= 2)
        collector.kill()
        self.receiver.status = 200
        collector.start()
        self.receiver.wait_for(lambda r: len(r.taken) == 2)
        self.wait_evaluations(collector, 5)
        self.assertEqual(self.told(), [("firing", "one"), ("firing", "two")])

        # Resolves after a kill of one that fired before it.
        collector.kill()
        collector.start()
        wire.send(collector, wire.traffic("one", time.time_ns(), 0, 4000, first=70_000))
        self.receiver.wait_for(lambda r: len(r.taken) == 3)
        while self.wait_state(collector, "one", "resolved")["notifications"][0]["state"] != "delivered":
            pass
        self.wait_evaluations(collector, 2)
        collector.kill()
        collector.start()
        self.wait_evaluations(collector, 5)
        self.assertEqual(self.told(), [("firing", "one"), ("firing", "two"), ("resolved", "one")])
        collector.stop()

    def test_redirects_are_not_followed(self):
        other = Receiver()
        self.addCleanup(other.close)
        self.receiver.status = 307
        self.receiver.headers = {"Location": other.url}
        collector = self.collector()
        wire.send(collector, wire.traffic("f", time.time_ns(), cold=60, warm=0))
        self.receiver.wait_for(lambda r: r.tried == 1)
        notice = self.wait_notice(collector, "f", lambda n: n["last_error"])
        self.assertEqual(notice["state"], "failed")
        self.assertEqual(notice["last_error"],
                         "the receiver answered 307; redirects are not followed")
        self.wait_evaluations(collector, 5)
        self.assertEqual((self.receiver.tried, other.tried), (1, 0))

    def test_private_addresses_are_not_reached(self):
        collector = self.collector("--alert-webhook-reach", "public")
        wire.send(collector, wire.traffic("f", time.time_ns(), cold=60, warm=0))
        notice = self.wait_notice(collector, "f", lambda n: n["last_error"])
        self.assertIn("not public", notice["last_error"])
        self.assertEqual(self.receiver.tried, 0)
        for path in ("alerts", "rules", "status"):
            status, _, body = collector.request("GET", f"/api/thaw/v1/{path}")
            self.assertEqual(status, 200)
            self.assertNotIn(b"s3cret", body)
        collector.stop()
        self.assertNotIn("s3cret", "".join(collector.lines))

    def test_a_hanging_receiver_does_not_hold_up_the_end(self):
        import socket
        with socket.create_server(("127.0.0.1", 0)) as silent:
            url = f"http://127.0.0.1:{silent.getsockname()[1]}/"
            collector = Collector(BINARY, [*QUICK, "--alert-webhook", url,
                                           "--alert-webhook-timeout", "60s"]).start()
            self.addCleanup(collector.close)
            wire.send(collector, wire.traffic("f", time.time_ns(), cold=60, warm=0))
            connection, _ = silent.accept()
            with connection:
                began = time.monotonic()
                collector.stop()
                self.assertLess(time.monotonic() - began, 30)


if __name__ == "__main__":
    if len(sys.argv) > 1 and os.path.exists(sys.argv[1]):
        BINARY = sys.argv.pop(1)
    unittest.main(verbosity=2)
