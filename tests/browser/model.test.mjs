// The pure part of the pages: sorting, sums, lanes, rows of the waterfall, sentences.

import assert from "node:assert/strict";
import test from "node:test";

import { agentTotals, waitingTotals } from "../../ui-static/model/agents.js";
import { byReason, droppedWords, reasonWords } from "../../ui-static/model/unsent.js";
import { limits, sortRows, totals } from "../../ui-static/model/functions.js";
import { honesty } from "../../ui-static/model/honesty.js";
import { endName, lanesRange, layoutLane } from "../../ui-static/model/lanes.js";
import { changeQuery, readQuery, writeQuery } from "../../ui-static/model/query.js";
import {
    changeOf,
    longSeries,
    outcomeLayers,
    seriesTotals,
    shares,
    sparkPath,
} from "../../ui-static/model/series.js";
import {
    elsewhen,
    howLong,
    newestRange,
    onlyLogs,
    providerName,
    sourceWords,
} from "../../ui-static/model/sources.js";
import { onCriticalPath, pathLength, waitedParts } from "../../ui-static/model/path.js";
import { costByFunction, outcomeOf } from "../../ui-static/model/summary.js";
import { buildTransaction } from "../../ui-static/model/transaction.js";
import * as scenes from "./scenes.mjs";

const now = 1_772_600_000_000;
const ns = (ms) => String(BigInt(Math.round(ms * 1000)) * 1000n);

test("queries keep words that the page does not know", () => {
    const q = "function:checkout cold id:abc errors";
    assert.deepEqual(readQuery(q), {
        function: "checkout",
        errors: true,
        timeouts: false,
        cold: true,
        rest: ["id:abc"],
    });
    assert.equal(writeQuery(readQuery(q)), "function:checkout errors cold id:abc");
    assert.equal(changeQuery(q, { cold: false, function: null }), "errors id:abc");
    assert.equal(changeQuery("", { timeouts: true }), "timeouts");
});

test("rows sort by any column with unknown values last either way", () => {
    const rows = [
        { name: "b", invocations: 5, cold_start_rate: null },
        { name: "a", invocations: 5, cold_start_rate: 0.1 },
        { name: "c", invocations: 9, cold_start_rate: 0 },
    ];
    const names = (sort) =>
        sortRows(rows, sort)
            .map((row) => row.name)
            .join("");
    assert.equal(names("-invocations"), "cab");
    assert.equal(names("name"), "abc");
    assert.equal(names("-name"), "cba");
    assert.equal(names("cold"), "cab");
    assert.equal(names("-cold"), "acb");
    assert.equal(names("nonsense"), "abc");
});

test("rates of all functions are of all invocations, not means of rates", () => {
    const sum = totals([
        { invocations: 90, errors: 0, cold_starts: 9, cost: { amount: "0.1", currency: "USD" } },
        { invocations: 10, errors: 10, cold_starts: 0, cost: { amount: "0.2", currency: "USD" } },
    ]);
    assert.equal(sum.errorRate, 0.1);
    assert.equal(sum.coldRate, 0.09);
    assert.equal(sum.cost.amount, "0.3");
    assert.equal(totals([]).errorRate, null);
});

test("near a limit is told from facts, and not without them", () => {
    assert.equal(limits({ max_memory_mb: 120, memory_mb: 128 }).near, true);
    assert.equal(
        limits({ max_memory_mb: 60, memory_mb: 128, wait_ms: { p99: 2500 }, timeout_ms: 3000 })
            .near,
        true,
    );
    const cold = { wait_ms: { p99: 2900 }, init_ms: { p99: 2500 }, cold_start_rate: 0.1 };
    assert.equal(limits({ ...cold, timeout_ms: 3000 }).near, false);
    assert.equal(
        limits({ max_memory_mb: null, memory_mb: 128, wait_ms: null, timeout_ms: null }).near,
        false,
    );
});

