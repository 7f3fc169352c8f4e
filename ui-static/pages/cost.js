/**
 * What it costs: this month, by function and part, why it changed, and what other memory would do.
 */

import { compact, money, percent, plural } from "../format.js";
import { h } from "../h.js";
import { icon } from "../icons.js";
import { asMoney, basisWords, budgetShare, cheapest, groupingOf, groupings, sizelessWords } from "../model/cost.js";
import { go } from "../navigate.js";
import { change, link } from "../state.js";
import { ask } from "../widgets/ask.js";
import { factList, moment, moneyText, nameText } from "../widgets/common.js";
import {
    adviceTable,
    changeTable,
    costTable,
    keptTable,
    spikeTable,
    whatIfTable,
} from "../widgets/costTables.js";
import { deployLine } from "../widgets/deployLine.js";
import { emptyState, panel } from "../widgets/panel.js";

/** A month changes slowly. */
const monthEveryMs = 60_000;

function budgetForm(state) {
    const field = h("input", {
        name: "budget",
        value: state.parameters.get("budget") ?? "",
        inputmode: "decimal",
        autocomplete: "off",
        size: "8",
        "aria-label": "Budget of a month in dollars",
        placeholder: "budget, $",
    });
    const submit = (event) => {
        event.preventDefault();
        go(change(state, { budget: field.value.trim() }));
    };
    return h(
        "form",
        { class: "budgetForm", onsubmit: submit },
        field,
        h("button", { type: "submit", class: "button" }, "Set"),
    );
}

function budgetFact(forecast) {
    const { amount, spent_at: spentAt } = forecast.budget;
    const share = budgetShare(forecast);
    return [
        "Budget",
        [
            moneyText(asMoney(amount, forecast.currency)),
            share === null ? null : h("span", { class: "sub" }, ` ${percent(share)} of it expected`),
            h(
                "span",
                { class: spentAt === null ? "sub below" : "bad below" },
                spentAt === null
                    ? forecast.expected === null
                        ? "nothing is foretold yet"
                        : "enough for this month"
                    : [icon("warning"), " spent at ", moment(spentAt)],
            ),
        ],
    ];
}

function month(state, forecast) {
    const sum = (amount) => moneyText(asMoney(amount, forecast.currency));
    return [
        factList([
            ["To date", h("strong", {}, sum(forecast.to_date)), "since the first of the month, UTC"],
            [
                "The whole month",
                forecast.expected === null
                    ? "–"
                    : [
                          h("strong", {}, sum(forecast.expected)),
                          h("span", { class: "sub" }, " ", sum(forecast.low), " to ", sum(forecast.high)),
                      ],
            ],
            forecast.budget === null ? null : budgetFact(forecast),
        ]),
        h("p", { class: "sub" }, basisWords(forecast)),
        forecast.spikes.length === 0
            ? null
            : [
                  h("h3", {}, "Hours that cost more than they use to"),
                  spikeTable(state, forecast),
              ],
    ];
}

function totals(answer) {
    const net = answer.net ?? {};
    return h(
        "p",
        { class: "panelFoot sub" },
        "All: ",
        moneyText(answer.total),
        " gross",
        net.amount === undefined
            ? null
            : [", ", moneyText(asMoney(net.amount, "USD")), " net of the free tier, if this were a whole month"],
        Number(answer.standing?.amount ?? 0) > 0
            ? [
                  "; ",
                  moneyText(asMoney(answer.standing.amount, "USD")),
                  " besides, which makes ",
                  moneyText(asMoney(answer.bill, "USD")),
                  Number(answer.savings_plan) > 0 ? " less a savings plan" : null,
              ]
            : null,
        Number(answer.failed?.errors ?? 0) + Number(answer.failed?.retries ?? 0) > 0
            ? [
                  ". Of it ",
                  moneyText(asMoney(answer.failed.errors, "USD")),
                  " for errors (",
                  moneyText(asMoney(answer.failed.timeouts, "USD")),
                  " timeouts), ",
                  moneyText(asMoney(answer.failed.retries, "USD")),
                  " for retries",
              ]
            : null,
        answer.sizeless?.invocations > 0 ? [". Not in it: ", sizelessWords(answer.sizeless)] : null,
        answer.price ? [". Prices: ", nameText(answer.price.source, 80), ", ", answer.price.date] : null,
        answer.partial ? ". Some of that time is not known any more." : null,
    );
}

