# SPDX-License-Identifier: Apache-2.0
"""What can only be scraped: native histograms, which have no text, and markers of staleness, which
Prometheus writes when a series is gone.

Two exporters on loopback.  That of histograms tells its own times, 15 seconds from scrape to scrape
(odd ones are left for evaluations); that of gauges lets one series go and come again.  Afterwards
Prometheus is asked for the raw samples, so that ours has exactly those."""

import http.server
import math
import random
import struct
import threading
import time

SCRAPES = 30  # Of each, that Prometheus has taken in; under load it misses some.
WAIT_SECONDS = 120
SCHEMA = 3


class Histogram:
    """A native histogram that counts what it is told to."""

    def __init__(self, schema, zero_threshold):
        self.schema, self.zero_threshold = schema, zero_threshold
        self.positive, self.negative = {}, {}
        self.zero = self.count = 0
        self.sum = 0.0

    def observe(self, value):
        self.count += 1
        self.sum += value
        if abs(value) <= self.zero_threshold:
            self.zero += 1
            return
        side = self.positive if value > 0 else self.negative
        index = math.ceil(math.log2(abs(value)) * 2**self.schema)
        side[index] = side.get(index, 0) + 1

    def text(self):
        """As promql_answer reads it."""
        sides = [" ".join(f"{i}:{n}" for i, n in sorted(s.items())) for s in (self.positive, self.negative)]
        head = f"{self.schema} {self.zero_threshold!r} {self.zero} {self.count} {self.sum!r}"
        return f"{{ {head} ; {sides[0]} ; {sides[1]} }}"

    def protobuf(self):
        out = integer(1, self.count) + double(2, self.sum) + integer(5, zigzag(self.schema))
        out += double(6, self.zero_threshold) + integer(7, self.zero)
        for side, span, delta in ((self.negative, 9, 10), (self.positive, 12, 13)):
            out += buckets(side, span, delta)
        return out


# --- protobuf, by hand ---------------------------------------------------------------------------


def varint(value):
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def zigzag(value):
    return (value << 1) ^ (value >> 63) if value >= 0 else ((-value) << 1) - 1


def integer(field, value):
    return varint(field << 3) + varint(value)


def double(field, value):
    return varint(field << 3 | 1) + struct.pack("<d", value)


def message(field, content):
    content = content.encode() if isinstance(content, str) else content
    return varint(field << 3 | 2) + varint(len(content)) + content


def buckets(side, span_field, delta_field):
    """Spans of buckets that follow each other, and counts as differences."""
    out, previous, next_index, run = b"", 0, 0, []
    for index in sorted(side) + [None]:
        if run and index != run[-1] + 1:
            out += message(span_field, integer(1, zigzag(run[0] - next_index)) + integer(2, len(run)))
            next_index, run = run[-1] + 1, []
        run.append(index)
    for index in sorted(side):
        out += integer(delta_field, zigzag(side[index] - previous))
        previous = side[index]
    return out


# --- exporters -----------------------------------------------------------------------------------


class Exporters:
    """Both exporters, for the length of a with."""

    def __init__(self):
        self.random = random.Random(7)
        self.begin_ms = (int(time.time()) - SCRAPES * 15) * 1000 + 2
        self.shown = []  # (milliseconds, {name of series: Histogram as text})
        self.scrapes = 0  # Of gauges.
        self.histograms = {
            'native{job="api"}': Histogram(SCHEMA, 0.001),
            'native{job="web"}': Histogram(SCHEMA, 0.001),
            'native{job="coarse"}': Histogram(0, 0.001),
            'signed{job="api"}': Histogram(2, 0.5),
            'zeroes{job="api"}': Histogram(2, 0.5),
        }
        for histogram in self.histograms.values():
            self.feed(histogram, 2000)
        self.servers = [serve(self.native_body), serve(self.gauge_body)]

    def feed(self, histogram, count):
        for _ in range(count):
            value = self.random.lognormvariate(0, 1)
            if histogram is self.histograms.get('signed{job="api"}') and self.random.random() < 0.4:
                value = -value
            if histogram is self.histograms.get('zeroes{job="api"}'):
                value = self.random.uniform(0.0, 0.6)
            histogram.observe(value)

    def native_body(self):
        """All histograms at the next time, in the delimited form."""
        time_ms = self.begin_ms + len(self.shown) * 15_000
        if len(self.shown) == SCRAPES // 2:  # A counter that begins anew.
            self.histograms['native{job="web"}'] = Histogram(SCHEMA, 0.001)
            self.feed(self.histograms['native{job="web"}'], 100)
        families = {}
        for name, histogram in self.histograms.items():
            self.feed(histogram, 25)
            metric, job = name[:-2].split('{job="')
            label = message(1, message(1, "job") + message(2, job))
            body = label + message(7, histogram.protobuf()) + integer(6, time_ms)
            families.setdefault(metric, []).append(message(4, body))
        self.shown.append((time_ms, {n: h.text() for n, h in self.histograms.items()}))
        out = b""
        for metric, bodies in families.items():
            family = message(1, metric) + integer(3, 4) + b"".join(bodies)
            out += varint(len(family)) + family
        kind = "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited"
        return kind, out

    def gauge_body(self):
        self.scrapes += 1
        lines = [f"steady {100_000 + self.scrapes}"]
        if not 8 < self.scrapes <= 14 and not 20 < self.scrapes <= 23:
            lines.append(f'comes_and_goes{{n="a"}} {200_000 + self.scrapes}')
        return "text/plain; version=0.0.4", ("\n".join(lines) + "\n").encode()

    def jobs(self):
        return {"native": self.servers[0].server_port, "gauges": self.servers[1].server_port}

    def wait(self, prometheus):
        """Until enough of both was taken in."""
        until = time.monotonic() + WAIT_SECONDS
        while min(taken(prometheus, s) for s in ('native{exported_job="api"}', "steady")) < SCRAPES:
            assert prometheus.process.poll() is None
            assert time.monotonic() < until, f"scraped {len(self.shown)} and {self.scrapes} times only"
            time.sleep(0.2)

    def __enter__(self):
        for server in self.servers:
            threading.Thread(target=server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *exception):
        for server in self.servers:
            server.shutdown()
            server.server_close()


