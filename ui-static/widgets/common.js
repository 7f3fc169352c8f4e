/**
 * Small pieces that every page uses: outcome badges, names, times, values that are links.
 */

import { ago, clock, dateTime, money, moneyExact, plural, shorten, visible } from "../format.js";
import { h } from "../h.js";
import { icon } from "../icons.js";
import { sourceWords } from "../model/sources.js";
import { nsToMs } from "../time.js";

const outcomes = {
    ok: ["ok", "ok"],
    error: ["error", "error"],
    timeout: ["timeout", "timeout"],
    end_unknown: ["unknown", "end unknown"],
    running: ["running", "running"],
    failed_inside: ["warning", "failed inside"],
};

/**
 * How something ended: picture and word, colour only besides.
 * @param {string | null} outcome
 * @returns {HTMLElement}
 */
export function outcomeBadge(outcome) {
    const [picture, words] = outcomes[outcome] ?? outcomes.end_unknown;
    return h(
        "span",
        { class: "badge", "data-outcome": outcome ?? "end_unknown" },
        icon(picture),
        h("span", {}, words),
    );
}

/**
 * The mark of a cold start.
 * @param {string} [words]
 * @returns {HTMLElement}
 */
export function coldBadge(words = "cold") {
    return h("span", { class: "badge cold" }, icon("cold"), h("span", {}, words));
}

const sourceTitles = {
    agent: "Told by the agent in the function",
    logs: "Told by its log streams alone: imported, or delivered by a subscription",
    "agent + logs": "Told by the agent, and completed from the log streams",
};

/**
 * Where facts come from: "agent", "logs", "agent + logs"; null where nobody said.
 * @param {object} row
 * @returns {HTMLElement | null}
 */
export function sourceBadge(row) {
    const words = sourceWords(row);
    return words === null
        ? null
        : h(
              "span",
              { class: "sourceBadge", "data-source": words, title: sourceTitles[words] },
              words,
          );
}

/** Says that nothing in the logs names a function. */
export function madeUpBadge() {
    return h(
        "span",
        {
            class: "sourceBadge",
            "data-source": "made up",
            title: "Nothing in these logs names the function: it is called after its log group or its file. thaw import --function NAME gives it one",
        },
        "name?",
    );
}

/**
 * A name from outside: shortened in its middle, whole in its title, never reordering its
 * neighbours.
 * @param {any} text
 * @param {number} [max]
 * @returns {HTMLElement}
 */
export function nameText(text, max = 60) {
    const whole = visible(text);
    const short = shorten(text, max);
    return h("bdi", { class: "name", title: short === whole ? null : whole.slice(0, 2000) }, short);
}

/**
 * A moment: when, and how long ago in its title (or the other way round).
 * @param {string | null} ns
 * @param {{fraction?: number, relative?: boolean, date?: boolean | "unless today"}} [options]
 * @returns {HTMLElement}
 */
export function moment(ns, { fraction = 0, relative = false, date = true } = {}) {
    const ms = nsToMs(ns);
    if (ms === null) {
        return h("span", { class: "unknown" }, "–");
    }
    const whole = dateTime(ms, 3);
    const when = ago(ms, Date.now());
    const today = dateTime(ms).slice(0, 10) === dateTime(Date.now()).slice(0, 10);
    const text = relative
        ? when
        : date === true || (date === "unless today" && !today)
          ? dateTime(ms, fraction)
          : clock(ms, fraction);
    return h(
        "time",
        { datetime: new Date(ms).toISOString(), title: relative ? whole : `${whole}, ${when}` },
        text,
    );
}

/**
 * Money, short, with the exact amount in its title.
 * @param {object | null} cost
 * @returns {HTMLElement}
 */
export function moneyText(cost) {
    return h("span", { class: "money", title: moneyExact(cost) }, money(cost));
}

/**
 * A value that leads to what is behind it; plain where there is nothing behind.
 * @param {string | null} href
 * @param {any} content
 * @param {Object<string, any>} [attributes]
 * @returns {HTMLElement}
 */
export function valueLink(href, content, attributes = {}) {
    return href === null
        ? h("span", attributes, content)
        : h("a", { href, ...attributes }, content);
}

/**
 * A button that copies a text.
 * @param {string} text
 * @param {string} what "request id"
 * @returns {HTMLElement}
 */
export function copyButton(text, what) {
    const button = h(
        "button",
        {
            type: "button",
            class: "iconButton",
            title: `Copy the ${what}`,
            "aria-label": `Copy the ${what}`,
        },
        icon("copy"),
    );
    button.addEventListener("click", async () => {
        try {
            await navigator.clipboard.writeText(text);
            button.replaceChildren(icon("check"));
            setTimeout(() => button.replaceChildren(icon("copy")), 1200);
        } catch {
            button.title = "Copying is not allowed here";
        }
    });
    return button;
}

/**
 * An instance's name is the log stream's; its last characters tell it from the others.
 * @param {string | null} instance
 * @returns {string}
 */
export function shortInstance(instance) {
    const text = visible(instance ?? "");
    const id = text.slice(text.lastIndexOf("]") + 1);
    return shorten(id.length > 0 ? id.slice(0, 8) : text, 12);
}

/**
 * "2 cold starts", "no error".
 * @param {number | null} amount
 * @param {string} one
 * @returns {string}
 */
export function amountOf(amount, one) {
    return amount === 0 ? `no ${one}` : plural(amount ?? 0, one);
}

/**
 * A definition list of facts.
 * @param {[any, any][]} facts
 * @param {string} [name]
 * @returns {HTMLElement}
 */
export function factList(facts, name = "facts") {
    return h(
        "dl",
        { class: name },
        facts
            .filter((fact) => fact !== null)
            .map(([term, value, title]) =>
                h("div", { title: title ?? null }, h("dt", {}, term), h("dd", {}, value)),
            ),
    );
}

/** An id that one may want to copy. */
export function idText(text, what) {
    return text
        ? h(
              "span",
              { class: "idText" },
              h("code", {}, shorten(text, 64)),
              copyButton(String(text), what),
          )
        : "–";
}
