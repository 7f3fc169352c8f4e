#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""PromQL against Debian's Prometheus: the same samples, the same expressions, the same answers.

    compare_test.py PROMQL_ANSWER [SEED]"""

import pathlib
import sys
import tempfile

import live
from answers import Ours, difference
from prometheus import Prometheus
from world import BEGIN_MS, World

HERE = pathlib.Path(__file__).parent
# Odd, so off the times of samples, and off the steps of subqueries.
INSTANTS = (BEGIN_MS + 3_600_123, BEGIN_MS + 5_437_777)
RANGE = (BEGIN_MS + 1_800_123, BEGIN_MS + 5_400_123, 97_000)
EXPRESSIONS_LEAST = 300


def expressions(path):
    """(expression, whether the order of its answer counts)"""
    for line in path.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            yield (line.removeprefix("order "), True) if line.startswith("order ") else (line, False)


def compare(ours, theirs, listed, instants, span):
    """How many answers were compared, and what was not the same."""
    count, wrong = 0, []
    for expression, ordered in listed:
        for time_ms in instants:
            found = difference(
                ours.instant(expression, time_ms), theirs.instant(expression, time_ms), ordered
            )
            count += 1
            wrong += [f"{expression} @ {time_ms}: {found}"] if found else []
        if not ordered:
            found = difference(ours.range(expression, *span), theirs.range(expression, *span))
            count += 1
            wrong += [f"{expression} over {span}: {found}"] if found else []
    return count, wrong


def still_differ(ours, theirs, listed, instants):
    """Those whose answers are the same after all."""
    return [
        f"{expression}: the same as Prometheus's, which it was not to be"
        for expression, _ in listed
        if not any(difference(ours.instant(expression, t), theirs.instant(expression, t)) for t in instants)
    ]


def main():
    binary = sys.argv[1]
    world = World(int(sys.argv[2]) if len(sys.argv) > 2 else 1)
    with tempfile.TemporaryDirectory(prefix="thaw-promql-") as folder, Prometheus(folder) as theirs:
        theirs.backfill(world.open_metrics())
        with live.Exporters() as exporters:
            theirs.start(exporters.jobs())
            exporters.wait(theirs)
        samples = pathlib.Path(folder, "shelf")
        samples.write_text(world.shelf() + live.shelf(exporters, theirs), encoding="utf-8")
        with Ours(binary, samples) as ours:
            listed = list(expressions(HERE / "expressions.txt"))
            assert len(listed) >= EXPRESSIONS_LEAST, len(listed)
            count, wrong = compare(ours, theirs, listed, INSTANTS, RANGE)
            newer = list(expressions(HERE / "newer.txt"))
            wrong += still_differ(ours, theirs, newer, INSTANTS)
            for name, instants, span in live.plans(theirs):
                if name.startswith("newer"):
                    more = list(expressions(HERE / name))
                    newer += more
                    wrong += still_differ(ours, theirs, more, instants)
                    continue
                more = list(expressions(HERE / name))
                listed += more
                added, found = compare(ours, theirs, more, instants, span)
                count += added
                wrong += found
    for line in wrong:
        print(line)
    print(f"{len(listed)} expressions, {count} answers compared; {len(newer)} where newer versions differ")
    print(f"{len(wrong)} not as they should be")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
