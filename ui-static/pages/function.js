/**
 * One function: how it does, its instances as lanes, its cold starts, its last transactions.
 */

import { ago, compact, count, duration, megabytes, percent, plural, visible } from "../format.js";
import { h, replace } from "../h.js";
import { icon } from "../icons.js";
import { agentTotals, waitingTotals } from "../model/agents.js";
import { limits, totals } from "../model/functions.js";
import { howLong, onlyLogs, providerName, sourceWords, untold } from "../model/sources.js";
import { change, link } from "../state.js";
import { nsToMs } from "../time.js";
import { agentFacts, unsentTables, waitingLine } from "../widgets/agentCost.js";
import { ask } from "../widgets/ask.js";
import { coldStartsView } from "../widgets/coldStarts.js";
import { factList, madeUpBadge, moneyText, nameText, sourceBadge, valueLink } from "../widgets/common.js";
import { deployLine } from "../widgets/deployLine.js";
import { newestLink } from "../widgets/elsewhen.js";
import { functionCharts } from "../widgets/functionCharts.js";
import { lanesPanel } from "../widgets/lanesPanel.js";
import { emptyState, errorState, panel } from "../widgets/panel.js";
import { transactionTable } from "../widgets/transactionTable.js";

const lanesMax = 300;

function distinct(rows, field, format = (value) => value) {
    const values = [
        ...new Set(
            rows
                .map((row) => row[field])
                .filter((value) => value !== null && value !== undefined && value !== ""),
        ),
    ];
    return values.length === 0 ? null : values.map(format).join(", ");
}

function nothing(state, ever) {
    const newest = newestLink(state, ever);
    return emptyState(
        "Nothing is known of this function in this time",
        newest === null
            ? [
                  "No function named ",
                  nameText(state.id, 80),
                  " has reported. Perhaps the time range is too short.",
              ]
            : "There is data of another time: what was imported keeps its own.",
        newest ??
            h(
                "a",
                { class: "button", href: change(state, { range: "7d", from: null, to: null }) },
                "Look at the last 7 days",
            ),
        h("a", { class: "button", href: link(state, "overview") }, "All functions"),
    );
}

/** What callers waited, or the Duration where only logs tell of it. */
function longFact(rows, href) {
    const single = rows.length === 1 ? howLong(rows[0]) : null;
    const what = rows.every((row) => howLong(row).what === "duration") ? "Duration" : "Wait";
    const unknown = single?.what === "unknown" && onlyLogs(rows[0]);
    return [
        `${what} p50 · p95 · p99`,
        single
            ? valueLink(href, [
                  duration(single.p50),
                  " · ",
                  duration(single.p95),
                  " · ",
                  duration(single.p99),
              ])
            : h("span", { class: "sub" }, "per version, below"),
        what === "Duration" || unknown ? untold.wait : null,
    ];
}

function headerFacts(state, rows) {
    const now = totals(rows);
    const search = (words = "", more = {}) =>
        link(state, "search", null, { q: `function:${state.id}${words}`, ...more });
    const worst = rows.map(limits).sort((a, b) => (b.memory ?? 0) - (a.memory ?? 0))[0];
    const maxMemory = rows.reduce((most, row) => Math.max(most, row.max_memory_mb ?? 0), 0);
    return factList(
        [
            ["Invocations", valueLink(search(), count(now.invocations))],
            [
                "Errors",
                valueLink(
                    search(" errors"),
                    [
                        now.errors > 0 ? icon("error") : null,
                        count(now.errors),
                        h("span", { class: "sub" }, ` ${percent(now.errorRate)}`),
                    ],
                    { class: now.errors > 0 ? "bad" : "" },
                ),
            ],
            [
                "Timeouts",
                valueLink(
                    search(" timeouts"),
                    [now.timeouts > 0 ? icon("timeout") : null, count(now.timeouts)],
                    { class: now.timeouts > 0 ? "bad" : "" },
                ),
            ],
            [
                "Cold starts",
                valueLink(
                    search(" cold"),
                    [
                        icon("cold"),
                        percent(now.coldRate),
                        h("span", { class: "sub" }, ` ${count(now.coldStarts)}`),
                    ],
                    { class: "coldText" },
                ),
            ],
            longFact(rows, search("", { order: "elapsed" })),
            [
                "Memory",
                [
                    worst?.memory >= 0.85 ? icon("warning", "near its limit") : null,
                    `${maxMemory > 0 ? count(maxMemory) : "–"} of ${distinct(rows, "memory_mb", megabytes) ?? "–"}`,
                ],
            ],
            [
                "Billed",
                [
                    duration(now.billedMs),
                    h("span", { class: "sub" }, ` ${compact(now.gbSeconds)} GB-s`),
                ],
            ],
            ["Cost", valueLink(search("", { order: "cost" }), moneyText(now.cost))],
        ],
        "facts headFacts",
    );
}

/** What invokes it, the most frequent first. */
function triggersOf(rows) {
    const counts = new Map();
    for (const each of rows.flatMap((row) => row.triggers ?? [])) {
        if (each.trigger) {
            counts.set(each.trigger, (counts.get(each.trigger) ?? 0) + each.invocations);
        }
    }
    const names = [...counts].sort((a, b) => b[1] - a[1]).map(([name]) => name);
    return names.length === 0 ? null : `by ${names.slice(0, 3).join(", ")}`;
}

