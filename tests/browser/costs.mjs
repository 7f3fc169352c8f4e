// What the mock collector says of costs, of the shop's own invocations, in the shapes of
// docs/reference/api.md.

import { addMoney, ns } from "./parts.mjs";

const hourMs = 3_600_000;
const usd = "USD";

/** Decimal text without an exponent. */
function decimal(value) {
    return value === 0 ? "0" : value.toFixed(14).replace(/\.?0+$/, "");
}

/** Shares of an amount that sum to it. */
function partsOf(amount, shares) {
    const parts = {};
    let rest = Math.round(Number(amount) * 1e14);
    const all = rest;
    const names = Object.keys(shares);
    names.forEach((name, i) => {
        const part = i === names.length - 1 ? rest : Math.round(all * shares[name]);
        parts[name] = decimal(part / 1e14);
        rest -= part;
    });
    return parts;
}

function failedOf(amount) {
    return Object.fromEntries(
        Object.entries(didNot).map(([id, share]) => [id, decimal(Number(amount) * share)]),
    );
}

function byFunction(shop, fromMs, toMs) {
    const groups = new Map();
    for (const row of shop.invocations ?? []) {
        const at = Number(BigInt(row.start) / 1000000n);
        if (at >= fromMs && at <= toMs && row.cost) {
            groups.set(row.function, [...(groups.get(row.function) ?? []), row.cost]);
        }
    }
    return [...groups].map(([key, costs]) => ({ key, count: costs.length, cost: addMoney(costs) }));
}

const bill = { useful: 0.7, init: 0.15, post_handler: 0.05, rounding: 0.02, streaming: 0.01, requests: 0.07 };

/** What of a sum did not do. */
const didNot = { errors: 0.04, timeouts: 0.01, retries: 0.02 };

/** What is paid for besides: instances that are kept ready. */
function standing(provisioned) {
    return {
        amount: provisioned,
        provisioned,
        storage: "0",
        snapshots: "0",
        restores: "0",
        assumed: false,
        unpriced: false,
    };
}

function costs(shop, fromMs, toMs) {
    const groups = byFunction(shop, fromMs, toMs);
    const total = addMoney(groups.map((group) => group.cost));
    return {
        total,
        components: partsOf(total?.amount ?? "0", bill),
        failed: failedOf(total?.amount ?? "0"),
        standing: standing(shop.keptReady ? "18.000144" : "0"),
        savings_plan: "0",
        bill: decimal(Number(total?.amount ?? 0) + (shop.keptReady ? 18.000144 : 0)),
        net: { amount: "0", free_tier_applied: true, note: "as if this were the whole month" },
        price: { version: "builtin-test", source: shop.costSource ?? "AWS pricing page", date: "2026-11-23" },
        by: groups
            .map(({ key, count, cost }) => ({
                key,
                cost,
                components: partsOf(cost.amount, bill),
                failed: failedOf(cost.amount),
                utilisation: 0.973,
                standing: standing(shop.keptReady && key === "checkout" ? "18.000144" : "0"),
                invocations: count,
            }))
            .sort((a, b) => Number(b.cost.amount) - Number(a.cost.amount)),
        agent: { invocations: 0, held_ms: 0, cost: null },
        partial: false,
    };
}

const causes = { volume: 0.6, duration: -0.2, cold: 0.5, memory: 0.1, price: 0, streaming: 0, standing: 0 };

function change(after) {
    const now = Number(after);
    return {
        before: decimal(now / 2),
        after,
        difference: decimal(now - Number(decimal(now / 2))),
        invocations_before: 10,
        invocations_after: 15,
        parts: partsOf(decimal(now - Number(decimal(now / 2))), causes),
    };
}

function explain(shop, fromMs, toMs) {
    const groups = byFunction(shop, fromMs, toMs);
    const total = addMoney(groups.map((group) => group.cost));
    return {
        before: { from: ns(2 * fromMs - toMs), to: ns(fromMs) },
        after: { from: ns(fromMs), to: ns(toMs) },
        total: change(total?.amount ?? "0"),
        by: groups.map(({ key, cost }) => ({ key, ...change(cost.amount) })),
        currency: usd,
        partial: false,
    };
}

