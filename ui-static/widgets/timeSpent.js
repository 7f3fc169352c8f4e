/**
 * Where a transaction's time and money went: what was waited for, and each function's part.
 */

import { count, duration, percent } from "../format.js";
import { h } from "../h.js";
import { pathLength, waitedParts } from "../model/path.js";
import { moneyText, nameText } from "./common.js";
import { table } from "./table.js";

const words = {
    queue: ["in a queue", "A message waited, or the request in front of the first function"],
    init: ["init", "Inits that were waited for"],
    handler: ["handlers", "Own work of functions and services"],
    outside: ["outside", "Calls that no other span explains: the network, placement, others"],
    unknown: ["unknown", "No span says"],
};

function bar(parts) {
    return h(
        "div",
        { class: "waitedBar", "aria-hidden": "true" },
        parts.map((each) =>
            h("span", { "data-part": each.part, css: { width: `${each.share * 100}%` } }),
        ),
    );
}

function waited(data) {
    const parts = waitedParts(data);
    if (parts.length === 0) {
        return null;
    }
    return h(
        "div",
        { class: "waited" },
        h("h3", {}, `Waited for, ${duration(data.waited.ms)}`),
        bar(parts),
        h(
            "ul",
            { class: "waitedParts", "aria-label": "What was waited for" },
            parts.map((each) =>
                h(
                    "li",
                    { title: words[each.part][1] },
                    h("span", { class: "waitedSwatch", "data-part": each.part }),
                    words[each.part][0],
                    " ",
                    h("strong", {}, duration(each.ms)),
                    h("span", { class: "sub" }, ` ${percent(each.share)}`),
                ),
            ),
        ),
    );
}

function functions(data) {
    const whole = data.critical_path?.ms ?? 0;
    return table({
        caption: "Time and cost by function",
        rows: data.functions ?? [],
        key: (row) => row.function,
        columns: [
            {
                id: "name",
                label: "Function",
                align: "left",
                cell: (row) => nameText(row.function, 40),
            },
            { id: "invocations", label: "Invocations", cell: (row) => count(row.invocations) },
            { id: "busy", label: "Busy", cell: (row) => duration(row.busy_ms) },
            {
                id: "critical",
                label: "On the critical path",
                cell: (row) => [
                    duration(row.critical_ms),
                    whole > 0
                        ? h("span", { class: "sub" }, ` ${percent(row.critical_ms / whole)}`)
                        : null,
                ],
            },
            { id: "billed", label: "Billed", cell: (row) => duration(row.billed_ms) },
            { id: "cost", label: "Cost", cell: (row) => moneyText(row.cost_share) },
        ],
    });
}

/**
 * @param {object} data The answer of GET transactions/{id}.
 * @returns {HTMLElement | null} null: it has no path.
 */
export function timeSpent(data) {
    const path = pathLength(data);
    if (path === null) {
        return null;
    }
    return h(
        "section",
        { class: "panel timeSpent", "aria-label": "Where the time went" },
        h(
            "header",
            { class: "panelHead" },
            h("h2", {}, "Where the time went"),
            h(
                "div",
                { class: "panelNote" },
                `critical path ${duration(path.ms)}, ${duration(path.ownMs)} of it in spans`,
            ),
        ),
        waited(data),
        functions(data),
    );
}
