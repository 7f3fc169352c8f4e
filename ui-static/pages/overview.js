/**
 * The first screen: is anything broken, who waits, what does it cost.
 */

import { get } from "../api.js";
import { compact, count, duration, money, percent, plural, visible } from "../format.js";
import { h, replace } from "../h.js";
import { icon } from "../icons.js";
import { waitingTotals } from "../model/agents.js";
import { markShares, marksOf } from "../model/deploys.js";
import { defaultSort, totals } from "../model/functions.js";
import { changeOf, longSeries, seriesTotals, shares } from "../model/series.js";
import { elsewhen, onlyLogs, untold } from "../model/sources.js";
import { change, link } from "../state.js";
import { nsToMs, presets, resolveRange } from "../time.js";
import { alertLine } from "../widgets/alertLine.js";
import { ask } from "../widgets/ask.js";
import { moment } from "../widgets/common.js";
import { deployLine } from "../widgets/deployLine.js";
import { elsewhenLine, newestLink } from "../widgets/elsewhen.js";
import { createFeed } from "../widgets/feed.js";
import { functionTable } from "../widgets/functionTable.js";
import { emptyState, panel, skeleton } from "../widgets/panel.js";
import { tile } from "../widgets/tiles.js";

/** So many invocations the time before must have had to be compared with. */
const comparableMin = 50;

/** The same length of time, just before the one that is shown. */
function askBefore(state, signal) {
    const load = (using) => {
        const { fromMs, toMs } = resolveRange(state.range, Date.now());
        const minute = 60_000;
        return get(
            ["series"],
            {
                from: Math.floor((2 * fromMs - toMs) / minute) * minute,
                to: Math.floor(fromMs / minute) * minute,
            },
            using,
        );
    };
    return createFeed(load, { signal, everyMs: state.live ? 60_000 : null });
}

function tileList(state, rows, { series, before, deploys }) {
    const now = totals(rows);
    const logsOnly = rows.length > 0 && rows.every(onlyLogs);
    const over = seriesTotals(series, logsOnly);
    const then = before ? seriesTotals(before) : null;
    const search = (q, more = {}) => link(state, "search", null, { q, ...more });
    const words = `Compared with the ${rangeWords(state)} before`;
    // Against a handful of invocations every comparison would be noise.
    const comparable = then !== null && then.invocations >= comparableMin;
    const compare = (name) => (comparable ? changeOf(over[name], then[name]) : null);
    const logsAlone = rows.some(onlyLogs);
    const cost = now.cost;
    const costValues = (series?.cost ?? []).map(Number);
    const { fromMs, toMs } = resolveRange(state.range, Date.now());
    const marks = markShares(marksOf(deploys?.deploys ?? [], fromMs, toMs), fromMs, toMs);
    return [
        {
            label: "Invocations",
            title: "All invocations, every attempt",
            value: compact(now.invocations),
            href: search(""),
            values: series?.invocations ?? [],
            kind: "plain",
            change: compare("invocations"),
        },
        {
            label: "Error rate",
            title: "Errors and timeouts of all invocations",
            value: percent(now.errorRate),
            note: now.errors > 0 ? `${count(now.errors)} failed` : "none failed",
            href: search("errors"),
            values: shares(series, "errors", "invocations"),
            kind: "bad",
            alarming: now.errors > 0,
            change: compare("errorRate"),
        },
        {
            label: over.long === "duration" ? "Duration p95" : "Wait p95",
            title:
                over.long === "duration" || (over.waitP95Worst === null && logsAlone)
                    ? untold.wait
                    : "What callers waited, placement and download not included: the worst " +
                      "step of the range",
            value: duration(over.waitP95Worst),
            note:
                over.waitP95Last !== null
                    ? `worst step, now ${duration(over.waitP95Last)}`
                    : logsAlone
                      ? "not told by logs"
                      : null,
            href: search("", { order: "elapsed" }),
            values: longSeries(series, logsOnly).p95,
            kind: "plain",
        },
        {
            label: "Cold starts",
            title: "Invocations that waited for an init; proactive inits are not in it",
            value: percent(now.coldRate),
            note: `${count(now.coldStarts)} waited`,
            href: search("cold"),
            values: shares(series, "cold_starts", "invocations"),
            kind: "cold",
            change: compare("coldRate"),
        },
        {
            label: "Timeouts",
            title: "Invocations that ran into their limit",
            value: compact(now.timeouts),
            href: search("timeouts"),
            values: series?.timeouts ?? [],
            kind: "bad",
            alarming: now.timeouts > 0,
            note: now.timeouts > 0 ? null : "none",
            change: compare("timeouts"),
        },
        {
            label: "Cost",
            title: cost ? `${cost.amount} ${cost.currency}, before any free tier` : "Not known",
            value: money(cost),
            note: cost?.assumed ? "gross, some prices assumed" : "gross",
            href: search("", { order: "cost" }),
            values: costValues,
            kind: "plain",
            change: comparable ? changeOf(Number(over.cost), Number(then.cost)) : null,
        },
    ].map((each) => tile({ ...each, before: words, marks }));
}

