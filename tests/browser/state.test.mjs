// The URL is the state.

import assert from "node:assert/strict";
import test from "node:test";

import { change, link, parse, rangeChanges, readSearch } from "../../ui-static/state.js";
import * as time from "../../ui-static/time.js";

test("every page has its path, and its path is that page", () => {
    const state = parse("http://host/?range=12h");
    const cases = [
        ["overview", null, "/?range=12h"],
        ["search", null, "/search?range=12h"],
        ["function", "checkout", "/functions/checkout?range=12h"],
        [
            "transaction",
            "4bf92f3577b34da6a3ce929d0e0e4736",
            "/transactions/4bf92f3577b34da6a3ce929d0e0e4736?range=12h",
        ],
        ["alerts", null, "/alerts?range=12h"],
        ["status", null, "/status?range=12h"],
    ];
    for (const [page, id, address] of cases) {
        assert.equal(link(state, page, id), address);
        const back = parse(`http://host${address}`);
        assert.equal(back.page, page);
        assert.equal(back.id, id);
        assert.deepEqual(back.range, { preset: "12h" });
    }
});

test("names survive the path, whatever is in them, and never look like a file", () => {
    for (const name of [
        "a.b.js",
        "with space",
        "a/b",
        "%41",
        "<img>",
        "ünï",
        "?x=1#y",
        "..",
        ".",
        "~",
        "~2E",
        "a~7Eb",
        "a\u0000b",
    ]) {
        const address = link(parse("http://host/"), "function", name);
        assert.ok(!address.includes("."), address);
        assert.equal(parse(`http://host${address}`).id, name);
    }
});

test("links keep range and liveness and drop everything else", () => {
    const state = parse("http://host/search?range=24h&live=0&q=errors&sort=-cost");
    assert.equal(link(state, "function", "f"), "/functions/f?range=24h&live=0");
    assert.equal(link(state, "search", null, { q: "cold" }), "/search?range=24h&live=0&q=cold");
    assert.equal(change(state, { q: null }), "/search?range=24h&live=0&sort=-cost");
});

test("a fixed range replaces a moving one and is never live", () => {
    const state = parse("http://host/?range=24h&live=0");
    const address = change(state, rangeChanges({ from: 1000.4, to: 2000.2 }));
    assert.equal(address, "/?from=1000&to=2001");
    const fixed = parse(`http://host${address}`);
    assert.deepEqual(fixed.range, { from: 1000, to: 2001 });
    assert.equal(fixed.live, false);
    assert.equal(change(fixed, rangeChanges({ preset: "1h" })), "/");
});

test("nonsense in the URL falls back to the last hour", () => {
    for (const query of [
        "?range=99y",
        "?from=5&to=1",
        "?from=x&to=y",
        "?from=1",
        "?to=99999999999999999999",
    ]) {
        assert.deepEqual(parse(`http://host/${query}`).range, { preset: "1h" });
    }
    assert.equal(parse("http://host/functions/%E0%A4%A").page, "function");
    assert.equal(parse("http://host/nowhere/at/all").page, "unknown");
});

test("ids go to their transaction, words to the search", () => {
    const cases = [
        ["4BF92F3577B34DA6A3CE929D0E0E4736", "id", "4bf92f3577b34da6a3ce929d0e0e4736"],
        ["1-581cf771-a006649127e371903a2de979", "id", "1-581cf771-a006649127e371903a2de979"],
        [
            "Root=1-581cf771-a006649127e371903a2de979;Parent=53995c3f42cd8ad8;Sampled=1",
            "id",
            "1-581cf771-a006649127e371903a2de979",
        ],
        [" 8476a536-e9f4-11e8-9739-2dfe598c3fcd ", "id", "8476a536-e9f4-11e8-9739-2dfe598c3fcd"],
        [
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "id",
            "4bf92f3577b34da6a3ce929d0e0e4736",
        ],
        ["function:checkout errors", "words", "function:checkout errors"],
        ["4bf92f35", "words", "4bf92f35"],
        ["  ", "nothing", ""],
    ];
    for (const [typed, kind, text] of cases) {
        assert.deepEqual(readSearch(typed), { kind, text });
    }
});

test("a moving range ends now, a fixed one where it says", () => {
    assert.deepEqual(time.resolveRange({ preset: "5m" }, 1_000_000), {
        fromMs: 700_000,
        toMs: 1_000_000,
    });
    assert.deepEqual(time.resolveRange({ from: 5, to: 9 }, 1_000_000), { fromMs: 5, toMs: 9 });
});

test("nanoseconds keep what doubles would lose", () => {
    assert.equal(time.nsBetweenMs("1735689600000000001", "1735689600000000003"), 0.000002);
    assert.equal(time.nsToMs("1735689600000500000"), 1735689600000.5);
    for (const wrong of [null, undefined, "", "x", "-5", "1.5", "1".repeat(30)]) {
        assert.equal(time.nsToMs(wrong), null);
    }
});

test("ruler marks are round and inside", () => {
    assert.deepEqual(time.rulerTicks(0, 1000, 5), [0, 200, 400, 600, 800, 1000]);
    assert.deepEqual(time.rulerTicks(130, 470, 4), [200, 300, 400]);
    for (const length of [0.001, 0.3, 7, 999, 86_400_000]) {
        const ticks = time.rulerTicks(0, length, 8);
        assert.ok(ticks.length >= 2 && ticks.length <= 17, `${length}: ${ticks.length}`);
    }
    assert.ok(time.rulerTicks(0, 7_200_000, 6).every((ms) => ms % 60_000 === 0));
});

test("clock marks fall on round local times", () => {
    const from = Date.UTC(2026, 2, 4, 10, 7);
    const { ms, stepMs } = time.clockTicks(from, from + 3_600_000, 6, 3_600_000);
    assert.equal(stepMs, 600_000);
    assert.deepEqual(
        ms.map((at) => new Date(at).getUTCMinutes()),
        [10, 20, 30, 40, 50, 0],
    );
    const days = time.clockTicks(from, from + 7 * 86_400_000, 7, 3_600_000);
    assert.ok(days.ms.every((at) => new Date(at + 3_600_000).getUTCHours() === 0));
});

test("typed moments are understood, others refused", () => {
    assert.equal(time.parseMoment("1735689600000"), 1735689600000);
    assert.equal(time.parseMoment("2026-03-04T10:20:00Z"), Date.UTC(2026, 2, 4, 10, 20));
    assert.equal(time.parseMoment("2026-03-04 10:20"), new Date(2026, 2, 4, 10, 20).getTime());
    for (const wrong of ["", "yesterday", "10:20", "2026-13-45"]) {
        assert.equal(time.parseMoment(wrong), null);
    }
});
