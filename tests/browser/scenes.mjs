// What the mock collector may be asked to be: an ordinary hour, an empty one, and the hours that
// break dashboards.

import * as fixtures from "./fixtures.mjs";
import * as telling from "./telling.mjs";

const { ns } = fixtures;

/** Text that a dashboard must show and never obey. */
export const hostile = {
    markup: '<img src=x onerror="window.injected = 1"><script>window.injected = 1</script>',
    link: "javascript:window.injected=1",
    reorder: "invoice\u202Efdp.exe \u2066hidden\u2069",
    nul: "before\u0000after\u001b[31mred\u0007",
    breaks: "one\ntwo\r\nthree\tfour",
    wide: "W".repeat(10_000),
};

const allHostile = Object.values(hostile)
    .map((text) => text.slice(0, 200))
    .join(" | ");

function emptyShop(nowMs) {
    return {
        nowMs,
        details: [],
        byId: new Map(),
        invocations: [],
        instances: [],
        alerts: { alerts: [], evaluated_at: ns(nowMs - 5_000) },
        deploys: [],
        silences: [],
        notifications: [],
        rules: fixtures.rules({ nowMs }),
        status: {
            ...fixtures.status({ nowMs }),
            functions: { seen: 0, with_agent: 0, silent_24h: 0 },
            agents: { instances_alive: 0, dropped: {} },
        },
    };
}

function replaceDetail(shop, detail) {
    shop.details = [detail, ...shop.details.filter((each) => each.id !== detail.id)];
    shop.byId.set(detail.id, detail);
    for (const row of detail.invocations) {
        shop.byId.set(row.request_id, detail);
    }
    return shop;
}

/** Hostile text in every field that a stranger can fill. */
function hostileShop(nowMs) {
    const shop = fixtures.buildShop(nowMs, 7);
    const detail = structuredClone(shop.details.at(-1));
    const first = detail.invocations[0];
    const name = hostile.markup;
    for (const row of [first, ...detail.spans, ...detail.logs]) {
        if (row.instance === first.instance) {
            row.function = name;
            row.service = hostile.reorder;
            row.instance = hostile.markup;
        }
    }
    Object.assign(first, {
        function: name,
        version: hostile.reorder,
        runtime: hostile.markup,
        error_type: hostile.link,
        outcome: "error",
        trigger: hostile.nul,
        xray_header: hostile.wide,
        invoked_arn: hostile.link,
    });
    const span = detail.spans.find((each) => each.source === "sdk");
    Object.assign(span, {
        name: hostile.wide,
        status: "error",
        status_message: hostile.markup,
        scope: hostile.markup,
        attributes: {
            [hostile.markup]: hostile.markup,
            "http.url": hostile.link,
            nul: hostile.nul,
            reorder: hostile.reorder,
            wide: hostile.wide,
            list: [hostile.markup, 1, null],
            object: { deep: { deeper: hostile.markup } },
        },
        events: [
            {
                time: span.start,
                name: hostile.markup,
                attributes: { "exception.message": hostile.markup },
            },
        ],
        links: [{ trace_id: hostile.markup, span_id: hostile.markup, attributes: {} }],
    });
    detail.logs = Object.entries(hostile)
        .map(([key, body], i) => ({
            ...detail.logs[0],
            body,
            seq: i + 1,
            attributes: { [key]: body },
            level: i === 0 ? hostile.markup : "INFO",
        }))
        .concat(detail.logs);
    detail.missing = [
        { code: "end_unknown", message: hostile.markup, request_id: first.request_id },
    ];
    detail.clock_skew = [
        {
            instance: hostile.markup,
            function: hostile.markup,
            shift_ms: -3.25,
            reason: hostile.markup,
        },
    ];
    detail.complete = false;
    replaceDetail(shop, detail);
    shop.invocations.push(first);
    shop.functionRows = () => [
        ...fixtures.functionRows(shop, nowMs - 3_600_000, nowMs).slice(0, 2),
        ...[hostile.markup, hostile.reorder, hostile.nul, hostile.wide, hostile.link].map(
            (text) => ({
                ...fixtures.functionRows(shop, nowMs - 3_600_000, nowMs)[0],
                name: text,
                version: text,
                runtime: text,
                arch: text,
                agent_version: text,
            }),
        ),
    ];
    shop.alerts = fixtures.alerts(shop);
    Object.assign(shop.alerts.alerts[0], {
        rule: hostile.markup,
        labels: { function: hostile.markup, [hostile.markup]: hostile.wide },
        annotations: {
            summary: hostile.markup,
            description: allHostile,
            runbook_url: hostile.link,
        },
    });
    const said = { function: hostile.markup, version: hostile.wide, ref: hostile.reorder };
    shop.deploys = telling.deploys(shop).map((each) => ({ ...each, ...said, url: hostile.link }));
    shop.silences = telling.silences(shop).map((each) => ({
        ...each,
        matchers: [hostile.markup, hostile.wide],
        author: hostile.reorder,
        reason: allHostile,
    }));
    shop.notifications = telling.notifications(shop).map((each) => ({
        ...each,
        receiver: hostile.markup,
        group: hostile.wide,
        last_error: allHostile,
    }));
    shop.status = fixtures.status(shop);
    shop.status.ingest.rejected = { [hostile.markup]: 3, [hostile.wide]: 4 };
    shop.status.reason = hostile.markup;
    shop.status.accepting = false;
    shop.partial = { reason: hostile.markup };
    return shop;
}

