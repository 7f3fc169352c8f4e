/**
 * Time series on a canvas, by uPlot.  Drag to take a closer look (that changes the time range),
 * click to see the transactions of that step.
 */

import uPlot from "/vendor/uplot/uPlot.esm.js";

import { axisTime, dateTime } from "../format.js";
import { h, replace } from "../h.js";
import { marksIn } from "../model/deploys.js";

/** Colours and dashes, so that lines are told apart without their hue. */
export const looks = [
    { colour: "--mark" },
    { colour: "--bad", dash: [6, 3] },
    { colour: "--good", dash: [2, 3] },
    { colour: "--near", dash: [8, 3, 2, 3] },
    { colour: "--cold", dash: [4, 4] },
    { colour: "--text" },
    { colour: "--focus", dash: [10, 4] },
    { colour: "--idle", dash: [1, 4] },
];

/** Resolve custom properties to colours: a canvas cannot. */
function colour(name) {
    const probe = h("span", { css: { color: `var(${name})`, display: "none" } });
    document.body.append(probe);
    const value = getComputedStyle(probe).color;
    probe.remove();
    return value;
}

/** Stripes, so that a timeout is told from an error without its hue. */
function stripes(context, foreground, background) {
    const tile = document.createElement("canvas");
    tile.width = 6;
    tile.height = 6;
    const pen = tile.getContext("2d");
    pen.fillStyle = background;
    pen.fillRect(0, 0, 6, 6);
    pen.strokeStyle = foreground;
    pen.lineWidth = 1.6;
    pen.beginPath();
    for (const shift of [-6, 0, 6]) {
        pen.moveTo(shift, 6);
        pen.lineTo(shift + 6, 0);
    }
    pen.stroke();
    return context.createPattern(tile, "repeat");
}

function seriesOptions(series, colours) {
    const stroke = colours[series.colour];
    const base = { label: series.label, scale: "y", spanGaps: false, points: { show: false } };
    if (series.shape === "bars") {
        const fill = series.striped
            ? (chart) => stripes(chart.ctx, stroke, colours["--surface"])
            : stroke;
        return {
            ...base,
            stroke,
            width: 0,
            fill,
            paths: uPlot.paths.bars({ size: [0.8, 24], align: 1 }),
        };
    }
    return {
        ...base,
        stroke,
        width: series.thick ? 2 : 1.5,
        dash: series.dash ?? [],
        points: {
            show: (chart, index, from, to) => to - from < 3 || lonely(chart.data[index]),
            size: 4,
            fill: stroke,
        },
    };
}

/** Whether a line has a point without neighbours, which would not be seen. */
function lonely(values) {
    return values.some(
        (value, i) =>
            value !== null && (values[i - 1] ?? null) === null && (values[i + 1] ?? null) === null,
    );
}

/** Lines from top to bottom, with a flag: something changed then. */
function drawMarks(chart, options, colours) {
    const { ctx: pen, bbox } = chart;
    pen.save();
    pen.strokeStyle = colours["--mark"];
    pen.fillStyle = colours["--mark"];
    pen.lineWidth = devicePixelRatio;
    pen.setLineDash([4 * devicePixelRatio, 3 * devicePixelRatio]);
    for (const mark of options.marks?.() ?? []) {
        const x = Math.round(chart.valToPos(mark.atMs / 1000, "x", true));
        if (x < bbox.left || x > bbox.left + bbox.width) {
            continue;
        }
        pen.beginPath();
        pen.moveTo(x, bbox.top);
        pen.lineTo(x, bbox.top + bbox.height);
        pen.stroke();
        pen.beginPath();
        pen.moveTo(x, bbox.top);
        pen.lineTo(x + 7 * devicePixelRatio, bbox.top + 4 * devicePixelRatio);
        pen.lineTo(x, bbox.top + 8 * devicePixelRatio);
        pen.fill();
    }
    pen.restore();
}

/** The marks of the step that is pointed at. */
function marksAt(options, chart, at) {
    const from = chart.data[0][at] * 1000;
    const to = at + 1 < chart.data[0].length ? chart.data[0][at + 1] * 1000 : Infinity;
    return marksIn(options.marks?.() ?? [], from, to);
}

function readout(legend, options, chart) {
    const at = chart.cursor.idx;
    const shown = at === null || at === undefined;
    legend.dataset.cursor = String(!shown);
    replace(
        legend,
        shown ? null : h("span", { class: "legendTime" }, dateTime(chart.data[0][at] * 1000)),
        shown
            ? null
            : marksAt(options, chart, at).map((mark) =>
                  h("span", { class: "legendMark" }, mark.label),
              ),
        options.series.map((series) =>
            h(
                "span",
                { class: "legendItem" },
                h("span", {
                    class: "swatch",
                    "data-shape": series.shape,
                    "data-striped": series.striped ? "" : null,
                    "data-dash": series.dash ? "" : null,
                    css: { "--swatch": `var(${series.colour})` },
                }),
                series.label,
                shown
                    ? null
                    : h(
                          "strong",
                          {},
                          ` ${options.format((series.values ?? chart.data[options.series.indexOf(series) + 1])[at] ?? null)}`,
                      ),
            ),
        ),
    );
}

