# SPDX-License-Identifier: Apache-2.0
"""Every kind of receiver is told, and what each of them may answer.

    receivers_test.py THAW_COLLECTOR THAW
"""

import base64
import email
import os
import signal
import subprocess

from house import House, Mailbox, certificate, main

ROUTE = """
route: {receiver: all, group_wait: 0s, group_interval: 1s, repeat_interval: 1h}
receivers:
  - name: all
"""


class Receivers(House):
    def failing(self, collector, function, says):
        def look():
            for alert in self.get(collector, "alerts")["alerts"]:
                if alert["labels"]["function"] == function:
                    return [n for n in alert["notifications"] if says(n)]
            return None
        return self.until(look)[0]

    def test_each_kind_is_told(self):
        listener = self.listener()
        mailbox = Mailbox()
        self.addCleanup(mailbox.close)
        secret = self.write("hook", f"{listener.url}/hook/s3cret\n")
        collector = self.collector(f"""{ROUTE}
    webhook_configs: [{{url_file: {secret}, reach: loopback, bearer_token: t0ken}}]
    slack_configs: [{{api_url: "{listener.url}/slack/s3cret", reach: loopback, channel: "#ops"}}]
    pagerduty_configs: [{{url: "{listener.url}/pager", routing_key_env: PAGER_KEY, reach: loopback}}]
    opsgenie_configs: [{{api_url: "{listener.url}/genie/", api_key: s3cret, reach: loopback}}]
    email_configs:
      - {{to: "a@example.com, b@example.com", from: thaw@example.com, smarthost: "{mailbox.address}",
          require_tls: false, reach: loopback}}
""", environment={"PAGER_KEY": "s3cret-routing-key"})
        self.fire(collector, "checkout", "<payments&>")
        self.until(lambda: {a["labels"]["function"] for m in listener.of("/hook")
                            for a in m["json"]["alerts"]} == {"checkout", "<payments&>"})
        hook = listener.of("/hook")
        self.assertEqual(hook[0]["headers"]["Authorization"], "Bearer t0ken")
        self.assertEqual(hook[0]["json"]["receiver"], "all")

        slack = listener.wait("/slack", 1)[-1]["json"]
        self.assertEqual(slack["channel"], "#ops")
        self.assertEqual(slack["attachments"][0]["color"], "warning")
        self.assertNotIn("<payments", slack["attachments"][0]["text"])

        pager = listener.wait("/pager", 1)[0]["json"]
        self.assertEqual(pager["event_action"], "trigger")
        self.assertEqual(pager["routing_key"], "s3cret-routing-key")
        self.assertEqual(pager["payload"]["severity"], "warning")
        self.assertIn("ColdStartRate", pager["payload"]["summary"])

        genie = listener.wait("/genie", 1)[0]
        self.assertEqual(genie["path"], "/genie/v2/alerts")
        self.assertEqual(genie["headers"]["Authorization"], "GenieKey s3cret")
        self.assertLessEqual(len(genie["json"]["message"]), 130)
        self.assertEqual(genie["json"]["priority"], "P3")

        recipients, text = mailbox.wait(1)[0]
        self.assertEqual(recipients, ["RCPT TO:<a@example.com>", "RCPT TO:<b@example.com>"])
        mail = email.message_from_bytes(text)
        self.assertTrue(mail["Subject"].startswith("[FIRING:"))
        self.assertIn("ColdStartRate", base64.b64decode(mail.get_payload()).decode())

        self.resolve(collector, "checkout", "<payments&>")
        self.until(lambda: any(m["json"]["event_action"] == "resolve"
                               for m in listener.of("/pager")))
        resolved = listener.of("/pager")[-1]["json"]
        self.assertEqual(resolved["dedup_key"], pager["dedup_key"])
        closed = self.until(lambda: [m for m in listener.of("/genie") if "/close" in m["path"]])
        self.assertIn(genie["json"]["alias"], closed[0]["path"])
        self.until(lambda: any(m["json"]["status"] == "resolved" for m in listener.of("/hook")))
        for path in ("alerts", "status"):
            _, _, body = collector.request("GET", f"/api/thaw/v1/{path}")
            self.assertNotIn(b"s3cret", body)
        collector.stop()
        self.assertNotIn("s3cret", "".join(collector.lines))

    def test_what_they_may_answer(self):
        listener = self.listener()
        listener.answers = {
            "/busy": [(429, {"Retry-After": "3"})],
            "/broken": [(500, {}), (503, {})],
            "/wrong": [(400, {}), (400, {})],
            "/slow": [(0, {})],
        }
        hooks = "".join(
            f"""      - {{url: "{listener.url}/{name}", reach: loopback, timeout: 1s}}\n"""
            for name in ("busy", "broken", "wrong", "slow"))
        collector = self.collector(f"{ROUTE}    webhook_configs:\n{hooks}")
        self.fire(collector, "checkout")
        busy = listener.wait("/busy", 2)
        self.assertGreaterEqual(busy[1]["at"] - busy[0]["at"], 2.9)
        broken = listener.wait("/broken", 3)
        self.assertEqual([each["status"] for each in broken], [500, 503, 200])
        keys = {each["headers"]["Idempotency-Key"] for each in broken}
        self.assertEqual(len(keys), 1)
        listener.wait("/slow", 2)
        notice = self.failing(collector, "checkout", lambda n: n["state"] == "failed")
        self.assertEqual((notice["attempts"], notice["last_error"]),
                         (1, "the receiver answered 400"))
        self.assertEqual(len(listener.of("/wrong")), 1)
        status = self.get(collector, "status")["notify"]
        self.assertEqual((status["failed"], status["waiting"]), (1, 0))
        self.assertGreaterEqual(status["retries"], 4)

    def test_mail_may_be_refused(self):
        mailbox = Mailbox()
        self.addCleanup(mailbox.close)
        mailbox.answers = ["450 later", "550 nobody of that name"]
        collector = self.collector(f"""{ROUTE}
    email_configs:
      - {{to: "a@example.com", from: thaw@example.com, smarthost: "{mailbox.address}",
          require_tls: false, reach: loopback}}
""")
        self.fire(collector, "checkout")
        notice = self.failing(collector, "checkout", lambda n: n["state"] == "failed")
        self.assertEqual((notice["attempts"], notice["last_error"]),
                         (2, "the mail server answered 550"))

    def test_certificates_are_checked(self):
        listener = self.listener(certificate(self.folder))
        text = f"""{ROUTE}
    webhook_configs: [{{url: "{listener.url}/hook", reach: loopback%s}}]
"""
        collector = self.collector(text % "")
        self.fire(collector, "checkout")
        notice = self.failing(collector, "checkout", lambda n: n["last_error"])
        self.assertEqual(notice["state"], "waiting")
        self.assertEqual(listener.taken, [])
        self.write("notify.yml", text % f", ca_file: {self.folder}/server.pem.crt")
        listener.wait("/hook", 1)

    def test_the_file_may_change(self):
        listener = self.listener()
        text = f"""{ROUTE}
    webhook_configs: [{{url: "{listener.url}/%s", reach: loopback}}]
"""
        collector = self.collector(text % "one")
        self.fire(collector, "checkout")
        listener.wait("/one", 1)
        self.write("notify.yml", "route: {receiver: nobody}\n")
        failing = self.until(lambda: self.get(collector, "status")["notify"]["file_error"])
        self.assertIn(":1:9: there is no receiver 'nobody'", failing)
        self.fire(collector, "payments")
        self.until(lambda: len(listener.of("/one")) >= 2)  # The old one still holds.
        self.write("notify.yml", text % "two")
        os.kill(collector.process.pid, signal.SIGHUP)
        self.until(lambda: self.get(collector, "status")["notify"]["file_error"] is None)
        self.fire(collector, "third")
        told = self.until(lambda: listener.of("/two"))
        self.assertEqual(told[0]["json"]["alerts"][0]["status"], "firing")
        checked = subprocess.run([self.TOOL, "notify", "check", self.file], capture_output=True,
                                 text=True, check=False)
        self.assertEqual((checked.returncode, checked.stdout), (0, f"{self.file}: 1 target\n"))
        self.write("notify.yml", "route: {receiver: nobody}\n")
        checked = subprocess.run([self.TOOL, "notify", "check", self.file], capture_output=True,
                                 text=True, check=False)
        self.assertEqual(checked.returncode, 2)
        self.assertIn("notify.yml:1:9:", checked.stderr)

    def try_out(self, collector, *words):
        done = subprocess.run([self.TOOL, "notify", "test", *words, "--endpoint",
                               "http://%s:%d" % collector.address], capture_output=True, text=True,
                              check=False)
        return done.returncode, done.stdout, done.stderr

    def test_a_receiver_may_be_tried(self):
        good, bad = self.listener(), self.listener()
        bad.answers["/hook"] = [(410, {})] * 9
        collector = self.collector(f"""
route: {{receiver: good}}
receivers:
  - name: good
    webhook_configs: [{{url: "{good.url}/hook", reach: loopback}}]
  - name: bad
    webhook_configs: [{{url: "{bad.url}/hook", reach: loopback, send_resolved: false}}]
""")
        self.assertEqual(self.try_out(collector, "good"), (
            0, "good (webhook, firing): delivered\ngood (webhook, resolved): delivered\n", ""))
        message = good.taken[0]["json"]["alerts"][0]
        self.assertEqual(message["labels"]["alertname"], "ThawTest")
        code, out, _ = self.try_out(collector, "bad")
        self.assertEqual((code, out.split(":")[:2]), (1, ["bad (webhook, firing)", " not delivered"]))
        self.assertIn("410", out)
        code, out, _ = self.try_out(collector)
        self.assertEqual((code, out.count("good"), out.count("bad")), (1, 2, 1))
        code, _, error = self.try_out(collector, "nobody")
        self.assertEqual(code, 2)
        self.assertIn("there is no such receiver", error)
        collector.close()
        self.assertEqual(self.try_out(collector, "good")[0], 3)


if __name__ == "__main__":
    main()