test("who told is said in words, whatever form it has", () => {
    assert.equal(sourceWords({ sources: ["agent", "logs"] }), "agent + logs");
    assert.equal(sourceWords({ source: "both" }), "agent + logs");
    assert.equal(sourceWords({ source: "logs" }), "logs");
    assert.equal(sourceWords({ sources: [] }), null);
    assert.equal(sourceWords({}), null);
    assert.equal(onlyLogs({ sources: ["logs"] }), true);
    assert.equal(onlyLogs({ source: "both" }), false);
    assert.equal(providerName("aws"), null);
    assert.equal(providerName("azure"), "Azure");
    assert.equal(providerName(null), null);
});

test("a Duration stands for a wait only where no wait is known, and is called so", () => {
    const wait = { p50: 1, p95: 2, p99: 3 };
    const unknown = { p50: null, p95: null, p99: null };
    assert.equal(howLong({ wait_ms: wait, duration_ms: { p50: 9 } }).what, "wait");
    assert.deepEqual(howLong({ wait_ms: unknown, duration_ms: wait }), { what: "duration", ...wait });
    const timeouts = { wait_ms: { p50: 9 }, duration_ms: wait };
    assert.equal(howLong({ ...timeouts, sources: ["logs"] }).what, "duration");
    assert.equal(howLong({ ...timeouts, sources: ["agent", "logs"] }).what, "wait");
    assert.deepEqual(howLong({ wait_ms: unknown }), { what: "unknown", ...unknown });
    const t = ["1", "2"];
    assert.equal(longSeries({ t, wait_p50: [1, null], duration_p50: [2, 2] }).what, "wait");
    assert.deepEqual(longSeries({ t, wait_p50: [null, null], duration_p50: [2, null] }).p50, [2, null]);
});

test("the newest data: all of it, or its last month; functions of other times are found", () => {
    const rows = [
        { name: "a", invocations: 3, first_seen: ns(now - 7_200_000), last_seen: ns(now) },
        { name: "b", invocations: 1, first_seen: ns(now - 60_000), last_seen: ns(now - 30_000) },
        { name: "c", invocations: 0, first_seen: null, last_seen: null },
    ];
    const range = newestRange(rows);
    assert.equal(range.newestMs, now);
    assert.ok(range.from <= now - 7_200_000 && range.from > now - 7_200_000 - 60_000);
    assert.ok(range.to > now && range.to <= now + 60_000);
    const old = [{ ...rows[0], first_seen: ns(now - 300 * 86_400_000) }];
    assert.ok(newestRange(old).from > now - 31 * 86_400_000 - 60_001);
    assert.equal(newestRange([]), null);
    assert.deepEqual(
        elsewhen(rows, [rows[0]]).map((row) => row.name),
        ["b"],
    );
});

test("layers of a stacked bar end where the next begins and are absent where they do not show", () => {
    const layers = outcomeLayers({
        t: [],
        invocations: [10, 4, 0, 3],
        errors: [3, 0, 0, 3],
        timeouts: [1, 0, 0, 3],
    });
    assert.deepEqual(layers.timeout, [10, null, null, 3]);
    assert.deepEqual(layers.error, [9, null, null, null]);
    assert.deepEqual(layers.ok, [7, 4, null, null]);
    assert.deepEqual(layers.failed, [2, 0, 0, 0]);
});

test("a share of nothing is a gap, and sums of costs are exact", () => {
    const series = {
        t: [1, 2],
        invocations: [0, 4],
        errors: [0, 1],
        timeouts: [0, 0],
        cold_starts: [0, 2],
        wait_p95: [null, 80],
        cost: ["0.1", "0.2"],
    };
    assert.deepEqual(shares(series, "errors", "invocations"), [null, 0.25]);
    assert.equal(seriesTotals(series).cost, "0.3");
    assert.equal(seriesTotals(series).waitP95Worst, 80);
    assert.equal(changeOf(3, 2), 0.5);
    assert.equal(changeOf(3, 0), null);
    assert.equal(changeOf(null, 2), null);
});

