/**
 * Series from the API as columns for charts.  Pure.
 */

import { sumDecimals } from "../format.js";
import { nsToMs } from "../time.js";

/**
 * The times of a series in epoch seconds, as uPlot wants them.
 * @param {object | null} series
 * @returns {number[]}
 */
export function seconds(series) {
    return (series?.t ?? []).map((ns) => (nsToMs(ns) ?? 0) / 1000);
}

function column(series, name) {
    const values = series?.[name];
    return Array.isArray(values) ? values : (series?.t ?? []).map(() => null);
}

/**
 * Invocations by outcome as layers to be drawn one over the other: all, then all but timeouts,
 * then those that went well.  An error count includes timeouts.
 * @param {object} series
 * @returns {{timeout: (number | null)[], error: (number | null)[], ok: (number | null)[],
 *            failed: number[]}} failed: errors without timeouts.
 */
export function outcomeLayers(series) {
    const total = column(series, "invocations");
    const errors = column(series, "errors");
    const timeouts = column(series, "timeouts");
    // A layer is there only where it shows: under a bar of the same height its edge would look out.
    const failed = errors.map((value, i) => (value ?? 0) - (timeouts[i] ?? 0));
    return {
        timeout: total.map((all, i) => (timeouts[i] > 0 ? all : null)),
        error: total.map((all, i) => (failed[i] > 0 ? all - (timeouts[i] ?? 0) : null)),
        ok: total.map((all, i) => (all > (errors[i] ?? 0) ? all - (errors[i] ?? 0) : null)),
        failed,
    };
}

/**
 * One share per step; null where nothing happened.
 * @param {object} series
 * @param {string} part
 * @param {string} whole
 * @returns {(number | null)[]}
 */
export function shares(series, part, whole) {
    const of = column(series, whole);
    return column(series, part).map((value, i) => (of[i] > 0 ? (value ?? 0) / of[i] : null));
}

/**
 * How long invocations took over time: what callers waited, else the platform's Duration, where log
 * streams alone tell of them.
 * @param {object | null} series
 * @param {boolean} [logs] Nothing but log streams tells of it: its waits are those of timeouts.
 * @returns {{what: "wait" | "duration", p50: (number | null)[], p95: (number | null)[],
 *            p99: (number | null)[]}}
 */
export function longSeries(series, logs = false) {
    const pick = (what) => ({
        what,
        p50: column(series, `${what}_p50`),
        p95: column(series, `${what}_p95`),
        p99: column(series, `${what}_p99`),
    });
    const known = (each) => each.p50.some((value) => value !== null && value !== undefined);
    const wait = pick("wait");
    const duration = pick("duration");
    return (logs || !known(wait)) && known(duration) ? duration : wait;
}

/**
 * Sums of a whole series, for tiles and for the comparison with the time before.
 * @param {object | null} series
 * @param {boolean} [logs] As for longSeries().
 * @returns {object}
 */
export function seriesTotals(series, logs = false) {
    const sum = (name) => column(series, name).reduce((total, value) => total + (value ?? 0), 0);
    const invocations = sum("invocations");
    const long = longSeries(series, logs);
    const waits = long.p95.filter((value) => value !== null && value !== undefined);
    return {
        invocations,
        errors: sum("errors"),
        timeouts: sum("timeouts"),
        coldStarts: sum("cold_starts"),
        errorRate: invocations > 0 ? sum("errors") / invocations : null,
        coldRate: invocations > 0 ? sum("cold_starts") / invocations : null,
        long: long.what,
        waitP95Worst: waits.length > 0 ? Math.max(...waits) : null,
        waitP95Last: waits.length > 0 ? waits.at(-1) : null,
        cost: sumDecimals((series?.cost ?? []).map(String)),
    };
}

/**
 * How much more or less than before, as a share; null where there is nothing to compare with.
 * @param {number | null} now
 * @param {number | null} before
 * @returns {number | null}
 */
export function changeOf(now, before) {
    if (now === null || before === null || !(before > 0)) {
        return null;
    }
    return (now - before) / before;
}

/**
 * The path of a small line without axes, in a box of the given size; gaps stay gaps.
 * @param {(number | null)[]} values
 * @param {number} width
 * @param {number} height
 * @returns {{line: string, area: string}}
 */
export function sparkPath(values, width, height) {
    const known = values.filter((value) => value !== null && value !== undefined);
    const max = Math.max(...known, 0);
    if (known.length === 0 || max === 0) {
        const y = height - 1;
        return { line: known.length === 0 ? "" : `M0 ${y}H${width}`, area: "" };
    }
    const x = (i) => (values.length > 1 ? (i * width) / (values.length - 1) : width / 2);
    const y = (value) => height - 1 - (value / max) * (height - 3);
    const lines = [];
    const areas = [];
    let run = [];
    const finish = () => {
        if (run.length > 0) {
            const points = run.map(([at, value]) => `${x(at).toFixed(1)} ${y(value).toFixed(1)}`);
            const single = run.length === 1 ? `M${points[0]}h0.01` : `M${points.join("L")}`;
            lines.push(single);
            areas.push(
                `M${x(run[0][0]).toFixed(1)} ${height}L${points.join("L")}` +
                    `L${x(run.at(-1)[0]).toFixed(1)} ${height}Z`,
            );
        }
        run = [];
    };
    values.forEach((value, i) => {
        if (value === null || value === undefined) {
            finish();
        } else {
            run.push([i, value]);
        }
    });
    finish();
    return { line: lines.join(""), area: areas.join("") };
}
