/**
 * What rules would have done: texts of rules, and answers of previews in the shape of a page.  Pure.
 */

const dayMs = 86_400_000;

/** How far a preview may look back. */
export const previewSpans = [
    { id: "1d", words: "the last day", ms: dayMs },
    { id: "7d", words: "the last 7 days", ms: 7 * dayMs },
    { id: "31d", words: "the last 31 days", ms: 31 * dayMs },
];

/** A duration as rules have it: whole seconds. */
function seconds(amount) {
    return `${Math.round(amount)}s`;
}

/** A text as YAML: in JSON's quotes, which YAML knows. */
function pairs(name, texts) {
    const lines = Object.entries(texts ?? {}).map(
        ([key, value]) => `  ${key}: ${JSON.stringify(String(value))}`,
    );
    return lines.length === 0 ? [] : [`${name}:`, ...lines];
}

/**
 * A rule of GET rules as a file has it, to be changed and previewed.
 * @param {object} rule
 * @returns {string}
 */
export function ruleText(rule) {
    const expression = String(rule.expr ?? "").split("\n");
    return [
        `${rule.kind === "record" ? "record" : "alert"}: ${JSON.stringify(String(rule.name))}`,
        "expr: |",
        ...expression.map((line) => `  ${line.trim()}`),
        ...(rule.for_s > 0 ? [`for: ${seconds(rule.for_s)}`] : []),
        ...(rule.keep_firing_for_s > 0 ? [`keep_firing_for: ${seconds(rule.keep_firing_for_s)}`] : []),
        ...pairs("labels", rule.labels),
        ...pairs("annotations", rule.annotations),
        "",
    ].join("\n");
}

/** The position in a text of a line and a column, both from 1. */
export function positionOf(text, line, column) {
    const lines = text.split("\n");
    const before = lines.slice(0, Math.max(0, line - 1)).reduce((sum, each) => sum + each.length + 1, 0);
    return Math.min(text.length, before + Math.max(0, column - 1));
}

/** Labels as words, without the name of the alert. */
export function labelWords(labels) {
    const words = Object.entries(labels ?? {})
        .filter(([name]) => name !== "alertname" && name !== "__name__")
        .map(([name, value]) => `${name}=${value}`);
    return words.length === 0 ? "no labels" : words.join(" ");
}

function msOf(ns) {
    return ns === null || ns === undefined ? null : Number(BigInt(ns) / 1_000_000n);
}

/**
 * The spans of an alert as shares of the time that was looked at.
 * @param {object} alert
 * @param {number} fromMs
 * @param {number} toMs
 * @returns {{state: string, left: number, width: number, fromMs: number, toMs: number, open: boolean, value: number | null}[]}
 */
export function spansOf(alert, fromMs, toMs) {
    const length = Math.max(1, toMs - fromMs);
    return (alert.spans ?? []).map((span) => {
        const begin = Math.max(fromMs, msOf(span.from));
        const end = Math.min(toMs, msOf(span.to) ?? toMs);
        return {
            state: span.state,
            left: (begin - fromMs) / length,
            width: Math.max(0, end - begin) / length,
            fromMs: msOf(span.from),
            toMs: end,
            open: span.to === null,
            value: typeof span.value === "number" ? span.value : null,
        };
    });
}

/**
 * All that fired of a rule, the latest first.
 * @param {object} rule Of a preview.
 * @param {number} toMs
 */
export function firingsOf(rule, toMs) {
    return (rule.alerts ?? [])
        .flatMap((alert) =>
            spansOf(alert, 0, toMs)
                .filter((span) => span.state === "firing")
                .map((span) => ({ ...span, labels: alert.labels, fingerprint: alert.fingerprint })),
        )
        .sort((left, right) => right.fromMs - left.fromMs);
}

/**
 * The chart of a rule as columns: its series, then what they are compared with.
 * @param {object} rule
 * @param {number} max Series that can be told apart.
 */
export function chartOf(rule, max) {
    const chart = rule.chart ?? {};
    const series = (chart.series ?? []).slice(0, max);
    const count = Math.max(0, ...series.map((each) => each.values.length));
    const beginS = Number(BigInt(chart.from ?? 0) / 1_000_000_000n);
    const columns = series.map((each) => ({ label: labelWords(each.labels), values: each.values }));
    const own = series.find((each) => each.threshold)?.threshold ?? null;
    const threshold = chart.threshold ?? own;
    return {
        seconds: Array.from({ length: count }, (each, i) => beginS + i * (chart.step_s ?? 0)),
        columns,
        threshold: threshold === null ? null : threshold.slice(0, count),
        more: (chart.series ?? []).length - series.length + (chart.more_series ?? 0),
    };
}

/** What a preview says of itself that its numbers do not, as sentences. */
export function notesOf(answer) {
    const fromMs = msOf(answer.from);
    const begin = (answer.reads ?? [])
        .filter((read) => read.first !== null && msOf(read.first) > fromMs + 300_000)
        .map((read) => ({ kind: "begins", metric: read.metric, atMs: msOf(read.first) }));
    const missing = (answer.reads ?? [])
        .filter((read) => read.first === null)
        .map((read) => ({ kind: "missing", metric: read.metric }));
    const reasons = (answer.reasons ?? []).map((text) => ({ kind: "partial", text }));
    return [...reasons, ...missing, ...begin];
}