test("what agents cost adds up, and is unknown where none tells", () => {
    const rows = [
        {
            agent: {
                invocations: 3,
                cpu_ms: 0.9,
                held_ms: 6,
                wire_bytes: 3000,
                memory_bytes: 700_000,
                cost: { amount: "0.0001", currency: "USD" },
            },
        },
        { agent: null },
        { agent: { invocations: 1, cpu_ms: 0.1, held_ms: 2, wire_bytes: 1000, memory_bytes: null } },
    ];
    const all = agentTotals(rows);
    assert.deepEqual(
        [all.invocations, all.cpuMsEach, all.heldMsEach, all.wireBytesEach, all.memoryBytes],
        [4, 0.25, 2, 1000, 700_000],
    );
    assert.equal(all.cost.amount, "0.0001");
    assert.equal(agentTotals([{ agent: null }, {}]), null);
});

test("what is not sent is told by reason, the greatest first", () => {
    assert.deepEqual(
        byReason([{ retries: 1, buffer_full: 2 }, null, undefined, { retries: 4, rejected: 0 }]),
        [
            ["retries", 5],
            ["buffer_full", 2],
        ],
    );
    assert.equal(droppedWords({}), null);
    assert.equal(droppedWords(undefined), null);
    assert.equal(
        droppedWords({ too_large: 1, of_tomorrow: 1_200 }),
        "its agent dropped 1,201 records: of tomorrow 1,200, too large 1",
    );
    assert.equal(reasonWords("constructor"), "constructor");
});

test("what waits is said in words, and nothing is said of nothing", () => {
    assert.equal(waitingTotals([{ instances: 0, records: 0, since: null }, null, undefined]), null);
    const two = waitingTotals([
        { instances: 1, records: 3, since: ns(now + 500) },
        { instances: 1, records: 4, since: ns(now) },
    ]);
    assert.deepEqual([two.instances, two.records, two.sinceMs], [2, 7, now]);
    assert.equal(two.words, "up to 7 records wait in 2 frozen instances");
    assert.equal(
        waitingTotals([{ instances: 1, records: 1, since: null }]).words,
        "up to 1 record waits in 1 frozen instance",
    );
});

test("sparklines leave gaps open and stay in their box", () => {
    const { line } = sparkPath([1, 2, null, 4, null, 3], 100, 20);
    assert.equal(line.match(/M/g).length, 3);
    const numbers = line.match(/-?[\d.]+/g).map(Number);
    assert.ok(numbers.every((value) => value >= 0 && value <= 100));
    assert.equal(sparkPath([], 100, 20).line, "");
    assert.equal(sparkPath([0, 0], 100, 20).line, "M0 19H100");
});

test("lanes place blocks in proportion to time", () => {
    const view = { fromMs: now, toMs: now + 1000, width: 500, nowMs: now + 1000 };
    const lane = {
        start: ns(now + 100),
        end: ns(now + 900),
        end_reason: "spindown",
        inits: [{ start: ns(now + 100), end: ns(now + 200), init_ms: 100, cold: true }],
        invocations: [
            {
                request_id: "a",
                start: ns(now + 200),
                end: ns(now + 300),
                outcome: "ok",
                cold: true,
            },
            { request_id: "b", start: ns(now + 600), end: ns(now + 800), outcome: "timeout" },
        ],
    };
    const layout = layoutLane(lane, view);
    assert.deepEqual([layout.life.x, layout.life.width], [50, 400]);
    assert.deepEqual([layout.inits[0].x, layout.inits[0].width], [50, 50]);
    assert.deepEqual(
        layout.blocks.map((block) => [block.x, block.width]),
        [
            [100, 50],
            [300, 100],
        ],
    );
    assert.equal(layout.end.x, 450);
});

test("a failure among many narrow blocks is neither hidden nor blown up", () => {
    const view = { fromMs: now, toMs: now + 100_000, width: 100, nowMs: now + 100_000 };
    const invocations = Array.from({ length: 100 }, (unused, i) => ({
        request_id: String(i),
        start: ns(now + i * 20),
        end: ns(now + i * 20 + 5),
        outcome: i === 50 ? "error" : "ok",
    }));
    const { blocks } = layoutLane(
        { start: ns(now), end: null, end_reason: null, inits: [], invocations },
        view,
    );
    assert.equal(
        blocks.reduce((sum, block) => sum + block.items.length, 0),
        100,
    );
    assert.ok(blocks.length < 5);
    assert.equal(
        blocks.reduce((sum, block) => sum + block.failed, 0),
        1,
    );
    assert.equal(
        blocks.some((block) => block.outcome === "error"),
        true,
    );
});

