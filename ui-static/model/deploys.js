/**
 * Deploys as marks of charts and in words.  Pure.
 */

import { visible } from "../format.js";
import { nsToMs } from "../time.js";

/** So many of a mark are named; the others are a number. */
const namedMax = 3;

/** So many marks a chart has room for. */
const marksMax = 60;

/**
 * What was deployed: "checkout 42", "all functions".
 * @param {object} deploy
 * @returns {string}
 */
export function deployName(deploy) {
    const what = deploy.function ? visible(deploy.function) : "all functions";
    return [what, visible(deploy.version ?? "")].filter(Boolean).join(" ");
}

/** What a mark of several says. */
function label(deploys) {
    const named = deploys.slice(0, namedMax).map(deployName).join(", ");
    const more = deploys.length - namedMax;
    return `Deploy of ${named}${more > 0 ? ` and ${more} more` : ""}`;
}

/**
 * Marks of a span of time, the first one first; deploys that would be drawn over each other are one.
 * @param {object[]} deploys
 * @param {number} fromMs
 * @param {number} toMs
 * @returns {{atMs: number, label: string, count: number}[]}
 */
export function marksOf(deploys, fromMs, toMs) {
    const apart = (toMs - fromMs) / marksMax;
    const inside = deploys
        .map((deploy) => ({ deploy, atMs: nsToMs(deploy.at) }))
        .filter(({ atMs }) => atMs !== null && atMs >= fromMs && atMs <= toMs)
        .sort((left, right) => left.atMs - right.atMs);
    const groups = [];
    for (const { deploy, atMs } of inside) {
        const last = groups.at(-1);
        if (last !== undefined && atMs - last.atMs < apart) {
            last.deploys.push(deploy);
        } else {
            groups.push({ atMs, deploys: [deploy] });
        }
    }
    return groups.map((group) => ({
        atMs: group.atMs,
        label: label(group.deploys),
        count: group.deploys.length,
    }));
}

/**
 * The marks of the step that begins at a time.
 * @param {{atMs: number}[]} marks
 * @param {number} fromMs
 * @param {number} toMs Infinity for the last one.
 * @returns {object[]}
 */
export function marksIn(marks, fromMs, toMs) {
    return marks.filter((mark) => mark.atMs >= fromMs && mark.atMs < toMs);
}

/**
 * Where marks stand in a span, as shares of it.
 * @param {{atMs: number}[]} marks
 * @param {number} fromMs
 * @param {number} toMs
 * @returns {number[]}
 */
export function markShares(marks, fromMs, toMs) {
    return toMs > fromMs ? marks.map((mark) => (mark.atMs - fromMs) / (toMs - fromMs)) : [];
}
