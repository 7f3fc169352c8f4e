// The simulated shop's hour in exactly the shapes of docs/reference/api.md.

import { addMoney, functions, ns, quantiles } from "./parts.mjs";
import { Shop } from "./shop.mjs";

export { ns };

function sealTransaction(trace) {
    const invocations = [...trace.invocations].sort((a, b) =>
        BigInt(a.start) < BigInt(b.start) ? -1 : 1,
    );
    const numbers = new Map();
    const perFunction = {};
    for (const row of invocations) {
        if (!numbers.has(row.instance)) {
            perFunction[row.function] = (perFunction[row.function] ?? 0) + 1;
            numbers.set(row.instance, perFunction[row.function]);
        }
    }
    const number = (row) => ({ ...row, instance_no: numbers.get(row.instance) ?? null });
    const starts = invocations.map((row) =>
        BigInt(row.init_start && row.init_phase === "init" ? row.init_start : row.start),
    );
    const start = starts.reduce((a, b) => (a < b ? a : b));
    const end = invocations.map((row) => BigInt(row.end)).reduce((a, b) => (a > b ? a : b));
    const byStart = (a, b) => (BigInt(a.start) < BigInt(b.start) ? -1 : 1);
    const byTime = (a, b) => (BigInt(a.time) < BigInt(b.time) ? -1 : 1);
    return {
        id: trace.id,
        trace_ids: trace.traceIds ?? [trace.id],
        start: String(start),
        elapsed_ms: Number(end - start) / 1e6,
        wait_ms: invocations[0].wait_ms,
        cost: addMoney(invocations.map((row) => row.cost_share)),
        complete: true,
        missing: [],
        clock_skew: [],
        invocations: invocations.map(number),
        spans: trace.spans.map(number).sort(byStart),
        logs: trace.logs.map(number).sort(byTime),
        links: trace.links,
    };
}

export function summary(detail) {
    const unique = (values) => [...new Set(values)];
    return {
        id: detail.id,
        trace_ids: detail.trace_ids,
        start: detail.start,
        elapsed_ms: detail.elapsed_ms,
        wait_ms: detail.wait_ms,
        functions: unique(detail.invocations.map((row) => row.function)),
        instances: unique(detail.invocations.map((row) => row.instance)).length,
        invocations: detail.invocations.length,
        spans: detail.spans.length,
        logs: detail.logs.length,
        cold_starts: detail.invocations.filter((row) => row.cold).length,
        errors: detail.invocations.filter((row) => row.outcome !== "ok").length,
        timeouts: detail.invocations.filter((row) => row.outcome === "timeout").length,
        cost: detail.cost,
        entry: {
            function: detail.invocations[0].function,
            request_id: detail.invocations[0].request_id,
        },
        complete: detail.complete,
    };
}

function ms(text) {
    return Number(BigInt(text) / 1000n) / 1000;
}

/** Everything the collector would answer for the simulated hour. */
export function buildShop(nowMs, seed) {
    const shop = new Shop(nowMs, seed).run();
    const details = shop.transactions
        .filter((trace) => trace.invocations.length > 0)
        .map(sealTransaction);
    const byId = new Map();
    const seen = new Map();
    for (const detail of details) {
        byId.set(detail.id, detail);
        for (const row of detail.invocations) {
            byId.set(row.request_id, byId.get(row.request_id) ?? detail);
            seen.set(`${row.instance}|${row.request_id}|${row.attempt}`, row);
        }
    }
    const invocations = [...seen.values()];
    return { nowMs, details, byId, invocations, instances: shop.instances };
}

