/**
 * The tables of the page of costs; every sum leads to the transactions behind it.
 */

import { compact, count, duration, megabytes, percent, plural } from "../format.js";
import { h } from "../h.js";
import { icon } from "../icons.js";
import { asMoney, changes, groupings, partsOf } from "../model/cost.js";
import { change, link } from "../state.js";
import { nsToMs } from "../time.js";
import { moment, moneyText, nameText, valueLink } from "./common.js";
import { table } from "./table.js";

/** The dearest transactions of a function, in the range of the page or another one. */
function dearest(state, name, range = {}) {
    return link(state, "search", null, { q: `function:${name}`, order: "cost", ...range });
}

function nameCell(state, name) {
    return h(
        "a",
        {
            href: link(state, "function", name),
            class: "strong",
            "data-primary": "",
            "data-key": `cost-${name}`,
        },
        nameText(name, 40),
    );
}

/** The columns that lead on: of functions to what is behind them, of others the sums alone. */
function rowColumns(state, by) {
    if (by !== "function") {
        const label = groupings.find(([id]) => id === by)?.[1] ?? by;
        return [
            { id: "name", label, align: "left", cell: (row) => nameText(row.key, 60) },
            { id: "invocations", label: "Invocations", cell: (row) => compact(row.invocations) },
            { id: "cost", label: "Cost", cell: (row) => moneyText(row.cost) },
        ];
    }
    return [
        { id: "name", label: "Function", align: "left", cell: (row) => nameCell(state, row.key) },
        {
            id: "invocations",
            label: "Invocations",
            cell: (row) =>
                valueLink(
                    link(state, "search", null, { q: `function:${row.key}` }),
                    compact(row.invocations),
                ),
        },
        {
            id: "cost",
            label: "Cost",
            cell: (row) => valueLink(dearest(state, row.key), moneyText(row.cost)),
        },
    ];
}

/**
 * What each function, or whatever else the rows are, costs, and for what.
 * @param {object} state
 * @param {object} answer Of GET cost?by=...
 * @param {string} by What the rows are.
 * @returns {HTMLElement}
 */
export function costTable(state, answer, by) {
    const total = Number(answer.total?.amount ?? 0);
    const share = (row) => (total > 0 ? Number(row.cost?.amount ?? 0) / total : null);
    return table({
        caption: `Cost by ${by}`,
        rows: answer.by,
        key: (row) => row.key,
        columns: [
            ...rowColumns(state, by),
            { id: "share", label: "Share", cell: (row) => percent(share(row)) },
            {
                id: "utilisation",
                label: "Used",
                title: "What of the time that was billed was used: all but the rounding",
                minor: true,
                cell: (row) => percent(row.utilisation ?? null),
            },
            ...partsOf(answer).map(([id, label, title]) => ({
                id,
                label,
                title,
                minor: true,
                cell: (row) => moneyText(asMoney(row.components?.[id], row.cost?.currency)),
            })),
            {
                id: "failed",
                label: "Failed",
                title: "Of it: invocations that failed, timeouts among them",
                minor: true,
                cell: (row) => moneyText(asMoney(row.failed?.errors, row.cost?.currency)),
            },
            ...(Number(answer.standing?.amount ?? 0) > 0
                ? [
                      {
                          id: "besides",
                          label: "Besides",
                          title: "Instances and snapshots that are kept, storage: by the functions file",
                          cell: (row) =>
                              moneyText(asMoney(row.standing?.amount, row.cost?.currency ?? "USD")),
                      },
                  ]
                : []),
            ...(by === "function"
                ? [
                      {
                          id: "whatif",
                          label: "Memory",
                          cell: (row) =>
                              h(
                                  "a",
                                  {
                                      href: change(state, { fn: row.key }),
                                      "data-key": `whatif-${row.key}`,
                                  },
                                  "what if?",
                              ),
                      },
                  ]
                : []),
        ],
    });
}

/**
 * What would save most.
 * @param {object} state
 * @param {object} answer Of GET cost/advice.
 * @returns {HTMLElement}
 */
export function adviceTable(state, answer) {
    const sum = (amount) => moneyText(asMoney(amount, answer.currency));
    const words = (row) =>
        row.kind === "memory"
            ? `${megabytes(row.then.memory_mb)} instead of ${megabytes(row.now.memory_mb)}`
            : `${row.then.arch} instead of ${row.now.arch}`;
    return table({
        caption: "What would save most",
        rows: answer.advice,
        key: (row) => `${row.kind} ${row.function}`,
        columns: [
            { id: "name", label: "Function", align: "left", cell: (row) => nameCell(state, row.function) },
            { id: "what", label: "By", align: "left", cell: words },
            { id: "saved", label: "Saves", cell: (row) => sum(row.saved) },
            { id: "cost", label: "Of", cell: (row) => valueLink(dearest(state, row.function), sum(row.cost)) },
            {
                id: "now",
                label: "p95 now",
                minor: true,
                cell: (row) => duration(row.now.handler_ms.p95),
            },
            {
                id: "then",
                label: "p95 then",
                minor: true,
                cell: (row) => duration(row.then.handler_ms.p95),
            },
            {
                id: "error",
                label: "Model's error",
                minor: true,
                title: "For memory sizes that it ran with; an architecture is taken to be as fast",
                cell: (row) => (row.model_error === null ? "not known" : percent(row.model_error)),
            },
            {
                id: "samples",
                label: "Looked at",
                cell: (row) =>
                    h(
                        "a",
                        { href: change(state, { fn: row.function }) },
                        compact(row.samples),
                    ),
            },
        ],
    });
}

