# SPDX-License-Identifier: Apache-2.0
"""Samples for the comparison with Prometheus: the same for the same seed.

Times of samples end in 2 milliseconds modulo 4 and those of evaluations are odd, so that no sample
lies on the border of a range: there, version 2 and newer ones differ."""

import math
import random

BEGIN_MS = 1_700_000_000_000
STEP_MS = 15_000
STEPS = 480  # Two hours.


class World:
    """Series by their text (as in a selector), each a list of (milliseconds, value)."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.series = {}
        self.counters()
        self.gauges()
        self.histograms()
        self.specials()

    def add(self, name, labels, samples):
        text = ",".join(f'{key}="{escape(value)}"' for key, value in labels.items())
        self.series[f"{name}{{{text}}}"] = samples

    def times(self, every=1, first=0, last=STEPS, gap=None):
        """The times of one series, a bit off the grid."""
        for step in range(first, last, every):
            if gap and gap[0] <= step < gap[1]:
                continue
            yield BEGIN_MS + step * STEP_MS + self.random.randrange(0, 400) * 4 + 2

    def count(self, start, rate, resets=(), **when):
        """A counter.  It starts at nothing, or far above: what is between is extrapolated differently
        by version 2 and newer ones."""
        value, samples = start, []
        for number, time in enumerate(self.times(**when)):
            value = 0 if number in resets else value + self.random.randrange(0, rate)
            samples.append((time, value))
        return samples

    def walk(self, start, width, **when):
        value, samples = start, []
        for time in self.times(**when):
            value += self.random.uniform(-width, width)
            samples.append((time, round(value, 3)))
        return samples

    def counters(self):
        for job in ("api", "web"):
            for instance in ("a:80", "b:80", "c:80"):
                for code in ("200", "500"):
                    resets = (130, 131, 300) if instance == "b:80" else ()
                    gap = (200, 240) if instance == "c:80" else None
                    labels = {"job": job, "instance": instance, "code": code}
                    samples = self.count(100_000, 50, resets, gap=gap)
                    self.add("http_requests_total", labels, samples)
        self.add("from_zero_total", {"job": "api"}, self.count(0, 5, first=100))
        late = [(time, 80 + 100 * i) for i, time in enumerate(self.times(first=215))]
        self.add("late_total", {}, late)
        self.add("short_total", {"job": "api"}, self.count(500_000, 9, first=200, last=203))
        self.add("single_total", {"job": "api"}, self.count(500_000, 9, first=230, last=231))

    def gauges(self):
        for room in ("attic", "cellar", "hall", "Küche", 'quote"back\\slash'):
            self.add("temperature", {"room": room}, self.walk(15, 2))
        for instance in ("a:80", "b:80", "c:80"):
            for job in ("api", "web"):
                labels = {"job": job, "instance": instance}
                self.add("memory_bytes", labels, self.walk(2e9, 1e7))
                self.add("build_info", labels | {"version": f"1.{ord(instance[0]) % 3}"}, self.constant(1))
        for job, limit in (("api", 2.1e9), ("web", 1.9e9)):
            self.add("limit_bytes", {"job": job, "team": f"team-{job}"}, self.constant(limit))
        self.add("sparse", {}, self.walk(5, 1, every=16))
        self.add("sparser", {}, self.walk(5, 1, every=40))
        self.add("ended", {"job": "api"}, self.walk(5, 1, last=220))
        self.add("flag", {"job": "api"}, [(t, self.random.randrange(0, 2)) for t in self.times()])
        self.add("level", {"job": "web"}, [(t, self.random.randrange(0, 4)) for t in self.times()])
        self.add("level", {"job": "api"}, [(t, self.random.randrange(0, 4)) for t in self.times()])
        self.add("rule:level:sum", {}, self.walk(100, 3))
        self.add("up_down", {"dir": "up"}, [(t, t / 1e6) for t in self.times()])
        self.add("up_down", {"dir": "down"}, [(t, -t / 1e5) for t in self.times()])
        for event, second in (("leap", 1709208000), ("old", -86401), ("end", 1704067199), ("now", 1700003600)):
            self.add("event_time", {"event": event}, self.constant(second))

    def constant(self, value):
        return [(t, value) for t in self.times()]

    def histograms(self):
        bounds = ("0.1", "0.5", "1", "2.5", "10", "+Inf")
        for job in ("api", "web"):
            totals = [10_000 * (i + 1) for i in range(len(bounds))]
            samples = [[] for _ in bounds]
            sums, counts = [], []
            seconds = 30_000.0
            for time in self.times():
                for index in sorted(self.random.choices(range(len(bounds)), k=20)):
                    for above in range(index, len(bounds)):
                        totals[above] += 1
                    seconds += self.random.uniform(0, 3)
                for index, total in enumerate(totals):
                    samples[index].append((time, total))
                sums.append((time, round(seconds, 6)))
                counts.append((time, totals[-1]))
            for bound, values in zip(bounds, samples):
                self.add("latency_seconds_bucket", {"job": job, "le": bound}, values)
            self.add("latency_seconds_sum", {"job": job}, sums)
            self.add("latency_seconds_count", {"job": job}, counts)
        for bound, value in (("1", 5), ("2", 3), ("4", 9), ("+Inf", 9)):  # It goes down once.
            self.add("odd_bucket", {"le": bound, "kind": "sinks"}, self.constant(value))
        for bound, value in (("1", 5), ("2", 6)):
            self.add("odd_bucket", {"le": bound, "kind": "open"}, self.constant(value))
        for bound, value in (("-1", 5), ("0", 6), ("+Inf", 7)):
            self.add("odd_bucket", {"le": bound, "kind": "negative"}, self.constant(value))
        for bound, value in (("1", 0), ("+Inf", 0)):
            self.add("odd_bucket", {"le": bound, "kind": "empty"}, self.constant(value))
        self.add("odd_bucket", {"le": "x", "kind": "wrong"}, self.constant(1))

    def specials(self):
        values = {"nan": math.nan, "inf": math.inf, "neginf": -math.inf, "zero": 0, "minus": -2.5,
                  "large": 1.5e300, "small": 1.5e-300, "half": 0.5, "third": 1 / 3}
        for kind, value in values.items():
            self.add("special", {"kind": kind}, self.constant(value))
        mixed = [(t, self.random.choice((1, 2, math.nan, math.inf))) for t in self.times()]
        self.add("holes", {}, mixed)

    def open_metrics(self):
        """The text that promtool makes blocks of."""
        lines = []
        for text, samples in self.series.items():
            text = text.replace("{}", "")
            lines += [f"{text} {number(value)} {time / 1000:.3f}" for time, value in samples]
        return "\n".join(lines) + "\n# EOF\n"

    def shelf(self):
        """The text that promql_answer reads."""
        return "".join(
            f"{text} {time} {number(value)}\n"
            for text, samples in self.series.items()
            for time, value in samples
        )


def escape(text):
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def number(value):
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "+Inf" if value > 0 else "-Inf"
    return repr(value)
