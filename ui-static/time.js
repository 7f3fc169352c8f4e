/**
 * Time ranges, ticks and nanosecond stamps.  Pure: "now" is always an argument.
 */

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

/** Distances of marks that people find round on a clock. */
const clockSteps = [
    second,
    2 * second,
    5 * second,
    10 * second,
    15 * second,
    30 * second,
    minute,
    2 * minute,
    5 * minute,
    10 * minute,
    15 * minute,
    30 * minute,
    hour,
    2 * hour,
    3 * hour,
    6 * hour,
    12 * hour,
    day,
    2 * day,
    7 * day,
];

/** The ranges one can pick, in the order in which they are offered. */
export const presets = [
    { id: "5m", label: "5 m", name: "Last 5 minutes", ms: 5 * minute },
    { id: "15m", label: "15 m", name: "Last 15 minutes", ms: 15 * minute },
    { id: "1h", label: "1 h", name: "Last hour", ms: hour },
    { id: "12h", label: "12 h", name: "Last 12 hours", ms: 12 * hour },
    { id: "24h", label: "24 h", name: "Last 24 hours", ms: day },
    { id: "7d", label: "7 d", name: "Last 7 days", ms: 7 * day },
];

/** The range of a page that names none. */
export const defaultPreset = "1h";

/**
 * The start and the end of a range in epoch milliseconds.
 * @param {{preset: string} | {from: number, to: number}} range
 * @param {number} nowMs
 * @returns {{fromMs: number, toMs: number}}
 */
export function resolveRange(range, nowMs) {
    if (range.preset === undefined) {
        return { fromMs: range.from, toMs: range.to };
    }
    const preset =
        presets.find((each) => each.id === range.preset) ??
        presets.find((each) => each.id === defaultPreset);
    return { fromMs: nowMs - preset.ms, toMs: nowMs };
}

/**
 * How often a live page asks again: short ranges move fast, long ones do not.
 * @param {number} spanMs
 * @returns {number}
 */
export function refreshEveryMs(spanMs) {
    if (spanMs <= hour) {
        return 5 * second;
    }
    return spanMs <= day ? 15 * second : minute;
}

/**
 * Epoch nanoseconds (a decimal string, a number or null) as epoch milliseconds with fraction.
 * The difference of two near stamps keeps microseconds; use nsBetweenMs for exact differences.
 * @param {string | number | null | undefined} ns
 * @returns {number | null}
 */
export function nsToMs(ns) {
    if (ns === null || ns === undefined || ns === "") {
        return null;
    }
    const text = String(ns);
    if (!/^\d{1,20}$/.test(text)) {
        return null;
    }
    const whole = text.length > 6 ? Number(text.slice(0, -6)) : 0;
    return whole + Number(text.slice(-6)) / 1e6;
}

/**
 * The milliseconds from one nanosecond stamp to another, exact to the nanosecond.
 * @param {string | null} fromNs
 * @param {string | null} toNs
 * @returns {number | null}
 */
export function nsBetweenMs(fromNs, toNs) {
    if (nsToMs(fromNs) === null || nsToMs(toNs) === null) {
        return null;
    }
    return Number(BigInt(toNs) - BigInt(fromNs)) / 1e6;
}

/**
 * A round step (1, 2 or 5 times a power of ten) that divides a length into at most `count` parts.
 * @param {number} length
 * @param {number} count
 * @returns {number}
 */
export function roundStep(length, count) {
    const rough = length / Math.max(1, count);
    if (!(rough > 0)) {
        return 1;
    }
    const power = 10 ** Math.floor(Math.log10(rough));
    const step = [1, 2, 5, 10].find((each) => each * power >= rough * 0.999999);
    return step * power;
}

/**
 * Marks of a ruler of elapsed time: round milliseconds, or round minutes and hours where it is long.
 * @param {number} fromMs
 * @param {number} toMs
 * @param {number} count At most about so many.
 * @returns {number[]}
 */
export function rulerTicks(fromMs, toMs, count) {
    const decimal = roundStep(toMs - fromMs, count);
    const step =
        decimal > 20 * second
            ? (clockSteps.find((each) => each >= decimal / 2) ?? decimal)
            : decimal;
    const ticks = [];
    for (let i = Math.ceil(fromMs / step - 1e-9); i * step <= toMs + step * 1e-9; i++) {
        ticks.push(i * step + 0);
    }
    return ticks;
}

/**
 * Round moments of the wall clock within a range.
 * @param {number} fromMs
 * @param {number} toMs
 * @param {number} count
 * @param {number} [offsetMs] What local time is ahead of UTC, so that hours and days fall right.
 * @returns {{ms: number[], stepMs: number}}
 */
export function clockTicks(fromMs, toMs, count, offsetMs = 0) {
    const rough = (toMs - fromMs) / Math.max(1, count);
    const stepMs = clockSteps.find((each) => each >= rough) ?? clockSteps.at(-1);
    const ms = [];
    const first = Math.ceil((fromMs + offsetMs) / stepMs) * stepMs - offsetMs;
    for (let at = first; at <= toMs; at += stepMs) {
        ms.push(at);
    }
    return { ms, stepMs };
}

/**
 * What somebody typed as a moment: "2026-03-04 10:20", an RFC 3339 time, or epoch milliseconds.
 * @param {string} text
 * @returns {number | null}
 */
export function parseMoment(text) {
    const trimmed = text.trim();
    if (/^\d{12,14}$/.test(trimmed)) {
        return Number(trimmed);
    }
    if (!/^\d{4}-\d{2}-\d{2}/.test(trimmed)) {
        return null;
    }
    const ms = Date.parse(trimmed.replace(" ", "T"));
    return Number.isNaN(ms) ? null : ms;
}
