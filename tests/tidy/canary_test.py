# SPDX-License-Identifier: Apache-2.0
"""Every check of tidy.py finds what it is there to find, and nothing in a good tree."""

import pathlib
import subprocess
import tempfile
import unittest

import tidy

SPDX = "/* SPDX-License-Identifier: Apache-2.0 */\n"

# A small house in which all is well.
GOOD = {
    "CMakeLists.txt": "add_library(base base/foo.c)\n",
    "base/foo.h": SPDX + "int foo_one(void);\n",
    "base/foo.c": SPDX + '#include "foo.h"\n\n#include <stdio.h>\n\nint foo_one(void)\n{\n    return 1;\n}\n',
    "agent/core/core.h": SPDX + '#include "base/foo.h"\n',
    "collector/http/web.c": SPDX + "#include <microhttpd.h>\n",
    "collector/CMakeLists.txt": "add_library(http http/web.c)\n",
    "tests/fuzz/foo_fuzz.c": SPDX,
    "tests/fuzz/CMakeLists.txt": "thaw_fuzz(foo LINK base)\n",
    "ui-static/app.js": 'node.textContent = "<b>";\n',
    "ui-static/index.html": '<script type="module" src="app.js"></script>\n',
    "docs/a.md": "# One thing\n\n[b](b.md#two-things) [above](#one-thing) [out](https://example.org)\n",
    "docs/b.md": "## Two things\n\nTODO(#12)\n",
    "proto/names.def": 'NAME(THAW_OLD, "thaw.old", "explained")\n',
    "docs/wire.md": "`thaw.old` is explained\n",
    ".clang-format": "BasedOnStyle: LLVM\nIndentWidth: 4\nBreakBeforeBraces: Linux\n"
    "AllowShortFunctionsOnASingleLine: None\n",
}

# check -> trees that differ from the good one by one fault each.
BAD = {
    "layers": [
        {"base/foo.h": SPDX + '#include "core/core.h"\n'},
        {"base/foo.h": SPDX + "#include <zlib.h>\n"},
        {"collector/http/web.c": SPDX + '#include "core/core.h"\n'},
    ],
    "quarantine": [
        {"collector/api/api.c": SPDX + "#include <microhttpd.h>\n"},
        {"collector/http/web.h": SPDX + "#include <lmdb.h>\n"},
        {"collector/api/api.c": SPDX + '#include "opentelemetry/trace.pb-c.h"\n'},
        {f"collector/store/{n}.c": SPDX + "#include <lmdb.h>\n" for n in "abc"},
    ],
    "own_header_first": [{"base/foo.c": SPDX + '#include <stdio.h>\n#include "foo.h"\n'}],
    "function_length": [{"base/foo.c": SPDX + "int foo(void)\n{\n" + "    x();\n" * 71 + "}\n"}],
    "file_length": [{"base/foo.c": SPDX * 601}],
    "banned": [
        {"base/foo.c": SPDX + "    strcpy(a, b);\n"},
        {"base/foo.h": SPDX + "typedef struct foo foo_t;\n"},
        {"base/foo.c": SPDX + "    assert(true);\n"},
    ],
    "licence_line": [{"base/foo.h": "int foo_one(void);\n"}],
    "built": [{"base/lost.c": SPDX}, {"tests/fuzz/lost_fuzz.c": SPDX}],
    "exports": [{"base/foo.c": SPDX + "int bar_one(void)\n{\n    return 1;\n}\n"}],
    "formatted": [{"base/foo.c": SPDX + "int  foo_one( void ){return 1;}\n"}],
    "markup": [
        {"ui-static/app.js": "node.innerHTML = text;\n"},
        {"ui-static/pages/x.js": "document.write(text);\n"},
        {"ui-static/app.js": "eval(text);\n"},
        {"ui-static/index.html": "<script>run()</script>\n"},
        {"ui-static/index.html": '<p style="color: red">\n'},
    ],
    "names": [
        {"proto/names.def": 'NAME(THAW_NEW, "thaw.new", "nobody knows")\n'},
        {"agent/core/core.h": SPDX + '#define ID "faas.instance"\n'},
    ],
    "todo": [{"base/foo.h": SPDX + "/* TODO: later */\n"}, {"docs/b.md": "FIXME\n"}],
    "foreign": [
        {"docs/b.md": "see /home/ada/thaw/\n"},
        {"package-lock.json": '"https://registry.npmjs.org/uplot"\n'},
    ],
    "links": [
        {"docs/a.md": "[gone](gone.md)\n"},
        {"docs/a.md": "[b](b.md#three-things)\n"},
    ],
}


def make_tree(folder, files):
    for name, text in files.items():
        path = pathlib.Path(folder, "source", name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tidy.Tree(pathlib.Path(folder, "source"), pathlib.Path(folder, "objects"))


def compile_foo(tree):
    target = tree.build / "base" / "CMakeFiles" / "base.dir" / "foo.c.o"
    target.parent.mkdir(parents=True)
    subprocess.run(["cc", "-c", tree.root / "base" / "foo.c", "-o", target], check=True)


class CanaryTest(unittest.TestCase):
    def problems(self, name, files):
        with tempfile.TemporaryDirectory() as folder:
            tree = make_tree(folder, files)
            if name == "exports":
                compile_foo(tree)
            return list(tidy.CHECKS[name](tree))

    def test_every_check_has_a_canary(self):
        self.assertEqual(set(BAD), set(tidy.CHECKS))

    def test_a_good_tree_has_no_problems(self):
        for name in tidy.CHECKS:
            with self.subTest(name):
                self.assertEqual(self.problems(name, GOOD), [])

    def test_each_fault_is_found(self):
        for name, trees in BAD.items():
            for number, fault in enumerate(trees):
                with self.subTest(name, fault=number):
                    self.assertNotEqual(self.problems(name, {**GOOD, **fault}), [])

    def test_a_part_of_a_module_may_export_for_it(self):
        parse = "base/settings_parse.c"
        self.assertTrue(tidy.may_export(parse, set(), "settings_load"))
        self.assertTrue(tidy.may_export("query/collect.c", {"assemble"}, "assemble_span"))
        self.assertFalse(tidy.may_export("query/collect.c", {"search"}, "assemble_span"))
        self.assertFalse(tidy.may_export("base/log.c", {"log"}, "logger_open"))

    def test_loops_of_cmake_are_unrolled(self):
        text = "foreach(name a\n  b)\n  add(${name}_test ${name}_test.c)\nendforeach()"
        self.assertIn("a_test.c", tidy.expanded(text))
        self.assertIn("b_test.c", tidy.expanded(text))


if __name__ == "__main__":
    unittest.main()
