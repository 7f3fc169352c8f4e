/**
 * Where facts come from (an agent, log streams), and what log streams cannot tell.  Pure.
 */

import { nsToMs } from "../time.js";

/** Why something is unknown that only an agent tells. */
export const untold = {
    wait: "Log streams do not tell when the answer was sent, so what the caller waited is not known",
    handler: "Log streams do not tell when the handler ended; the platform's Duration is below",
    response: "Log streams do not tell when the answer was sent",
    postHandler: "Log streams do not tell how long extensions went on",
    trigger: "Log streams do not tell what invoked the function",
};

const providers = { aws: null, gcp: "Google Cloud", azure: "Azure" };

/**
 * Who told of a row: "agent", "logs", or both.
 * @param {object} row Of any list that has `sources`.
 * @returns {string[]}
 */
export function sourcesOf(row) {
    const told = Array.isArray(row?.sources) ? row.sources : [row?.source];
    const both = told.includes("both");
    return ["agent", "logs"].filter((each) => both || told.includes(each));
}

/** Whether nothing but log streams told of it. */
export function onlyLogs(row) {
    const sources = sourcesOf(row);
    return sources.length === 1 && sources[0] === "logs";
}

/** Whether a row's handler time is not known, and never will be. */
export function handlerUntold(row) {
    return onlyLogs(row) && (row.handler_ms === null || row.handler_ms === undefined);
}

/**
 * The words of a badge: "logs", "agent", "agent + logs", or null where nobody said.
 * @param {object} row
 * @returns {string | null}
 */
export function sourceWords(row) {
    const sources = sourcesOf(row);
    return sources.length === 0 ? null : sources.join(" + ");
}

/**
 * What a provider is called; null for the one that most functions are of, and where it is unknown.
 * @param {string | null | undefined} provider
 * @returns {string | null}
 */
export function providerName(provider) {
    return provider === null || provider === undefined ? null : (providers[provider] ?? null);
}

function known(quantiles) {
    return [quantiles?.p50, quantiles?.p95, quantiles?.p99].some(
        (each) => each !== null && each !== undefined,
    );
}

/**
 * How long invocations took: what callers waited, else the platform's Duration, which is not the
 * same and is called by its name.
 * @param {object} row
 * @returns {{what: "wait" | "duration" | "unknown", p50: number | null, p95: number | null,
 *            p99: number | null}}
 */
export function howLong(row) {
    const pick = (what, quantiles) => ({
        what,
        p50: quantiles?.p50 ?? null,
        p95: quantiles?.p95 ?? null,
        p99: quantiles?.p99 ?? null,
    });
    // Of timeouts alone the wait is known without an agent: they do not stand for the others.
    if (known(row?.wait_ms) && !(onlyLogs(row) && known(row.duration_ms))) {
        return pick("wait", row.wait_ms);
    }
    return known(row?.duration_ms) ? pick("duration", row.duration_ms) : pick("unknown", null);
}

/** The name that stands for instances of exports without stream names. */
const noStream = "no stream";

/** Whether a row's instance is none, but what came without the name of its stream. */
export function hasNoStream(row) {
    return row?.instance === noStream;
}

const minute = 60_000;
const month = 31 * 24 * 60 * minute;

/**
 * The range that shows what some functions did: all of it, or the last month.
 * @param {object[]} rows As GET functions?from=0 gives them.
 * @returns {{from: number, to: number, newestMs: number} | null}
 */
export function newestRange(rows) {
    const moments = (field) => rows.map((row) => nsToMs(row[field])).filter((ms) => ms !== null);
    const newestMs = Math.max(...moments("last_seen"));
    if (!Number.isFinite(newestMs)) {
        return null;
    }
    const oldestMs = Math.min(newestMs, ...moments("first_seen"));
    const to = Math.ceil((newestMs + 1) / minute) * minute;
    const from = Math.floor(Math.max(oldestMs, newestMs - month) / minute) * minute;
    return { from, to, newestMs };
}

/**
 * The functions of all times that have nothing in a range: their newest data is older (or, with a
 * wrong clock, later).
 * @param {object[]} all
 * @param {object[]} shown
 * @returns {object[]}
 */
export function elsewhen(all, shown) {
    const here = new Set(shown.map((row) => row.name));
    return all.filter((row) => !here.has(row.name) && (row.invocations ?? 0) > 0);
}
