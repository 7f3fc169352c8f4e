/**
 * What a transaction's time went to.  Pure.
 */

import { invocationKey } from "./keys.js";

const parts = ["queue", "init", "handler", "outside", "unknown"];

/**
 * What whoever began it waited for, in the order in which it comes about.
 * @param {object} data The answer of GET transactions/{id}.
 * @returns {{part: string, ms: number, share: number}[]} Empty: nobody waited, or nobody tells.
 */
export function waitedParts(data) {
    const { waited } = data;
    if (!waited || !(waited.ms > 0)) {
        return [];
    }
    return parts
        .map((part) => ({ part, ms: waited[`${part}_ms`] ?? 0 }))
        .filter((each) => each.ms > 0)
        .map((each) => ({ ...each, share: each.ms / waited.ms }));
}

/**
 * Which rows of the waterfall the critical path goes through.
 * @param {object} data
 * @returns {(row: object) => boolean}
 */
export function onCriticalPath(data) {
    const spans = data.spans ?? [];
    const critical = spans.filter((span) => (span.critical_ms ?? 0) > 0);
    const keys = new Set(critical.map((span) => `s:${span.span_id}`));
    for (const span of critical) {
        if (span.request_id) {
            keys.add(invocationKey(span));
        }
    }
    return (row) => keys.has(row.key);
}

/**
 * How much of a transaction its path is, in words' numbers: the part that is somebody's own.
 * @param {object} data
 * @returns {{ms: number, ownMs: number} | null}
 */
export function pathLength(data) {
    const path = data.critical_path;
    if (!path) {
        return null;
    }
    const ownMs = (path.steps ?? [])
        .filter((step) => step.span_id)
        .reduce((sum, step) => sum + step.ms, 0);
    return { ms: path.ms, ownMs };
}
