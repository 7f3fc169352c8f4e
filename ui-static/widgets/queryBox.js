/**
 * The box in which a query is typed, and what is said where one is wrong.
 */

import { visible } from "../format.js";
import { h } from "../h.js";
import { icon } from "../icons.js";
import { markedAt } from "../model/language.js";
import { go } from "../navigate.js";
import { change, link, readSearch } from "../state.js";
import { errorState } from "./panel.js";
import { suggestions } from "./suggestions.js";

/**
 * @param {object} state
 * @param {string} q
 * @param {string} placeholder
 * @param {string} [words] What its button says.
 * @returns {HTMLElement}
 */
export function queryForm(state, q, placeholder, words = "Search") {
    const field = h("input", {
        name: "words",
        value: q,
        autocomplete: "off",
        autocapitalize: "off",
        spellcheck: "false",
        "aria-label": "Query",
        placeholder,
        "data-key": "words",
    });
    const submit = (event) => {
        event.preventDefault();
        const found = readSearch(field.value);
        go(
            found.kind === "id"
                ? link(state, "transaction", found.text)
                : change(state, { q: found.text }),
        );
    };
    return h(
        "form",
        { class: "queryForm", role: "search", onsubmit: submit },
        icon("search"),
        field,
        suggestions(field),
        h("button", { type: "submit", class: "button primary" }, words),
    );
}

/**
 * A query that the collector refuses, with the place that is wrong.
 * @param {string} q
 * @param {Error & {status?: number, position?: number | null}} error
 * @param {() => void} retry
 * @returns {HTMLElement}
 */
export function queryError(q, error, retry) {
    if (error.status !== 400 || typeof error.position !== "number") {
        return errorState(error, retry);
    }
    const { before, wrong, after } = markedAt(q, error.position, error.length ?? 0);
    return h(
        "div",
        { class: "state queryError", "data-state": "error", role: "alert" },
        icon("warning"),
        // The parameter's name says nothing to whoever typed into a box.
        h("p", { class: "stateTitle" }, visible(error.message.replace(/^q: /, "")).slice(0, 400)),
        h(
            "pre",
            {},
            visible(before),
            h("mark", {}, wrong === "" ? "\u2009\u25b4" : visible(wrong)),
            visible(after),
        ),
        h(
            "p",
            { class: "stateText" },
            "Text with a colon, a parenthesis or a star goes in quotes: ",
            h("code", {}, '"TypeError: x"'),
            ".",
        ),
    );
}

/**
 * Not all was looked at.
 * @param {{reason?: string}} partial
 * @returns {HTMLElement}
 */
export function partialNote(partial) {
    const reason = visible(partial.reason ?? "no reason given").slice(0, 400);
    return h(
        "span",
        { class: "partial", role: "status" },
        icon("warning"),
        ` Not everything was searched: ${reason}`,
    );
}
