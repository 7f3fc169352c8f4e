/**
 * The answer of a preview: for each rule a sentence, the value beside its threshold, when each alert was in which
 * state, and a list of what fired.
 */

import { compact, dateTime, duration, plural, visible } from "../format.js";
import { h } from "../h.js";
import { icon } from "../icons.js";
import { chartOf, firingsOf, labelWords, notesOf, spansOf } from "../model/preview.js";
import { nsToMs } from "../time.js";
import { chart, looks } from "./chart.js";
import { nameText } from "./common.js";
import { table } from "./table.js";

/** Series that a reader tells apart, alerts with a line of their own, and firings in the list. */
const seriesMax = 6;
const lanesMax = 40;
const firingsMax = 100;

const stateWords = { firing: "fires", pending: "pending", no_data: "no data" };

function value(number) {
    return number === null || number === undefined ? "–" : compact(number);
}

/* ---- The chart. ---- */

function drawn(rule, fromMs, toMs, signal) {
    const { seconds, columns, threshold, more } = chartOf(rule, seriesMax);
    if (columns.length === 0) {
        return h("p", { class: "sub" }, "The expression has no value anywhere in this time.");
    }
    const compared =
        threshold === null
            ? []
            : [
                  {
                      label: "threshold",
                      layer: threshold,
                      values: threshold,
                      shape: "line",
                      colour: "--bad",
                      dash: [6, 3],
                      thick: true,
                  },
              ];
    const lines = looks.filter((look) => look.colour !== "--bad");
    return [
        chart(
            {
                title: rule.chart?.compares ? "What it compares" : "Its value",
                hint: rule.chart?.above ? "The highest value of each step" : "The lowest value of each step",
                seconds,
                fromMs,
                toMs,
                least: 0,
                format: value,
                series: [
                    ...columns.map((column, i) => ({
                        label: visible(column.label).slice(0, 60),
                        layer: column.values,
                        values: column.values,
                        shape: "line",
                        ...lines[i % lines.length],
                    })),
                    ...compared,
                ],
                onRange: () => {},
                onStep: () => {},
            },
            signal,
        ),
        more > 0 ? h("p", { class: "sub" }, `${plural(more, "more series", "more series")} are not drawn.`) : null,
    ];
}

/* ---- When. ---- */

function spanTitle(span) {
    const until = span.open ? "and still" : `until ${dateTime(span.toMs)}`;
    return `${stateWords[span.state] ?? span.state} from ${dateTime(span.fromMs)} ${until}, value ${value(span.value)}`;
}

function laneOf(alert, fromMs, toMs) {
    const spans = spansOf(alert, fromMs, toMs);
    return h(
        "li",
        { class: "previewLane" },
        h("span", { class: "previewLaneName" }, nameText(labelWords(alert.labels), 60)),
        h(
            "span",
            {
                class: "previewTrack",
                role: "img",
                "aria-label": `${labelWords(alert.labels)}: fired ${plural(alert.fired, "time")}`,
            },
            spans.map((span) =>
                h("span", {
                    class: "previewSpan",
                    "data-state": span.state,
                    title: spanTitle(span),
                    css: {
                        "--left": `${(span.left * 100).toFixed(3)}%`,
                        "--width": `${(span.width * 100).toFixed(3)}%`,
                    },
                }),
            ),
        ),
    );
}

function lanes(rule, fromMs, toMs) {
    const alerts = rule.alerts ?? [];
    if (alerts.length === 0) {
        return null;
    }
    return h(
        "div",
        { class: "previewLanes" },
        h("ul", {}, alerts.slice(0, lanesMax).map((alert) => laneOf(alert, fromMs, toMs))),
        h(
            "p",
            { class: "previewAxis sub" },
            h("span", {}, dateTime(fromMs)),
            h("span", { class: "previewKey" },
                ["firing", "pending", "no_data"].map((state) => [
                    h("span", { class: "previewSwatch", "data-state": state }),
                    stateWords[state],
                    " ",
                ]),
            ),
            h("span", {}, dateTime(toMs)),
        ),
        alerts.length > lanesMax
            ? h("p", { class: "sub" }, `${plural(alerts.length - lanesMax, "more alert")} ${alerts.length - lanesMax === 1 ? "is" : "are"} not shown.`)
            : null,
    );
}

