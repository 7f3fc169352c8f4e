// How numbers, times and text are written.

import assert from "node:assert/strict";
import test from "node:test";

import * as format from "../../ui-static/format.js";

const plain = (text) => text.replaceAll("\u00a0", " ");

test("durations have three digits and the unit that fits", () => {
    const cases = [
        [0, "0 ms"],
        [0.0004, "0.40 µs"],
        [0.05, "50 µs"],
        [0.42, "0.420 ms"],
        [4.2, "4.20 ms"],
        [42.13, "42.1 ms"],
        [421, "421 ms"],
        [999.4, "999 ms"],
        [999.6, "1.00 s"],
        [1420, "1.42 s"],
        [59_940, "59.9 s"],
        [59_960, "1 m"],
        [192_000, "3 m 12 s"],
        [3_600_000, "1 h"],
        [5_400_000, "1 h 30 m"],
        [90_000_000, "1 d 1 h"],
        [-12.5, "-12.5 ms"],
    ];
    for (const [ms, text] of cases) {
        assert.equal(plain(format.duration(ms)), text);
    }
});

test("what is not known is a dash and never a zero", () => {
    for (const write of [
        format.count,
        format.compact,
        format.duration,
        format.percent,
        format.money,
        format.bytes,
        format.megabytes,
        format.clock,
        format.dateTime,
        format.offset,
    ]) {
        for (const value of [null, undefined, NaN]) {
            assert.equal(write(value), format.unknown);
        }
    }
});

test("shares near nothing and near all do not lie", () => {
    const cases = [
        [0, "0 %"],
        [0.00001, "< 0.01 %"],
        [0.0042, "0.42 %"],
        [0.0517, "5.2 %"],
        [0.999, "99.9 %"],
        [1, "100 %"],
    ];
    for (const [share, text] of cases) {
        assert.equal(plain(format.percent(share)), text);
    }
});

test("money keeps three significant digits, however small", () => {
    const cases = [
        ["0", "$0"],
        ["0.0000058500", "$0.00000585"],
        ["0.25", "$0.25"],
        ["0.5", "$0.50"],
        ["12.345", "$12.35"],
        ["1234.5", "$1,235"],
        ["-0.02", "−$0.02"],
        ["0.000001", "$0.000001"],
    ];
    for (const [amount, text] of cases) {
        assert.equal(format.money({ amount, currency: "USD" }), text);
    }
    assert.equal(plain(format.money({ amount: "1", currency: "CHF" })), "CHF 1.00");
});

test("sums of amounts are exact where floating point is not", () => {
    assert.equal(format.sumDecimals(["0.1", "0.2"]), "0.3");
    assert.equal(format.sumDecimals(Array(1000).fill("0.0000000001")), "0.0000001");
    assert.equal(
        format.sumDecimals(["12345678901234.5", "0.000000000000000001"]),
        "12345678901234.500000000000000001",
    );
    assert.equal(format.sumDecimals(["1.5", "-2"]), "-0.5");
    assert.equal(format.sumDecimals([null, undefined]), null);
    assert.equal(format.sumDecimals(["1e3", "NaN", "0.5"]), "0.5");
});

test("compact counts stay exact while they are short", () => {
    const cases = [
        [0, "0"],
        [1234, "1,234"],
        [12_345, "12.3k"],
        [1_234_567, "1.23M"],
        [2.5, "2.50"],
    ];
    for (const [value, text] of cases) {
        assert.equal(format.compact(value), text);
    }
});

test("hidden and reordering characters become visible, line breaks and tabs stay", () => {
    assert.equal(format.visible("a\u0000b\u001b[31m\u007f"), "a␀b␛[31m␡");
    assert.equal(format.visible("x\u202Efdp\u2066y"), "x⟨U+202E⟩fdp⟨U+2066⟩y");
    assert.equal(format.visible("one\ntwo\tthree"), "one\ntwo\tthree");
    assert.equal(format.visible(null), "");
});

test("long names lose their middle and keep both ends", () => {
    const short = format.shorten(`start${"x".repeat(10_000)}end`, 20);
    assert.equal(short.length, 20);
    assert.ok(short.startsWith("start") && short.endsWith("end") && short.includes("…"));
    assert.equal(format.shorten("short", 20), "short");
});

test("times ago use one unit and the future is said", () => {
    const now = 1_700_000_000_000;
    const cases = [
        [0, "now"],
        [30_000, "30 s ago"],
        [90_000, "1 m ago"],
        [7_200_000, "2 h ago"],
        [200_000_000, "2 d ago"],
        [-60_000, "in the future"],
    ];
    for (const [before, text] of cases) {
        assert.equal(plain(format.ago(now - before, now)), text);
    }
});

test("one is one, and nothing is many", () => {
    assert.equal(format.plural(1, "line"), "1 line");
    assert.equal(format.plural(0, "line"), "0 lines");
    assert.equal(plain(format.plural(1240, "entry", "entries")), "1,240 entries");
});

test("bytes have binary units", () => {
    assert.equal(plain(format.bytes(512)), "512 B");
    assert.equal(plain(format.bytes(1536)), "1.50 KiB");
    assert.equal(plain(format.bytes(48_731_904)), "46.5 MiB");
});

test("templates are told without what they would look up", () => {
    assert.equal(
        format.templateText("More of {{ $labels.a }} than {{ with query }}{{ . }}\n{{ end }}, it is."),
        "More of … than …, it is.",
    );
    assert.equal(format.templateText("{{ plain"), "{{ plain");
});