function rangeWords(state) {
    return state.range.preset === undefined
        ? "time"
        : presets.find((each) => each.id === state.range.preset).name.replace(/^Last /, "");
}

function tilesPanel(state, feeds) {
    const element = h(
        "section",
        { class: "tiles", "aria-label": "Key figures" },
        Array.from({ length: 6 }, () => h("div", { class: "tile" }, skeleton(2))),
    );
    const seen = { functions: null, series: null, before: null, deploys: null };
    const update = () => {
        if (seen.functions !== null) {
            replace(
                element,
                tileList(state, seen.functions.functions ?? [], seen),
            );
        }
    };
    for (const name of Object.keys(seen)) {
        feeds[name].subscribe((feed) => {
            if (feed.phase === "data") {
                seen[name] = feed.data;
                update();
            }
            // The table below says what failed; tiles without figures would only repeat it.
            if (name === "functions") {
                element.hidden =
                    feed.phase === "error" ||
                    (feed.phase === "data" && (feed.data.functions ?? []).length === 0);
            }
        });
    }
    return element;
}

/** How to begin: with logs that are there already, with the agent, with the sample. */
function beginnings() {
    return [
        h(
            "span",
            { class: "beginning" },
            "Without an agent: read the logs that your functions have written, ",
            h("code", {}, "aws logs filter-log-events --log-group-name /aws/lambda/NAME > FILE"),
            ", then ",
            h("code", {}, `thaw --endpoint ${location.origin} import FILE`),
            ". Exports of the console, of S3 and of Logs Insights do as well.",
        ),
        h(
            "span",
            { class: "beginning" },
            "With the agent: put it into a function and set ",
            h("code", {}, "THAW_ENDPOINT"),
            " to ",
            h("code", {}, location.origin),
            ".",
        ),
        h(
            "span",
            { class: "beginning" },
            "Or start the sample with ",
            h("code", {}, "./dev run"),
            ".",
        ),
    ];
}

function functionsEmpty(state, all) {
    const newest = newestLink(state, all);
    if (newest !== null) {
        return emptyState(
            "No function has reported in this time",
            "There is data of another time: what was imported keeps its own.",
            newest,
            h("a", { class: "button", href: link(state, "status") }, "What has arrived"),
        );
    }
    return emptyState(
        "No function has reported in this time",
        beginnings(),
        state.range.preset === "7d"
            ? null
            : h(
                  "a",
                  { class: "button", href: change(state, { range: "7d", from: null, to: null }) },
                  "Look at the last 7 days",
              ),
        h("a", { class: "button", href: link(state, "status") }, "What has arrived"),
    );
}

function attention(state, feed) {
    const open = (data) =>
        (data.alerts ?? [])
            .filter((each) => each.state === "firing" || each.state === "pending")
            .sort(
                (left, right) =>
                    (left.state === "firing" ? 0 : 1) - (right.state === "firing" ? 0 : 1),
            );
    const evaluated = (data) =>
        nsToMs(data.evaluated_at) === null
            ? "No rule has been evaluated yet."
            : ["Rules were last evaluated ", moment(data.evaluated_at, { relative: true }), "."];
    return panel({
        feed,
        title: "What needs attention",
        name: "attention",
        lines: 2,
        note: h("a", { href: link(state, "alerts") }, "All alerts"),
        empty: (data) =>
            open(data).length > 0
                ? null
                : h(
                      "p",
                      { class: "allGood", "data-state": "empty" },
                      icon("ok"),
                      h("span", {}, h("strong", {}, "Nothing. "), evaluated(data)),
                  ),
        render: (data) =>
            h(
                "ul",
                { class: "alertLines" },
                open(data).map((each) => alertLine(state, each)),
            ),
    });
}