export function functionRows(shop, fromMs, toMs) {
    const rows = [];
    for (const [name, facts] of Object.entries(functions)) {
        const mine = shop.invocations.filter(
            (row) => row.function === name && ms(row.start) >= fromMs && ms(row.start) <= toMs,
        );
        if (mine.length === 0) {
            continue;
        }
        const cold = mine.filter((row) => row.cold).length;
        rows.push({
            name,
            version: "$LATEST",
            region: "eu-central-1",
            account: "123456789012",
            runtime: facts.runtime,
            arch: facts.arch,
            memory_mb: facts.memory,
            timeout_ms: facts.timeout,
            invocations: mine.length,
            errors: mine.filter((row) => row.outcome !== "ok").length,
            timeouts: mine.filter((row) => row.outcome === "timeout").length,
            cold_starts: cold,
            proactive_inits: name === "checkout" ? 2 : 0,
            cold_start_rate: cold / mine.length,
            wait_ms: quantiles(mine.map((row) => row.wait_ms)),
            init_ms: quantiles(
                mine.filter((row) => row.init_ms !== null).map((row) => row.init_ms),
            ),
            max_memory_mb: Math.max(...mine.map((row) => row.max_memory_mb)),
            billed_ms: mine.reduce((sum, row) => sum + row.billed_ms, 0),
            gb_seconds: mine.reduce((sum, row) => sum + row.cost.mb_ms, 0) / 1024 / 1000,
            cost: addMoney(mine.map((row) => row.cost)),
            instances: new Set(mine.map((row) => row.instance)).size,
            agent: agentOf(mine),
            dropped: name === "checkout" ? { buffer_full: 18, retries: 2 } : {},
            left_out: name === "checkout" ? { held_back: 1_204 } : {},
            waiting:
                name === "checkout"
                    ? { instances: 2, records: 17, since: ns(shop.nowMs - 95_000) }
                    : { instances: 0, records: 0, since: null },
            first_seen: mine.map((row) => row.start).sort()[0],
            last_seen: mine
                .map((row) => row.end)
                .sort()
                .at(-1),
            agent_version: "0.1.0",
        });
    }
    return rows;
}

/** What the agents of these invocations cost. */
function agentOf(mine) {
    const held = mine.reduce((sum, row) => sum + (row.agent_held_ms ?? 0), 0);
    const cpu = mine.reduce((sum, row) => sum + (row.agent_cpu_ms ?? 0), 0);
    return {
        invocations: mine.length,
        cpu_ms: cpu,
        cpu_ms_per_invocation: cpu / mine.length,
        held_ms: held,
        held_ms_per_invocation: held / mine.length,
        wire_bytes: mine.reduce((sum, row) => sum + (row.agent_wire_bytes ?? 0), 0),
        memory_bytes: 1_310_720,
        cost: {
            mb_ms: Math.round(held * 256),
            requests: 0,
            amount: ((held / 1000) * 0.25 * 0.0000166667).toFixed(12),
            currency: "USD",
        },
    };
}

export function series(shop, fromMs, toMs, name) {
    const span = toMs - fromMs;
    const step =
        [5_000, 15_000, 60_000, 300_000, 900_000, 3_600_000].find((each) => span / each <= 120) ??
        3_600_000;
    const first = Math.floor(fromMs / step) * step;
    const out = {
        step_ms: step,
        t: [],
        invocations: [],
        errors: [],
        timeouts: [],
        cold_starts: [],
        billed_ms: [],
        wait_p50: [],
        wait_p95: [],
        wait_p99: [],
        init_p95: [],
        cost: [],
    };
    const mine = shop.invocations.filter((row) => !name || row.function === name);
    for (let at = first; at <= toMs; at += step) {
        const rows = mine.filter((row) => ms(row.start) >= at && ms(row.start) < at + step);
        const waits = quantiles(rows.map((row) => row.wait_ms));
        out.t.push(ns(at));
        out.invocations.push(rows.length);
        out.errors.push(rows.filter((row) => row.outcome !== "ok").length);
        out.timeouts.push(rows.filter((row) => row.outcome === "timeout").length);
        out.cold_starts.push(rows.filter((row) => row.cold).length);
        out.billed_ms.push(rows.reduce((sum, row) => sum + row.billed_ms, 0));
        out.wait_p50.push(waits.p50);
        out.wait_p95.push(waits.p95);
        out.wait_p99.push(waits.p99);
        out.init_p95.push(
            quantiles(rows.filter((row) => row.init_ms !== null).map((row) => row.init_ms)).p95,
        );
        out.cost.push(rows.length > 0 ? addMoney(rows.map((row) => row.cost)).amount : "0");
    }
    return out;
}

