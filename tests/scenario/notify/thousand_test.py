# SPDX-License-Identifier: Apache-2.0
"""A thousand functions get a new version, and most have little traffic: nobody is told while what is
wrong is gathered.  Nobody says that anything is deployed: the versions do.

    thousand_test.py THAW_COLLECTOR THAW
"""

import json
import subprocess
import time

from house import House, main
import wire

COUNT = 1000
MINUTE = 60 * wire.SECOND

# Told together, once what is gathered after a deploy is over; else at once.
FILE = """
gather: 1h
route: {receiver: team, group_wait: 1s, group_interval: 1s}
receivers: [{name: team, webhook_configs: [{url: %s/hook, reach: loopback}]}]
"""


# Nothing is gathered: the groups are what keeps it quiet.
UNGATHERED = """
gather: 0s
route: {receiver: team, group_wait: 15s}
receivers: [{name: team, webhook_configs: [{url: %s/hook, reach: loopback}]}]
"""

SPACES = ("market", "shop")


class Thousand(House):
    def send(self, instances):
        for start in range(0, len(instances), 200):
            wire.send(self.house, instances[start:start + 200])

    def space(self, number):
        return SPACES[number % len(SPACES)]

    def deploy(self, busy, broken):
        """Version 2 of all: one cold call each; of some so many that callers wait, and one that
        times out.  What goes wrong comes in one request, so one evaluation sees all of it, however
        slow the machine is."""
        now = time.time_ns()
        quiet, loud = [], []
        for number in range(COUNT):
            cold = 60 if number in busy else 1
            calls = wire.traffic(f"f{number}", now, cold, 0, version="2", space=self.space(number))
            if number in broken:
                calls[-1].invocation(now - 50 * wire.MS, status="timeout")
            (loud if number in busy or number in broken else quiet).extend(calls)
        self.send(quiet)
        if loud:
            wire.send(self.house, loud)

    def before(self):
        now = time.time_ns()
        instances = []
        for number in range(COUNT):
            instances += wire.traffic(f"f{number}", now - 30 * MINUTE, 0, 3, version="1",
                                      space=self.space(number))
        self.send(instances)

    def rounds(self, count):
        """Wait for so many evaluations that began after now."""
        for _ in range(count + 1):
            seen = self.get(self.house, "alerts")["evaluated_at"]
            self.until(lambda: self.get(self.house, "alerts")["evaluated_at"] != seen)

    def firing(self):
        return [alert for alert in self.get(self.house, "alerts")["alerts"]
                if alert["state"] == "firing"]

    def begin(self, file=FILE):
        hook = self.listener()
        self.house = self.collector(file % hook.url)
        self.before()
        self.rounds(2)
        self.assertEqual(self.get(self.house, "alerts")["alerts"], [])
        self.assertEqual(self.get(self.house, "deploys")["deploys"], [])
        return hook

    def test_cold_starts_of_a_deploy_are_told_to_nobody(self):
        hook = self.begin()
        self.deploy(busy=(), broken=())
        self.rounds(3)
        self.assertEqual(self.firing(), [])
        deploys = self.get(self.house, f"deploys?limit={COUNT}")
        self.assertEqual({d["function"] for d in deploys["deploys"]},
                         {f"f{number}" for number in range(COUNT)})
        self.assertEqual({(d["version"], d["source"]) for d in deploys["deploys"]},
                         {("2", "version")})
        self.assertEqual(hook.taken, [])
        code = subprocess.run([self.TOOL, "deploys", "f7", "--json", "--endpoint",
                               "http://%s:%d" % self.house.address], capture_output=True, check=True)
        self.assertEqual([d["version"] for d in json.loads(code.stdout)["deploys"]], ["2"])
        # They are kept, and not found once more.
        self.house.kill()
        self.house.start()
        self.until(lambda: self.get(self.house, "alerts")["evaluated_at"])
        self.rounds(2)
        self.assertEqual(self.get(self.house, f"deploys?limit={COUNT}"), deploys)

    def test_what_a_deploy_breaks_waits_for_the_rest(self):
        hook = self.begin()
        busy, broken = range(0, COUNT, 50), range(10, COUNT, 200)
        self.deploy(busy, broken)
        self.until(lambda: len(self.firing()) == len(busy) + len(broken), timeout=120)
        self.assertEqual({alert["labels"]["alertname"] for alert in self.firing()},
                         {"ColdStartRate", "Timeouts"})
        self.rounds(2)
        self.assertEqual(hook.taken, [])

    def test_an_application_is_one_message(self):
        hook = self.begin(UNGATHERED)
        busy, broken = range(0, COUNT, 25), range(10, COUNT, 55)
        self.deploy(busy, broken)
        self.until(lambda: len(self.firing()) == len(busy) + len(broken), timeout=120)
        self.until(lambda: len(hook.taken) == len(SPACES))
        self.rounds(3)
        messages = [request["json"] for request in hook.taken]
        self.assertEqual({m["groupLabels"]["application"] for m in messages}, set(SPACES))
        self.assertEqual(len(messages), len(SPACES))
        for message in messages:
            told = {a["labels"]["function"] for a in message["alerts"]}
            wanted = {f"f{n}" for n in (*busy, *broken)
                      if self.space(n) == message["groupLabels"]["application"]}
            self.assertEqual(told, wanted)
            self.assertEqual({a["labels"]["alertname"] for a in message["alerts"]},
                             {"ColdStartRate", "Timeouts"})


if __name__ == "__main__":
    main()
