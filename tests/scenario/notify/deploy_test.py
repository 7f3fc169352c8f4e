# SPDX-License-Identifier: Apache-2.0
"""A deploy doubles cold starts: the alert fires, reaches a real Alertmanager and a webhook, leads to
the right transactions, and is over; the collector is killed in every state on the way, and nothing
is told twice or lost.

    deploy_test.py THAW_COLLECTOR THAW
"""

import json
import time

import alertmanager_test
from house import House, main
import wire

# Long enough to be killed in, and short enough to wait for.
SLOW = ["--alert-cold-start-for", "4s", "--alert-cold-start-clear-for", "4s",
        "--alert-interval", "500ms", "--alert-webhook-reach", "loopback"]

# Where people reach the dashboard.
SITE = "https://thaw.example"

CONFIG = "alertmanagers: [{url: \"%s\", reach: loopback}]\n"


class Deploy(House):
    ask = alertmanager_test.Alertmanager.ask
    start = alertmanager_test.Alertmanager.start
    states = alertmanager_test.Alertmanager.states

    def alert(self):
        """The alert of checkout, and when that was so."""
        answer = self.get(self.house, "alerts")
        found = [a for a in answer["alerts"] if a["labels"]["function"] == "checkout"]
        return (found[0] if found else None), answer["evaluated_at"]

    def evaluated_after(self, before):
        """The same, as soon as it is of another evaluation."""
        while True:
            alert, evaluated = self.alert()
            if evaluated != before:
                return alert, evaluated

    def state(self):
        alert, _ = self.alert()
        return alert["state"] if alert else "ok"

    def traffic(self, cold, warm, first):
        wire.send(self.house, wire.traffic("checkout", time.time_ns(), cold, warm, first))

    def kill(self):
        self.house.kill()
        self.house.start()
        self.until(lambda: self.get(self.house, "alerts")["evaluated_at"])

    def told(self, status):
        """Messages to the webhook of this kind about checkout, each once whatever was retried."""
        return {key for key, message in self.messages() if message["status"] == status}

    def messages(self):
        return [(request["headers"]["Idempotency-Key"], request["json"])
                for request in self.hook.of("/hook")]

    def test_a_deploy_doubles_cold_starts(self):
        people, self.hook = self.listener(), self.listener()
        self.start(people)
        self.house = self.collector(CONFIG % self.url, *SLOW, "--alert-webhook",
                                    f"{self.hook.url}/hook", "--alert-external-url", SITE)
        self.traffic(cold=4, warm=96, first=0)
        for _ in range(2):
            alert, _ = self.evaluated_after(self.alert()[1])
            self.assertIsNone(alert)

        status, _, answer = self.house.request(
            "POST", "/api/thaw/v1/deploys",
            json.dumps({"function": "checkout", "version": "2", "ref": "v2"}).encode(),
            {"Content-Type": "application/json"})
        self.assertLess(status, 300, answer)
        self.traffic(cold=40, warm=60, first=1000)
        # The next evaluation sees it: what is on the disk counts at once.
        _, before = self.alert()
        alert, evaluated = self.evaluated_after(before)
        if alert is None:  # That one had begun before the records came.
            alert, _ = self.evaluated_after(evaluated)
        self.assertEqual(alert["state"], "pending")
        self.kill()
        self.until(lambda: self.state() == "firing")
        self.until(lambda: self.states() == {"checkout": "active"} and self.told("firing"))
        alert, _ = self.alert()
        self.assertEqual(len(alert["examples"]), 3)
        for example in alert["examples"]:
            status, _, body = self.house.request(
                "GET", f"/api/thaw/v1/transactions/{example['transaction']}")
            self.assertEqual(status, 200)
            self.assertTrue(any(call["function"] == "checkout" and call["cold"]
                                for call in json.loads(body)["invocations"]))
        message = next(m for _, m in self.messages() if m["status"] == "firing")
        annotations = message["alerts"][0]["annotations"]
        self.assertEqual(annotations["examples"].split(),
                         [example["trace_id"] for example in alert["examples"]])
        self.assertEqual(annotations["links"].split(),
                         [f"{SITE}/transactions/{each['transaction']}" for each in alert["examples"]])
        for link in annotations["links"].split():
            status, headers, _ = self.house.request("GET", link[len(SITE):])
            self.assertEqual((status, headers["Content-Type"].split(";")[0]), (200, "text/html"))

        self.until(lambda: all(n["state"] == "delivered" for n in self.alert()[0]["notifications"]))
        self.kill()
        self.assertEqual(self.state(), "firing")

        # The instances are warm: the rate falls below where it is over, and stays there.
        self.traffic(cold=0, warm=3000, first=5000)
        time.sleep(2)
        self.kill()
        self.until(lambda: self.told("resolved"))
        self.until(lambda: self.states() == {})
        self.until(lambda: all(n["state"] == "delivered" for n in self.alert()[0]["notifications"]))
        self.kill()
        self.evaluated_after(self.alert()[1])
        self.assertEqual(len(self.told("firing")), 1)
        self.assertEqual(len(self.told("resolved")), 1)
        self.assertEqual(len(self.messages()), 2)


if __name__ == "__main__":
    main()
