/**
 * The lanes of a function as a panel: what is shown, and what is left out.
 */

import { plural } from "../format.js";
import { h } from "../h.js";
import { lanesRange } from "../model/lanes.js";
import { change, link, rangeChanges } from "../state.js";
import { resolveRange } from "../time.js";
import { lanesLegend, lanesView } from "./lanes.js";
import { emptyState, panel } from "./panel.js";

/**
 * @param {object} state
 * @param {object} feed Of GET instances.
 * @param {AbortSignal} signal
 * @returns {HTMLElement}
 */
export function lanesPanel(state, feed, signal) {
    let controller = null;
    return panel({
        feed,
        title: "Instances",
        name: "flush",
        lines: 6,
        note: lanesLegend(),
        empty: (data) =>
            (data.instances ?? []).length > 0
                ? null
                : emptyState(
                      "No instance has lived in this time",
                      "An instance appears with its first init. Logs that were exported without " +
                          "the names of their streams do not tell which instances there were.",
                  ),
        render: (data) => {
            controller?.abort();
            controller = new AbortController();
            signal.addEventListener("abort", () => controller.abort(), { once: true });
            const asked = resolveRange(state.range, Date.now());
            const range = lanesRange(data.instances, asked.fromMs, asked.toMs);
            const view = lanesView(
                data.instances,
                {
                    fromMs: range.fromMs,
                    toMs: range.toMs,
                    nowMs: Date.now(),
                    href: (invocation) =>
                        link(
                            state,
                            "transaction",
                            invocation.transaction ?? invocation.request_id,
                            { sel: invocation.transaction ? `i:${invocation.request_id}` : null },
                        ),
                    rangeHref: (from, to) =>
                        change(state, rangeChanges({ from: from - 500, to: to + 500 })),
                },
                controller.signal,
            );
            const said = data.truncated
                ? `The newest ${plural(data.instances.length, "instance")}; older ones are left out.`
                : `${plural(data.instances.length, "instance")}, newest first.`;
            return [
                view,
                h(
                    "p",
                    { class: "panelFoot sub" },
                    said,
                    range.narrowed ? " The axis begins with the first of them." : "",
                    " Arrow keys walk, Enter opens the transaction.",
                ),
            ];
        },
    });
}
