/**
 * What the page of costs makes of the collector's answers.  Pure.
 */

import { percent, plural } from "../format.js";

/** The parts of a bill, in the order in which they stand. */
export const components = [
    ["useful", "Useful", "the functions' own time"],
    ["init", "Init", "start-up that was billed"],
    ["post_handler", "Afterwards", "after the handler: extensions, thaw's own agent included"],
    ["rounding", "Rounding", "billed beyond what was used"],
    ["requests", "Requests", "the price of the calls"],
];

/** One more, where anything is streamed at all. */
export const streaming = ["streaming", "Streaming", "answers beyond 6 MB each"];

/**
 * The parts that an answer of GET cost has anything of.
 * @param {object} answer
 * @returns {string[][]}
 */
export function partsOf(answer) {
    return Number(answer.components?.streaming ?? 0) > 0 ? [...components, streaming] : components;
}

/** What rows of costs may be of. */
export const groupings = [
    ["function", "Function"],
    ["version", "Version"],
    ["trigger", "Trigger"],
    ["application", "Application"],
    ["env", "Environment"],
    ["route", "Route"],
    ["deploy", "Deploy"],
];

/**
 * The grouping that is asked for, or the first; labels of the functions file are any other word.
 * @param {URLSearchParams} parameters
 * @returns {string}
 */
export function groupingOf(parameters) {
    const by = parameters.get("by") ?? "";
    return /^[A-Za-z0-9_.-]{1,64}$/.test(by) ? by : groupings[0][0];
}

/** The parts of a difference. */
export const changes = [
    ["volume", "Volume", "more or fewer invocations; functions and versions that came or went"],
    ["duration", "Duration", "billed longer or shorter, inits left out"],
    ["cold", "Cold starts", "more or less of it was inits"],
    ["memory", "Memory", "with more or less of it"],
    ["price", "Price", "a millisecond or a request costs another sum"],
    ["streaming", "Streaming", "more or less was streamed beyond 6 MB an answer"],
    ["standing", "Besides", "instances and snapshots that are kept, storage: by the functions file"],
];

/** An amount without its unit as the money of the API. */
export function asMoney(amount, currency) {
    return amount === null || amount === undefined ? null : { amount, currency };
}

/**
 * What is known of the invocations that nobody can price, as their memory is not told.
 * @param {object} sizeless
 * @returns {string}
 */
export function sizelessWords(sizeless) {
    const share = (part) => percent(sizeless.billed_ms > 0 ? part / sizeless.billed_ms : 0);
    return `${plural(sizeless.invocations, "invocation")} whose memory nobody tells (of their billed time ${share(sizeless.errors_ms)} for errors, ${share(sizeless.retries_ms)} for retries)`;
}

/**
 * The words for where a forecast comes from.
 * @param {object} forecast
 * @returns {string}
 */
export function basisWords(forecast) {
    switch (forecast.basis) {
        case "hour_of_week":
            return "Foretold: each hour to come costs what the same hours of the last four weeks did.";
        case "run_rate":
            return "Foretold: each hour to come costs the average of those that are known, as there are not two weeks of them yet.";
        default:
            return "Nothing is foretold until a whole hour is known.";
    }
}

/**
 * How much of the budget there is, as a share of what is expected; null without one.
 * @param {object} forecast
 * @returns {number | null}
 */
export function budgetShare(forecast) {
    const budget = Number(forecast.budget?.amount ?? NaN);
    const expected = Number(forecast.expected ?? NaN);
    return budget > 0 && Number.isFinite(expected) ? expected / budget : null;
}

/**
 * The cheapest size that fits, and what it saves of a million beside the one in use; null where
 * the one in use is the cheapest, or nothing is known.
 * @param {object} whatIf
 * @returns {{row: object, saved: number, share: number} | null}
 */
export function cheapest(whatIf) {
    const price = (row) => Number(row.million[whatIf.arch ?? "x86_64"]);
    const inUse = (whatIf.rows ?? []).find((row) => row.memory_mb === whatIf.memory_mb);
    const best = (whatIf.rows ?? [])
        .filter((row) => row.fits)
        .reduce((a, b) => (a === null || price(b) < price(a) ? b : a), null);
    if (!inUse || !best || price(best) >= price(inUse)) {
        return null;
    }
    const saved = price(inUse) - price(best);
    return { row: best, saved, share: saved / price(inUse) };
}
