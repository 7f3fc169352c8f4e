/**
 * One transaction: everything that happened for one request, across every instance.
 */

import { count, duration, money, moneyExact, plural, shorten, visible } from "../format.js";
import { h, replace } from "../h.js";
import { icon } from "../icons.js";
import { answerKeys } from "../keyboard.js";
import { honesty } from "../model/honesty.js";
import { onlyLogs, untold } from "../model/sources.js";
import { costByFunction, outcomeOf } from "../model/summary.js";
import { buildTransaction } from "../model/transaction.js";
import { go } from "../navigate.js";
import { change, link } from "../state.js";
import { ask } from "../widgets/ask.js";
import {
    coldBadge,
    copyButton,
    moment,
    moneyText,
    nameText,
    outcomeBadge,
} from "../widgets/common.js";
import { detailsOf } from "../widgets/details.js";
import { createLogs } from "../widgets/logs.js";
import { emptyState, errorState, panel } from "../widgets/panel.js";
import { timeSpent } from "../widgets/timeSpent.js";
import { createWaterfall, waterfallLegend } from "../widgets/waterfall.js";

/** An open transaction is asked for again; a complete one does not change. */
const openEveryMs = 3000;

function notFound(state) {
    return emptyState(
        "Nothing is stored under this id",
        [
            "No transaction carries ",
            h("code", {}, shorten(state.id, 80)),
            ". Its records may still be on their way, or older than the collector keeps.",
        ],
        h("a", { class: "button", href: link(state, "search") }, "Recent transactions"),
    );
}

function figure(value, words, attributes = {}) {
    return h("div", { class: "figure", ...attributes }, h("dd", {}, value), h("dt", {}, words));
}

function waitFigure(data) {
    const unknown = data.wait_ms === null || data.wait_ms === undefined;
    const logs = unknown && onlyLogs(data.invocations?.[0]);
    const value = logs ? h("span", { class: "unknown" }, "unknown") : duration(data.wait_ms);
    return figure(value, "wait", {
        title: logs
            ? untold.wait
            : "What the caller waited, as far as the platform shows; placement and code download are not in it",
    });
}

function costs(data) {
    const parts = costByFunction(data);
    const total = parts.reduce((sum, part) => sum + Number(part.amount ?? 0), 0);
    return parts.length === 0
        ? null
        : h(
              "ul",
              { class: "costParts", "aria-label": "Cost by function" },
              parts.map((part) =>
                  h(
                      "li",
                      { title: moneyExact(part) },
                      h(
                          "span",
                          { class: "costName" },
                          nameText(part.function, 24),
                          part.invocations > 1
                              ? h("span", { class: "sub" }, ` ×${part.invocations}`)
                              : null,
                          part.shared ? icon("shared", "shared") : null,
                      ),
                      h(
                          "span",
                          { class: "meter" },
                          h("span", {
                              css: {
                                  width: `${total > 0 ? (Number(part.amount ?? 0) / total) * 100 : 0}%`,
                              },
                          }),
                      ),
                      h("span", { class: "costAmount" }, money(part.amount === null ? null : part)),
                  ),
              ),
          );
}

