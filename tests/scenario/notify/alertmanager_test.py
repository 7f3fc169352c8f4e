# SPDX-License-Identifier: Apache-2.0
"""Debian's Alertmanager takes our alerts: groups them, silences them, and hears their end.

    alertmanager_test.py THAW_COLLECTOR THAW
"""

import datetime
import json
import socket
import subprocess
import time
import urllib.error
import urllib.request

from house import House, main

CONFIG = """
route: {receiver: people, group_by: [alertname], group_wait: 1s, group_interval: 1s}
receivers:
  - name: people
    webhook_configs: [{url: "%s/people", send_resolved: true}]
"""


class Alertmanager(House):
    def ask(self, path, body=None):
        request = urllib.request.Request(
            f"{self.url}/api/v2/{path}", headers={"Content-Type": "application/json"},
            data=None if body is None else json.dumps(body).encode())
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return json.loads(answer.read())
        except (urllib.error.URLError, ConnectionError):
            return None

    def start(self, listener):
        config = self.write("alertmanager.yml", CONFIG % listener.url)
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        process = subprocess.Popen(
            ["prometheus-alertmanager", f"--config.file={config}",
             f"--storage.path={self.folder}/am", f"--web.listen-address=127.0.0.1:{port}",
             "--cluster.listen-address="], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        self.until(lambda: self.ask("status"))

    def states(self):
        return {each["labels"]["function"]: each["status"]["state"]
                for each in self.ask("alerts") or []}

    def test_it_takes_what_we_tell(self):
        listener = self.listener()
        self.start(listener)
        collector = self.collector(
            f"alertmanagers: [{{url: \"{self.url}/\", reach: loopback}}]\n")
        self.fire(collector, "checkout", "payments")
        self.until(lambda: self.states() == {"checkout": "active", "payments": "active"})
        alert = next(a for a in self.ask("alerts") if a["labels"]["function"] == "checkout")
        self.assertEqual(alert["labels"]["severity"], "warning")
        self.assertIn("cold starts 100%", alert["annotations"]["summary"])
        self.assertIn("/alerts?open=", alert["generatorURL"])

        # Grouped: one message of its speaks of both.
        self.until(lambda: any(len(m["json"]["alerts"]) == 2 for m in listener.of("/people")))
        now = datetime.datetime.now(datetime.timezone.utc)
        self.ask("silences", {
            "matchers": [{"name": "function", "value": "payments", "isRegex": False}],
            "startsAt": now.isoformat(), "createdBy": "test", "comment": "known",
            "endsAt": (now + datetime.timedelta(hours=1)).isoformat()})
        self.until(lambda: self.states().get("payments") == "suppressed")

        self.resolve(collector, "checkout")
        self.until(lambda: "checkout" not in self.states())
        self.until(lambda: any(
            each["status"] == "resolved" and each["labels"]["function"] == "checkout"
            for m in listener.of("/people") for each in m["json"]["alerts"]))
        self.assertEqual(self.states(), {"payments": "suppressed"})

    def test_it_may_be_away(self):
        listener = self.listener()
        with socket.create_server(("127.0.0.1", 0)) as free:
            away = f"http://127.0.0.1:{free.getsockname()[1]}"
        self.start(listener)
        collector = self.collector("alertmanagers:\n"
                                   f"  - {{url: \"{away}\", reach: loopback}}\n"
                                   f"  - {{url: \"{self.url}\", reach: loopback}}\n")
        self.fire(collector, "checkout")
        self.until(lambda: self.states() == {"checkout": "active"})
        collector.kill()
        time.sleep(0.2)
        collector.start()
        self.until(lambda: self.get(collector, "status")["notify"]["retries"] > 0)
        self.assertEqual(self.states(), {"checkout": "active"})


if __name__ == "__main__":
    main()
