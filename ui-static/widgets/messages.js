/**
 * Messages that people were sent, and what became of each.
 */

import { count, plural, visible } from "../format.js";
import { h } from "../h.js";
import { moment, nameText } from "./common.js";
import { ask } from "./ask.js";
import { panel } from "./panel.js";

/** So many are shown. */
const shownMax = 50;

const columns = ["When", "Receiver", "Says", "State", "Alerts", "Told together"];

/** The labels that the alerts of a message share; of routes below the first, their matchers, too. */
function groupWords(group) {
    const [, route, labels] = /^\{\}(.*?):\{(.*)\}$/s.exec(group) ?? [null, "", group];
    return route === "" ? labels || "all" : `${route.slice(1)} ${labels}`;
}

function cell(at, attributes, ...children) {
    return h("td", { class: "left", "data-label": columns[at], ...attributes }, ...children);
}

function messageRow(message) {
    const alerts = (message.alerts ?? []).length + (message.more_alerts ?? 0);
    return h(
        "tr",
        { "data-row": message.number, "data-state": message.state },
        cell(0, {}, moment(message.at, { relative: true })),
        cell(
            1,
            {},
            nameText(message.receiver ?? "", 60),
            " ",
            h("span", { class: "sub" }, visible(message.kind ?? "")),
        ),
        cell(2, {}, visible(message.status ?? "")),
        cell(
            3,
            {},
            h("span", { class: "badge", "data-state": message.state }, visible(message.state ?? "")),
            message.attempts > 1 ? ` after ${plural(message.attempts, "attempt")}` : "",
            message.last_error
                ? h("span", { class: "bad below" }, nameText(message.last_error, 160))
                : null,
        ),
        cell(4, { class: "number" }, count(alerts)),
        cell(5, { title: visible(message.group ?? "") }, h("code", {}, nameText(groupWords(message.group ?? ""), 120))),
    );
}

/**
 * @param {object} state
 * @param {AbortSignal} signal
 * @returns {HTMLElement}
 */
export function messagesPanel(state, signal) {
    const feed = ask(state, signal, ["notifications"], { ranged: false });
    return panel({
        feed,
        title: "Messages",
        name: "flush messagesPanel",
        lines: 2,
        render: (data) => {
            const messages = data.notifications ?? [];
            if (messages.length === 0) {
                return h("p", { class: "panelFoot sub" }, "Nobody has been told of anything yet.");
            }
            const waiting = messages.filter((each) => each.state === "waiting").length;
            const failed = messages.filter((each) => each.state === "failed").length;
            return [
                h(
                    "div",
                    { class: "tableScroll" },
                    h(
                        "table",
                        { class: "plain messages" },
                        h(
                            "thead",
                            {},
                            h(
                                "tr",
                                {},
                                columns.map((name) =>
                                    h("th", { scope: "col", class: name === "Alerts" ? "" : "left" }, name),
                                ),
                            ),
                        ),
                        h("tbody", {}, messages.slice(0, shownMax).map(messageRow)),
                    ),
                ),
                h(
                    "p",
                    { class: "panelFoot sub" },
                    plural(messages.length, "message"),
                    waiting > 0 ? `, ${count(waiting)} waiting` : "",
                    failed > 0 ? `, ${count(failed)} given up` : "",
                ),
            ];
        },
    });
}
