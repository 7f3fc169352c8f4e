/**
 * What agents cost, and what waits in frozen instances.  Pure.
 */

import { plural, sumDecimals } from "../format.js";
import { nsToMs } from "../time.js";

function sum(values) {
    return values.reduce((total, value) => total + (value ?? 0), 0);
}

/**
 * What the agents of these rows cost together; null where none tells.
 * @param {object[]} rows Of a list of functions.
 * @returns {object | null}
 */
export function agentTotals(rows) {
    const told = rows.map((row) => row.agent).filter((agent) => agent);
    const invocations = sum(told.map((agent) => agent.invocations));
    if (invocations === 0) {
        return null;
    }
    const memory = told.map((agent) => agent.memory_bytes ?? 0);
    const cpuMs = sum(told.map((agent) => agent.cpu_ms));
    const heldMs = sum(told.map((agent) => agent.held_ms));
    const wireBytes = sum(told.map((agent) => agent.wire_bytes));
    const amount = sumDecimals(told.map((agent) => agent.cost?.amount ?? null));
    const currency = told.find((agent) => agent.cost)?.cost.currency ?? "USD";
    return {
        invocations,
        cpuMs,
        heldMs,
        wireBytes,
        cpuMsEach: cpuMs / invocations,
        heldMsEach: heldMs / invocations,
        wireBytesEach: wireBytes / invocations,
        memoryBytes: Math.max(...memory) || null,
        cost: amount === null ? null : { amount, currency },
    };
}

/**
 * What waits in the instances of these rows, or in those of the status.
 * @param {object[]} waits Each {instances, records, since}.
 * @returns {{instances: number, records: number, sinceMs: number | null, words: string} | null}
 */
export function waitingTotals(waits) {
    const told = waits.filter((each) => each?.instances > 0);
    const instances = sum(told.map((each) => each.instances));
    if (instances === 0) {
        return null;
    }
    const records = sum(told.map((each) => each.records));
    const times = told.map((each) => nsToMs(each.since)).filter((each) => each !== null);
    return {
        instances,
        records,
        sinceMs: times.length > 0 ? Math.min(...times) : null,
        words: `up to ${plural(records, "record")} ${records === 1 ? "waits" : "wait"} in ${plural(instances, "frozen instance")}`,
    };
}
