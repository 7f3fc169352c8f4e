/**
 * One line of a list of lines: when, how bad, whose, what; opened, all of it.
 */

import { shorten, visible } from "../format.js";
import { h, replace } from "../h.js";
import { icon } from "../icons.js";
import { link } from "../state.js";
import { attributeTable } from "./attributes.js";
import { moment } from "./common.js";

const bodyMax = 2000;
const wholeMax = 100_000;

const grades = [
    [21, "FATAL", "error"],
    [17, "ERROR", "error"],
    [13, "WARN", "warning"],
    [9, "INFO", ""],
    [5, "DEBUG", ""],
    [1, "TRACE", ""],
];

/** How bad a line is: the word for it, and what colour that has. */
function gradeOf(log) {
    const [, word, grade] = grades.find(([least]) => (log.severity ?? 0) >= least) ?? [0, "–", ""];
    return { word: log.level ? visible(log.level) : word, grade };
}

function bodyText(log) {
    return typeof log.body === "string" ? log.body : JSON.stringify(log.body ?? null);
}

function whole(log) {
    const text = bodyText(log);
    const attributes = Object.keys(log.attributes ?? {}).length > 0;
    return [
        h("pre", { class: "logWhole" }, visible(text.slice(0, wholeMax))),
        attributes ? attributeTable(log.attributes) : null,
    ];
}

/**
 * @param {object} state
 * @param {object} log
 * @returns {HTMLElement}
 */
export function logRow(state, log) {
    const { word, grade } = gradeOf(log);
    const said = log.message || bodyText(log);
    const who = log.function ?? log.service ?? null;
    const extra = h("div", { class: "logExtra", hidden: true });
    const open = h(
        "button",
        {
            type: "button",
            class: "logMore",
            "aria-expanded": "false",
            "aria-label": "More of this line",
        },
        icon("right"),
    );
    open.addEventListener("click", () => {
        const opens = extra.hidden;
        extra.hidden = !opens;
        open.setAttribute("aria-expanded", String(opens));
        replace(extra, opens ? whole(log) : null);
    });
    return h(
        "li",
        { class: "logRow", "data-grade": grade, "data-row": "" },
        open,
        log.transaction
            ? h(
                  "a",
                  {
                      class: "logTime",
                      href: link(state, "transaction", log.transaction),
                      title: "Open its transaction",
                      "data-primary": "",
                  },
                  moment(log.time, { fraction: 3, date: "unless today" }),
              )
            : h(
                  "span",
                  { class: "logTime", title: "It names no trace and no request" },
                  moment(log.time, { fraction: 3, date: "unless today" }),
              ),
        h(
            "span",
            { class: "logLevel" },
            grade === "error" ? icon("error") : grade === "warning" ? icon("warning") : null,
            shorten(word, 8),
        ),
        log.function
            ? h(
                  "a",
                  { class: "logWho", href: link(state, "function", log.function) },
                  h("bdi", {}, shorten(log.function, 28)),
              )
            : h("span", { class: "logWho" }, h("bdi", {}, shorten(who ?? "–", 28))),
        h("div", { class: "logBody" }, h("bdi", { class: "logText" }, visible(said.slice(0, bodyMax)))),
        extra,
    );
}