function describe(options) {
    const parts = options.series.map((series) => {
        const values = (series.values ?? []).filter((value) => value !== null);
        return values.length === 0
            ? `${series.label}: no data`
            : `${series.label}: highest ${options.format(Math.max(...values))}`;
    });
    const marks = (options.marks?.() ?? []).map((mark) => mark.label);
    return [`${options.title}. ${parts.join("; ")}.`, ...marks].join(" ");
}

/** The range of the axis: the one asked for, and the whole of the step that it begins in. */
function wholeSteps(options) {
    const first = options.seconds[0] ?? Infinity;
    return [Math.min(options.fromMs / 1000, first), options.toMs / 1000];
}

function build(options, colours, size, hooks) {
    const axis = {
        stroke: colours["--text-3"],
        font: "11px Inter, system-ui, sans-serif",
        ticks: { show: false },
    };
    return {
        ...size,
        padding: [8, 8, 0, 0],
        legend: { show: false },
        cursor: { y: false, points: { size: 6 }, drag: { x: true, y: false, setScale: false } },
        select: { show: true },
        scales: {
            x: { time: true, range: () => wholeSteps(options) },
            y: { range: (chart, min, max) => [0, Math.max(options.least ?? 1, (max ?? 0) * 1.12)] },
        },
        axes: [
            {
                ...axis,
                grid: { show: false },
                space: 70,
                size: 26,
                border: { show: true, stroke: colours["--line"], width: 1 },
                values: (chart, splits, index, space, step) =>
                    splits.map((at) => axisTime(at * 1000, step * 1000)),
            },
            {
                ...axis,
                grid: { stroke: colours["--line-soft"], width: 1 },
                space: 34,
                size: 58,
                gap: 6,
                incrs: options.whole
                    ? [
                          1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 1e4, 2e4, 5e4, 1e5,
                          1e6,
                      ]
                    : undefined,
                values: (chart, splits) => splits.map((value) => options.format(value)),
            },
        ],
        series: [{}, ...options.series.map((series) => seriesOptions(series, colours))],
        hooks,
    };
}

/**
 * A chart with its title and legend.
 * @param {object} options
 * @param {string} options.title
 * @param {string | null} [options.hint] Shown when one points at the title.
 * @param {number[]} options.seconds
 * @param {{label: string, layer: (number|null)[], values?: (number|null)[], colour: string,
 *          shape: "bars" | "line", striped?: boolean, dash?: number[], thick?: boolean}[]} options.series
 *          layer is what is drawn (bars lie over each other, the tallest first), values what is read out.
 * @param {(value: number | null) => string} options.format
 * @param {number} options.fromMs
 * @param {number} options.toMs
 * @param {(fromMs: number, toMs: number) => void} options.onRange
 * @param {(atMs: number) => void} options.onStep
 * @param {() => {atMs: number, label: string}[]} [options.marks] Asked whenever it is drawn; the event
 *          thaw:marks at the element says that there are others.
 * @param {AbortSignal} signal
 * @returns {HTMLElement}
 */
export function chart(options, signal) {
    const plot = h("div", { class: "plot", role: "img", "aria-label": describe(options) });
    const legend = h("div", { class: "legend", "aria-hidden": "true" });
    const element = h(
        "figure",
        { class: "chart" },
        h("figcaption", {}, h("h3", { title: options.hint ?? null }, options.title), legend),
        plot,
    );
    let made = null;
    const make = () => {
        const names = new Set([
            "--surface",
            "--text-3",
            "--line",
            "--line-soft",
            "--mark",
            ...options.series.map((series) => series.colour),
        ]);
        const colours = Object.fromEntries([...names].map((name) => [name, colour(name)]));
        const size = { width: Math.max(120, plot.clientWidth), height: 190 };
        const hooks = {
            setCursor: [(chart) => readout(legend, options, chart)],
            setSelect: [(chart) => select(chart, options)],
            draw: [(chart) => drawMarks(chart, options, colours)],
        };
        made?.destroy();
        made = new uPlot(
            build(options, colours, size, hooks),
            [options.seconds, ...options.series.map((series) => series.layer)],
            plot,
        );
        made.over.addEventListener("click", () => {
            const at = made.cursor.idx;
            if (at !== null && at !== undefined) {
                options.onStep(options.seconds[at] * 1000);
            }
        });
        readout(legend, options, made);
    };
    const observer = new ResizeObserver(() => {
        if (made === null) {
            make();
        } else if (plot.clientWidth > 0 && made.width !== plot.clientWidth) {
            made.setSize({ width: plot.clientWidth, height: 190 });
        }
    });
    observer.observe(plot);
    element.addEventListener("thaw:marks", () => {
        plot.setAttribute("aria-label", describe(options));
        made?.redraw(false);
    });
    const remake = () => made && make();
    window.addEventListener("thaw:theme", remake, { signal });
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", remake, { signal });
    signal.addEventListener("abort", () => {
        observer.disconnect();
        made?.destroy();
    });
    return element;
}

function select(chart, options) {
    const { left, width } = chart.select;
    if (width < 6) {
        return;
    }
    const from = chart.posToVal(left, "x") * 1000;
    const to = chart.posToVal(left + width, "x") * 1000;
    chart.setSelect({ left: 0, width: 0, top: 0, height: 0 }, false);
    if (to - from >= 1000) {
        options.onRange(from, to);
    }
}
