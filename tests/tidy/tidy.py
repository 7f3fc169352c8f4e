#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The rules of the house that a program can check.

    tidy.py [--root DIR] [--build DIR] [CHECK...]

A check is a function from a Tree to problems, one line each.  canary_test.py proves for each of
them that it can fail."""

import argparse
import functools
import os
import pathlib
import re
import subprocess
import sys

FUNCTION_LINES_MAX = 70
FILE_LINES_MAX = 600

NOT_OURS = {".git", "node_modules", "__pycache__"}
NOT_OURS_AT_ROOT = {"build", "data"}
TEXT = {".c", ".h", ".py", ".mjs", ".js", ".css", ".html", ".md", ".cmake", ".txt", ".yaml", ".def"}


class Tree:
    """The files of a checkout, and where its objects are built."""

    def __init__(self, root, build=None):
        self.root = pathlib.Path(root)
        self.build = pathlib.Path(build) if build else None

    @functools.cached_property
    def paths(self):
        """Every file as a path relative to the root, with slashes."""
        found = []
        for folder, folders, files in os.walk(self.root):
            at_root = pathlib.Path(folder) == self.root
            skipped = NOT_OURS | (NOT_OURS_AT_ROOT if at_root else set())
            folders[:] = sorted(set(folders) - skipped)
            relative = pathlib.Path(folder).relative_to(self.root)
            found += [(relative / name).as_posix() for name in sorted(files)]
        return found

    def select(self, *suffixes, under=""):
        return [p for p in self.paths if p.startswith(under) and p.endswith(suffixes)]

    @functools.cache
    def text(self, path):
        return (self.root / path).read_text(encoding="utf-8", errors="replace")

    def lines(self, path):
        return enumerate(self.text(path).splitlines(), 1)

    def matches(self, pattern, paths):
        """Problem-shaped places: (path, line number, match)."""
        for path in paths:
            for number, line in self.lines(path):
                for match in re.finditer(pattern, line):
                    yield path, number, match


CHECKS = {}


def check(function):
    CHECKS[function.__name__] = function
    return function


# --- includes --------------------------------------------------------------------------------

INCLUDE = re.compile(r'^#\s*include\s+(["<])([^">]+)[">]')

KNOWS = {
    "base": {"base"},
    "proto": {"base", "proto"},
    "agent": {"base", "proto", "agent"},
    "collector": {"base", "proto", "collector", "ui-static"},
    "sandbox": {"base", "proto", "sandbox"},
}

LIBC = re.compile(
    r"^(assert|ctype|endian|errno|fcntl|float|inttypes|limits|locale|math|poll|pthread|sched|signal"
    r"|stdalign|stdarg|stdatomic|stdbool|stddef|stdint|stdio|stdlib|string|strings|time|unistd"
    r"|sys/\w+)\.h$"
)


def includes(tree, paths):
    for path in paths:
        for number, line in tree.lines(path):
            if match := INCLUDE.match(line):
                yield path, number, match[1], match[2]


@check
def layers(tree):
    """base knows nobody (base/yaml is a library of its own), proto knows base, agent, collector and sandbox never each other."""
    headers = tree.select(".h")
    for path, number, kind, name in includes(tree, tree.select(".c", ".h")):
        area = path.split("/")[0]
        if area not in KNOWS:
            continue
        if kind == "<":
            if area == "base" and not path.startswith("base/yaml/") and not LIBC.match(name):
                yield f"{path}:{number}: base stands on libc alone, not on <{name}>"
            continue
        folder = os.path.dirname(path)
        if f"{folder}/{name}" in headers:
            continue
        owners = {h.split("/")[0] for h in headers if h == name or h.endswith("/" + name)}
        if owners and not owners & KNOWS[area]:
            yield f"{path}:{number}: {area} may not know {name} of {', '.join(sorted(owners))}"


# What is included -> (the files that may, how many of them in one area).
QUARANTINE = {
    r"<microhttpd\.h": (r"collector/http/web\.c|sandbox/web\.c", 1),
    r"<lmdb\.h": (r"collector/store/\w+\.c", 2),
    r"<lz4\.h": (r"collector/store/codec\.c", 1),
    r".*\.pb-c\.h": (r"nobody", 0),
    r"<sys/epoll\.h": (r"agent/net/loop\.c|collector/http/door\.c|sandbox/loop\.c", 1),
    r"<gnutls/.*": (r"collector/http/(certificate|tls)\.c|sandbox/[\w/]+\.c", 2),
    r"<pcre2\.h": (r"collector/pattern/pattern\.c", 1),
    r"<yaml\.h": (r"base/yaml/yaml\.c", 1),
    r"<(mbedtls|psa)/.*": (r"agent/net/tls\.c", 1),
    r"<curl/.*": (r"(collector|sandbox)/[\w/]+\.c", 2),
}


@check
def quarantine(tree):
    """Each library is known to one file, or to one in each program."""
    for header, (allowed, most) in QUARANTINE.items():
        users = {}
        for path, number, kind, name in includes(tree, tree.select(".c", ".h")):
            area = path.split("/")[0]
            if not re.fullmatch(header, kind + name) or area == "tests":
                continue
            users.setdefault(area, []).append(path)
            if not re.fullmatch(allowed, path):
                yield f"{path}:{number}: <{name}> is not for this file"
        for area, paths in users.items():
            if len(set(paths)) > most:
                yield f"{area}: {header[1:]} is in {', '.join(sorted(set(paths)))}; {most} at most"


@check
def own_header_first(tree):
    """foo.c begins with foo.h, which proves that foo.h stands alone."""
    for path in tree.select(".c"):
        header = os.path.basename(path)[:-2] + ".h"
        if f"{os.path.dirname(path)}/{header}" not in tree.paths:
            continue
        first = next((name for _, _, _, name in includes(tree, [path])), None)
        if first is None or os.path.basename(first) != header:
            yield f"{path}: includes {first} before its own {header}"


# --- C ---------------------------------------------------------------------------------------


@check
def function_length(tree):
    """A function fits on a page: from its brace to its brace, both in the first column."""
    for path in tree.select(".c"):
        begin = None
        for number, line in tree.lines(path):
            if line.startswith("{"):
                begin = number
            elif line.startswith("}") and begin is not None:
                if number - begin > FUNCTION_LINES_MAX:
                    yield f"{path}:{begin}: {number - begin} lines; {FUNCTION_LINES_MAX} at most"
                begin = None


@check
def file_length(tree):
    """A file has one noun."""
    for path in tree.select(".c", ".h", ".py", ".mjs", ".js", ".css"):
        lines = len(tree.text(path).splitlines())
        if lines > FILE_LINES_MAX:
            yield f"{path}: {lines} lines; {FILE_LINES_MAX} at most"


BANNED = {
    r"\b(alloca|strcpy|strcat|sprintf|vsprintf|gets|strtok|atoi|atol)\s*\(": "has a safer sister",
    # (The names that protoc-c makes are nobody's choice.)
    r"^\s*typedef\b(?!\s+Thaw__)(?!.*\(\s*\*?\s*\w+\s*\)\s*\()(?!\s+\w[\w\s*]*\w\()": "hides what a type is",
    r"\bassert\s*\(": "is not ours: ENSURE",
}


@check
def banned(tree):
    """What is not used in this house."""
    paths = [p for p in tree.select(".c", ".h") if not p.startswith("tests/")]
    for pattern, why in BANNED.items():
        for path, number, match in tree.matches(pattern, paths):
            line = tree.text(path).splitlines()[number - 1].lstrip()
            if not line.startswith(("*", "/*", "//")):
                yield f"{path}:{number}: {match[0].strip()} {why}"


@check
def licence_line(tree):
    """The first line says under which licence."""
    for path in tree.select(".c", ".h"):
        if not tree.text(path).startswith("/* SPDX-License-Identifier: Apache-2.0 */\n"):
            yield f"{path}:1: the first line is /* SPDX-License-Identifier: Apache-2.0 */"


def expanded(text):
    """CMake's text with its foreach loops over plain words unrolled, comments gone."""
    text = re.sub(r"#.*", "", text)
    loop = re.compile(r"foreach\(\s*(\w+)\s+([^()$]*)\)(.*?)endforeach\(\)", re.DOTALL)
    return loop.sub(
        lambda m: "\n".join(m[3].replace(f"${{{m[1]}}}", word) for word in m[2].split()), text
    )


