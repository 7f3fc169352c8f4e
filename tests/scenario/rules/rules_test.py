# SPDX-License-Identifier: Apache-2.0
"""`thaw rules check` beside Debian's promtool: both say the same of every file, but where it is written here.

    rules_test.py THAW PROMTOOL
"""

import json
import os
import subprocess
import sys
import tempfile
import unittest
from concurrent.futures import ThreadPoolExecutor

THAW = PROMTOOL = None
GOOD, WRONG, UNREADABLE = 0, 2, 3


def rule(text):
    return "groups:\n- name: g\n  rules:\n  - " + text.replace("\n", "\n    ") + "\n"


def expr(text):
    return rule("record: a\nexpr: |\n  " + text)


def template(text):
    return rule("alert: A\nexpr: up == 0\nannotations:\n  a: " + json.dumps(text))


FILES = [
    # Files and groups.
    "groups: []\n", "groups:\n", "groups:\n- name: a\n", "groups:\n- name: a\n  rules: []\n",
    "groups:\n- name: a\n  interval: 1m30s\n  limit: 3\n  rules: []\n", "groups:\n- rules: []\n",
    "groups:\n- name: a\n- name: a\n", "groups:\n- name: a\n  interval: fast\n", "grops: []\n",
    "groups: {}\n", "groups:\n- name: a\n  ruls: []\n", "groups:\n- name: a\n  limit: x\n", "groups: [\n", "- a\n",
    "groups:\n- name: a\n  interval: 5\n",
    # Rules.
    rule("alert: A\nexpr: up"), rule("record: a\nexpr: up"), rule("record: a:b_c9\nexpr: up"), rule("record: 9a\nexpr: up"),
    rule("record: a b\nexpr: up"), rule("alert: a b c\nexpr: up"), rule("alert: A\nrecord: a\nexpr: up"), rule("expr: up"),
    rule("alert: A"), rule("alert: A\nexpr: ''"), rule("alert: A\nexpr: up\nfor: 5m"), rule("alert: A\nexpr: up\nfor: 1h30m"),
    rule("alert: A\nexpr: up\nfor: 5"), rule("alert: A\nexpr: up\nfor: 0s"), rule("alert: A\nexpr: up\nfor: -1m"),
    rule("alert: A\nexpr: up\nkeep_firing_for: 10m"), rule("alert: A\nexpr: up\nkeep_firing_for: long"),
    rule("record: a\nexpr: up\nfor: 5m"), rule("record: a\nexpr: up\nkeep_firing_for: 5m"),
    rule("record: a\nexpr: up\nannotations: {a: b}"), rule("record: a\nexpr: up\nlabels: {a: b}"),
    rule("alert: A\nexpr: up\nlabels: {a: 5, b: true, c: x}"), rule("alert: A\nexpr: up\nlabels: {__name__: x}"),
    rule("alert: A\nexpr: up\nlabels: {'a-b': x}"), rule("alert: A\nexpr: up\nlabels: {9a: x}"),
    rule("alert: A\nexpr: up\nannotations: {'a-b': x}"), rule("alert: A\nexpr: up\nlabels: [a]"),
    rule("alert: A\nexpr: up\nlabels: {a: [b]}"), rule("alert: A\nexpr: up\nbogus: 5"), rule("alert: A\nalert: B\nexpr: up"),
    # Expressions.
    expr("sum by (function) (rate(thaw_function_errors_total[5m])) > 5"), expr("up +"), expr("sum(up"), expr("rate(up)"),
    expr("up{a=~'x.*'}"), expr("up{a=~'x('}"), expr("histogram_quantile(0.9, rate(a_bucket[5m]))"), expr("nosuch(up)"),
    expr("up offset 5m"), expr("up[5m]"), expr("5"), expr("'text'"), expr("time()"), expr("a and on (x) b"),
    expr("a / on (x) group_left (y) b"), expr("label_replace(up, 'a', '$1', 'b', '(.*)')"), expr("max_over_time(up[5m:1m])"),
    # Templates.
    template("{{ $value }}"), template("{{ $labels.a }}: {{ $value | humanize }}"), template("{{ $valeu }}"), template("{{"),
    template("{{ humanise $value }}"), template("{{ if gt $value 1.0 }}a{{ else }}b{{ end }}"), template("{{ if }}a{{ end }}"),
    template("{{ end }}"), template("{{ range query \"up\" }}{{ .Labels.x }}{{ end }}"), template("{{ with query \"up\" }}x"),
    template("{{ printf \"%.2f\" $value }}"), template("{{ ($value }}"), template("{{ $value | }}"), template("{{/* x */}}"),
    template("{{ range $i, $e := query \"up\" }}{{ $e.Value }}{{ end }}"), template("{{ $x := 5 }}{{ $x }}"),
    template("{{ \"a\" | 5 }}"), template("{{ else }}"), template("{{- $value -}}"), template("{{ .Value }}{{ $externalURL }}"),
    template("{{ reReplaceAll \"a\" \"b\" \"c\" | title | toUpper }}"), template("{{ $labels.a.b }}"), template("no }} action"),
    template("{{ if . }}{{ else if . }}{{ end }}"), template("{{ if . }}{{ else }}{{ else }}{{ end }}"),
]


