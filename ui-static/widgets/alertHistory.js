/**
 * When alerts were pending and fired: asked for when somebody opens it.
 */

import { dateTime, duration, plural } from "../format.js";
import { h } from "../h.js";
import { labelWords } from "../model/preview.js";
import { nsToMs } from "../time.js";
import { alertState } from "./alertLine.js";
import { nameText } from "./common.js";
import { laterPanel } from "./laterPanel.js";
import { emptyState } from "./panel.js";
import { table } from "./table.js";

const shownMax = 200;

function rowsOf(answer) {
    return (answer.history ?? []).slice(0, shownMax).map((span) => ({
        ...span,
        fromMs: nsToMs(span.from),
        toMs: span.to === null ? null : nsToMs(span.to),
    }));
}

function listed(answer) {
    const rows = rowsOf(answer);
    if (rows.length === 0) {
        return emptyState("No alert was pending or fired", "Not in the last seven days.");
    }
    const more = (answer.history ?? []).length - rows.length + (answer.more ?? 0);
    return [
        table({
            columns: [
                { id: "state", label: "State", align: "left", cell: (row) => alertState(row.state) },
                { id: "from", label: "From", align: "left", cell: (row) => dateTime(row.fromMs) },
                {
                    id: "for",
                    label: "For",
                    cell: (row) => (row.toMs === null ? "still" : duration(row.toMs - row.fromMs)),
                },
                { id: "rule", label: "Rule", align: "left", cell: (row) => nameText(row.rule, 60) },
                {
                    id: "alert",
                    label: "Alert",
                    align: "left",
                    minor: true,
                    cell: (row) => nameText(labelWords(row.labels), 80),
                },
            ],
            rows,
            key: (row) => `${row.state}-${row.from}-${labelWords(row.labels)}`,
            caption: "History of alerts",
        }),
        more > 0 ? h("p", { class: "sub" }, `${plural(more, "older span")} not shown.`) : null,
    ];
}

/**
 * @param {AbortSignal} signal
 * @returns {HTMLElement}
 */
export function alertHistory(signal) {
    return laterPanel({
        name: "alertHistory",
        title: "History",
        note: "when alerts were pending and fired in the last seven days",
        path: ["alerts", "history"],
        render: listed,
        signal,
    });
}