function coverage(state, feed) {
    const fact = (value, words) =>
        h("span", { class: "coverageFact" }, h("strong", {}, value), ` ${words}`);
    return panel({
        feed,
        name: "coverage",
        lines: 1,
        render: (data) => {
            const functions = data.functions ?? {};
            const silent = functions.silent_24h ?? null;
            const waiting = waitingTotals([data.agents?.waiting]);
            return h(
                "a",
                { class: "coverageFacts", href: link(state, "status") },
                fact(
                    count(functions.seen ?? null),
                    functions.seen === 1 ? "function seen" : "functions seen",
                ),
                fact(count(functions.with_agent ?? null), "with agent"),
                h(
                    "span",
                    { class: "coverageFact", "data-near": silent > 0 ? "" : null },
                    silent > 0 ? icon("warning") : null,
                    h("strong", {}, count(silent)),
                    " silent > 24 h",
                ),
                fact(
                    count(data.agents?.instances_alive ?? null),
                    data.agents?.instances_alive === 1 ? "instance alive" : "instances alive",
                ),
                waiting === null
                    ? null
                    : h(
                          "span",
                          {
                              class: "coverageFact",
                              "data-waiting": "",
                              title: `${waiting.words}; they come with the next invocation of each`,
                          },
                          h("strong", {}, count(waiting.instances)),
                          ` frozen with up to ${plural(waiting.records, "record")} waiting`,
                      ),
                fact(duration(data.ingest?.lag_ms ?? null), "ingest lag"),
                data.accepting === false
                    ? h(
                          "span",
                          { class: "coverageFact bad" },
                          icon("error"),
                          ` not accepting: ${visible(data.reason ?? "reason not known")}`,
                      )
                    : null,
            );
        },
    });
}

/**
 * @param {HTMLElement} root
 * @param {object} state
 * @param {AbortSignal} signal
 */
export function overviewPage(root, state, signal) {
    const feeds = {
        functions: ask(state, signal, ["functions"]),
        series: ask(state, signal, ["series"]),
        before: askBefore(state, signal),
        deploys: ask(state, signal, ["deploys"]),
    };
    const ever = ask(state, signal, ["functions"], {
        ranged: false,
        parameters: () => ({ from: 0 }),
        everyMs: state.live ? 60_000 : null,
    });
    const alerts = ask(state, signal, ["alerts"], { ranged: false });
    const status = ask(state, signal, ["status"], { ranged: false });
    let shown = state;
    let rows = [];
    let all = [];
    const body = h("div", {});
    const empty = h("div", {});
    const draw = () => {
        if (rows.length === 0) {
            replace(empty, functionsEmpty(shown, all));
            return;
        }
        const sort = shown.parameters.get("sort") ?? defaultSort;
        replace(
            body,
            functionTable(shown, rows, sort, (next) =>
                change(shown, { sort: next === defaultSort ? null : next }),
            ),
            elsewhenLine(shown, elsewhen(all, rows)),
        );
    };
    ever.subscribe((now) => {
        if (now.phase === "data") {
            all = now.data.functions ?? [];
            draw();
        }
    });
    const functions = panel({
        feed: feeds.functions,
        title: "Functions",
        name: "functionsPanel flush",
        lines: 6,
        note: h("span", { class: "sub" }, "every number leads to its transactions"),
        empty: (data) => {
            rows = data.functions ?? [];
            draw();
            return rows.length === 0 ? empty : null;
        },
        render: () => body,
    });
    root.append(
        h("h1", { class: "visuallyHidden" }, "Overview"),
        tilesPanel(state, feeds),
        deployLine(state, feeds.deploys),
        attention(state, alerts),
        functions,
        coverage(state, status),
    );
    return (next) => {
        shown = next;
        draw();
    };
}