function firings(rule, toMs) {
    const rows = firingsOf(rule, toMs);
    if (rows.length === 0) {
        return null;
    }
    return h(
        "details",
        { class: "previewFirings" },
        h("summary", {}, plural(rows.length, "firing")),
        table({
            columns: [
                { id: "from", label: "Fires", align: "left", cell: (row) => dateTime(row.fromMs) },
                { id: "for", label: "For", cell: (row) => (row.open ? "still" : duration(row.toMs - row.fromMs)) },
                { id: "value", label: "Value", cell: (row) => value(row.value) },
                { id: "alert", label: "Alert", align: "left", cell: (row) => nameText(labelWords(row.labels), 80) },
            ],
            rows: rows.slice(0, firingsMax),
            key: (row) => `${row.fingerprint}-${row.fromMs}`,
            caption: "What would have fired",
        }),
        rows.length > firingsMax ? h("p", { class: "sub" }, `The latest ${firingsMax}.`) : null,
    );
}

/* ---- In words. ---- */

function sentence(rule) {
    if (rule.kind === "record") {
        return "It records, and alerts of nothing.";
    }
    const alerts = (rule.alerts ?? []).filter((alert) => alert.fired > 0).length;
    return rule.fired > 0
        ? `It would have fired ${plural(rule.fired, "time")}, ${plural(alerts, "alert")}.`
        : "It would not have fired.";
}

function ruleResult(rule, fromMs, toMs, signal) {
    return h(
        "article",
        { class: "previewRule", "data-fired": rule.fired > 0 ? "" : null },
        h("h3", {}, nameText(rule.name, 120)),
        h(
            "p",
            { class: "previewSentence" },
            h("strong", {}, sentence(rule)),
            h("span", { class: "sub" }, ` Evaluated ${plural(rule.evaluations, "time")}, every ${duration(rule.step_s * 1000)}.`),
        ),
        rule.failures > 0
            ? h(
                  "p",
                  { class: "bad" },
                  icon("error"),
                  ` ${plural(rule.failures, "evaluation")} failed: `,
                  visible(rule.error).slice(0, 400),
              )
            : null,
        drawn(rule, fromMs, toMs, signal),
        lanes(rule, fromMs, toMs),
        firings(rule, toMs),
    );
}

function messages(answer) {
    const told = (answer.messages ?? []).filter((each) => each.messages + each.resolved > 0);
    return told.length === 0
        ? null
        : h(
              "ul",
              { class: "previewMessages" },
              told.map((each) =>
                  h(
                      "li",
                      {},
                      nameText(each.receiver, 60),
                      ` would have been told ${plural(each.messages, "time")}, and ${plural(each.resolved, "time")} that it is over.`,
                  ),
              ),
          );
}

function note(each) {
    if (each.kind === "partial") {
        return h("li", { class: "previewPartial" }, icon("warning"), " Not all of it: ", visible(each.text), ".");
    }
    return each.kind === "missing"
        ? h("li", {}, "There is no data of ", h("code", {}, visible(each.metric).slice(0, 200)), " in this time.")
        : h("li", {}, "Data of ", h("code", {}, visible(each.metric).slice(0, 200)), ` begins ${dateTime(each.atMs)}.`);
}

/**
 * @param {object} answer Of POST rules/preview.
 * @param {AbortSignal} signal
 * @returns {any}
 */
export function previewResult(answer, signal) {
    const fromMs = nsToMs(answer.from);
    const toMs = nsToMs(answer.to);
    const notes = notesOf(answer);
    return [
        messages(answer),
        notes.length > 0 ? h("ul", { class: "previewNotes" }, notes.slice(0, 20).map(note)) : null,
        (answer.rules ?? []).map((rule) => ruleResult(rule, fromMs, toMs, signal)),
    ];
}