function whatIfNote(answer) {
    const best = cheapest(answer);
    const words =
        best === null
            ? "No other size that fits is cheaper."
            : `${compact(best.row.memory_mb)} MB would save ${money({
                  amount: String(best.saved),
                  currency: answer.currency,
              })} (${percent(best.share)}) of a million handlers.`;
    const error =
        answer.model_error === null
            ? "How far that is off is not known: it ran with one size only."
            : `The model was off by ${percent(answer.model_error)} for sizes that it ran with.`;
    return h(
        "p",
        { class: "panelFoot sub" },
        words,
        " ",
        error,
        ` From the processor time of ${plural(answer.invocations, "invocation")}; inits and extensions are not in it, and the other architecture is taken to be as fast.`,
    );
}

function whatIfTooFew(data) {
    return `Its agent told the processor time of ${plural(data.invocations, "invocation")} in this time; ${data.invocations_needed} are needed.`;
}

function whatIfPanel(state, signal, name) {
    const feed = ask(state, signal, ["cost", "whatif"], {
        parameters: () => ({ function: name }),
    });
    return panel({
        feed,
        title: ["What if: ", nameText(name, 40)],
        name: "flush whatIfPanel",
        lines: 6,
        note: h("a", { href: change(state, { fn: null }) }, "Close"),
        empty: (data) =>
            data.rows.length > 0 || data.kept?.rows.length > 0
                ? null
                : emptyState("Too little is known", whatIfTooFew(data)),
        render: (data) => [
            data.rows.length > 0
                ? [whatIfTable(data), whatIfNote(data)]
                : h("p", { class: "panelFoot sub" }, `Of other memory: ${whatIfTooFew(data)}`),
            keptTable(data),
        ],
    });
}

/** What the rows are of, as links. */
function groupingLinks(state, by) {
    return h(
        "nav",
        { class: "byLinks sub", "aria-label": "Rows by" },
        "by",
        groupings.map(([id, label], at) => [
            at === 0 ? " " : " · ",
            h(
                "a",
                {
                    href: change(state, { by: id === groupings[0][0] ? null : id }),
                    "aria-current": id === by ? "true" : null,
                },
                label.toLowerCase(),
            ),
        ]),
    );
}

function nothing(state) {
    return emptyState(
        "Nothing was billed",
        "No invocation of this time has told what was billed yet.",
        h("a", { class: "button", href: link(state, "status") }, "Does anything arrive?"),
    );
}

function noAdvice(data) {
    const unknown = data.functions_unknown ?? 0;
    const why =
        unknown > 0
            ? ` Of ${plural(unknown, "function")} too little is known: their agents told the processor time of too few invocations.`
            : "";
    return emptyState(
        data.functions > 0 ? "Nothing would save a percent" : "Too little is known",
        `${plural(data.functions, "function")} looked at.${why}`,
    );
}

/**
 * @param {HTMLElement} root
 * @param {object} state
 * @param {AbortSignal} signal
 */
export function costPage(root, state, signal) {
    const forecast = ask(state, signal, ["cost", "forecast"], {
        ranged: false,
        everyMs: state.live ? monthEveryMs : null,
        parameters: () => ({ budget: state.parameters.get("budget") }),
    });
    const by = groupingOf(state.parameters);
    const costs = ask(state, signal, ["cost"], { parameters: () => ({ by }) });
    const advised = ask(state, signal, ["cost", "advice"], { everyMs: state.live ? monthEveryMs : null });
    const explained = ask(state, signal, ["cost", "explain"]);
    const name = state.parameters.get("fn");
    const deployed = ask(state, signal, ["deploys"]);
    root.append(
        h("header", { class: "pageHead" }, h("h1", {}, "Cost")),
        deployLine(state, deployed),
        panel({
            feed: forecast,
            title: "This month",
            name: "monthPanel",
            lines: 3,
            note: budgetForm(state),
            render: (data) => month(state, data),
        }),
        name ? whatIfPanel(state, signal, name) : "",
        panel({
            feed: costs,
            title: "For what",
            name: "flush costPanel",
            lines: 6,
            note: groupingLinks(state, by),
            empty: (data) => (data.by.length > 0 ? null : nothing(state)),
            render: (data) => [costTable(state, data, by), totals(data)],
        }),
        panel({
            feed: advised,
            title: "What would save most",
            name: "flush advicePanel",
            lines: 3,
            note: h("span", { class: "sub" }, "of the functions that cost most"),
            empty: (data) => (data.advice.length > 0 ? null : noAdvice(data)),
            render: (data) => adviceTable(state, data),
        }),
        panel({
            feed: explained,
            title: "Why it changed",
            name: "flush changePanel",
            lines: 6,
            note: h("span", { class: "sub" }, "beside the time before that is as long"),
            empty: (data) => (data.by.length > 0 ? null : nothing(state)),
            render: (data) => changeTable(state, data),
        }),
    );
}