test("an instance that lives reaches to now, and its end has a name when it ended", () => {
    const view = { fromMs: now, toMs: now + 1000, width: 100, nowMs: now + 1000 };
    const layout = layoutLane(
        { start: ns(now), end: null, end_reason: null, inits: [], invocations: [] },
        view,
    );
    assert.equal(layout.life.width, 100);
    assert.equal(layout.end, null);
    assert.deepEqual([null, "spindown", "timeout", "failure", "unknown", "other"].map(endName), [
        "alive",
        "idle end",
        "timeout",
        "failure",
        "end unknown",
        "other",
    ]);
});

test("the axis begins where something begins", () => {
    const lanes = [{ start: ns(now + 900_000), inits: [], invocations: [] }];
    const range = lanesRange(lanes, now, now + 1_000_000);
    assert.equal(range.narrowed, true);
    assert.ok(range.fromMs > now + 800_000 && range.fromMs < now + 900_000);
    assert.equal(lanesRange([], now, now + 1000).narrowed, false);
});

function sharedDetail() {
    return scenes
        .build("shop", now)
        .details.find(
            (each) =>
                each.invocations.some((row) => row.shared) &&
                each.invocations.some((row) => row.cold),
        );
}

test("callers come before those they called, each span under its parent", () => {
    const { rows } = buildTransaction(sharedDetail());
    const names = rows.filter((row) => row.type === "invocation").map((row) => row.name);
    assert.deepEqual(names, ["front", "checkout", "stock", "pricing", "notify"]);
    const depth = Object.fromEntries(
        rows.filter((row) => row.type === "invocation").map((row) => [row.name, row.depth]),
    );
    assert.ok(depth.checkout > depth.front && depth.stock > depth.checkout);
    const send = rows.findIndex((row) => row.type === "link");
    assert.equal(rows[send + 1].name, "notify");
    assert.equal(rows[send].destination, "order-placed");
});

test("the agent's own spans are drawn as segments and never twice", () => {
    const detail = sharedDetail();
    const { rows } = buildTransaction(detail);
    assert.ok(!rows.some((row) => row.type === "span" && row.span.source === "agent"));
    const front = rows.find((row) => row.type === "invocation" && row.name === "front");
    const { init_ms: init, handler_ms: handler, post_handler_ms: post } = front.invocation;
    const length = Object.fromEntries(
        front.segments.map((part) => [part.name, part.toMs - part.fromMs]),
    );
    assert.ok(
        Math.abs(length.init - init) < 0.01 &&
            Math.abs(length.handler - handler) < 0.01 &&
            Math.abs(length.post_handler - post) < 0.01,
    );
    assert.equal(front.billed.withInit, true);
});

test("an init again lies inside its invocation and is not billed twice", () => {
    const shop = scenes.build("shop", now);
    const detail = shop.details.find((each) =>
        each.invocations.some((row) => row.init_phase === "invoke"),
    );
    const row = buildTransaction(detail).rows.find(
        (each) => each.invocation?.init_phase === "invoke" && each.type === "invocation",
    );
    const init = row.segments.find((part) => part.name === "init");
    assert.ok(init.fromMs >= row.startMs && init.toMs <= row.toMs);
    assert.equal(row.billed.withInit, false);
});

test("an init that nobody waited for is not drawn before the request", () => {
    const detail = structuredClone(sharedDetail());
    Object.assign(detail.invocations[0], { cold: false, proactive: true });
    detail.spans = detail.spans.filter((span) => span.name !== "init");
    const row = buildTransaction(detail).rows.find((each) => each.type === "invocation");
    assert.ok(!row.segments.some((part) => part.name === "init"));
});