@check
def built(tree):
    """There is no C file that nobody builds."""
    named = set()
    for path in tree.select("CMakeLists.txt", ".cmake"):
        folder = os.path.dirname(path)
        text = expanded(tree.text(path)).replace("${CMAKE_SOURCE_DIR}/", "/")
        for name in re.findall(r"[\w./-]+\.c\b", text):
            joined = name[1:] if name.startswith("/") else os.path.join(folder, name)
            named.add(os.path.normpath(joined))
        for name in re.findall(r"thaw_fuzz\(\s*(\w+)", text):
            named.add(f"{folder}/{name}_fuzz.c")
    for path in tree.select(".c"):
        if path not in named:
            yield f"{path}: no CMakeLists.txt names it"


# Files with a second noun, and why it is theirs.
SECOND_NOUN = {
    "base/traceparent.c": "tracestate",  # The other header of the same recommendation.
    "collector/model/record.c": "attrs",  # What records are made of.
    "collector/query/inventory.c": "series",  # The same rollups, over time.
}


def may_export(path, headers, symbol):
    """foo_bar.c exports foo_bar_*; also, where it is a part of a module, what begins with a header
    of its folder that it includes or with a word of its own name (foo_*, foos_*, bar_*)."""
    stem = os.path.basename(path)[:-2]
    nouns = {stem, f"{os.path.basename(os.path.dirname(path))}_{stem}"}
    nouns |= {*stem.split("_"), *headers, SECOND_NOUN.get(path, stem)}
    nouns |= {noun + ending for noun in nouns for ending in ("s", "es")}
    nouns |= {noun[:-1] for noun in nouns if noun.endswith("s")}
    lower = symbol.lower()
    return any(lower == noun or lower.startswith(noun + "_") for noun in nouns)