function forecast(shop, budget) {
    const groups = byFunction(shop, 0, shop.nowMs);
    const known = groups.length > 0;
    const hour = Math.floor(shop.nowMs / hourMs) * hourMs;
    return {
        month: { from: ns(hour - 10 * 24 * hourMs), to: ns(hour + 20 * 24 * hourMs) },
        to_date: known ? "41.5" : "0",
        expected: known ? "124.25" : null,
        low: known ? "110.5" : null,
        high: known ? "150.75" : null,
        basis: known ? "hour_of_week" : "nothing",
        days_known: known ? 28 : 0,
        budget: budget
            ? { amount: budget, spent_at: Number(budget) < 124.25 ? ns(hour + 5 * 24 * hourMs) : null }
            : null,
        spikes: groups.slice(0, 1).flatMap(({ key }) =>
            [3, 2].map((hours) => ({
                function: key,
                from: ns(hour - hours * hourMs),
                to: ns(hour - (hours - 1) * hourMs),
                amount: "3.5",
                usual: "0.75",
            })),
        ),
        currency: usd,
        partial: false,
    };
}

const sizesMb = [128, 256, 512, 1024, 1536, 1769, 2048, 3072, 4096, 6144, 8192, 10240];

/** Half of 200 ms is computing with 512 MB; 118 MB were used, so all sizes fit. */
function whatIf(name) {
    const share = (mb) => Math.min(mb, 1769) / 1769;
    const handler = (mb) => 100 + (100 * share(512)) / share(mb);
    const price = (mb, rate) => decimal((Math.ceil(handler(mb)) * mb * rate) / 1024 / 1000 + 0.2e-6);
    return {
        function: name,
        memory_mb: 512,
        max_memory_mb: 118,
        arch: "x86_64",
        invocations: 240,
        invocations_needed: 20,
        model_error: 0.042,
        rows: sizesMb.map((mb) => ({
            memory_mb: mb,
            fits: mb >= 118,
            handler_ms: { p50: handler(mb), p95: handler(mb) * 1.5 },
            million: {
                x86_64: decimal(Number(price(mb, 16.6667)) ),
                arm64: decimal(Number(price(mb, 13.3334)) ),
            },
        })),
        currency: usd,
        assumed: false,
        damaged: false,
        kept: {
            from: "1795000000000000000",
            to: "1795003600000000000",
            invocations: 240,
            cold_starts: 12,
            peak: 2,
            memory_mb: 512,
            model_error: null,
            rows: [
                { instances: 0, served: 0, cold_starts: 12, init_ms_total: 5400, invocations: "0.0021", standing: "0", cost: "0.0021" },
                { instances: 1, served: 210, cold_starts: 2, init_ms_total: 900, invocations: "0.0014", standing: "0.0075", cost: "0.0089" },
                { instances: 2, served: 240, cold_starts: 0, init_ms_total: 0, invocations: "0.0012", standing: "0.015", cost: "0.0162" },
            ],
            unpriced: false,
            partial: false,
        },
    };
}

/** Less memory for checkout, and another architecture. */
function advice(shop, fromMs, toMs) {
    const group = byFunction(shop, fromMs, toMs).find(({ key }) => key === "checkout");
    const size = (memory_mb, arch, p95) => ({ memory_mb, arch, handler_ms: { p50: 200, p95 } });
    const row = (kind, share, then, model_error) => ({
        function: "checkout",
        kind,
        saved: decimal(Number(group.cost.amount) * share),
        cost: group.cost.amount,
        now: size(1024, "x86_64", 300),
        then,
        invocations: group.count,
        samples: 240,
        max_memory_mb: 118,
        model_error,
        assumed: false,
    });
    return {
        advice: group
            ? [
                  row("memory", 0.4, size(512, "x86_64", 312), 0.042),
                  row("architecture", 0.2, size(1024, "arm64", 300), null),
              ]
            : [],
        functions: group ? 1 : 0,
        functions_unknown: group ? 4 : 0,
        currency: usd,
        partial: false,
    };
}

/** The answer to cost, cost/advice, cost/explain, cost/forecast and cost/whatif. */
export function costAnswer(shop, what, query, fromMs, toMs) {
    switch (what) {
        case undefined:
            return costs(shop, fromMs, toMs);
        case "advice":
            return advice(shop, fromMs, toMs);
        case "explain":
            return explain(shop, fromMs, toMs);
        case "forecast":
            return forecast(shop, query.get("budget"));
        case "whatif":
            return whatIf(query.get("function"));
        default:
            return null;
    }
}
