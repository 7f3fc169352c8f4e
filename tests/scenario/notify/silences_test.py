# SPDX-License-Identifier: Apache-2.0
"""Silences, deploys and tries, by the API.

    silences_test.py THAW_COLLECTOR THAW
"""

import json
import time

from house import House, main

ROUTE = """
route: {receiver: all, group_by: ['...'], group_wait: 0s, group_interval: 1s, repeat_interval: 1h}
receivers:
  - name: all
    webhook_configs: [{url: "%s/hook", reach: loopback}]
gather: %s
"""


class Silences(House):
    def ask(self, collector, method, path, content=None, kind="application/json"):
        status, _, body = collector.request(
            method, f"/api/thaw/v1/{path}", None if content is None else json.dumps(content).encode(),
            {"Content-Type": kind})
        return status, json.loads(body) if body else None

    def alert(self, collector, function):
        return next((a for a in self.get(collector, "alerts")["alerts"]
                     if a["labels"]["function"] == function), None)

    def told(self, listener):
        return sorted({a["labels"]["function"] for m in listener.of("/hook")
                       for a in m["json"]["alerts"]})

    def test_what_is_silenced_is_not_told(self):
        listener = self.listener()
        collector = self.collector(ROUTE % (listener.url, "0s"))
        ends = int(time.time() * 1000) + 3_600_000
        status, made = self.ask(collector, "POST", "silences", {
            "matchers": ['function=~"quiet.*"'], "author": "me", "reason": "known", "ends_at": ends})
        self.assertEqual(status, 201, made)
        self.fire(collector, "quiet-one", "loud")
        listener.wait("/hook", 1)
        quiet = self.until(lambda: (a := self.alert(collector, "quiet-one")) and
                           a["silenced_by"] == made["id"] and a)
        self.assertEqual((quiet["state"], quiet["notifications"]), ("firing", []))
        self.assertIsNone(self.alert(collector, "loud")["silenced_by"])
        self.assertEqual(self.told(listener), ["loud"])

        # Kept over a kill, and one of an alert alone.
        collector.kill()
        collector.start()
        listed = self.get(collector, "silences")["silences"]
        self.assertEqual([(s["id"], s["state"], s["author"], s["matchers"]) for s in listed],
                         [(made["id"], "active", "me", ['function=~"quiet.*"'])])
        self.until(lambda: self.get(collector, "silences")["silences"][0]["alerts"] == 1)
        status, other = self.ask(
            collector, "POST", f"alerts/{quiet['fingerprint']}/silence",
            {"author": "me", "reason": "known, too", "ends_at": "2099-01-01T00:00:00Z"})
        self.assertEqual(status, 400)  # A year at most.
        status, other = self.ask(collector, "POST", f"alerts/{quiet['fingerprint']}/silence",
                                 {"author": "me", "reason": "known, too", "ends_at": ends})
        self.assertEqual(status, 201, other)
        self.assertEqual(self.ask(collector, "DELETE", f"silences/{made['id']}")[0], 204)
        self.assertEqual(self.ask(collector, "DELETE", f"silences/{made['id']}")[0], 404)
        self.until(lambda: self.alert(collector, "quiet-one")["silenced_by"] == other["id"])
        self.assertEqual(self.told(listener), ["loud"])
        self.assertEqual(self.ask(collector, "DELETE", f"silences/{other['id']}")[0], 204)
        self.until(lambda: self.told(listener) == ["loud", "quiet-one"])

        for path, content, kind, wanted in (
                ("silences", {"matchers": ["a=b"]}, "application/json", 400),
                ("silences", {"matchers": ["a=b"], "author": "me", "reason": "r",
                              "ends_at": ends, "x": 1}, "application/json", 400),
                ("silences", {"matchers": ["a=b"], "author": "me", "reason": "r",
                              "ends_at": ends}, "text/plain", 415),
                ("silences", {"matchers": ["a=~\".*\""], "author": "me", "reason": "r",
                              "ends_at": ends}, "application/json", 400),
                ("alerts/0123456789abcdef/silence", {"author": "me", "reason": "r",
                                                     "ends_at": ends}, "application/json", 404),
                ("alerts/x/silence", {}, "application/json", 404),
                ("notifications/test", {"receiver": "nobody"}, "application/json", 404)):
            self.assertEqual(self.ask(collector, "POST", path, content, kind)[0], wanted, path)

    def test_a_receiver_can_be_tried(self):
        listener = self.listener()
        collector = self.collector(ROUTE % (listener.url, "0s"))
        status, made = self.ask(collector, "POST", "notifications/test", {"receiver": "all"})
        self.assertEqual((status, made), (202, {"notifications": ["1", "2"]}))
        hook = listener.wait("/hook", 2)
        self.assertEqual([m["json"]["status"] for m in hook], ["firing", "resolved"])
        self.assertEqual(hook[0]["json"]["alerts"][0]["labels"]["alertname"], "ThawTest")
        listed = self.until(lambda: [n for n in self.get(collector, "notifications")["notifications"]
                                     if n["state"] == "delivered"][1:] and
                            self.get(collector, "notifications")["notifications"])
        self.assertEqual([n["number"] for n in listed], ["2", "1"])
        self.assertNotIn(listener.url, json.dumps(listed))

    def test_a_deploy_gathers(self):
        listener = self.listener()
        collector = self.collector(ROUTE % (listener.url, "8s"))
        functions = [f"f{i}" for i in range(6)]
        for function in functions:
            status, body = self.ask(collector, "POST", "deploys", {
                "function": function, "version": "7", "env": "prod", "ref": "abc",
                "url": "https://ci.example/7"})
            self.assertEqual(status, 204, body)
        collector.kill()
        collector.start()
        deploys = self.get(collector, "deploys")["deploys"]
        self.assertEqual([d["function"] for d in deploys], functions[::-1])
        self.assertEqual(len({d["wave"] for d in deploys}), 1)
        for function in functions:  # Again is nothing new.
            self.ask(collector, "POST", "deploys", {"function": function, "version": "7"})
        self.assertEqual(len(self.get(collector, "deploys")["deploys"]), 6)
        self.fire(collector, *functions)
        hook = listener.wait("/hook", 1)
        self.assertEqual(len(hook), 1)
        self.assertIn("deploy", hook[0]["json"]["groupLabels"])
        self.assertEqual(self.told(listener), functions)


if __name__ == "__main__":
    main()
