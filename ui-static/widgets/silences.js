/**
 * Silences: which there are, a way to end one, and a form for another.
 */

import { send } from "../api.js";
import { plural, visible } from "../format.js";
import { h, replace } from "../h.js";
import { splitMatchers } from "../model/matchers.js";
import { moment, nameText } from "./common.js";
import { ask } from "./ask.js";
import { panel } from "./panel.js";

/** How long a silence may be, as it is offered. */
const lengths = [
    { hours: 1, name: "an hour" },
    { hours: 4, name: "four hours" },
    { hours: 24, name: "a day" },
    { hours: 168, name: "a week" },
];

const hourMs = 3_600_000;

const columns = ["State", "Alerts that match", "Author", "Reason", "Ends", "Under it", ""];

/** What a form says after it was sent. */
function outcome(element, error) {
    element.hidden = error === null;
    replace(element, error === null ? null : nameText(error.message, 300));
}

function cell(at, ...children) {
    return h("td", { class: at === 5 ? "number" : "left", "data-label": columns[at] }, ...children);
}

function silenceRow(silence, again) {
    const trouble = h("span", { class: "bad", role: "alert", hidden: true });
    const end = async () => {
        try {
            await send("DELETE", ["silences", silence.id]);
            again();
        } catch (error) {
            outcome(trouble, error);
        }
    };
    return h(
        "tr",
        { "data-row": silence.id, "data-state": silence.state },
        cell(
            0,
            h("span", { class: "badge", "data-state": silence.state }, visible(silence.state)),
        ),
        cell(
            1,
            (silence.matchers ?? []).map((each) => h("code", { class: "matcher" }, visible(each))),
        ),
        cell(2, nameText(silence.author ?? "", 60)),
        cell(3, nameText(silence.reason ?? "", 200)),
        cell(4, moment(silence.ends_at)),
        cell(5, String(silence.alerts ?? 0)),
        cell(
            6,
            silence.state === "expired"
                ? null
                : h(
                      "button",
                      { type: "button", class: "button", onclick: end, "data-key": `end-${silence.id}` },
                      "End now",
                  ),
            trouble,
        ),
    );
}

function silenceTable(silences, again) {
    return h(
        "div",
        { class: "tableScroll" },
        h(
            "table",
            { class: "plain silences" },
            h(
                "thead",
                {},
                h(
                    "tr",
                    {},
                    columns.map(
                        (name) =>
                            h("th", { scope: "col", class: name === "Under it" ? "" : "left" }, name),
                    ),
                ),
            ),
            h(
                "tbody",
                {},
                silences.map((each) => silenceRow(each, again)),
            ),
        ),
    );
}

function field(name, label, attributes) {
    return h("label", {}, h("span", {}, label), h("input", { name, autocomplete: "off", ...attributes }));
}

function silenceForm(again) {
    const trouble = h("p", { class: "bad", role: "alert", hidden: true });
    const form = h(
        "form",
        { class: "silenceForm" },
        field("matchers", "Alerts that match", {
            required: true,
            placeholder: 'function="checkout", alertname=~"Cold.*"',
            size: "40",
        }),
        field("author", "You", { required: true, size: "14" }),
        field("reason", "Reason", { required: true, size: "24" }),
        h(
            "label",
            {},
            h("span", {}, "For"),
            h(
                "select",
                { name: "hours" },
                lengths.map((each) => h("option", { value: String(each.hours) }, each.name)),
            ),
        ),
        h("button", { type: "submit", class: "button primary" }, "Silence"),
        trouble,
    );
    form.addEventListener("submit", async (event) => {
        event.preventDefault();
        const said = new FormData(form);
        const ends = new Date(Date.now() + Number(said.get("hours")) * hourMs).toISOString();
        try {
            await send("POST", ["silences"], {
                matchers: splitMatchers(said.get("matchers")),
                author: said.get("author").trim(),
                reason: said.get("reason").trim(),
                ends_at: ends,
            });
            form.reset();
            outcome(trouble, null);
            again();
        } catch (error) {
            outcome(trouble, error);
        }
    });
    return h("details", { class: "newSilence" }, h("summary", {}, "Silence alerts"), form);
}

/**
 * @param {object} state
 * @param {AbortSignal} signal
 * @returns {HTMLElement}
 */
export function silencesPanel(state, signal) {
    const feed = ask(state, signal, ["silences"], { ranged: false });
    const form = silenceForm(feed.refresh);
    return panel({
        feed,
        title: "Silences",
        name: "flush silencesPanel",
        lines: 2,
        render: (data) => {
            const silences = data.silences ?? [];
            return [
                silences.length === 0
                    ? h("p", { class: "panelFoot sub" }, "No alert is silenced.")
                    : silenceTable(silences, feed.refresh),
                form,
                silences.length === 0
                    ? null
                    : h(
                          "p",
                          { class: "panelFoot sub" },
                          plural(silences.filter((each) => each.state === "active").length, "silence"),
                          " active; those that are over stay for five days",
                      ),
            ];
        },
    });
}
