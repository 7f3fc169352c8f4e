# SPDX-License-Identifier: Apache-2.0
"""The command line against a real collector: pages, JSON, exit codes.

    cli_test.py THAW_COLLECTOR THAW
"""

import json
import os
import pty
import subprocess
import sys
import time
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", "alert"), os.path.join(HERE, "..", "collector")]

from harness import Collector  # noqa: E402
import wire  # noqa: E402

COLLECTOR = THAW = None
FOUND, NOTHING, WRONG, UNREACHABLE = range(4)
NEVER = "00000000000000000000000000000001"


class CommandLine(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.collector = Collector(COLLECTOR, ["--alert-interval", "100ms", "--alert-delay", "0s",
                                              "--alert-cold-start-for", "0s"]).start()
        cls.addClassCleanup(cls.collector.close)
        now = time.time_ns()
        front, back = wire.Instance("front", 1), wire.Instance("back\x1b[31m", 1)
        front.init(now - 2 * wire.SECOND, 300 * wire.MS)
        cls.request, cls.trace, span = front.invocation(
            now - 1700 * wire.MS, 900 * wire.MS, init_ns=300 * wire.MS)
        front.log(now - 1600 * wire.MS, "first\x1b[2J line", cls.request, cls.trace, span)
        inner, _, inner_span = back.invocation(
            now - 1500 * wire.MS, 400 * wire.MS, trace_id=cls.trace, parent=span,
            status="error", error_type="Runtime.Boom")
        back.log(now - 1400 * wire.MS, "second line", inner, cls.trace, inner_span)
        wire.send(cls.collector, [front, back])
        cls.endpoint = "http://%s:%d" % cls.collector.address

    def run_thaw(self, *words, endpoint=None, **environment):
        environment = {"THAW_ENDPOINT": endpoint or self.endpoint, "LANG": "C.UTF-8",
                       "PATH": os.environ["PATH"], **environment}
        done = subprocess.run([THAW, *words], capture_output=True, env=environment, timeout=120)
        self.assertNotIn(b"\x1b", done.stdout + done.stderr)
        return done.returncode, done.stdout.decode(), done.stderr.decode()

    def test_metrics(self):
        code, out, error = self.run_thaw("query", "sum by (function) (thaw_function_invocations_total)")
        self.assertEqual((code, error), (FOUND, ""))
        self.assertIn('{function="front"}', out)
        self.assertIn('{function="back\\x1b[31m"}', out)
        code, out, _ = self.run_thaw("query", "thaw_function_cold_starts_total", "--since", "10m", "--step", "1m")
        self.assertEqual(code, FOUND)
        self.assertIn("LAST", out)
        self.assertEqual(self.run_thaw("query", "1 + 1")[:2], (FOUND, "2\n"))
        self.assertEqual(self.run_thaw("query", "nothing_there")[0], NOTHING)
        code, out, error = self.run_thaw("query", "sum by (")
        self.assertEqual((code, out), (WRONG, ""))
        self.assertIn("parse error", error)
        code, out, _ = self.run_thaw("--json", "query", "vector(1)")
        self.assertEqual((code, json.loads(out)["data"]["resultType"]), (FOUND, "vector"))

    def test_the_transaction_by_any_of_its_ids(self):
        root = f"1-{self.trace[:8]}-{self.trace[8:]}"
        pages = set()
        for one in (self.trace, root, self.request):
            code, out, error = self.run_thaw("trace", one)
            self.assertEqual((code, error), (FOUND, ""))
            pages.add(out)
        self.assertEqual(len(pages), 1)
        page = pages.pop()
        for text in ("front #1", "  back\\x1b[31m #1", "cold", "error Runtime.Boom", "billed 1.20 s",
                     "init 300 ms", "first\\x1b[2J line", "second line", "complete"):
            self.assertIn(text, page)
        self.assertLess(page.index("first\\x1b"), page.index("second line"))
        # 153,600 + 51,200 MB-ms at $0.0000166667 per GB-s and two requests.
        self.assertIn("cost $0.00000373334,", page)

    def test_json_is_the_answer_of_the_api(self):
        for words, path in (
            (("trace", self.trace), f"transactions/{self.trace}"),
            (("errors", "--since", "all"), "errors?from=0"),
        ):
            code, out, _ = self.run_thaw("--json", *words)
            self.assertEqual(code, FOUND)
            _, _, body = self.collector.request("GET", f"/api/thaw/v1/{path}")
            mine, theirs = json.loads(out), json.loads(body)
            for answer in (mine, theirs):
                answer.pop("to", None)
            self.assertEqual(mine, theirs)

    def test_lists(self):
        for words, texts in (
            (("functions",), ("front", "back", "$LATEST", "COLD RATE")),
            (("search",), (self.trace, "front")),
            (("search", "--errors", "--cold", "--function", "front"), (self.trace,)),
            (("search", "id:" + self.request), (self.trace,)),
            (("search", "--", "-timeout:true", "(function:front cold)"), (self.trace,)),
            (("search", "line"), (self.trace,)),
            (("search", "second", "first"), (self.trace,)),
            (("logs",), (self.trace, "first\\x1b[2J line", "second line")),
            (("logs", "--all", "--limit", "1", "line -second"), ("first",)),
            (("logs", "request:" + self.request), ("first",)),
            (("errors",), ("Runtime.Boom",)),
            (("cost",), ("front", "total", "$0.00000373334", "net")),
            (("cold",), ("front", "300 ms", "all")),
            (("cold", "front"), ("$LATEST",)),
        ):
            code, out, error = self.run_thaw(*words)
            self.assertEqual((code, error), (FOUND, ""), (words, out))
            for text in texts:
                self.assertIn(text, out, words)

    def test_pages(self):
        code, out, error = self.run_thaw("logs", "--limit", "1")
        self.assertEqual((code, error), (FOUND, ""))
        self.assertIn("There are more: --all, or --cursor ", out)
        cursor = out.split("--cursor ")[1].split()[0]
        code, rest, _ = self.run_thaw("logs", "--limit", "1", "--cursor", cursor)
        self.assertEqual(("second" in out, "first" in rest), (True, True))
        code, both, _ = self.run_thaw("--json", "logs", "--limit", "1", "--all")
        lines = [row for page in both.splitlines() for row in json.loads(page)["logs"]]
        self.assertEqual((code, len(lines)), (FOUND, 2))

    def test_wrong_queries_are_marked(self):
        for query, mark in (("cold (a", "     ^"), ("level:loud", "      ^^^^"), ("a OR", "    ^")):
            code, out, error = self.run_thaw("logs", query)
            self.assertEqual((code, out), (WRONG, ""))
            lines = error.splitlines()
            self.assertEqual(lines[1:], ["  " + query, "  " + mark])

    def test_nothing_found(self):
        for words in (("search", "--timeouts"), ("search", "--function", "nobody"), ("alerts",),
                      ("logs", "nobody-said-so"), ("spans", "duration:>1h"), ("search", "--spans", "name:x"), ("search", "gibberish"),
                      ("cold", "nobody"), ("functions", "--from", "1", "--to", "2"),
                      ("trace", NEVER)):
            code, out, error = self.run_thaw(*words)
            self.assertEqual(code, NOTHING, (words, out, error))
            self.assertTrue(out or error)
        code, out, _ = self.run_thaw("--json", "alerts")
        self.assertEqual((code, json.loads(out)["alerts"]), (NOTHING, []))

    def test_used_wrong(self):
        for words in ((), ("nonsense",), ("trace",), ("trace", "no-id"), ("search", "function:"), ("logs", "(a"), ("spans", "a", "OR"),
                      ("search", "--limit", "x"), ("functions", "--since", "soon"),
                      ("alerts", "--cold"), ("functions", "--bogus")):
            code, out, error = self.run_thaw(*words)
            self.assertEqual((code, out), (WRONG, ""), words)
            self.assertTrue(error.startswith("thaw: "), (words, error))
        code, _, error = self.run_thaw("functions", endpoint="gopher://127.0.0.1:1")
        self.assertEqual(code, WRONG, error)

    def test_cannot_reach(self):
        code, out, error = self.run_thaw("functions", endpoint="http://127.0.0.1:1")
        self.assertEqual((code, out), (UNREACHABLE, ""))
        self.assertIn("cannot reach the collector at http://127.0.0.1:1", error)
        self.assertIn("THAW_ENDPOINT", error)

    def test_help_and_version(self):
        code, out, _ = self.run_thaw("--help")
        self.assertEqual(code, FOUND)
        for command in ("functions", "search", "trace", "alerts", "cost", "cold", "errors"):
            self.assertIn(f"  {command}", out)
            code, page, _ = self.run_thaw(command, "--help")
            self.assertEqual(code, FOUND)
            self.assertIn(f"thaw {command}", page)
        self.assertRegex(self.run_thaw("--version")[1], r"^thaw \d+\.\d+\.\d+\n$")

    def completed(self, *words):
        """What bash offers behind these words, the last of which is being typed."""
        script = (f"source <({THAW} completion bash); COMP_WORDS=(thaw \"$@\"); COMP_CWORD=$#; _thaw; "
                  "printf '%s\\n' \"${COMPREPLY[@]}\"")
        done = subprocess.run(["bash", "-c", script, "bash", *words], capture_output=True, timeout=60)
        self.assertEqual((done.returncode, done.stderr), (0, b""))
        return done.stdout.decode().split()

    def test_completion(self):
        self.assertEqual(self.completed("co"), ["cost", "cold", "completion"])
        self.assertEqual(self.completed("cost", "ex"), ["explain"])
        self.assertEqual(self.completed("rules", ""), ["check", "preview", "test", "shipped"])
        self.assertEqual(self.completed("cost", "forecast", "--b"), ["--budget"])
        self.assertEqual(self.completed("--endpoint", "cost", "cold", "--b"), ["--by"])
        self.assertEqual(self.completed("trace", "--limi"), [])
        self.assertIn("/dev/null", self.completed("import", "/dev/nul"))
        for shell, words in (("zsh", "bashcompinit"), ("fish", "complete -c thaw")):
            code, out, _ = self.run_thaw("completion", shell)
            self.assertEqual(code, FOUND)
            self.assertIn(words, out)
        self.assertEqual(self.run_thaw("completion", "csh")[0], WRONG)

    def test_manual(self):
        code, page, _ = self.run_thaw("manual")
        self.assertEqual(code, FOUND)
        for text in (".TH THAW 1", ".SS thaw cost explain", "\\fB\\-\\-budget\\fR", ".SH EXIT STATUS"):
            self.assertIn(text, page)
        # No line is a request that man does not know.
        for line in page.splitlines():
            if line.startswith((".", "'")):
                self.assertRegex(line, r"^\.(TH|SH|SS|TP|PP|nf|fi)( |$)")

    def on_a_terminal(self, *words, **environment):
        """What a person sees: the output on a terminal of 60 columns."""
        parent, child = pty.openpty()
        import fcntl
        import struct
        import termios
        fcntl.ioctl(child, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 60, 0, 0))
        process = subprocess.Popen([THAW, *words], stdout=child, env={
            "THAW_ENDPOINT": self.endpoint, "TERM": "xterm", "LANG": "C.UTF-8", **environment})
        os.close(child)
        pieces = []
        try:
            while piece := os.read(parent, 65536):
                pieces.append(piece)
        except OSError:
            pass
        os.close(parent)
        self.assertEqual(process.wait(60), FOUND)
        return b"".join(pieces).decode()

    def test_colours_are_for_terminals(self):
        self.assertIn("\x1b[1m", self.on_a_terminal("errors"))
        self.assertNotIn("\x1b", self.on_a_terminal("errors", NO_COLOR="1"))
        self.assertNotIn("\x1b", self.on_a_terminal("errors", TERM="dumb"))
        # Telemetry's own escapes stay escaped even where ours are meant.
        self.assertNotIn("\x1b[2J", self.on_a_terminal("trace", self.trace))

    def test_tokens(self):
        token_file = os.path.join(self.collector.data, "tokens")
        with open(token_file, "w") as file:
            file.write("0123456789abcdef0123456789abcdef\n")
        os.chmod(token_file, 0o600)
        with Collector(COLLECTOR, ["--token-file", token_file]) as other:
            other.start()
            endpoint = "http://%s:%d" % other.address
            code, _, error = self.run_thaw("alerts", endpoint=endpoint)
            self.assertEqual(code, WRONG)
            self.assertIn("THAW_TOKEN", error)
            code, _, error = self.run_thaw(
                "alerts", endpoint=endpoint, THAW_TOKEN="0123456789abcdef0123456789abcdef")
            self.assertEqual(code, NOTHING, error)


if __name__ == "__main__":
    COLLECTOR, THAW = sys.argv[1:3]
    del sys.argv[1:3]
    unittest.main(verbosity=2)