test("the time in front of a function is a wait, and a long one leaves room for the rest", () => {
    const detail = structuredClone(sharedDetail());
    const [invocation] = detail.invocations;
    const zero = buildTransaction(detail).zeroNs;
    const inferred = (ms) => ({
        ...structuredClone(detail.spans[0]),
        name: "orders wait",
        kind: "consumer",
        source: "agent",
        request_id: invocation.request_id,
        attempt: invocation.attempt,
        instance: invocation.instance,
        span_id: "c".repeat(16),
        parent_span_id: invocation.span_id,
        start: String(BigInt(invocation.start) - BigInt(ms) * 1_000_000n),
        end: invocation.start,
        duration_ms: ms,
        attributes: { "thaw.inferred": true },
    });
    const wait = (ms) => {
        const model = buildTransaction({ ...detail, spans: [...detail.spans, inferred(ms)] });
        return { model, row: model.rows.find((row) => row.name === "orders wait") };
    };
    const { model, row } = wait(2);
    assert.ok(row.inferred && row.type === "span" && Math.abs(row.toMs - row.fromMs - 2) < 0.01);
    assert.ok(BigInt(model.zeroNs) <= BigInt(zero));
    const long = wait(86_400_000);
    assert.equal(long.model.zeroNs, zero);
    assert.ok(long.row.inferred && long.row.fromMs < 0);
});

test("messages of other transactions in a shared batch are no rows here", () => {
    const detail = structuredClone(sharedDetail());
    const [own] = detail.links;
    const links = buildTransaction(detail).rows.filter((row) => row.type === "link").length;
    detail.links.push({
        ...own,
        from: { trace_id: "a".repeat(32), span_id: "b".repeat(16) },
        wait_ms: null,
        transaction: "a".repeat(32),
    });
    const { rows } = buildTransaction(detail);
    assert.equal(rows.filter((row) => row.type === "link").length, links);
});

test("a link that leads out of the transaction stays with its sender", () => {
    const detail = structuredClone(sharedDetail());
    detail.invocations = detail.invocations.filter((row) => row.function !== "notify");
    detail.spans = detail.spans.filter((span) => span.function !== "notify");
    const { rows } = buildTransaction(detail);
    const at = rows.findIndex((row) => row.type === "link");
    assert.equal(rows[at].target, null);
    assert.ok(rows.slice(0, at).some((row) => row.name === "send order-placed"));
});

test("attempts of one request are rows of their own", () => {
    const shop = scenes.build("shop", now);
    const detail = shop.details.find((each) => each.invocations.some((row) => row.attempt === 2));
    const rows = buildTransaction(detail).rows.filter(
        (row) => row.type === "invocation" && row.name === "notify",
    );
    assert.deepEqual(
        rows.map((row) => row.invocation.attempt),
        [1, 2],
    );
    assert.notEqual(rows[0].key, rows[1].key);
});

test("loops and missing parents in what strangers send end in rows, each once", () => {
    const detail = structuredClone(sharedDetail());
    const mine = detail.spans.filter(
        (span) => span.source === "sdk" && span.function === "checkout",
    );
    mine[0].parent_span_id = mine[1].span_id;
    mine[1].parent_span_id = mine[0].span_id;
    mine[2].parent_span_id = mine[2].span_id;
    detail.spans.push({
        ...mine[0],
        span_id: "feedfeedfeedfeed",
        parent_span_id: "0000000000000001",
        function: null,
        instance: null,
        request_id: null,
    });
    const before = detail.spans.filter((span) => span.source === "sdk").length;
    const rows = buildTransaction(detail).rows.filter((row) => row.type === "span");
    assert.equal(rows.length, before);
    assert.equal(new Set(rows.map((row) => row.key)).size, before);
    assert.ok(buildTransaction(detail).rows.some((row) => row.key === "g:none"));
});

test("ten thousand nested spans need no deep stack", () => {
    const detail = structuredClone(sharedDetail());
    const model = detail.spans.find((span) => span.source === "sdk");
    let parent = null;
    for (let i = 0; i < 10_000; i++) {
        const id = i.toString(16).padStart(16, "a");
        detail.spans.push({ ...model, span_id: id, parent_span_id: parent });
        parent = id;
    }
    assert.ok(buildTransaction(detail).rows.length > 10_000);
});

