/**
 * A panel is a part of a page in one of four states: loading, empty, error, data.
 */

import { setToken } from "../api.js";
import { h, replace } from "../h.js";
import { icon } from "../icons.js";
import { visible } from "../format.js";

/**
 * Grey bars where text will be.
 * @param {number} lines
 * @returns {HTMLElement}
 */
export function skeleton(lines) {
    return h(
        "div",
        { class: "skeleton", role: "status", "aria-label": "Loading" },
        Array.from({ length: lines }, () => h("span", { class: "bone" })),
    );
}

/**
 * Nothing is there: say so, and what to do next.
 * @param {string} title
 * @param {any} text
 * @param {...any} actions
 * @returns {HTMLElement}
 */
export function emptyState(title, text, ...actions) {
    return h(
        "div",
        { class: "state", "data-state": "empty" },
        icon("empty"),
        h("p", { class: "stateTitle" }, title),
        h("p", { class: "stateText" }, text),
        actions.some((each) => each !== null)
            ? h("p", { class: "stateActions" }, actions)
            : null,
    );
}

function tokenForm(retry) {
    const field = h("input", {
        type: "password",
        name: "token",
        autocomplete: "off",
        "aria-label": "Token",
        placeholder: "Token",
    });
    const submit = (event) => {
        event.preventDefault();
        setToken(field.value.trim());
        retry();
    };
    return h(
        "form",
        { class: "tokenForm", onsubmit: submit },
        field,
        h("button", { type: "submit", class: "button primary" }, "Use this token"),
    );
}

/**
 * Something failed: say what, and offer to try again.
 * @param {Error & {status?: number, hint?: string}} error
 * @param {() => void} retry
 * @returns {HTMLElement}
 */
export function errorState(error, retry) {
    return h(
        "div",
        { class: "state", "data-state": "error", role: "alert" },
        icon("warning"),
        h("p", { class: "stateTitle" }, visible(error.message)),
        error.hint ? h("p", { class: "stateText" }, visible(error.hint)) : null,
        error.status === 401
            ? tokenForm(retry)
            : h(
                  "p",
                  { class: "stateActions" },
                  h(
                      "button",
                      { type: "button", class: "button", onclick: retry, "data-key": "retry" },
                      "Try again",
                  ),
              ),
    );
}

/**
 * A titled part of a page that follows a feed.
 * @param {object} options
 * @param {object} options.feed
 * @param {(data: any) => any} options.render Gives the nodes for data.
 * @param {(data: any) => Node | null} [options.empty] The empty state, or null if there is data.
 * @param {any} [options.title]
 * @param {any} [options.note] Beside the title.
 * @param {string} [options.name] A class.
 * @param {number} [options.lines] Of the skeleton.
 * @param {(error: Error) => Node | null} [options.explain] A better answer to an error.
 * @returns {HTMLElement}
 */
export function panel({
    feed,
    render,
    empty = () => null,
    title = null,
    note = null,
    name = "",
    lines = 4,
    explain = () => null,
}) {
    const body = h("div", { class: "panelBody" }, skeleton(lines));
    const stale = h("p", { class: "stale", hidden: true, role: "status" });
    const head =
        title === null
            ? null
            : h(
                  "header",
                  { class: "panelHead" },
                  h("h2", {}, title),
                  h("div", { class: "panelNote" }, note),
              );
    const element = h(
        "section",
        { class: `panel ${name}`, "aria-busy": "true" },
        head,
        stale,
        body,
    );
    feed.subscribe((state) => {
        element.setAttribute("aria-busy", String(state.phase === "loading"));
        element.dataset.phase = state.phase;
        stale.hidden = !state.stale;
        if (state.stale) {
            replace(
                stale,
                icon("warning"),
                ` Not refreshed: ${visible(state.error.message)} `,
                "What you see is older; asking again.",
            );
            return;
        }
        if (state.phase === "loading") {
            replace(body, skeleton(lines));
        } else if (state.phase === "error") {
            replace(body, explain(state.error) ?? errorState(state.error, feed.refresh));
        } else {
            const nothing = empty(state.data);
            element.dataset.phase = nothing ? "empty" : "data";
            replace(body, nothing ?? render(state.data));
        }
    });
    return element;
}
