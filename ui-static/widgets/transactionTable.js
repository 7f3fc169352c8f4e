/**
 * Transactions as rows, the same on every page that lists them.
 */

import { compact, count, duration, plural, visible } from "../format.js";
import { h } from "../h.js";
import { icon } from "../icons.js";
import { link } from "../state.js";
import { moment, moneyText, nameText, outcomeBadge } from "./common.js";
import { table } from "./table.js";

/** The list knows how many failed, not which: a count says no more than that. */
function outcome(row) {
    if (row.errors > 0) {
        const onlyTimeouts = row.timeouts > 0 && row.timeouts === row.errors;
        return h(
            "span",
            { class: "badge", "data-outcome": onlyTimeouts ? "timeout" : "error" },
            icon(onlyTimeouts ? "timeout" : "error"),
            h(
                "span",
                {},
                onlyTimeouts ? plural(row.timeouts, "timeout") : `${count(row.errors)} failed`,
            ),
        );
    }
    return row.complete === false
        ? h(
              "span",
              { class: "badge", "data-outcome": "running" },
              icon("running"),
              h("span", {}, "open"),
          )
        : outcomeBadge("ok");
}

/** Which functions took part, the entry first; the list does not know their order. */
function functionNames(row) {
    const entry = row.entry?.function;
    const others = (row.functions ?? []).filter((name) => name !== entry);
    const all = entry ? [entry, ...others] : others;
    const shown = all.slice(0, 5);
    return h(
        "span",
        { class: "names", title: all.map(visible).join(", ").slice(0, 1000) },
        shown.map((name, i) => [i > 0 ? ", " : null, nameText(name, 24)]),
        all.length > shown.length ? ` and ${all.length - shown.length} more` : null,
    );
}

/**
 * @param {object} state
 * @param {object[]} rows
 * @param {{order?: string, orderHref?: (order: string) => string}} [options]
 * @returns {HTMLElement}
 */
export function transactionTable(state, rows, { order = "start", orderHref = null } = {}) {
    const target = (row, more = {}) => link(state, "transaction", row.id, more);
    // turned: the order that is the other way round, which a second click asks for.
    const ordered = (id, label, turned = null) =>
        orderHref === null
            ? label
            : h(
                  "a",
                  {
                      class: "sort",
                      href: orderHref(order === id && turned !== null ? turned : id),
                      "aria-current": [id, turned].includes(order) ? "true" : null,
                      "data-key": `order-${id}`,
                  },
                  label,
                  order === id ? icon("down") : null,
                  order === turned ? icon("up") : null,
              );
    return table({
        rows,
        key: (row) => row.id,
        caption: "Transactions",
        columns: [
            {
                id: "entry",
                label: "Transaction",
                align: "left",
                cell: (row) => [
                    h(
                        "a",
                        {
                            href: target(row),
                            class: "strong",
                            "data-primary": "",
                            "data-key": `t-${row.id}`,
                        },
                        nameText(row.entry?.function ?? row.functions?.[0] ?? "unknown", 32),
                    ),
                    h(
                        "span",
                        { class: "sub below mono", title: row.entry?.request_id ?? row.id },
                        visible(row.entry?.request_id ?? row.id).slice(0, 13),
                    ),
                ],
            },
            { id: "outcome", label: "Outcome", align: "left", cell: outcome },
            {
                id: "start",
                label: ordered("start", "Start", "oldest"),
                short: "Start",
                cell: (row) => moment(row.start, { date: "unless today" }),
            },
            {
                id: "elapsed",
                label: ordered("elapsed", "Elapsed"),
                short: "Elapsed",
                cell: (row) => duration(row.elapsed_ms),
            },
            {
                id: "wait",
                label: "Wait",
                title: "What the caller waited, as far as the platform shows",
                cell: (row) => duration(row.wait_ms),
            },
            {
                id: "functions",
                label: "Functions",
                align: "left",
                minor: true,
                cell: functionNames,
            },
            {
                id: "cold",
                label: "Cold",
                cell: (row) =>
                    row.cold_starts > 0
                        ? h(
                              "a",
                              { class: "coldText", href: target(row) },
                              icon("cold"),
                              count(row.cold_starts),
                          )
                        : h("span", { class: "zero" }, "0"),
            },
            {
                id: "spans",
                label: "Spans",
                minor: true,
                wide: true,
                cell: (row) => compact(row.spans),
            },
            {
                id: "logs",
                label: "Logs",
                minor: true,
                wide: true,
                cell: (row) => compact(row.logs),
            },
            {
                id: "cost",
                label: ordered("cost", "Cost"),
                short: "Cost",
                cell: (row) => moneyText(row.cost),
            },
        ],
    });
}