class Rules(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory(prefix="thaw-rules-")
        self.addCleanup(self.folder.cleanup)

    def write(self, name, text):
        path = os.path.join(self.folder.name, name)
        with open(path, "w") as file:
            file.write(text)
        return path

    def thaw(self, *words, text=None):
        done = subprocess.run([THAW, *words], capture_output=True, timeout=60, input=text)
        return done.returncode, done.stdout.decode(), done.stderr.decode()

    def promtool_agrees(self, path):
        # Without the lint, which says that two rules are alike.
        done = subprocess.run([PROMTOOL, "check", "rules", "--lint=none", path], capture_output=True, timeout=60)
        return done.returncode == 0

    def test_promtool_says_the_same(self):
        paths = [self.write(f"{i}.yml", text) for i, text in enumerate(FILES)]
        code, out, _ = self.thaw("--json", "rules", "check", *paths[:60])
        self.assertEqual(code, WRONG)
        answers = json.loads(out)["files"]
        _, out, _ = self.thaw("--json", "rules", "check", *paths[60:])
        answers += json.loads(out)["files"]
        self.assertEqual([answer["file"] for answer in answers], paths)
        with ThreadPoolExecutor(2) as pool:
            theirs = list(pool.map(self.promtool_agrees, paths))
        for text, answer, good in zip(FILES, answers, theirs):
            with self.subTest(text=text, errors=answer["errors"]):
                self.assertEqual(answer["good"], good)
                self.assertEqual(answer["good"], not answer["errors"])
        self.assertGreater(sum(theirs), 25)
        self.assertGreater(len(theirs) - sum(theirs), 25)

    def test_what_is_told(self):
        good = self.write("good.yml", rule("alert: A\nexpr: up") + "- name: h\n")
        bad = self.write("bad.yml", rule("alert: A\nexpr: 'up +'\nfro: 5m"))
        self.assertEqual(self.thaw("rules", "check", good), (GOOD, f"{good}: 2 groups, 1 rule\n", ""))
        code, out, error = self.thaw("rules", "check", good, bad)
        self.assertEqual((code, out), (WRONG, f"{good}: 2 groups, 1 rule\n"))
        first, second = error.splitlines()
        self.assertTrue(first.startswith(f"{bad}:6:5: there is no field 'fro' here, only: "), first)
        self.assertTrue(second.startswith(f"{bad}:5:11: expr: 1:"), second)

    def test_standard_input(self):
        code, out, _ = self.thaw("rules", "check", "-", text=rule("alert: A\nexpr: up").encode())
        self.assertEqual((code, out), (GOOD, "-: 1 group, 1 rule\n"))

    def test_what_cannot_be_read(self):
        nobody = os.path.join(self.folder.name, "nobody.yml")
        code, out, error = self.thaw("rules", "check", nobody)
        self.assertEqual((code, out, error), (UNREADABLE, "", f"thaw: {nobody}: No such file or directory\n"))
        self.assertEqual(self.thaw("rules", "check", self.folder.name)[0], UNREADABLE)

    def test_used_wrong(self):
        for words in (("rules",), ("rules", "chekc"), ("rules", "check"), ("check", "x")):
            code, out, error = self.thaw(*words)
            self.assertEqual((code, out), (WRONG, ""), words)
            self.assertTrue(error.startswith("thaw: "), error)

    def test_ten_thousand_rules(self):
        one = "  - alert: A\n    expr: rate(thaw_function_errors_total{{function=\"f{}\"}}[5m]) > 0.5\n    for: 5m\n"
        text = "groups:\n- name: g\n  rules:\n" + "".join(one.format(i) for i in range(10_000))
        code, out, error = self.thaw("rules", "check", self.write("many.yml", text))
        self.assertEqual((code, error), (GOOD, ""))
        self.assertIn("1 group, 10000 rules", out)


if __name__ == "__main__":
    THAW, PROMTOOL = sys.argv[1:3]
    del sys.argv[1:3]
    unittest.main(verbosity=2)
