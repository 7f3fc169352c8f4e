# SPDX-License-Identifier: Apache-2.0
"""Our evaluator behind promql_answer, and whether two answers are the same."""

import json
import math
import subprocess


class Ours:
    """promql_answer with the samples of a file."""

    def __init__(self, binary, samples):
        self.process = subprocess.Popen(
            [binary, samples], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
        )

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.process.stdin.close()
        assert self.process.wait(timeout=60) == 0

    def ask(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def instant(self, query, time_ms):
        return self.ask(f"instant {time_ms} {query}")

    def range(self, query, start_ms, end_ms, step_ms):
        return self.ask(f"range {start_ms} {end_ms} {step_ms} {query}")


def value_of(text):
    return float(text.replace("Inf", "inf"))


def same_number(one, other):
    """Equal to 1e-9; of what is near nothing, to 1e-9 in all."""
    if math.isnan(one) or math.isnan(other):
        return math.isnan(one) and math.isnan(other)
    return math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-9)


def bound(index, schema):
    return 2.0 ** (index * 2.0**-schema)


def our_buckets(histogram):
    """[lower, upper, count] of what counts anything, ascending."""
    schema, found = histogram["schema"], []
    for index, count in histogram["negative"]:
        found.append([-bound(index, schema), -bound(index - 1, schema), value_of(count)])
    for index, count in histogram["positive"]:
        found.append([bound(index - 1, schema), bound(index, schema), value_of(count)])
    return sorted(found)


def their_buckets(histogram):
    buckets = [[value_of(b[1]), value_of(b[2]), value_of(b[3])] for b in histogram.get("buckets") or []]
    return sorted(b for b in buckets if not b[0] <= 0 <= b[1])  # Less that of zero.


def same_histogram(ours, theirs):
    if not all(same_number(value_of(ours[key]), value_of(theirs[key])) for key in ("count", "sum")):
        return False
    mine, other = our_buckets(ours), their_buckets(theirs)
    return len(mine) == len(other) and all(
        same_number(a, b) for one, two in zip(mine, other) for a, b in zip(one, two)
    )


def key(metric):
    return tuple(sorted(metric.items()))


def their_points(series, kind):
    """Time in ms -> number or histogram."""
    values, histograms = series.get("values", []), series.get("histograms", [])
    if kind == "vector":
        values = [series["value"]] if "value" in series else []
        histograms = [series["histogram"]] if "histogram" in series else []
    return {round(t * 1000): v for t, v in values} | {round(t * 1000): h for t, h in histograms}


def our_points(series):
    return dict(map(tuple, series["values"])) | dict(map(tuple, series["histograms"]))


def same_point(ours, theirs):
    if isinstance(ours, dict) or isinstance(theirs, dict):
        return isinstance(ours, dict) and isinstance(theirs, dict) and same_histogram(ours, theirs)
    return same_number(value_of(ours), value_of(theirs))


def same_series(ours, theirs, kind):
    mine, other = our_points(ours), their_points(theirs, kind)
    if mine.keys() != other.keys():
        return f"{ours['metric']}: other times: {sorted(mine.keys() ^ other.keys())[:4]}"
    for time, point in mine.items():
        if not same_point(point, other[time]):
            return f"{ours['metric']} at {time}: {point}, not {other[time]}"
    return None


def difference(ours, theirs, ordered=False):
    """What is not the same, or None."""
    if "error" in ours or "error" in theirs:
        return None if "error" in ours and "error" in theirs else f"{ours} is not {theirs}"
    kind = theirs["resultType"]
    if ours["type"] != kind:
        return f"a {ours['type']}, not a {kind}"
    if kind == "scalar":
        seen, wanted = value_of(ours["result"]), value_of(theirs["result"][1])
        return None if same_number(seen, wanted) else f"{seen}, not {wanted}"
    if kind == "string":
        return None if ours["result"] == theirs["result"][1] else f"{ours} is not {theirs}"
    mine = {key(series["metric"]): series for series in ours["result"]}
    other = {key(series["metric"]): series for series in theirs["result"]}
    if mine.keys() != other.keys() or len(mine) != len(ours["result"]):
        return f"other series: {list(mine.keys() ^ other.keys())[:4]}"
    if ordered and list(mine) != list(other):
        return f"in another order: {list(mine)}, not {list(other)}"
    return next((d for k in mine if (d := same_series(mine[k], other[k], kind))), None)