export function lanes(shop, name, limit = 100) {
    const facts = functions[name] ?? {};
    const mine = shop.instances.filter((each) => !name || each.function === name);
    const rows = mine
        .map((each, i) => ({
            account: "123456789012",
            region: "eu-central-1",
            function: each.function,
            version: "$LATEST",
            instance: each.id,
            instance_no: i + 1,
            type: "on-demand",
            start: ns(each.born),
            end: each.end === null ? null : ns(each.end),
            end_reason: each.endReason,
            memory_mb: facts.memory ?? 128,
            runtime: facts.runtime ?? null,
            arch: facts.arch ?? null,
            inits: each.inits.map((init) => ({
                start: ns(init.start),
                end: ns(init.start + init.ms),
                init_ms: init.ms,
                phase: init.phase,
                status: "success",
                proactive: init.proactive,
                cold: init.cold,
            })),
            invocations: each.invocations,
            idle_ms: 12_345,
            agent_memory_bytes: 1_310_720,
            waiting_records: 0,
            waiting_since: null,
            dropped: i === 0 ? { buffer_full: 18, retries: 2 } : {},
            left_out: {},
        }))
        .reverse();
    return { instances: rows.slice(0, limit), truncated: rows.length > limit };
}

export function coldStarts(shop, name, fromMs, toMs) {
    const mine = shop.invocations.filter(
        (row) =>
            (!name || row.function === name) && ms(row.start) >= fromMs && ms(row.start) <= toMs,
    );
    const cold = mine.filter((row) => row.cold);
    const values = cold.map((row) => row.init_ms);
    const bounds = [10, 25, 50, 100, 250, 500, 1000, 2500, 5000];
    const counts = [
        ...bounds.map(
            (bound, i) =>
                values.filter((value) => value <= bound && value > (bounds[i - 1] ?? 0)).length,
        ),
        values.filter((value) => value > 5000).length,
    ];
    const figures = {
        rate: mine.length > 0 ? cold.length / mine.length : null,
        cold_starts: cold.length,
        invocations: mine.length,
        proactive: name === "checkout" ? 2 : 0,
        wait_ms_total: values.reduce((sum, value) => sum + value, 0),
        init_ms: { ...quantiles(values), max: values.length > 0 ? Math.max(...values) : null },
    };
    return {
        ...figures,
        histogram: { bounds_ms: bounds, counts },
        by: [{ key: "$LATEST", ...figures }],
        slowest: cold
            .sort((a, b) => b.init_ms - a.init_ms)
            .slice(0, 20)
            .map((row, i) => ({
                request_id: row.request_id,
                transaction: shop.byId.get(row.request_id)?.id ?? null,
                function: row.function,
                init_ms: row.init_ms,
                start: row.start,
                cause:
                    row.init_phase === "invoke"
                        ? "after_failure"
                        : ["scale_out", "after_idle", "first", "unknown"][i % 4],
            })),
    };
}