function head(state, data, model) {
    const invocations = data.invocations ?? [];
    const cold = invocations.filter((each) => each.cold).length;
    const failed = invocations.filter(
        (each) => each.outcome === "error" || each.outcome === "timeout",
    ).length;
    const functions = new Set(invocations.map((each) => each.function)).size;
    const instances = new Set(invocations.map((each) => `${each.function}|${each.instance}`)).size;
    const entry = invocations[0];
    return h(
        "section",
        { class: "panel txHead" },
        h(
            "div",
            { class: "txTitle" },
            h("h1", {}, nameText(entry?.function ?? "Transaction", 60)),
            outcomeBadge(outcomeOf(data)),
            cold > 0 ? coldBadge(plural(cold, "cold start")) : null,
            h("span", { class: "sub" }, moment(data.start, { fraction: 3 })),
            h(
                "span",
                { class: "idText txId" },
                h(
                    "code",
                    { title: (data.trace_ids ?? []).map(visible).join("\n").slice(0, 2000) },
                    shorten(data.id, 40),
                ),
                copyButton(String(data.id), "transaction's id"),
                (data.trace_ids ?? []).length > 1
                    ? h(
                          "span",
                          {
                              class: "sub",
                              title: data.trace_ids.map(visible).join("\n").slice(0, 2000),
                          },
                          `+${data.trace_ids.length - 1} more ids`,
                      )
                    : null,
            ),
        ),
        h(
            "div",
            { class: "txFigures" },
            h(
                "dl",
                { class: "figures" },
                figure(duration(data.elapsed_ms), "elapsed", {
                    title: "From the first moment to the last",
                }),
                waitFigure(data),
                figure(moneyText(data.cost), "cost", {
                    title: "Shared invocations count with their part",
                }),
                figure(count(functions), functions === 1 ? "function" : "functions"),
                figure(count(instances), instances === 1 ? "instance" : "instances"),
                figure(
                    count(invocations.length),
                    invocations.length === 1 ? "invocation" : "invocations",
                ),
                figure([failed > 0 ? icon("error") : null, count(failed)], "failed", {
                    class: `figure ${failed > 0 ? "bad" : ""}`,
                }),
                figure(
                    count(model.logs.length),
                    model.logs.length === 1 ? "log line" : "log lines",
                ),
            ),
            costs(data),
        ),
    );
}

const honestyIcons = { warning: "warning", note: "note", good: "ok" };

function honestyBar(state, data, onRequest) {
    const lines = honesty(data);
    const shown = lines.slice(0, 6);
    const line = (each) =>
        h(
            "li",
            { "data-grade": each.grade },
            icon(honestyIcons[each.grade]),
            h(
                "span",
                {},
                h("bdi", {}, visible(each.text).slice(0, 600)),
                each.requestId
                    ? [
                          " ",
                          h(
                              "button",
                              {
                                  type: "button",
                                  class: "textButton",
                                  onclick: () => onRequest(each.requestId),
                              },
                              "Show it",
                          ),
                      ]
                    : null,
                each.transactions.length > 0
                    ? [
                          " The others: ",
                          each.transactions
                              .slice(0, 4)
                              .map((other, i) => [
                                  i > 0 ? ", " : "",
                                  h(
                                      "a",
                                      { href: link(state, "transaction", other.id) },
                                      h("code", {}, shorten(other.trace_id ?? other.id, 14)),
                                  ),
                              ]),
                          each.transactions.length > 4
                              ? ` and ${each.transactions.length - 4} more`
                              : "",
                          ".",
                      ]
                    : null,
            ),
        );
    return h(
        "section",
        { class: "honesty", "aria-label": "What is known and what is not" },
        h("ul", {}, shown.map(line)),
        lines.length > shown.length
            ? h(
                  "details",
                  {},
                  h("summary", {}, `${lines.length - shown.length} more`),
                  h("ul", {}, lines.slice(6).map(line)),
              )
            : null,
    );
}

function optionsOf(state) {
    return {
        level: state.parameters.get("level") ?? "",
        relative: state.parameters.get("relative") === "1",
    };
}

function findRow(model, wanted) {
    return (
        model.rows.find((row) => row.key === wanted) ??
        model.rows.find(
            (row) => row.type === "invocation" && wanted === `i:${row.invocation.request_id}`,
        ) ??
        null
    );
}

