/**
 * How one function did over time: invocations by outcome, the wait, cold starts.
 */

import { compact, duration } from "../format.js";
import { h } from "../h.js";
import { marksOf } from "../model/deploys.js";
import { longSeries, outcomeLayers, seconds } from "../model/series.js";
import { untold } from "../model/sources.js";
import { go } from "../navigate.js";
import { change, link, rangeChanges } from "../state.js";
import { resolveRange } from "../time.js";
import { chart } from "./chart.js";

/**
 * @param {object} state
 * @param {object} series
 * @param {boolean} logs Nothing but log streams tells of it.
 * @param {() => object[]} deploys Those of the time that is shown.
 * @param {AbortSignal} signal
 * @returns {HTMLElement}
 */
export function functionCharts(state, series, logs, deploys, signal) {
    const { fromMs, toMs } = resolveRange(state.range, Date.now());
    const layers = outcomeLayers(series);
    const long = longSeries(series, logs);
    const base = {
        seconds: seconds(series),
        fromMs,
        toMs,
        marks: () => marksOf(deploys(), fromMs, toMs),
        onRange: (from, to) => go(change(state, rangeChanges({ from, to }))),
        onStep: (at) =>
            go(
                link(state, "search", null, {
                    q: `function:${state.id}`,
                    ...rangeChanges({ from: at, to: at + series.step_ms }),
                }),
            ),
    };
    return h(
        "div",
        { class: "charts" },
        chart(
            {
                ...base,
                title: `Invocations per ${duration(series.step_ms)}`,
                whole: true,
                format: compact,
                least: 4,
                series: [
                    {
                        label: "timeout",
                        layer: layers.timeout,
                        values: series.timeouts,
                        colour: "--bad",
                        shape: "bars",
                        striped: true,
                    },
                    {
                        label: "error",
                        layer: layers.error,
                        values: layers.failed,
                        colour: "--bad",
                        shape: "bars",
                    },
                    {
                        label: "ok",
                        layer: layers.ok,
                        values: layers.ok,
                        colour: "--ok-bar",
                        shape: "bars",
                    },
                ],
            },
            signal,
        ),
        chart(
            {
                ...base,
                title: long.what === "wait" ? "Wait of the caller" : "Duration",
                hint: long.what === "wait" ? null : untold.wait,
                format: duration,
                series: [
                    {
                        label: "p99",
                        layer: long.p99,
                        values: long.p99,
                        colour: "--line-p99",
                        shape: "line",
                        dash: [2, 3],
                    },
                    {
                        label: "p95",
                        layer: long.p95,
                        values: long.p95,
                        colour: "--line-p95",
                        shape: "line",
                        dash: [6, 3],
                    },
                    {
                        label: "p50",
                        layer: long.p50,
                        values: long.p50,
                        colour: "--line-p50",
                        shape: "line",
                        thick: true,
                    },
                ],
            },
            signal,
        ),
        chart(
            {
                ...base,
                title: `Cold starts per ${duration(series.step_ms)}`,
                whole: true,
                format: compact,
                least: 4,
                series: [
                    {
                        label: "cold starts",
                        layer: series.cold_starts,
                        values: series.cold_starts,
                        colour: "--cold",
                        shape: "bars",
                    },
                ],
            },
            signal,
        ),
    );
}