def serve(body):
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            kind, content = body()
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            try:
                self.wfile.write(content)
            except OSError:
                pass  # Prometheus has not waited.

        def log_message(self, *_):
            pass

    return http.server.HTTPServer(("127.0.0.1", 0), Handler)


# --- what Prometheus has of it -------------------------------------------------------------------


def raw(prometheus, selector):
    """The raw samples of the last hour: [(labels, [(milliseconds, value)])]."""
    now_ms = int(time.time()) * 1000 + 300_000  # Histograms may be ahead of us.
    found = prometheus.instant(f"{selector}[1h]", now_ms)["result"]
    return [
        (series["metric"], [(round(t * 1000), v) for t, v in series.get("values", []) or series.get("histograms", [])])
        for series in found
    ]


def taken(prometheus, selector):
    return max((len(samples) for _, samples in raw(prometheus, selector)), default=0)


def label_text(metric):
    inside = ",".join(f'{k}="{v}"' for k, v in metric.items() if k != "__name__")
    return f"{metric['__name__']}{{{inside}}}"


def gauges(prometheus):
    """Samples, and a marker at the first scrape that a series is missing from."""
    ((_, scrapes),) = raw(prometheus, 'up{job="gauges"}')
    for selector in ('up{job="gauges"}', "steady", "comes_and_goes"):
        for metric, samples in raw(prometheus, selector):
            times = {t for t, _ in samples}
            lines = dict(samples)
            for before, now in zip(scrapes, scrapes[1:]):
                if before[0] in times and now[0] not in times:
                    lines[now[0]] = "stale"
            for time_ms, value in sorted(lines.items()):
                yield f"{label_text(metric)} {time_ms} {value}\n"


def natives(exporters, prometheus):
    """The histograms that Prometheus has taken in, as they were shown."""
    for selector in ("native", "signed", "zeroes"):
        for metric, samples in raw(prometheus, selector):
            name = f'{selector}{{job="{metric["exported_job"]}"}}'
            times = {t for t, _ in samples}
            for time_ms, shown in exporters.shown:
                if time_ms in times:
                    yield f"{label_text(metric)} {time_ms} {shown[name]}\n"


def shelf(exporters, prometheus):
    lines = list(gauges(prometheus)) + list(natives(exporters, prometheus))
    assert sum("stale" in line for line in lines) >= 1, "no series went"
    return "".join(lines)


def plans(prometheus):
    """(file of expressions, times, range)"""
    ((_, samples),) = raw(prometheus, 'native{exported_job="api"}')
    end_ms = samples[-1][0]
    instants = (end_ms - 120_001, end_ms - 270_001, end_ms + 5_001)
    yield "expressions_native.txt", instants, (end_ms - 350_001, end_ms, 37_000)
    yield "newer_native.txt", instants, None
    ((_, scrapes),) = raw(prometheus, 'up{job="gauges"}')
    first, last = scrapes[0][0], scrapes[-1][0]
    # Ranges are whole seconds: no time of evaluation is a whole number of them after a sample.
    free = sorted(set(range(1, 1000, 2)) - {time_ms % 1000 for time_ms, _ in scrapes})
    seconds = range(first // 1000 + 1, last // 1000, 2)
    instants = [1000 * second + free[second * 37 % len(free)] for second in seconds]
    yield "expressions_stale.txt", instants, (first - first % 1000 + free[0], last, 1000)
