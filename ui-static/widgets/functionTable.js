/**
 * The functions, all that is known of each in one row; every number leads to its transactions.
 */

import { compact, count, duration, megabytes, percent, plural } from "../format.js";
import { h } from "../h.js";
import { icon } from "../icons.js";
import { limits, sortRows } from "../model/functions.js";
import { howLong, onlyLogs, providerName, sourcesOf, untold } from "../model/sources.js";
import { link } from "../state.js";
import { madeUpBadge, moment, moneyText, nameText, sourceBadge, valueLink } from "./common.js";
import { table } from "./table.js";

function nearLimit(share) {
    return share !== null && share >= 0.85;
}

function memoryCell(row) {
    const { memory } = limits(row);
    if (row.max_memory_mb === null || row.max_memory_mb === undefined) {
        return h("span", { class: "sub" }, row.memory_mb ? `of ${megabytes(row.memory_mb)}` : "–");
    }
    return h(
        "span",
        {
            class: "meterCell",
            title: `${megabytes(row.max_memory_mb)} of ${megabytes(row.memory_mb)}`,
        },
        h(
            "span",
            {},
            nearLimit(memory) ? icon("warning", "near its limit") : null,
            count(row.max_memory_mb),
            h("span", { class: "sub" }, `\u2009/\u2009${megabytes(row.memory_mb)}`),
        ),
        h(
            "span",
            { class: "meter", "data-near": nearLimit(memory) ? "" : null },
            h("span", { css: { width: `${Math.min(100, (memory ?? 0) * 100)}%` } }),
        ),
    );
}

/** Where waits stand: the platform's Duration, called so, where logs are all there is. */
function longCell(row, part) {
    const long = howLong(row);
    if (long.what === "duration") {
        return [
            duration(long[part]),
            h("span", { class: "sub below", title: untold.wait }, "Duration"),
        ];
    }
    return onlyLogs(row) && long.what === "unknown"
        ? h("span", { title: untold.wait }, duration(null))
        : duration(long[part]);
}

function p99Cell(row) {
    const { timeout } = limits(row);
    const near = timeout !== null && timeout >= 0.8;
    return h(
        "span",
        {
            "data-near": near ? "" : null,
            title: row.timeout_ms
                ? `${percent(timeout)} of the timeout of ${duration(row.timeout_ms)}`
                : null,
        },
        near ? icon("warning", "near the timeout") : null,
        longCell(row, "p99"),
    );
}