/**
 * Why it costs more or less than before.
 * @param {object} state
 * @param {object} answer Of GET cost/explain.
 * @returns {HTMLElement}
 */
export function changeTable(state, answer) {
    const sum = (amount) => moneyText(asMoney(amount, answer.currency));
    const before = { from: nsToMs(answer.before.from), to: nsToMs(answer.before.to), range: null };
    const isTotal = (row) => row.key === null;
    return table({
        caption: "What changed, by function",
        rows: [...answer.by, { key: null, ...answer.total }],
        key: (row) => row.key ?? "",
        rowAttributes: (row) => (isTotal(row) ? { class: "totalRow" } : {}),
        columns: [
            {
                id: "name",
                label: "Function",
                align: "left",
                cell: (row) => (isTotal(row) ? h("strong", {}, "All") : nameCell(state, row.key)),
            },
            {
                id: "before",
                label: "Before",
                cell: (row) =>
                    valueLink(
                        isTotal(row) ? null : dearest(state, row.key, before),
                        sum(row.before),
                    ),
            },
            {
                id: "after",
                label: "Now",
                cell: (row) =>
                    valueLink(isTotal(row) ? null : dearest(state, row.key), sum(row.after)),
            },
            {
                id: "difference",
                label: "Difference",
                cell: (row) => h("strong", {}, sum(row.difference)),
            },
            ...changes.map(([id, label, title]) => ({
                id,
                label,
                title,
                minor: id === "price" || id === "memory",
                cell: (row) => sum(row.parts[id]),
            })),
        ],
    });
}

/**
 * Hours that cost more than they use to.
 * @param {object} state
 * @param {object} forecast
 * @returns {HTMLElement}
 */
export function spikeTable(state, forecast) {
    const range = (row) => ({ from: nsToMs(row.from), to: nsToMs(row.to), range: null });
    return table({
        caption: "Hours that cost more than usual",
        rows: [...forecast.spikes].reverse(),
        key: (row) => `${row.function} ${row.from}`,
        columns: [
            { id: "hour", label: "Hour from", align: "left", cell: (row) => moment(row.from) },
            {
                id: "name",
                label: "Function",
                align: "left",
                cell: (row) => nameCell(state, row.function),
            },
            {
                id: "cost",
                label: "Cost",
                cell: (row) =>
                    valueLink(
                        dearest(state, row.function, range(row)),
                        moneyText(asMoney(row.amount, forecast.currency)),
                    ),
            },
            {
                id: "usual",
                label: "Usually",
                cell: (row) => moneyText(asMoney(row.usual, forecast.currency)),
            },
        ],
    });
}

/**
 * What a function would take and cost with other memory.
 * @param {object} answer Of GET cost/whatif.
 * @returns {HTMLElement}
 */
export function whatIfTable(answer) {
    const inUse = (row) => row.memory_mb === answer.memory_mb;
    return table({
        caption: "Other memory sizes",
        rows: answer.rows,
        key: (row) => String(row.memory_mb),
        rowAttributes: (row) => (inUse(row) ? { class: "totalRow" } : {}),
        columns: [
            {
                id: "memory",
                label: "Memory",
                align: "left",
                cell: (row) => [
                    megabytes(row.memory_mb),
                    inUse(row) ? h("span", { class: "sub" }, " in use") : null,
                    row.fits
                        ? null
                        : h("span", { class: "sub" }, icon("warning"), " less than was used"),
                ],
            },
            { id: "p50", label: "p50", cell: (row) => duration(row.handler_ms.p50) },
            { id: "p95", label: "p95", cell: (row) => duration(row.handler_ms.p95) },
            {
                id: "x86_64",
                label: "x86, a million",
                cell: (row) => moneyText(asMoney(row.million.x86_64, answer.currency)),
            },
            {
                id: "arm64",
                label: "arm, a million",
                cell: (row) => moneyText(asMoney(row.million.arm64, answer.currency)),
            },
        ],
    });
}

/**
 * What the same time would have been with instances kept ready; null where nothing is known.
 * @param {object} answer Of GET cost/whatif.
 * @returns {any}
 */
export function keptTable(answer) {
    const kept = answer.kept;
    if (!(kept?.rows?.length > 0)) {
        return null;
    }
    const amount = (text) => moneyText(asMoney(text, answer.currency));
    const off =
        kept.model_error === null
            ? "How far that is off is not known: none were kept, or the functions file does not say how many."
            : `What the model says was served by those that were kept is off by ${percent(kept.model_error)}.`;
    return [
        h("h3", { class: "panelPart" }, "With instances that are kept ready"),
        table({
            caption: "Instances that are kept",
            rows: kept.rows,
            key: (row) => String(row.instances),
            columns: [
                { id: "instances", label: "Instances", align: "left", cell: (row) => count(row.instances) },
                { id: "served", label: "Served", cell: (row) => percent(row.served / kept.invocations) },
                { id: "cold", label: "Cold starts", cell: (row) => count(row.cold_starts) },
                { id: "waited", label: "Waited", minor: true, cell: (row) => duration(row.init_ms_total) },
                { id: "calls", label: "Invocations", minor: true, cell: (row) => amount(row.invocations) },
                { id: "keeping", label: "Keeping", cell: (row) => amount(row.standing) },
                { id: "cost", label: "Cost", cell: (row) => amount(row.cost) },
            ],
        }),
        h(
            "p",
            { class: "panelFoot sub" },
            `${plural(kept.invocations, "invocation")} as they came, ${count(kept.peak)} at the same time at most; kept from the first to the last of them. ` +
                `Cold starts are the least that are left. ${off}`,
        ),
    ];
}