export function alerts(shop) {
    const cold =
        shop.details.find((detail) => detail.invocations.some((row) => row.cold)) ??
        shop.details[0];
    return {
        alerts: [
            {
                fingerprint: "9d41b7c20f6e8a35",
                rule: "cold-start-rate",
                state: "firing",
                labels: { function: "checkout", severity: "warning" },
                annotations: {
                    summary: "checkout: 41.7 % of requests waited for a cold start",
                    description: "10 of 24 invocations in the last 5 minutes waited for an init.",
                },
                value: 0.417,
                threshold: 0.2,
                window_s: 300,
                samples: 24,
                since: ns(shop.nowMs - 540_000),
                fired_at: ns(shop.nowMs - 420_000),
                resolved_at: null,
                examples: cold
                    ? [
                          {
                              transaction: cold.id,
                              trace_id: cold.id,
                              request_id: cold.invocations[0].request_id,
                          },
                      ]
                    : [],
                notifications: [
                    {
                        receiver: "webhook",
                        state: "sent",
                        attempts: 1,
                        last_error: null,
                        at: ns(shop.nowMs - 419_000),
                    },
                ],
            },
            {
                fingerprint: "1f00aa7c93b2d410",
                rule: "cold-start-rate",
                state: "pending",
                labels: { function: "pricing", severity: "warning" },
                annotations: { summary: "pricing: 22.2 % of requests waited for a cold start" },
                value: 0.222,
                threshold: 0.2,
                window_s: 300,
                samples: 27,
                since: ns(shop.nowMs - 60_000),
                fired_at: null,
                resolved_at: null,
                examples: [],
                notifications: [],
            },
            {
                fingerprint: "77e0113d5ac4be02",
                rule: "cold-start-rate",
                state: "resolved",
                labels: { function: "notify", severity: "warning" },
                annotations: { summary: "notify: 30.0 % of requests waited for a cold start" },
                value: 0.08,
                threshold: 0.2,
                window_s: 300,
                samples: 40,
                since: ns(shop.nowMs - 2_400_000),
                fired_at: ns(shop.nowMs - 2_280_000),
                resolved_at: ns(shop.nowMs - 1_200_000),
                examples: [],
                notifications: [
                    {
                        receiver: "webhook",
                        state: "failed",
                        attempts: 3,
                        last_error: "connection refused",
                        at: ns(shop.nowMs - 1_199_000),
                    },
                ],
            },
        ],
        evaluated_at: ns(shop.nowMs - 9_000),
    };
}

export function rules(shop) {
    return {
        rules: [
            {
                name: "cold-start-rate",
                expr: "increase(thaw_function_cold_starts_total[5m]) / increase(thaw_function_invocations_total[5m])",
                for_s: 120,
                threshold: 0.2,
                window_s: 300,
                minimum: 20,
                labels: { severity: "warning" },
                annotations: {
                    summary: "{{ function }}: {{ value }} of requests waited for a cold start",
                },
                state: "firing",
                last_evaluation: ns(shop.nowMs - 9_000),
                last_error: null,
            },
        ],
    };
}

export function status(shop) {
    return {
        version: "0.1.0",
        started_at: ns(shop.nowMs - 5_400_000),
        uptime_s: 5400,
        accepting: true,
        reason: null,
        store: {
            path: "./data",
            segments: 3,
            bytes: 48_731_904,
            frames: 18_204,
            last_sync_ms: 1.8,
            recovered_frames: 112,
            cut_bytes: 0,
            quarantined: 0,
            view: { saves: 12, failures: 0, bytes: 2_413_056, save_ms: 21.4, reason: null },
        },
        ingest: {
            requests: 20_114,
            records: { spans: 61_240, logs: 48_977, points: 12_400 },
            rejected: { too_large: 2, bad_encoding: 1 },
            duplicates: 37,
            lag_ms: 41.5,
        },
        agents: {
            instances_alive: 14,
            dropped: { buffer_full: 18, retries: 2 },
            left_out: { held_back: 1_204 },
            last_hour: { invocations: 1520, cpu_ms: 402.3, held_ms: 3120.5, wire_bytes: 2_104_400 },
            memory_bytes: 1_310_720,
            waiting: { instances: 2, records: 17, since: ns(shop.nowMs - 95_000) },
        },
        http: {
            connections: 18_204,
            connections_limit: 32_768,
            connections_swept: 3,
            connections_evicted: 17,
            connections_refused: 0,
            tls: {
                subject: "CN=collector.example",
                expires_at: ns(shop.nowMs + 30 * 86_400_000),
                expired: false,
                loaded_at: ns(shop.nowMs - 5_400_000),
                reload_error: null,
                handshakes: { full: 412, resumed: 18_031 },
            },
            token_file: { loaded_at: ns(shop.nowMs - 5_400_000), reload_error: null },
        },
        functions: { seen: 5, with_agent: 5, silent_24h: 0 },
        alerts: { evaluated_at: ns(shop.nowMs - 9_000), firing: 1 },
        prices: { version: "aws-2026-01", date: "2026-01-15" },
    };
}