function subtitle(rows) {
    const parts = [
        distinct(
            rows.map((row) => ({ provider: providerName(row.provider) })),
            "provider",
        ),
        distinct(rows, "version", (each) => `version ${each}`),
        distinct(rows, "runtime"),
        distinct(rows, "arch"),
        distinct(rows, "memory_mb", megabytes),
        distinct(rows, "timeout_ms", (each) => `timeout ${duration(each)}`),
        distinct(rows, "region"),
        distinct(rows, "agent_version", (each) => `agent ${each}`),
        triggersOf(rows),
    ].filter((each) => each !== null);
    const last = rows.map((row) => nsToMs(row.last_seen)).filter((each) => each !== null);
    if (last.length > 0) {
        parts.push(`last seen ${ago(Math.max(...last), Date.now())}`);
    }
    const badges = new Map(rows.map((row) => [sourceWords(row), sourceBadge(row)]));
    return [
        ...[...badges.values()].filter((badge) => badge !== null),
        ...(rows.some((row) => row.made_up) ? [madeUpBadge()] : []),
        ...parts.map((part) => h("span", { class: "chip" }, nameText(part, 60))),
    ];
}

/** What the agents of the function cost, and what waits in its instances; hidden where none tells.
 *  It is of the same feed as the page's head, which says what goes wrong. */
function agentPanel(feed) {
    const body = h("div", { class: "panelBody" });
    const element = h(
        "section",
        { class: "panel agentCost", hidden: true },
        h("header", { class: "panelHead" }, h("h2", {}, "What the agent costs")),
        body,
    );
    feed.subscribe((now) => {
        if (now.phase !== "data") {
            return;
        }
        const rows = now.data.rows ?? [];
        const agent = agentTotals(rows);
        const waiting = waitingTotals(rows.map((row) => row.waiting));
        const unsent = unsentTables(rows);
        element.hidden = agent === null && waiting === null && unsent === null;
        replace(body, waitingLine(waiting), agentFacts(agent, totals(rows).cost), unsent);
    });
    return element;
}

/**
 * @param {HTMLElement} root
 * @param {object} state
 * @param {AbortSignal} signal
 */
export function functionPage(root, state, signal) {
    const feed = ask(state, signal, ["functions", state.id]);
    const parameters = () => ({ function: state.id });
    const lanes = ask(state, signal, ["instances"], {
        parameters: () => ({ function: state.id, limit: lanesMax }),
    });
    const recent = ask(state, signal, ["transactions"], {
        parameters: () => ({ q: `function:${state.id}`, limit: 15 }),
    });
    const cold = ask(state, signal, ["coldstarts"], { parameters });
    const deployed = ask(state, signal, ["deploys"], { parameters });
    let deploys = [];
    deployed.subscribe((now) => {
        deploys = now.data?.deploys ?? [];
        root.querySelectorAll(".chart").forEach((each) =>
            each.dispatchEvent(new Event("thaw:marks")),
        );
    });
    const ever = ask(state, signal, ["functions"], {
        ranged: false,
        parameters: () => ({ from: 0 }),
        everyMs: null,
    });
    const chips = h("div", { class: "chips" });
    const missing = h("div", {}, nothing(state, []));
    ever.subscribe((now) => {
        if (now.phase === "data") {
            const mine = (now.data.functions ?? []).filter((row) => row.name === state.id);
            missing.replaceChildren(nothing(state, mine));
        }
    });
    let drawing = null;
    feed.subscribe((now) => {
        if (now.phase === "data") {
            chips.replaceChildren(...subtitle(now.data.rows ?? []));
        }
    });
    root.append(
        h(
            "header",
            { class: "pageHead" },
            h(
                "p",
                { class: "crumbs" },
                h("a", { href: link(state, "overview") }, "Functions"),
                " / ",
            ),
            h("h1", {}, nameText(visible(state.id), 80)),
            chips,
        ),
        deployLine(state, deployed),
    );
    root.append(
        panel({
            feed,
            name: "flush headPanel",
            lines: 8,
            explain: (error) =>
                error.status === 404 ? missing : errorState(error, feed.refresh),
            empty: (data) => ((data.rows ?? []).length === 0 ? missing : null),
            render: (data) => {
                drawing?.abort();
                drawing = new AbortController();
                signal.addEventListener("abort", () => drawing.abort(), { once: true });
                return [
                    headerFacts(state, data.rows),
                    data.series
                        ? functionCharts(
                              state,
                              data.series,
                              data.rows.every(onlyLogs),
                              () => deploys,
                              drawing.signal,
                          )
                        : null,
                ];
            },
        }),
    );
    const rest = [
        lanesPanel(state, lanes, signal),
        panel({
            feed: recent,
            title: "Recent transactions",
            name: "flush",
            lines: 5,
            note: h(
                "a",
                { href: link(state, "search", null, { q: `function:${state.id}` }) },
                "All of them",
            ),
            empty: (data) =>
                (data.transactions ?? []).length > 0
                    ? null
                    : emptyState(
                          "No transaction in this time",
                          "A longer time range may show some.",
                      ),
            render: (data) => transactionTable(state, data.transactions),
        }),
        panel({
            feed: cold,
            title: "Cold starts",
            lines: 4,
            note: h(
                "a",
                { href: link(state, "search", null, { q: `function:${state.id} cold` }) },
                "Their transactions",
            ),
            empty: (data) =>
                (data.cold_starts ?? 0) + (data.proactive ?? 0) > 0
                    ? null
                    : h(
                          "p",
                          { class: "allGood", "data-state": "empty" },
                          icon("ok"),
                          h(
                              "span",
                              {},
                              h("strong", {}, "No cold start. "),
                              `${plural(data.invocations ?? 0, "invocation")}, nobody waited for an init.`,
                          ),
                      ),
            render: (data) => coldStartsView(state, data),
        }),
    ];
    root.append(...rest, agentPanel(feed));
    feed.subscribe((now) =>
        rest.forEach((element) => {
            element.hidden = now.phase === "error" && now.error.status === 404;
        }),
    );
}
