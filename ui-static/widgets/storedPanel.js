/**
 * What the collector keeps of each function, and its room on the disk.  All of it is counted for it,
 * so it is asked for when somebody opens it.
 */

import { bytes, count, percent, plural } from "../format.js";
import { h } from "../h.js";
import { link } from "../state.js";
import { nameText } from "./common.js";
import { laterPanel } from "./laterPanel.js";
import { emptyState } from "./panel.js";
import { table } from "./table.js";

const shownMax = 200;

function listed(state, answer) {
    const all = answer.functions ?? [];
    if (all.length === 0) {
        return emptyState("Nothing is kept yet", "Spans and lines are counted as soon as they come.");
    }
    const others = Math.max(0, (answer.disk_bytes ?? 0) - answer.bytes);
    const more = all.length - shownMax;
    return [
        answer.partial ? h("p", { class: "sub" }, `Not all of it was counted: ${answer.partial.reason}.`) : null,
        table({
            columns: [
                {
                    id: "function",
                    label: "Function",
                    align: "left",
                    cell: (row) =>
                        h("a", { href: link(state, "function", row.function) }, nameText(row.function, 60)),
                },
                { id: "spans", label: "Spans", cell: (row) => count(row.spans) },
                { id: "lines", label: "Lines", cell: (row) => count(row.lines) },
                { id: "bytes", label: "On the disk", cell: (row) => bytes(row.bytes) },
                {
                    id: "share",
                    label: "Share",
                    minor: true,
                    cell: (row) => percent(answer.bytes > 0 ? row.bytes / answer.bytes : null),
                },
            ],
            rows: all.slice(0, shownMax),
            key: (row) => row.function,
            caption: "What is kept of each function",
        }),
        h(
            "p",
            { class: "sub" },
            `${bytes(answer.bytes)} in all, and ${bytes(others)} that belong to no function alone, such as indexes.`,
            more > 0 ? ` ${plural(more, "function")} with less not shown.` : null,
        ),
    ];
}

/**
 * @param {object} state
 * @param {AbortSignal} signal
 * @returns {HTMLElement}
 */
export function storedPanel(state, signal) {
    return laterPanel({
        name: "stored",
        title: "Kept of each function",
        note: "spans, lines and their room on the disk",
        path: ["stored"],
        render: (answer) => listed(state, answer),
        signal,
    });
}
