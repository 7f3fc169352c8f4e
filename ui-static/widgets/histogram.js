/**
 * How many there were over time, above a list of them.
 */

import { compact, duration, plural } from "../format.js";
import { h } from "../h.js";
import { go } from "../navigate.js";
import { change, rangeChanges } from "../state.js";
import { nsToMs } from "../time.js";
import { chart } from "./chart.js";
import { panel } from "./panel.js";
import { partialNote } from "./queryBox.js";

/**
 * @param {object} state
 * @param {object} feed Over .../histogram.
 * @param {string} what "line"
 * @param {AbortSignal} signal
 * @returns {HTMLElement}
 */
export function histogramPanel(state, feed, what, signal) {
    let shown = null;
    const render = (data) => {
        shown?.abort();
        shown = new AbortController();
        signal.addEventListener("abort", () => shown.abort());
        const times = (data.t ?? []).map((each) => nsToMs(each));
        const step = data.step_ms ?? 1000;
        const errors = data.errors ?? [];
        const all = data.counts ?? [];
        return [
            chart(
                {
                    title: `${plural(data.count ?? 0, what)}, per ${duration(step)}`,
                    hint: "A click shows one bar alone, a drag a part",
                    seconds: times.map((each) => each / 1000),
                    fromMs: times[0] ?? 0,
                    toMs: (times.at(-1) ?? 0) + step,
                    onRange: (from, to) => go(change(state, rangeChanges({ from, to }))),
                    onStep: (at) =>
                        go(change(state, rangeChanges({ from: at, to: at + step }))),
                    whole: true,
                    format: compact,
                    least: 4,
                    series: [
                        {
                            label: "all",
                            layer: all,
                            values: all,
                            colour: "--ok-bar",
                            shape: "bars",
                        },
                        {
                            label: "errors",
                            layer: errors,
                            values: errors,
                            colour: "--bad",
                            shape: "bars",
                        },
                    ],
                },
                shown.signal,
            ),
            data.partial ? h("p", { class: "panelFoot" }, partialNote(data.partial)) : null,
        ];
    };
    return panel({
        feed,
        name: "histogram",
        lines: 3,
        // The list below says what is wrong.
        explain: () => h("p", { class: "sub histogramNone" }, "No counts."),
        empty: (data) =>
            (data.t ?? []).length === 0 || (data.count ?? 0) === 0
                ? h("p", { class: "sub histogramNone" }, `No ${what} in this time.`)
                : null,
        render,
    });
}