@check
def exports(tree):
    """foo.c exports only foo_*; looked up in the objects of the build."""
    if tree.build is None:
        yield "exports needs --build"
        return
    objects = sorted(p for p in tree.build.rglob("*.c.o"))
    ours = {p: o for o in objects if (p := source_of(tree, o)) is not None}
    if not ours:
        yield f"{tree.build}: no objects; build first"
    for path, object_path in ours.items():
        folder = os.path.dirname(path)
        headers = {
            os.path.basename(name)[:-2]
            for _, _, kind, name in includes(tree, [path])
            if kind == '"' and f"{folder}/{os.path.basename(name)}" in tree.paths
        }
        listing = subprocess.run(
            ["nm", "--defined-only", "--extern-only", "--format=posix", object_path],
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        for symbol in (line.split()[0] for line in listing.splitlines()):
            if symbol in ("main", "LLVMFuzzerTestOneInput") or symbol.startswith("__"):
                continue
            if not may_export(path, headers, symbol):
                yield f"{path}: exports {symbol}"


def source_of(tree, object_path):
    """build/agent/net/CMakeFiles/net.dir/loop.c.o is made of agent/net/loop.c."""
    parts = object_path.relative_to(tree.build).as_posix().split("/")
    if "CMakeFiles" not in parts or parts[0] == "tests":
        return None
    at = parts.index("CMakeFiles")
    path = "/".join(parts[:at] + parts[at + 2 :])[:-2]
    return path if path in tree.paths else None


@check
def formatted(tree):
    """clang-format has nothing to say."""
    files = tree.select(".c", ".h")
    if not files:
        return
    answer = subprocess.run(
        ["clang-format", "--dry-run", "--ferror-limit=1", *files],
        cwd=tree.root,
        capture_output=True,
        text=True,
    )
    for line in answer.stderr.splitlines():
        if re.search(r": (warning|error): ", line):
            yield line + " (./dev format mends it)"


# --- the wire --------------------------------------------------------------------------------

NAMES = "proto/names.def"


@check
def names(tree):
    """Every name on the wire is written once, in names.def, and our own are explained."""
    if NAMES not in tree.paths:
        return
    explained = "".join(tree.text(path) for path in tree.select(".md", under="docs/"))
    for path, number, match in tree.matches(r'^NAME\(\w+, "(thaw\.[^"]+)"', [NAMES]):
        if match[1].rstrip(".") not in explained:
            yield f"{path}:{number}: {match[1]} is in no document"
    programs = [
        p
        for p in tree.select(".c", ".h")
        if p.startswith(("agent/", "collector/", "sandbox/")) and "/sample/" not in p
    ]
    literal = r'"((thaw|faas|cloud|aws\.lambda)\.[a-z_.]+)"'
    for path, number, match in tree.matches(literal, programs):
        yield f"{path}:{number}: {match[1]} is for {NAMES}"


# --- the dashboard ---------------------------------------------------------------------------

# Whatever could turn text that came with telemetry into markup or code.
MARKUP = (
    r"\b(innerHTML|outerHTML|insertAdjacentHTML|createContextualFragment|DOMParser)\b"
    r"|\bdocument\.write|\beval\s*\(|\bnew\s+Function\s*\(|javascript:"
)
INLINE = r"<script(?![^>]*\bsrc=)|<style\b|\sstyle=|\son\w+=[\"']"


@check
def markup(tree):
    """Telemetry is hostile text: the dashboard makes elements, never markup."""
    scripts = tree.select(".js", ".mjs", under="ui-static/")
    for path, number, match in tree.matches(MARKUP, scripts):
        yield f"{path}:{number}: {match[0]}"
    for path, number, match in tree.matches(INLINE, tree.select(".html", under="ui-static/")):
        yield f"{path}:{number}: {match[0].strip()} is refused by the content security policy"


# --- words -----------------------------------------------------------------------------------


def text_files(tree):
    return [p for p in tree.paths if pathlib.PurePath(p).suffix in TEXT or "." not in p]


@check
def todo(tree):
    """What is left to do has a number under which it can be found: TODO(#12)."""
    paths = [p for p in text_files(tree) if not p.startswith("tests/tidy/")]
    pattern = r"\b(TODO|FIXME|XXX)\b(?!\(#\d+\))"
    for path, number, match in tree.matches(pattern, paths):
        yield f"{path}:{number}: {match[0]} without a number"


# Paths of somebody's machine and hosts of package registries: they do not belong to the project.
FOREIGN = (
    r"(?<![\w.$}])/(work|root/[\w.-]+|home/\w+|Users/\w+|tmp/brief)/"
    r"|\b(registry\.npmjs|registry\.yarnpkg|deb\.debian|files\.pythonhosted|proxy\.golang)\."
)


@check
def foreign(tree):
    """Nothing names a machine or a registry."""
    paths = [p for p in text_files(tree) if not p.startswith("tests/tidy/")]
    paths += tree.select("package-lock.json", "package.json")
    for path, number, match in tree.matches(FOREIGN, paths):
        yield f"{path}:{number}: {match[0]}"


def anchors(text):
    """The anchors of a page's headings, as the usual renderers make them."""
    for heading in re.findall(r"^#+\s+(.*)$", text, re.MULTILINE):
        yield re.sub(r"[^\w\- ]", "", heading.lower().replace("`", "")).strip().replace(" ", "-")


@check
def links(tree):
    """Relative links of the documents lead somewhere."""
    for path, number, match in tree.matches(r"\]\(([^)\s]+)\)", tree.select(".md")):
        target, _, anchor = match[1].partition("#")
        if re.match(r"[a-z]+:", target):
            continue
        file = os.path.normpath(os.path.join(os.path.dirname(path), target)) if target else path
        if not (tree.root / file).exists():
            yield f"{path}:{number}: {match[1]} leads nowhere"
        elif anchor and file in tree.paths and anchor not in anchors(tree.text(file)):
            yield f"{path}:{number}: {file} has no heading {anchor}"


# --- main ------------------------------------------------------------------------------------


def main():
    parser = argparse.ArgumentParser(description="check the rules of the house")
    parser.add_argument("--root", default=pathlib.Path(__file__).resolve().parents[2])
    parser.add_argument("--build", help="a build directory, for exports")
    parser.add_argument("checks", nargs="*", metavar="CHECK", help=", ".join(CHECKS))
    arguments = parser.parse_args()
    if unknown := set(arguments.checks) - set(CHECKS):
        parser.error(f"no such check: {', '.join(sorted(unknown))}")
    tree = Tree(arguments.root, arguments.build)
    problems = 0
    for name in arguments.checks or CHECKS:
        for problem in CHECKS[name](tree):
            print(f"{name}: {problem}")
            problems += 1
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