/** The parts under the head, and how they follow the selection. */
function body(data, model, getState, signal) {
    const details = h("section", {
        class: "panel details",
        "aria-label": "Details",
        tabindex: "-1",
    });
    const close = h(
        "button",
        { type: "button", class: "iconButton sheetClose", "aria-label": "Close the details" },
        icon("close"),
    );
    const shell = h("div", { class: "sheet" }, close, details);
    close.addEventListener("click", () => shell.removeAttribute("data-open"));
    let selected = null;
    const select = (row) => go(change(getState(), { sel: row.key }), { replace: true });
    const hover = (key) => {
        waterfall.highlight(key);
        logs.highlight(key);
    };
    const waterfall = createWaterfall(
        model,
        {
            onSelect: (row, how) => {
                select(row);
                if (how === "click") {
                    logs.reveal(row.key);
                }
                shell.setAttribute("data-open", "");
            },
            onHover: hover,
        },
        signal,
    );
    const logs = createLogs(model, optionsOf(getState()), {
        onSelect: (log) => {
            const row = model.rows.find((each) => each.key === log.rowKey);
            if (row) {
                select(row);
            }
        },
        onHover: hover,
        onOptions: (options) => go(change(getState(), { ...options }), { replace: true }),
    });
    const follow = (state) => {
        const wanted = state.parameters.get("sel");
        const row =
            wanted === null
                ? (model.rows.find((each) => each.type === "invocation") ?? null)
                : findRow(model, wanted);
        if (row?.key !== selected || row === null) {
            selected = row?.key ?? null;
            replace(details, detailsOf(row, model, state, data));
            waterfall.select(selected, wanted !== null);
        }
        logs.update(optionsOf(state));
    };
    const element = h(
        "div",
        { class: "txBody" },
        h(
            "div",
            { class: "txMain" },
            h(
                "section",
                { class: "panel flush wfPanel", "aria-label": "Waterfall" },
                h(
                    "header",
                    { class: "panelHead" },
                    h("h2", {}, "Waterfall"),
                    h("div", { class: "panelNote" }, waterfallLegend()),
                ),
                waterfall.element,
            ),
            shell,
        ),
        logs.element,
    );
    return { element, follow, waterfall };
}

/** When newer facts replace the old ones, what was scrolled stays where it was. */
function keepPlaces(before, next) {
    for (const selector of [".wfScroller", ".logScroller"]) {
        const top = before.querySelector(selector)?.scrollTop ?? 0;
        if (top > 0) {
            requestAnimationFrame(() => {
                next.querySelector(selector).scrollTop = top;
            });
        }
    }
}

/**
 * @param {HTMLElement} root
 * @param {object} state
 * @param {AbortSignal} signal
 */
export function transactionPage(root, state, signal) {
    let current = state;
    let parts = null;
    let drawing = null;
    const feed = ask(state, signal, ["transactions", state.id], {
        ranged: false,
        everyMs: state.live ? openEveryMs : null,
    });
    const showRequest = (id) => {
        const row = parts?.rows.find(
            (each) => each.type === "invocation" && each.invocation.request_id === id,
        );
        if (row) {
            go(change(current, { sel: row.key }), { replace: true });
        }
    };
    const wrapper = panel({
        feed,
        name: "bare",
        lines: 12,
        explain: (error) =>
            error.status === 404 ? notFound(state) : errorState(error, feed.refresh),
        empty: (data) =>
            (data.invocations ?? []).length + (data.spans ?? []).length + (data.logs ?? []).length >
            0
                ? null
                : emptyState(
                      "This transaction is empty",
                      "It is known, but none of its records has arrived yet.",
                      h(
                          "a",
                          { class: "button", href: link(state, "search") },
                          "Recent transactions",
                      ),
                  ),
        render: (data) => {
            drawing?.abort();
            drawing = new AbortController();
            signal.addEventListener("abort", () => drawing.abort(), { once: true });
            const model = buildTransaction(data);
            const made = body(data, model, () => current, drawing.signal);
            parts = { ...made, rows: model.rows };
            document.title = `${shorten(data.invocations?.[0]?.function ?? "transaction", 40)} – thaw`;
            const nodes = [
                head(state, data, model),
                honestyBar(state, data, showRequest),
                made.element,
                timeSpent(data),
            ];
            made.follow(current);
            keepPlaces(wrapper, made.element);
            return nodes;
        },
    });
    root.append(wrapper);
    answerKeys(
        {
            "]": () => parts?.waterfall.step(1, "invocation"),
            "[": () => parts?.waterfall.step(-1, "invocation"),
            j: () => parts?.waterfall.step(1),
            k: () => parts?.waterfall.step(-1),
        },
        signal,
    );
    return (next) => {
        current = next;
        parts?.follow(next);
    };
}
