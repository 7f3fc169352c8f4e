/**
 * Cold starts of one function: how often, how long, why, and the slowest.
 */

import { count, duration, percent } from "../format.js";
import { h } from "../h.js";
import { icon } from "../icons.js";
import { link } from "../state.js";
import { factList, moment } from "./common.js";
import { table } from "./table.js";

const causes = {
    first: "first ever",
    scale_out: "scale-out",
    after_idle: "after idle end",
    after_failure: "after a failure",
    unknown: "cause unknown",
};

function boundName(bounds, i) {
    if (i === 0) {
        return `≤ ${duration(bounds[0])}`;
    }
    return i < bounds.length
        ? `${duration(bounds[i - 1])} – ${duration(bounds[i])}`
        : `> ${duration(bounds.at(-1))}`;
}

/** Buckets between the first and the last that hold anything. */
function histogram(data) {
    const bounds = data?.bounds_ms ?? [];
    const counts = data?.counts ?? [];
    const first = counts.findIndex((each) => each > 0);
    if (first < 0) {
        return null;
    }
    const last = counts.findLastIndex((each) => each > 0);
    const from = Math.max(0, Math.min(first - 1, counts.length - 6));
    const to = Math.min(counts.length - 1, Math.max(last + 1, from + 5));
    const most = Math.max(...counts);
    const bars = [];
    for (let i = from; i <= to; i++) {
        bars.push(
            h(
                "li",
                { class: "histogramBar", title: `${boundName(bounds, i)}: ${count(counts[i])}` },
                h("span", { class: "histogramCount" }, counts[i] > 0 ? count(counts[i]) : ""),
                h("span", {
                    class: "histogramFill",
                    css: { height: `${(counts[i] / most) * 100}%` },
                }),
                h(
                    "span",
                    { class: "histogramName" },
                    i < bounds.length ? `≤ ${duration(bounds[i])}` : "more",
                ),
            ),
        );
    }
    return h(
        "figure",
        { class: "histogram" },
        h("figcaption", {}, "Init duration, number of inits"),
        h("ol", {}, bars),
    );
}

/** Whom they kept waiting, where the triggers tell: nothing is guessed. */
function callerFact(by) {
    if (!by || by.waiting + by.nobody === 0) {
        return null;
    }
    const words = [
        [by.waiting, "a caller"],
        [by.nobody, "a queue, stream or schedule"],
        [by.unknown, "unknown"],
    ];
    return [
        "Waiting was",
        words
            .filter(([some]) => some > 0)
            .map(([some, what]) => `${what}: ${count(some)}`)
            .join(", "),
        "who waited for the init, by the trigger",
    ];
}

/**
 * @param {object} state
 * @param {object} data The answer of GET coldstarts.
 * @returns {HTMLElement}
 */
export function coldStartsView(state, data) {
    const slowest = (data.slowest ?? []).slice(0, 8);
    return h(
        "div",
        { class: "coldStarts" },
        h(
            "div",
            {},
            factList([
                [
                    "Rate",
                    h("span", { class: "coldText" }, icon("cold"), percent(data.rate)),
                    "of invocations waited for an init",
                ],
                ["Cold starts", `${count(data.cold_starts)} of ${count(data.invocations)}`],
                callerFact(data.cold_starts_by_caller),
                [
                    "Waited in all",
                    duration(data.wait_ms_total),
                    "the sum of the inits that requests waited for",
                ],
                [
                    "Proactive",
                    count(data.proactive),
                    "inits that nobody waited for; not in the rate",
                ],
                ["Init p50", duration(data.init_ms?.p50)],
                ["Init p95", duration(data.init_ms?.p95)],
                ["Init p99", duration(data.init_ms?.p99)],
                ["Slowest", duration(data.init_ms?.max)],
            ]),
            histogram(data.histogram),
        ),
        slowest.length === 0
            ? null
            : h(
                  "div",
                  { class: "slowest" },
                  h("h3", {}, "Slowest inits"),
                  table({
                      caption: "Slowest inits",
                      rows: slowest,
                      key: (row) => row.request_id ?? String(row.start),
                      columns: [
                          {
                              id: "init",
                              label: "Init",
                              align: "left",
                              cell: (row) =>
                                  h(
                                      "a",
                                      {
                                          class: "coldText strong",
                                          "data-primary": "",
                                          href: link(
                                              state,
                                              "transaction",
                                              row.transaction ?? row.request_id ?? "",
                                          ),
                                      },
                                      icon("cold"),
                                      duration(row.init_ms),
                                  ),
                          },
                          {
                              id: "cause",
                              label: "Cause",
                              align: "left",
                              cell: (row) => causes[row.cause] ?? row.cause ?? "cause unknown",
                          },
                          {
                              id: "start",
                              label: "When",
                              cell: (row) => moment(row.start, { relative: true }),
                          },
                      ],
                  }),
              ),
    );
}
