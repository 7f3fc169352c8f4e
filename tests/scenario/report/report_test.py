#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""thaw report on real log groups: the same numbers as counted from the raw files, and what it does
when there is nothing to report.

    report_test.py THAW
"""

import base64
import gzip
import io
import json
import os
import pathlib
import pty
import re
import subprocess
import sys
import tarfile
import tempfile
import unittest
from decimal import Decimal

import count

THAW = None
FOUND, NOTHING, WRONG, UNREADABLE = range(4)
DATA = pathlib.Path(__file__).resolve().parents[3].parent / "shared/data"
LOGS = DATA / "cloudwatch"
CSV = LOGS / "caputdraconis050630__aws-lambda-logs-dataset/slack_invitor_convention_logs.csv"
INSIGHTS = LOGS / "oslabs-beta__Embr/retrievedData.logs_insights.json"
REPORTS = LOGS / "real_report_lines.tsv"
SUBSCRIPTIONS = sorted(
    path
    for folder in ("DataDog__datadog-serverless-functions/tests/events",
                   "DataDog__datadog-serverless-functions/tools/integration_tests/snapshots",
                   "newrelic__aws-log-ingestion/test/events")
    for path in (LOGS / folder).glob("*.json")
    if '"logEvents"' in path.read_text()
)


def run(*words, stdin=b"", **environment):
    environment = {"LANG": "C.UTF-8", "PATH": os.environ["PATH"], **environment}
    done = subprocess.run([THAW, *map(str, words)], input=stdin, capture_output=True,
                          env=environment, timeout=120)
    return done.returncode, done.stdout, done.stderr.decode()


def report(*words, **options):
    code, out, error = run("--json", "report", *words, **options)
    return code, json.loads(out) if out else None, error


class Real(unittest.TestCase):
    """Each real log group says what an independent count of its raw lines says."""

    def check(self, expected, answer):
        summary = answer["summary"]
        self.assertEqual(
            {name: summary[name] for name in ("invocations", "cold_starts", "billed_ms", "mb_ms")},
            {name: expected[name] for name in ("invocations", "cold_starts", "billed_ms", "mb_ms")})
        self.assertEqual(summary["max_memory_mb_sum"], expected["memory"])
        self.assertEqual(Decimal(str(summary["init_ms"]["sum"])), expected["init"])
        self.assertGreaterEqual(summary["errors"], summary["timeouts"])
        self.assertEqual(summary["timeouts"] >= expected["timeouts"], True)
        functions = answer["functions"]
        for name in ("invocations", "cold_starts", "errors", "timeouts", "billed_ms", "mb_ms"):
            self.assertEqual(sum(f[name] for f in functions), summary[name], name)
        amount = sum(Decimal(f["amount"]) for f in functions)
        self.assertEqual(amount, Decimal(summary["amount"]))
        self.assertEqual(sum(map(Decimal, summary["parts"].values())), amount)

    def test_console_csv(self):
        expected = count.count(count.csv_messages(CSV))
        self.assertEqual(expected["invocations"], 42)
        code, answer, error = report(CSV)
        self.assertEqual((code, error), (FOUND, ""))
        self.check(expected, answer)
        self.assertEqual(answer["summary"]["suppressed_inits"], 4)
        self.assertEqual(answer["summary"]["unparsed_lines"], 0)

    def test_insights_json(self):
        code, answer, error = report(INSIGHTS)
        self.assertEqual((code, error), (FOUND, ""))
        self.check(count.count(count.insights_messages(INSIGHTS)), answer)
        self.assertEqual(answer["summary"]["streams"], 2)

    def test_subscription_payloads(self):
        self.assertGreater(len(SUBSCRIPTIONS), 5)
        for path in SUBSCRIPTIONS:
            with self.subTest(path=path.name):
                expected = count.count(count.subscription_messages(path))
                code, answer, _ = report(path)
                if expected["invocations"] == 0:
                    self.assertIn(answer["summary"]["invocations"], (0, 1))
                    continue
                self.assertEqual(code, FOUND)
                self.check(expected, answer)

    def test_a_payload_in_every_wrapping(self):
        plain = next(p for p in SUBSCRIPTIONS if p.name == "cloudwatch_log_timeout.json").read_bytes()
        packed = gzip.compress(plain)
        event = json.dumps({"awslogs": {"data": base64.b64encode(packed).decode()}}).encode()
        _, expected, _ = report("-", stdin=plain)
        for wrapped in (packed, event, plain + b"\n" + plain, gzip.compress(event)):
            code, answer, error = report("-", stdin=wrapped)
            self.assertEqual((code, error), (FOUND, ""))
            for name in ("invocations", "cold_starts", "timeouts", "billed_ms", "amount"):
                self.assertEqual(answer["summary"][name], expected["summary"][name])

    def test_real_lines_of_six_years(self):
        messages = list(count.report_lines(REPORTS))
        events = [{"logStreamName": f"2026/01/01/[$LATEST]{i:032x}", "eventId": str(i),
                   "timestamp": 1767225600000 + i, "message": message}
                  for i, message in enumerate(messages)]
        code, answer, _ = report("-", stdin=json.dumps({"events": events}).encode())
        self.assertEqual(code, FOUND)
        self.check_sums(messages, answer)
        # As text a message has to be on a line of its own: REPORT's numbers are not always.
        whole = [m for m in messages if not re.search(r"REPORT [^\n]*\n(?!XRAY)", m)]
        self.assertEqual(len(messages) - len(whole), 1)
        code, answer, _ = report("-", stdin="\n".join(whole).encode())
        self.assertEqual(code, FOUND)
        self.check_sums(whole, answer)

    def check_sums(self, messages, answer):
        expected, summary = count.count(messages), answer["summary"]
        for name in ("invocations", "billed_ms", "mb_ms"):
            self.assertEqual(summary[name], expected[name], name)
        self.assertEqual(summary["max_memory_mb_sum"], expected["memory"])

    def test_the_same_twice_is_once(self):
        _, once, _ = report(CSV)
        code, twice, _ = report(CSV, CSV)
        self.assertEqual(code, FOUND)
        for name in ("invocations", "cold_starts", "errors", "billed_ms", "amount"):
            self.assertEqual(twice["summary"][name], once["summary"][name], name)

    def test_a_directory_and_a_tar_of_it(self):
        with tempfile.TemporaryDirectory() as folder:
            (pathlib.Path(folder) / "a.csv").write_bytes(CSV.read_bytes())
            (pathlib.Path(folder) / "b.json.gz").write_bytes(gzip.compress(INSIGHTS.read_bytes()))
            code, answer, error = report(folder)
            self.assertEqual((code, error), (FOUND, ""))
            self.assertEqual(answer["summary"]["invocations"], 42 + 12)
            packed = io.BytesIO()
            with tarfile.open(fileobj=packed, mode="w:gz") as tar:
                tar.add(folder, "logs")
            code, answer, _ = report("-", stdin=packed.getvalue())
            self.assertEqual((code, answer["summary"]["invocations"]), (FOUND, 42 + 12))


HOSTILE = "\x1b[2J\x1b]0;title\x07 <script>alert(1)</script> \u202edesrever \x9b31m"


def hostile_payload():
    request = "11111111-2222-4333-8444-555555555555"
    lines = [f"START RequestId: {request} Version: $LATEST\n",
             f"[ERROR] {HOSTILE}\n{HOSTILE}",
             f"2025-09-01T00:00:00.500Z {request} Task timed out after 3.00 seconds\n",
             f"END RequestId: {request}\n",
             f"REPORT RequestId: {request}\tDuration: 3000.00 ms\tBilled Duration: 3000 ms\t"
             "Memory Size: 128 MB\tMax Memory Used: 128 MB\tStatus: timeout\n"]
    events = [{"id": str(i), "timestamp": 1756684800000 + i, "message": line}
              for i, line in enumerate(lines)]
    return json.dumps({"messageType": "DATA_MESSAGE", "owner": "123456789012",
                       "logGroup": f"/aws/lambda/shop{HOSTILE}", "logStream": f"s{HOSTILE}",
                       "subscriptionFilters": [], "logEvents": events}).encode()


class Shown(unittest.TestCase):
    """What people see."""

    def on_terminal(self, *words, **environment):
        master, slave = pty.openpty()
        environment = {"LANG": "C.UTF-8", "TERM": "xterm", "PATH": os.environ["PATH"],
                       **environment}
        done = subprocess.Popen([THAW, *map(str, words)], stdout=slave, stderr=slave,
                                stdin=subprocess.DEVNULL, env=environment)
        os.close(slave)
        seen = b""
        while True:
            try:
                more = os.read(master, 65536)
            except OSError:
                break
            if not more:
                break
            seen += more
        os.close(master)
        self.assertEqual(done.wait(), FOUND)
        return seen

    def test_for_people(self):
        code, out, error = run("report", CSV)
        self.assertEqual((code, error), (FOUND, ""))
        page = out.decode()
        for text in ("23 of 42 invocations (54.8 %)", "slack_invitor_convention", "JSONDecodeError",
                     "What the cost is made of", "The worst requests", "What logs cannot know"):
            self.assertIn(text, page)
        self.assertNotIn("\x1b", page)

    def test_ascii_where_that_is_asked_for(self):
        code, out, _ = run("report", CSV, LANG="C")
        self.assertEqual(code, FOUND)
        self.assertIn("######", out.decode("utf-8"))
        self.assertNotIn("█", out.decode("utf-8"))

    def test_colours_on_a_terminal_only_and_not_where_unwanted(self):
        self.assertIn(b"\x1b[31m", self.on_terminal("report", CSV))
        self.assertNotIn(b"\x1b", self.on_terminal("report", CSV, NO_COLOR="1"))
        self.assertNotIn(b"\x1b", self.on_terminal("report", CSV, TERM="dumb"))

    def test_hostile_lines_command_nothing(self):
        with tempfile.TemporaryDirectory() as folder:
            page = pathlib.Path(folder) / "page.html"
            code, out, error = run("report", "-", "--html", page, stdin=hostile_payload())
            self.assertEqual((code, error), (FOUND, ""))
            for text in (out.decode(), page.read_text("utf-8")):
                for bad in ("\x1b", "\x07", "\x9b", "\u202e"):
                    self.assertNotIn(bad, text)
            self.assertIn("\\x1b[2J", out.decode())
            self.assertNotIn("<script", page.read_text("utf-8"))

    def test_the_page_stands_alone(self):
        with tempfile.TemporaryDirectory() as folder:
            page = pathlib.Path(folder) / "page.html"
            code, _, error = run("report", CSV, "--html", page)
            self.assertEqual((code, error), (FOUND, ""))
            text = page.read_text("utf-8")
            self.assertEqual(os.listdir(folder), ["page.html"])
            self.assertTrue(text.startswith("<!doctype html>") and text.endswith("</html>\n"))
            ours = re.sub(r"<pre>.*?</pre>", "", text, flags=re.DOTALL)
            self.assertIsNone(re.search(r"https?://|src=|href=|url\(|@import", ours))
            for part in ("<svg", "54.8 %", "light-dark", "@media print", "<details>",
                         "2025-03-20 07:13:52", "builtin-"):
                self.assertIn(part, text)


class Nothing(unittest.TestCase):
    """What happens when there is nothing to report, or it cannot be read."""

    def test_files_without_invocations(self):
        for content in (b"", b"\n\n", b"hello\nworld\n", b"{}", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
                        b"PK\x03\x04" + bytes(60)):
            code, out, error = run("report", "-", stdin=content)
            self.assertIn(code, (NOTHING, UNREADABLE), content)
            self.assertEqual(out, b"")
            self.assertTrue(error.startswith("thaw: ") and error.endswith("\n"), error)

    def test_what_was_seen_instead_is_said(self):
        for content, said in ((b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "binary data"),
                              (b"hello\nworld\n", "--function"),
                              (b"", "nothing in it")):
            code, _, error = run("report", "-", stdin=content)
            self.assertEqual(code, NOTHING)
            self.assertIn(said, error)

    def test_text_is_taken_where_somebody_says_whose_it_is(self):
        code, _, error = run("report", "--function", "pay", "-", stdin=b"hello\nworld\n")
        self.assertEqual(code, NOTHING)
        self.assertIn("2 log events, read as text", error)

    def test_a_directory_without_files(self):
        with tempfile.TemporaryDirectory() as folder:
            code, out, error = run("report", folder)
        self.assertEqual((code, out), (NOTHING, b""))
        self.assertIn("there is no file", error)

    def test_metric_streams_are_known_and_refused(self):
        path = DATA / "firehose/coralogix__coralogix-aws-shipper/tests/fixtures/cwstream_metrics.json"
        code, _, error = run("report", path)
        self.assertEqual(code, NOTHING)
        self.assertIn("metric stream", error)

    def test_a_file_that_is_not_there(self):
        code, out, error = run("report", "/nowhere/at/all")
        self.assertEqual((code, out), (UNREADABLE, b""))
        self.assertIn("/nowhere/at/all", error)

    def test_what_can_be_read_is_reported_where_something_else_cannot(self):
        code, answer, error = report(CSV, "/nowhere/at/all")
        self.assertEqual(code, UNREADABLE)
        self.assertEqual(answer["summary"]["invocations"], 42)
        self.assertIn("/nowhere/at/all", error)

    def test_used_wrong(self):
        for words in (("report",), ("report", CSV, "--memory", "much"), ("report", CSV, "--since", "1h"),
                      ("report", CSV, "--prices", "/nowhere/at/all")):
            code, out, error = run(*words)
            self.assertEqual((code, out), (WRONG, b""), words)
            self.assertTrue(error.startswith("thaw: "), error)

    def test_a_page_that_cannot_be_written(self):
        code, _, error = run("report", CSV, "--html", "/nowhere/at/all.html")
        self.assertEqual(code, UNREADABLE)
        self.assertIn("/nowhere/at/all.html", error)

    def test_help(self):
        code, out, _ = run("report", "--help")
        self.assertEqual(code, FOUND)
        self.assertIn(b"--html", out)


if __name__ == "__main__":
    THAW = sys.argv.pop()
    unittest.main()
