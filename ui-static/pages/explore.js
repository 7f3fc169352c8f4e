/**
 * Metrics: what one asks in PromQL, as a chart and a table.
 */

import { get, prometheus } from "../api.js";
import { compact, plural } from "../format.js";
import { h } from "../h.js";
import { icon } from "../icons.js";
import { columnsOf, linesMax, rowsOf, shortNames, spanOf } from "../model/metrics.js";
import { go } from "../navigate.js";
import { change, rangeChanges } from "../state.js";
import { resolveRange } from "../time.js";
import { everyMs } from "../widgets/ask.js";
import { chart, looks } from "../widgets/chart.js";
import { nameText } from "../widgets/common.js";
import { createFeed } from "../widgets/feed.js";
import { emptyState, panel } from "../widgets/panel.js";
import { table } from "../widgets/table.js";

const examples = [
    ["Invocations a minute", "sum by (function) (rate(thaw_function_invocations_total[5m])) * 60"],
    ["Cold starts an hour", "sum by (function) (increase(thaw_function_cold_starts_total[1h]))"],
    [
        "Wait, 95th percentile",
        "histogram_quantile(0.95, sum by (le, function) (rate(thaw_function_wait_duration_seconds_bucket[10m])))",
    ],
    ["Dollars an hour", "sum by (function) (rate(thaw_function_cost_dollars_total[1h])) * 3600"],
];

function queryForm(state, expression) {
    const field = h("input", {
        name: "expr",
        value: expression,
        autocomplete: "off",
        autocapitalize: "off",
        spellcheck: "false",
        "aria-label": "Query in PromQL",
        placeholder: "a query in PromQL",
        "data-key": "expr",
    });
    const submit = (event) => {
        event.preventDefault();
        go(change(state, { expr: field.value.trim() || null }));
    };
    return h(
        "form",
        { class: "queryForm", onsubmit: submit },
        icon("search"),
        field,
        h("button", { type: "submit", class: "button primary" }, "Ask"),
    );
}

function exampleList(state) {
    return h(
        "p",
        { class: "exploreExamples" },
        examples.map(([words, expression]) =>
            h("a", { class: "button", href: change(state, { expr: expression }) }, words),
        ),
    );
}

/** The last value as the others are written; all of its digits when one points at it. */
function lastText(row) {
    const value = Number(row.last);
    return row.last !== "" && Number.isFinite(value)
        ? h("span", { title: row.last }, compact(value))
        : nameText(row.last, 24);
}

function seriesTable(rows) {
    return table({
        columns: [
            { id: "series", label: "Series", align: "left", cell: (row) => nameText(row.name, 1000) },
            { id: "last", label: "Last", cell: lastText },
            { id: "least", label: "Least", minor: true, cell: (row) => compact(row.least) },
            { id: "most", label: "Most", minor: true, cell: (row) => compact(row.most) },
        ],
        rows,
        key: (row) => row.name,
        caption: "Series",
    });
}

function drawn(state, rows, span, signal) {
    const shown = rows.slice(0, linesMax);
    const { seconds, columns } = columnsOf(shown, span);
    const names = shortNames(shown);
    const format = (value) => (value === null ? "–" : compact(value));
    return chart(
        {
            title: plural(rows.length, "series", "series"),
            seconds,
            fromMs: span.start * 1000,
            toMs: span.end * 1000,
            least: 0,
            format,
            series: shown.map((_, i) => ({
                label: names[i].length > 60 ? `${names[i].slice(0, 59)}…` : names[i],
                layer: columns[i],
                values: columns[i],
                shape: "line",
                ...looks[i],
            })),
            onRange: (from, to) => go(change(state, rangeChanges({ from, to }))),
            onStep: () => {},
        },
        signal,
    );
}

export function explorePage(root, state, signal) {
    const expression = state.parameters.get("expr") ?? "";
    root.append(
        h(
            "header",
            { class: "pageHead" },
            h("h1", {}, "Metrics"),
            queryForm(state, expression),
            exampleList(state),
        ),
    );
    if (expression === "") {
        root.append(
            emptyState(
                "Ask for metrics",
                "Metrics made of invocations, and those that functions send, in PromQL. The buttons above are a beginning.",
            ),
        );
        return;
    }
    let span = null;
    const load = async (using) => {
        const { fromMs, toMs } = resolveRange(state.range, Date.now());
        span = spanOf(fromMs, toMs);
        return get(["query_range"], { query: expression, ...span }, using, prometheus);
    };
    const feed = createFeed(load, { signal, everyMs: everyMs(state) });
    root.append(
        panel({
            feed,
            title: nameText(expression, 120),
            name: "explorePanel",
            empty: (answer) =>
                rowsOf(answer).length > 0
                    ? null
                    : emptyState(
                          "No series has a sample there",
                          "Another time range, or another name, may have some.",
                      ),
            render: (answer) => {
                const rows = rowsOf(answer);
                return [
                    drawn(state, rows, span, signal),
                    rows.length > linesMax
                        ? h(
                              "p",
                              { class: "sub" },
                              `The chart shows the ${linesMax} with the highest values.`,
                          )
                        : null,
                    seriesTable(rows),
                ];
            },
        }),
    );
}