/** One transaction with 5,000 spans, half of them nested deeply. */
function bigShop(nowMs) {
    const shop = fixtures.buildShop(nowMs, 7);
    const detail = structuredClone(shop.details.at(-1));
    const owner = detail.invocations.find((row) => row.function === "checkout");
    const model = detail.spans.find(
        (span) => span.source === "sdk" && span.function === "checkout",
    );
    const from = Number(BigInt(owner.start) / 1000n) / 1000;
    const length = owner.handler_ms;
    let parent = owner.span_id;
    for (let i = 0; i < 5000; i++) {
        const id = (0x100000 + i).toString(16).padStart(16, "0");
        const start = from + (length * i) / 5000;
        detail.spans.push({
            ...model,
            span_id: id,
            parent_span_id: i % 2 === 0 ? owner.span_id : parent,
            name: `step ${i}`,
            start: ns(start),
            end: ns(start + 3),
            duration_ms: 3,
            status: i % 97 === 0 ? "error" : "unset",
            events: [],
            links: [],
        });
        parent = id;
    }
    const line = detail.logs[0];
    for (let i = 0; i < 3000; i++) {
        detail.logs.push({
            ...line,
            time: ns(from + (length * i) / 3000),
            body: `line ${i}`,
            seq: 1000 + i,
        });
    }
    return replaceDetail(shop, detail);
}

/** Three hundred instances, one of them with very many invocations. */
function manyLanes(nowMs) {
    const shop = fixtures.buildShop(nowMs, 7);
    const model = fixtures
        .lanes(shop, "checkout")
        .instances.find((lane) => lane.invocations.length > 2);
    shop.lanes = () => ({
        truncated: true,
        instances: Array.from({ length: 300 }, (unused, i) => {
            const born = nowMs - 3_500_000 + i * 11_000;
            const busy = i === 0 ? 4000 : 3 + (i % 5);
            const every = i === 0 ? 800 : 20_000;
            return {
                ...model,
                instance: `2026/03/04/[$LATEST]${String(i).padStart(32, "0")}`,
                instance_no: i + 1,
                start: ns(born),
                end: i % 3 === 0 ? ns(born + 60_000 + busy * every) : null,
                end_reason:
                    i % 3 === 0 ? ["spindown", "timeout", "failure", "unknown"][i % 4] : null,
                inits: [
                    {
                        start: ns(born),
                        end: ns(born + 480),
                        init_ms: 480,
                        phase: "init",
                        status: "success",
                        proactive: i % 7 === 0,
                        cold: i % 7 !== 0,
                    },
                ],
                invocations: Array.from({ length: busy }, (none, j) => ({
                    ...model.invocations[0],
                    request_id: `00000000-0000-4000-a000-${String(i * 10_000 + j).padStart(12, "0")}`,
                    start: ns(born + 500 + j * every),
                    end: ns(born + 560 + j * every),
                    cold: j === 0,
                    outcome: j % 11 === 10 ? "error" : j % 23 === 22 ? "timeout" : "ok",
                })),
            };
        }),
    });
    return shop;
}