test("every log line keeps its place and finds its row", () => {
    const detail = sharedDetail();
    const { logs, rows } = buildTransaction(detail);
    assert.deepEqual(
        logs.map((log) => log.body),
        detail.logs.map((log) => log.body),
    );
    const keys = new Set(rows.map((row) => row.key));
    assert.ok(logs.every((log) => keys.has(log.rowKey)));
    assert.ok(logs.some((log) => log.shared));
});

test("an answer of nulls is rows all the same", () => {
    const detail = scenes.build("nulls", now).details[0];
    const { rows, endMs } = buildTransaction(detail);
    assert.ok(Number.isFinite(endMs));
    for (const row of rows) {
        assert.ok(Number.isFinite(row.fromMs) && Number.isFinite(row.toMs), row.key);
    }
    assert.deepEqual(buildTransaction({ id: "x" }).rows, []);
});

test("costs by function add up to the transaction's, shared ones with their part", () => {
    const detail = sharedDetail();
    const parts = costByFunction(detail);
    const sum = parts.reduce((total, part) => total + Number(part.amount), 0);
    assert.ok(Math.abs(sum - Number(detail.cost.amount)) < 1e-15);
    assert.equal(parts.find((part) => part.function === "notify").shared, true);
});

test("the outcome is the entry's, and a failure behind it is told apart", () => {
    const row = (outcome) => ({ outcome });
    assert.equal(outcomeOf({ invocations: [row("timeout"), row("ok")] }), "timeout");
    assert.equal(outcomeOf({ invocations: [row("ok"), row("error")] }), "failed_inside");
    assert.equal(outcomeOf({ invocations: [row("ok"), row("running")] }), "running");
    assert.equal(outcomeOf({ invocations: [row("ok")] }), "ok");
    assert.equal(outcomeOf({}), "end_unknown");
});

test("the honesty bar says what is missing, shifted, shared and unknown", () => {
    const detail = sharedDetail();
    const shared = honesty(detail);
    assert.equal(shared[0].grade, "good");
    const line = shared.find((each) => each.text.includes("serves"));
    assert.match(
        line.text,
        /notify serves (\d) transactions in one batch; its cost is divided by \1 messages/,
    );
    assert.ok(
        line.transactions.every((each) => each.id !== detail.id) && line.transactions.length > 0,
    );
    const open = honesty(scenes.build("nulls", now).details[0]);
    assert.ok(!open.some((each) => each.grade === "good"));
    assert.ok(open.some((each) => each.text.includes("is unknown")));
    assert.ok(open.some((each) => each.text.includes("clock of front was shifted")));
    assert.ok(
        honesty({ id: "x", complete: false }).some((each) => each.text.includes("not complete")),
    );
});

test("what was waited for: parts that are there, with their shares; nothing where nobody waited", () => {
    const waited = {
        ms: 200,
        queue_ms: 0,
        init_ms: 50,
        handler_ms: 100,
        outside_ms: 50,
        unknown_ms: 0,
    };
    assert.deepEqual(waitedParts({ waited }), [
        { part: "init", ms: 50, share: 0.25 },
        { part: "handler", ms: 100, share: 0.5 },
        { part: "outside", ms: 50, share: 0.25 },
    ]);
    assert.deepEqual(waitedParts({ waited: null }), []);
    assert.deepEqual(waitedParts({}), []);
});

test("the critical path marks its spans and their invocations, and says how much is anybody's own", () => {
    const place = { function: "front", instance: "i", request_id: "r", attempt: 1 };
    const data = {
        spans: [
            { ...place, span_id: "a", critical_ms: 5 },
            { ...place, span_id: "b", critical_ms: null },
        ],
        critical_path: { ms: 8, steps: [{ ms: 5, span_id: "a" }, { ms: 3, span_id: null }] },
    };
    const critical = onCriticalPath(data);
    assert.equal(critical({ key: "s:a" }), true);
    assert.equal(critical({ key: "s:b" }), false);
    const rows = buildTransaction({ invocations: [{ ...place, start: "1" }], ...data }).rows;
    assert.equal(rows.find((row) => row.type === "invocation").critical, true);
    assert.deepEqual(pathLength(data), { ms: 8, ownMs: 5 });
    assert.equal(pathLength({}), null);
});