function functionColumns(state) {
    const search = (row, words = "", more = {}) =>
        link(state, "search", null, { q: `function:${row.name}${words}`, ...more });
    const quiet = (value) => (value === 0 ? "zero" : "");
    return [
        {
            id: "name",
            label: "Function",
            align: "left",
            sortable: true,
            cell: (row) => [
                h(
                    "a",
                    {
                        href: link(state, "function", row.name),
                        class: "strong",
                        "data-primary": "",
                        "data-key": `f-${row.name}-${row.version}`,
                    },
                    nameText(row.name, 40),
                ),
                h(
                    "span",
                    { class: "sub below" },
                    sourcesOf(row).includes("logs") ? [sourceBadge(row), " "] : null,
                    row.made_up ? [madeUpBadge(), " "] : null,
                    nameText(
                        [providerName(row.provider), row.version, row.runtime, row.arch]
                            .filter((each) => each)
                            .join(" · ") || "nothing known yet",
                        60,
                    ),
                ),
            ],
        },
        {
            id: "invocations",
            label: "Invocations",
            sortable: true,
            cell: (row) =>
                valueLink(search(row), compact(row.invocations), { class: quiet(row.invocations) }),
        },
        {
            id: "errors",
            label: "Errors",
            sortable: true,
            title: "Errors, timeouts included",
            cell: (row) =>
                valueLink(
                    search(row, " errors"),
                    [
                        row.errors > 0 ? icon("error") : null,
                        compact(row.errors),
                        row.errors > 0 && row.invocations > 0
                            ? h(
                                  "span",
                                  { class: "sub" },
                                  ` ${percent(row.errors / row.invocations)}`,
                              )
                            : null,
                    ],
                    { class: row.errors > 0 ? "bad" : quiet(row.errors) },
                ),
        },
        {
            id: "timeouts",
            label: "Timeouts",
            sortable: true,
            minor: true,
            cell: (row) =>
                valueLink(
                    search(row, " timeouts"),
                    [row.timeouts > 0 ? icon("timeout") : null, compact(row.timeouts)],
                    { class: row.timeouts > 0 ? "bad" : quiet(row.timeouts) },
                ),
        },
        {
            id: "cold",
            label: "Cold starts",
            sortable: true,
            title: "Share of invocations that waited for an init; proactive inits are not in it",
            cell: (row) =>
                valueLink(
                    search(row, " cold"),
                    [
                        row.cold_starts > 0 ? icon("cold") : null,
                        percent(row.cold_start_rate),
                        h("span", { class: "sub" }, ` ${compact(row.cold_starts)}`),
                    ],
                    {
                        class: row.cold_starts > 0 ? "coldText" : quiet(row.cold_starts),
                        title:
                            row.proactive_inits > 0
                                ? `and ${plural(row.proactive_inits, "proactive init")} that nobody waited for`
                                : null,
                    },
                ),
        },
        {
            id: "p50",
            label: "Wait p50",
            sortable: true,
            minor: true,
            cell: (row) => valueLink(search(row), longCell(row, "p50")),
        },
        {
            id: "p95",
            label: "p95",
            short: "Wait p95",
            sortable: true,
            cell: (row) =>
                valueLink(search(row, "", { order: "elapsed" }), longCell(row, "p95")),
        },
        {
            id: "p99",
            label: "p99",
            short: "Wait p99",
            sortable: true,
            minor: true,
            cell: (row) => valueLink(search(row, "", { order: "elapsed" }), p99Cell(row)),
        },
        {
            id: "init",
            label: "Init p95",
            sortable: true,
            minor: true,
            cell: (row) => valueLink(search(row, " cold"), duration(row.init_ms?.p95)),
        },
        {
            id: "memory",
            label: "Memory",
            sortable: true,
            title: "The most that was used, of what it has",
            cell: memoryCell,
        },
        {
            id: "billed",
            label: "Billed",
            sortable: true,
            minor: true,
            cell: (row) => valueLink(search(row, "", { order: "cost" }), duration(row.billed_ms)),
        },
        {
            id: "gbs",
            label: "GB-s",
            sortable: true,
            minor: true,
            cell: (row) => (row.gb_seconds === null ? "–" : compact(row.gb_seconds)),
        },
        {
            id: "cost",
            label: "Cost",
            sortable: true,
            cell: (row) => valueLink(search(row, "", { order: "cost" }), moneyText(row.cost)),
        },
        {
            id: "last",
            label: "Last seen",
            sortable: true,
            minor: true,
            cell: (row) => [
                moment(row.last_seen, { relative: true }),
                h(
                    "span",
                    { class: "sub below" },
                    "first ",
                    moment(row.first_seen, { relative: true }),
                ),
            ],
        },
        {
            id: "agent",
            label: "Agent",
            sortable: true,
            minor: true,
            cell: (row) =>
                row.agent_version
                    ? h("span", { class: "sub" }, nameText(row.agent_version, 16))
                    : h(
                          "span",
                          {
                              class: "sub",
                              title: sourcesOf(row).includes("logs")
                                  ? "What is known of it comes from its log streams"
                                  : "Nothing has come from an agent in this function",
                          },
                          "none",
                      ),
        },
    ];
}

/**
 * @param {object} state
 * @param {object[]} rows
 * @param {string} sort
 * @param {(sort: string) => string} sortHref
 * @returns {HTMLElement}
 */
export function functionTable(state, rows, sort, sortHref) {
    return table({
        columns: functionColumns(state),
        rows: sortRows(rows, sort),
        sort,
        sortHref,
        key: (row) => `${row.name} ${row.version} ${row.region} ${row.account}`,
        caption: "Functions",
    });
}
