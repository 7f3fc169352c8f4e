/**
 * What a transaction cost and how it ended.  Pure.
 */

import { sumDecimals } from "../format.js";

/**
 * What each function costs in this transaction, the greatest first; shared invocations count with
 * their part.
 * @param {object} data
 * @returns {{function: string, amount: string, currency: string, invocations: number,
 *            shared: boolean}[]}
 */
export function costByFunction(data) {
    const functions = new Map();
    for (const invocation of data.invocations ?? []) {
        const cost = invocation.cost_share ?? invocation.cost;
        const name = invocation.function ?? "";
        const entry = functions.get(name) ?? {
            function: name,
            amounts: [],
            currency: "USD",
            invocations: 0,
            shared: false,
        };
        entry.invocations += 1;
        entry.shared ||= Boolean(invocation.shared);
        if (cost) {
            entry.amounts.push(cost.amount);
            entry.currency = cost.currency ?? entry.currency;
        }
        functions.set(name, entry);
    }
    return [...functions.values()]
        .map(({ amounts, ...entry }) => ({ ...entry, amount: sumDecimals(amounts) }))
        .sort((left, right) => Number(right.amount ?? 0) - Number(left.amount ?? 0));
}

/** The transaction's outcome in one word: the entry decides, a failure inside is told apart. */
export function outcomeOf(data) {
    const invocations = data.invocations ?? [];
    const first = invocations[0]?.outcome ?? null;
    if (first === "error" || first === "timeout") {
        return first;
    }
    if (invocations.some((each) => each.outcome === "running")) {
        return "running";
    }
    return invocations.some((each) => each.outcome === "error" || each.outcome === "timeout")
        ? "failed_inside"
        : (first ?? "end_unknown");
}
