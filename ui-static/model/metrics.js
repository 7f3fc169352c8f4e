/**
 * Answers of Prometheus's API as columns for a chart and rows for a table.  Pure.
 */

/** More lines than this cannot be told apart; the table has all. */
export const linesMax = 8;

/**
 * A series as one writes it: name{label="value"}.
 * @param {Object<string, string>} metric
 * @returns {string}
 */
export function seriesName(metric) {
    const labels = Object.entries(metric ?? {})
        .filter(([name]) => name !== "__name__")
        .map(([name, value]) => `${name}=${JSON.stringify(String(value))}`);
    const name = String(metric?.__name__ ?? "");
    return labels.length === 0 && name !== "" ? name : `${name}{${labels.join(", ")}}`;
}

/** A sample's number; null for what a chart cannot draw. */
function numberOf(text) {
    const value = Number(text);
    return Number.isFinite(value) ? value : null;
}

/** Samples of a series: numbers, or of native histograms how many they count. */
function samplesOf(series) {
    if (Array.isArray(series.values)) {
        return series.values.map(([at, text]) => [at, text]);
    }
    return (series.histograms ?? []).map(([at, histogram]) => [at, histogram?.count ?? ""]);
}

function rowOf(series) {
    const samples = samplesOf(series);
    const values = samples.map(([, text]) => numberOf(text)).filter((value) => value !== null);
    return {
        name: seriesName(series.metric),
        metric: series.metric ?? {},
        samples,
        last: samples.length === 0 ? "" : String(samples.at(-1)[1]),
        least: values.length === 0 ? null : values.reduce((a, b) => Math.min(a, b)),
        most: values.length === 0 ? null : values.reduce((a, b) => Math.max(a, b)),
    };
}

/**
 * Names by which rows are told apart: without what all of them have in common.
 * @param {{name: string, metric: Object<string, string>}[]} rows
 * @returns {string[]}
 */
export function shortNames(rows) {
    if (rows.length < 2) {
        return rows.map((row) => row.name);
    }
    const labels = [...new Set(rows.flatMap((row) => Object.keys(row.metric)))];
    const telling = labels.filter((label) =>
        rows.some((row) => row.metric[label] !== rows[0].metric[label]),
    );
    return rows.map(({ metric }) =>
        seriesName(
            Object.fromEntries(
                telling
                    .filter((label) => Object.hasOwn(metric, label))
                    .map((label) => [label, metric[label]]),
            ),
        ),
    );
}

/**
 * The series of a matrix, those with the highest values first.
 * @param {any} answer
 * @returns {{name: string, metric: Object<string, string>, samples: [number, string][], last: string, least: number | null,
 *            most: number | null}[]}
 */
export function rowsOf(answer) {
    const result = answer?.data?.result;
    const rows = Array.isArray(result) ? result.map(rowOf) : [];
    return rows.sort((a, b) => (b.most ?? -Infinity) - (a.most ?? -Infinity));
}

/**
 * Times, and for each row its value at each of them; null where it has none.
 * @param {object[]} rows
 * @param {{start: number, end: number, step: number}} span In seconds.
 * @returns {{seconds: number[], columns: (number | null)[][]}}
 */
export function columnsOf(rows, span) {
    const count = Math.floor((span.end - span.start) / span.step) + 1;
    const seconds = Array.from({ length: count }, (_, i) => span.start + i * span.step);
    const columns = rows.map((row) => {
        const column = new Array(count).fill(null);
        for (const [at, text] of row.samples) {
            const i = Math.round((at - span.start) / span.step);
            if (i >= 0 && i < count) {
                column[i] = numberOf(text);
            }
        }
        return column;
    });
    return { seconds, columns };
}

/**
 * A span of time in steps of which there are some two hundred, of whole seconds.
 * @param {number} fromMs
 * @param {number} toMs
 * @returns {{start: number, end: number, step: number}}
 */
export function spanOf(fromMs, toMs) {
    const step = Math.max(15, Math.ceil((toMs - fromMs) / 1000 / 200 / 15) * 15);
    const start = Math.floor(fromMs / 1000 / step) * step;
    return { start, end: Math.floor(toMs / 1000), step };
}
