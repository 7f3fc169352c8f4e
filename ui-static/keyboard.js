/**
 * Keys: / search, j and k rows, Enter open, [ and ] previous and next invocation, t time range,
 * o order of a list, ? what the keys are.
 */

import { h } from "./h.js";
import { icon } from "./icons.js";

/** What the help shows. */
const keys = [
    ["/", "search"],
    ["j  k", "next and previous row"],
    ["Enter", "open the row"],
    ["[  ]", "previous and next invocation"],
    ["t", "time range"],
    ["o", "order of a list"],
    ["?", "this help"],
    ["Esc", "close, or leave a field"],
];

/** A page's own answers to keys, by key; the page that is left takes its own away. */
const own = new Map();

/**
 * Let a page answer keys itself while it is shown.
 * @param {Object<string, () => void>} answers
 * @param {AbortSignal} signal
 */
export function answerKeys(answers, signal) {
    for (const [key, answer] of Object.entries(answers)) {
        own.set(key, answer);
    }
    signal.addEventListener("abort", () => {
        for (const [key, answer] of Object.entries(answers)) {
            if (own.get(key) === answer) {
                own.delete(key);
            }
        }
    });
}

function moveRow(step) {
    const rows = [...document.querySelectorAll("main [data-row]")].filter(
        (row) => row.getClientRects().length > 0,
    );
    if (rows.length === 0) {
        return;
    }
    const current = rows.indexOf(document.activeElement?.closest("[data-row]"));
    const next =
        current < 0
            ? step > 0
                ? 0
                : rows.length - 1
            : Math.max(0, Math.min(rows.length - 1, current + step));
    const target =
        rows[next].querySelector("a[data-primary]") ??
        rows[next].querySelector("a, button") ??
        rows[next];
    target.focus();
    rows[next].scrollIntoView({ block: "nearest" });
}

function help() {
    const dialog = h(
        "dialog",
        { class: "help", "aria-label": "Keys" },
        h(
            "header",
            {},
            h("h2", {}, "Keys"),
            h(
                "button",
                {
                    type: "button",
                    class: "iconButton",
                    "aria-label": "Close",
                    onclick: () => dialog.close(),
                },
                icon("close"),
            ),
        ),
        h(
            "dl",
            {},
            keys.map(([key, what]) =>
                h(
                    "div",
                    {},
                    h(
                        "dt",
                        {},
                        key.split("  ").map((each) => h("kbd", {}, each)),
                    ),
                    h("dd", {}, what),
                ),
            ),
        ),
    );
    dialog.addEventListener("close", () => dialog.remove());
    dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
    document.body.append(dialog);
    dialog.showModal();
}

function typing(target) {
    return (
        target instanceof HTMLElement &&
        (target.isContentEditable || ["INPUT", "TEXTAREA", "SELECT"].includes(target.tagName))
    );
}

/**
 * Listen to the keys of the whole document.
 * @param {{focusSearch: () => void, openRange: () => void}} header
 */
export function listenToKeys(header) {
    const answers = {
        "/": header.focusSearch,
        t: header.openRange,
        j: () => moveRow(1),
        k: () => moveRow(-1),
        "?": help,
    };
    document.addEventListener("keydown", (event) => {
        if (
            event.ctrlKey ||
            event.metaKey ||
            event.altKey ||
            event.defaultPrevented ||
            document.querySelector("dialog[open]")
        ) {
            return;
        }
        if (typing(event.target)) {
            if (event.key === "Escape") {
                event.target.blur();
            }
            return;
        }
        const answer = own.get(event.key) ?? answers[event.key];
        if (answer) {
            event.preventDefault();
            answer();
        }
    });
}
