/**
 * What would a rule have done?  A text, a button, and the answer below.
 */

import { post } from "../api.js";
import { visible } from "../format.js";
import { h, replace } from "../h.js";
import { icon } from "../icons.js";
import { positionOf, previewSpans, ruleText } from "../model/preview.js";
import { errorState, skeleton } from "./panel.js";
import { previewResult } from "./previewResult.js";

const example = `alert: ManyErrors
expr: |
  sum by (function) (increase(thaw_function_errors_total[10m])) > 5
for: 5m
labels:
  severity: warning
`;

function mistakeList(mistakes, field) {
    return h(
        "div",
        { class: "state", "data-state": "error", role: "alert" },
        icon("error"),
        h("p", { class: "stateTitle" }, "This is no rule yet"),
        h(
            "ul",
            { class: "previewMistakes" },
            mistakes.slice(0, 20).map((mistake) =>
                h(
                    "li",
                    {},
                    h(
                        "button",
                        {
                            type: "button",
                            class: "button",
                            onclick: () => {
                                const at = positionOf(field.value, mistake.line, mistake.column);
                                field.focus();
                                field.setSelectionRange(at, at);
                            },
                        },
                        `Line ${mistake.line}, column ${mistake.column}`,
                    ),
                    " ",
                    visible(mistake.message).slice(0, 500),
                ),
            ),
        ),
    );
}

function form(field, span, submit) {
    return h(
        "form",
        { class: "previewForm", onsubmit: submit },
        h(
            "label",
            { class: "previewLabel" },
            h("span", {}, "A rule, a list of rules, or a file of them"),
            field,
        ),
        h(
            "div",
            { class: "previewActions" },
            h("label", {}, "Over ", span),
            h("button", { type: "submit", class: "button primary", "data-key": "preview" }, "Preview"),
            h("span", { class: "sub" }, "Nothing of it is kept, and nobody is told."),
        ),
    );
}

/**
 * The panel, and how a rule gets into it.
 * @param {AbortSignal} signal
 * @returns {{element: HTMLElement, show: (rule: object) => void}}
 */
export function previewPanel(signal) {
    const field = h("textarea", {
        class: "previewText",
        name: "rules",
        rows: 9,
        spellcheck: "false",
        autocapitalize: "off",
        "data-key": "rules",
    });
    field.value = example;
    const span = h(
        "select",
        { name: "span" },
        previewSpans.map((each) => h("option", { value: each.id }, each.words)),
    );
    span.value = "7d";
    const result = h("div", { class: "previewAnswer", "aria-live": "polite" });
    let running = null;
    const run = async () => {
        running?.abort();
        const mine = new AbortController();
        running = mine;
        const using = AbortSignal.any([signal, mine.signal]);
        const chosen = previewSpans.find((each) => each.id === span.value) ?? previewSpans[1];
        replace(result, skeleton(5));
        result.setAttribute("aria-busy", "true");
        try {
            const answer = await post(
                ["rules", "preview"],
                { rules: field.value, from: Date.now() - chosen.ms },
                using,
            );
            replace(result, previewResult(answer, using));
        } catch (error) {
            if (using.aborted) {
                return;
            }
            replace(
                result,
                error.mistakes?.length > 0 ? mistakeList(error.mistakes, field) : errorState(error, run),
            );
        }
        result.setAttribute("aria-busy", "false");
    };
    const submit = (event) => {
        event.preventDefault();
        run();
    };
    const element = h(
        "section",
        { class: "panel previewPanel" },
        h("header", { class: "panelHead" }, h("h2", {}, "What would a rule have done?")),
        h("div", { class: "panelBody" }, form(field, span, submit), result),
    );
    const show = (rule) => {
        field.value = ruleText(rule);
        element.scrollIntoView({ block: "start" });
        field.focus({ preventScroll: true });
        run();
    };
    return { element, show };
}
