/**
 * What the overview says about all functions together, and how its table is sorted.  Pure.
 */

import { sumDecimals } from "../format.js";
import { nsToMs } from "../time.js";
import { howLong, sourceWords } from "./sources.js";

/** What each column is sorted by; the key is the column's name in the URL. */
export const sortValues = {
    name: (row) => row.name ?? "",
    invocations: (row) => row.invocations,
    errors: (row) => row.errors,
    timeouts: (row) => row.timeouts,
    cold: (row) => row.cold_start_rate,
    p50: (row) => howLong(row).p50,
    p95: (row) => howLong(row).p95,
    p99: (row) => howLong(row).p99,
    init: (row) => row.init_ms?.p95 ?? null,
    memory: (row) => row.max_memory_mb,
    billed: (row) => row.billed_ms,
    gbs: (row) => row.gb_seconds,
    cost: (row) => (row.cost ? Number(row.cost.amount) : null),
    first: (row) => nsToMs(row.first_seen),
    last: (row) => nsToMs(row.last_seen),
    agent: (row) => `${sourceWords(row) ?? ""} ${row.agent_version ?? ""}`.trim(),
};

/** The order of a table that nobody has sorted. */
export const defaultSort = "-invocations";

/**
 * Rows in the order that "column" or "-column" (descending) asks for; unknown values are last
 * either way, and equal ones stay in order of name.
 * @param {object[]} rows
 * @param {string} sort
 * @returns {object[]}
 */
export function sortRows(rows, sort) {
    const descending = sort.startsWith("-");
    const column = sort.replace(/^-/, "");
    const value = sortValues[column] ?? sortValues.invocations;
    const known = (each) => each !== null && each !== undefined && each !== "";
    return [...rows].sort((left, right) => {
        const [a, b] = [value(left), value(right)];
        if (known(a) !== known(b)) {
            return known(a) ? -1 : 1;
        }
        const order = typeof a === "string" ? a.localeCompare(b) : (a ?? 0) - (b ?? 0);
        return (
            (descending ? -order : order) ||
            String(left.name).localeCompare(String(right.name)) ||
            String(left.version).localeCompare(String(right.version))
        );
    });
}

function sum(values) {
    return values.reduce((total, value) => total + (value ?? 0), 0);
}

/**
 * Sums and shares over all rows.  A share of nothing is null, not zero.
 * @param {object[]} rows
 * @returns {object}
 */
export function totals(rows) {
    const invocations = sum(rows.map((row) => row.invocations));
    const errors = sum(rows.map((row) => row.errors));
    const coldStarts = sum(rows.map((row) => row.cold_starts));
    const currency = rows.find((row) => row.cost)?.cost.currency ?? "USD";
    const amount = sumDecimals(rows.map((row) => row.cost?.amount ?? null));
    return {
        invocations,
        errors,
        timeouts: sum(rows.map((row) => row.timeouts)),
        coldStarts,
        proactive: sum(rows.map((row) => row.proactive_inits)),
        errorRate: invocations > 0 ? errors / invocations : null,
        coldRate: invocations > 0 ? coldStarts / invocations : null,
        billedMs: sum(rows.map((row) => row.billed_ms)),
        gbSeconds: sum(rows.map((row) => row.gb_seconds)),
        instances: sum(rows.map((row) => row.instances)),
        cost:
            amount === null
                ? null
                : { amount, currency, assumed: rows.some((row) => row.cost?.assumed === true) },
    };
}

/**
 * Whether a function comes near one of its limits.
 * @param {object} row
 * @returns {{memory: number | null, timeout: number | null, near: boolean}} Shares of the limits.
 */
export function limits(row) {
    const memory = row.max_memory_mb && row.memory_mb ? row.max_memory_mb / row.memory_mb : null;
    // The timeout counts the handler alone: where inits are waited for often, the wait without the
    // longest of them is compared.  The platform's Duration has no init in it.
    const long = howLong(row);
    const often = long.what === "wait" && (row.cold_start_rate ?? 0) >= 0.005;
    const init = often ? (row.init_ms?.p99 ?? 0) : 0;
    const p99 = long.p99 ? Math.max(0, long.p99 - init) : null;
    const timeout = p99 && row.timeout_ms ? p99 / row.timeout_ms : null;
    return { memory, timeout, near: (memory ?? 0) >= 0.85 || (timeout ?? 0) >= 0.8 };
}
