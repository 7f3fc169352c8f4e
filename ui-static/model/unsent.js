/**
 * What agents say that they did not send: records that they had to drop, and log lines that their settings
 * leave out.  Pure.
 */

import { count, plural } from "../format.js";

/** Why, in the words of a table. */
const reasons = {
    buffer_full: "no room to wait",
    rejected: "refused by the collector",
    too_large: "too large",
    retries: "failed again and again",
    budget: "over the budget of lines",
    held_full: "too many lines held",
    spool_lost: "lost with a killed process",
    held_back: "lines of invocations without errors",
    below_level: "lines below the level",
    withheld: "lines that could not be redacted",
};

/**
 * Reasons and counts of all rows, the greatest first.
 * @param {(object | null | undefined)[]} rows Each {reason: count}.
 * @returns {[string, number][]}
 */
export function byReason(rows) {
    const sums = new Map();
    for (const [reason, value] of rows.flatMap((row) => Object.entries(row ?? {}))) {
        if (value > 0) {
            sums.set(reason, (sums.get(reason) ?? 0) + value);
        }
    }
    return [...sums].sort((a, b) => b[1] - a[1]);
}

/** @param {string} reason As the API names it. */
export function reasonWords(reason) {
    return Object.hasOwn(reasons, reason) ? reasons[reason] : reason.replaceAll("_", " ");
}

/**
 * A sentence about the records that an instance's agent dropped; null where it dropped none.
 * @param {object | null | undefined} dropped
 * @returns {string | null}
 */
export function droppedWords(dropped) {
    const rows = byReason([dropped]);
    if (rows.length === 0) {
        return null;
    }
    const all = rows.reduce((sum, [, value]) => sum + value, 0);
    const each = rows.map(([reason, value]) => `${reasonWords(reason)} ${count(value)}`);
    return `its agent dropped ${plural(all, "record")}: ${each.join(", ")}`;
}