/** An hour in which nearly every fact is still unknown. */
function nullShop(nowMs) {
    const shop = fixtures.buildShop(nowMs, 7);
    const detail = structuredClone(shop.details.at(-1));
    const keep = new Set([
        "request_id",
        "function",
        "instance",
        "start",
        "attempt",
        "trace_id",
        "span_id",
        "outcome",
        "instance_no",
    ]);
    for (const row of detail.invocations) {
        for (const field of Object.keys(row)) {
            row[field] = keep.has(field) ? row[field] : null;
        }
        row.outcome = "end_unknown";
    }
    detail.invocations[0].outcome = "running";
    for (const span of detail.spans) {
        span.end = null;
        span.duration_ms = null;
        span.attributes = null;
        span.events = null;
        span.links = null;
        span.resource = null;
    }
    for (const log of detail.logs) {
        Object.assign(log, {
            severity: null,
            level: null,
            request_id: null,
            span_id: null,
            attributes: null,
        });
    }
    Object.assign(detail, {
        elapsed_ms: null,
        wait_ms: null,
        cost: null,
        complete: false,
        missing: [
            {
                code: "end_unknown",
                message: "checkout never told how it ended",
                request_id: detail.invocations[1]?.request_id ?? null,
            },
            {
                code: "report_pending",
                message: "the platform's report has not arrived for 2 invocations",
                request_id: null,
            },
            {
                code: "still_running",
                message: "front is still running",
                request_id: detail.invocations[0].request_id,
            },
        ],
        clock_skew: [
            {
                instance: detail.invocations[0].instance,
                function: "front",
                shift_ms: -12.5,
                reason: "child before parent",
            },
        ],
        links: [],
    });
    replaceDetail(shop, detail);
    shop.summaries = shop.details.slice(0, 3).map((each) => ({
        ...fixtures.summary(each),
        wait_ms: null,
        elapsed_ms: null,
        cost: null,
        complete: false,
    }));
    shop.functionRows = () =>
        fixtures
            .functionRows(fixtures.buildShop(nowMs, 7), nowMs - 3_600_000, nowMs)
            .map((row) =>
                Object.fromEntries(
                    Object.keys(row).map((key) => [key, key === "name" ? row.name : null]),
                ),
            );
    shop.lanes = () => ({
        truncated: false,
        instances: fixtures
            .lanes(fixtures.buildShop(nowMs, 7), "front")
            .instances.slice(0, 4)
            .map((lane) => ({
                ...lane,
                end: null,
                end_reason: null,
                memory_mb: null,
                inits: [],
                invocations: lane.invocations.map((each) => ({
                    ...each,
                    end: null,
                    handler_ms: null,
                    post_handler_ms: null,
                    billed_ms: null,
                    outcome: null,
                })),
            })),
    });
    shop.alerts = { alerts: [], evaluated_at: null };
    shop.rules = { rules: [] };
    shop.status = Object.fromEntries(
        Object.entries(fixtures.status(shop)).map(([key]) => [key, null]),
    );
    return shop;
}

const days = 86_400_000;

function earlier(stamp, ms) {
    return stamp === null || stamp === undefined
        ? stamp
        : String(BigInt(stamp) - BigInt(ms) * 1000000n);
}

/** A transaction as log streams tell it: no handler, no wait, no trigger, no span of an SDK. */
function detailOfLogs(detail, agoMs) {
    const moved = (row, fields) =>
        Object.fromEntries(fields.map((field) => [field, earlier(row[field], agoMs)]));
    const facts = (row) => ({
        ...row,
        ...moved(row, ["start", "end", "init_start"]),
        source: "logs",
        handler_ms: null,
        response_ms: null,
        post_handler_ms: null,
        wait_ms: null,
        trigger: null,
        agent_held_ms: null,
        xray_header: null,
        invoked_arn: null,
        shared: null,
        cost_share: row.cost,
    });
    const derived = detail.spans
        .filter(
            (span) => span.source === "agent" && !["handler", "post_handler"].includes(span.name),
        )
        .map((span) => ({ ...span, ...moved(span, ["start", "end"]), source: "logs" }));
    const trace =
        "Traceback (most recent call last):\n" +
        '  File "/var/task/stock/main.py", line 41, in handler\n    reserve(order)\n' +
        '  File "/var/task/stock/main.py", line 17, in reserve\n    raise OutOfStock(sku)\n' +
        "OutOfStock: sku-4471";
    const lines = detail.logs
        .filter((log) => log.source === "function")
        .map((log, i) => ({
            ...log,
            ...moved(log, ["time", "observed"]),
            seq: null,
            epoch: null,
            body:
                i === 1
                    ? `[ERROR]\t2026-03-04T09:00:00.000Z\t${log.request_id}\t${trace}`
                    : `[${log.level}]\t2026-03-04T09:00:00.000Z\t${log.request_id}\t${log.body}\n`,
            message: i === 1 ? trace : log.body,
            severity: i === 1 ? 17 : log.severity,
            level: i === 1 ? "ERROR" : log.level,
            parts: i === 1 ? 6 : 1,
        }));
    return {
        ...detail,
        start: earlier(detail.start, agoMs),
        wait_ms: null,
        invocations: detail.invocations.map(facts),
        spans: derived,
        logs: lines,
        links: [],
    };
}

/**
 * An old export, imported: everything is of log streams alone and of a month ago; one function is
 * another provider's, one has an agent as well, one came from an export without stream names.
 */
function importedShop(nowMs) {
    const agoMs = 30 * days;
    const shop = fixtures.buildShop(nowMs, 7);
    const live = { ...shop };
    const source = new Map(shop.details.map((each) => [each, detailOfLogs(each, agoMs)]));
    shop.details = [...source.values()];
    shop.byId = new Map([...shop.byId].map(([id, detail]) => [id, source.get(detail)]));
    const none = shop.details[1];
    for (const row of [...none.invocations, ...none.spans, ...none.logs]) {
        row.instance = "no stream";
    }
    const rows = fixtures.functionRows(shop, nowMs - 3_600_000, nowMs).map((row, i) => ({
        ...row,
        first_seen: earlier(row.first_seen, agoMs),
        last_seen: earlier(row.last_seen, agoMs),
        provider: i === 1 ? "gcp" : "aws",
        sources: i === 2 ? ["agent", "logs"] : ["logs"],
        agent_version: i === 2 ? row.agent_version : null,
        duration_ms: row.wait_ms,
        wait_ms: i === 2 ? row.wait_ms : { p50: null, p95: null, p99: null },
        timeout_ms: i === 2 ? row.timeout_ms : null,
        arch: null,
    }));
    const here = (fromMs, toMs) =>
        rows.filter((row) => {
            const ms = Number(BigInt(row.last_seen) / 1000000n);
            return ms >= fromMs && ms <= toMs;
        });
    shop.functionRows = here;
    shop.series = (fromMs, toMs, name) => {
        const series = fixtures.series(live, fromMs + agoMs, toMs + agoMs, name);
        const unknown = series.t.map(() => null);
        return {
            ...series,
            t: series.t.map((at) => earlier(at, agoMs)),
            wait_p50: unknown,
            wait_p95: unknown,
            wait_p99: unknown,
            duration_p50: series.wait_p50,
            duration_p95: series.wait_p95,
            duration_p99: series.wait_p99,
        };
    };
    shop.lanes = (name) => {
        const given = fixtures.lanes(live, name);
        const moved = (row) => ({
            ...row,
            start: earlier(row.start, agoMs),
            end: earlier(row.end, agoMs),
        });
        return {
            ...given,
            instances: given.instances.map((lane) => ({
                ...moved(lane),
                sources: ["logs"],
                end_reason: lane.end === null ? null : "unknown",
                inits: lane.inits.map(moved),
                invocations: lane.invocations.map((each) => ({
                    ...moved(each),
                    source: "logs",
                    handler_ms: null,
                    post_handler_ms: null,
                })),
            })),
        };
    };
    shop.alerts = { alerts: [], evaluated_at: ns(nowMs - 5_000) };
    shop.status = {
        ...fixtures.status(shop),
        functions: { seen: rows.length, with_agent: 1, silent_24h: rows.length },
        log_streams: {
            deliveries: 12,
            events: 3400,
            control_messages: 1,
            refused: [
                {
                    reason: "Billed Duration is no number",
                    count: 2,
                    example: "REPORT RequestId: 0e5c8424\tBilled Duration: *** ms",
                },
            ],
        },
    };
    return shop;
}

/** The shop under one of its names. */
export function build(scene, nowMs) {
    switch (scene) {
        case "empty":
            return emptyShop(nowMs);
        case "hostile":
            return hostileShop(nowMs);
        case "big":
            return bigShop(nowMs);
        case "lanes":
            return manyLanes(nowMs);
        case "nulls":
            return nullShop(nowMs);
        case "imported":
            return importedShop(nowMs);
        default:
            return fixtures.buildShop(nowMs, 7);
    }
}
