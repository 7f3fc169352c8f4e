/**
 * One alert in one line: state, what, since when, and the way to its evidence.
 */

import { compact, duration, money, percent, visible } from "../format.js";
import { h } from "../h.js";
import { icon } from "../icons.js";
import { link } from "../state.js";
import { moment, nameText } from "./common.js";

const states = {
    firing: "warning",
    pending: "running",
    resolved: "ok",
    ok: "ok",
    no_data: "unknown",
    error: "error",
};

/**
 * @param {string} state
 * @returns {HTMLElement}
 */
export function alertState(state) {
    return h(
        "span",
        { class: "badge alertState", "data-state": state },
        icon(states[state] ?? "unknown"),
        h("span", {}, visible(state)),
    );
}

/** A value of an alert in the unit of its rule; without one what is compared with a share is a share,
 * other things are numbers. */
export function alertValue(value, threshold, unit = null) {
    if (typeof value !== "number") {
        return "–";
    }
    switch (unit) {
        case "dollars":
            return money({ amount: String(value), currency: "USD" });
        case "seconds":
            return duration(value * 1000);
        case "times":
            return `${compact(value)} times`;
    }
    return threshold > 0 && threshold < 1 ? percent(value) : compact(value);
}

/** What an alert is about, in words. */
export function alertSummary(alert) {
    const name = alert.labels?.function ?? "";
    const words = alert.annotations?.summary || alert.annotations?.description || alert.rule;
    return name === "" || String(words).includes(name) ? String(words) : `${name}: ${words}`;
}

/**
 * @param {object} state The page's.
 * @param {object} alert
 * @returns {HTMLElement}
 */
export function alertLine(state, alert) {
    const name = alert.labels?.function;
    const example = alert.examples?.[0];
    return h(
        "li",
        { class: "alertLine", "data-state": alert.state },
        h("span", { class: "alertStateCell" }, alertState(alert.state)),
        h(
            "a",
            {
                class: "alertWhat",
                href: link(state, "alerts", null, { open: alert.fingerprint }),
                "data-key": `alert-${alert.fingerprint}`,
            },
            nameText(alertSummary(alert), 140),
        ),
        h("span", { class: "sub" }, "since ", moment(alert.since, { relative: true })),
        h(
            "span",
            { class: "alertLinks" },
            name ? h("a", { href: link(state, "function", name) }, nameText(name, 30)) : null,
            example
                ? h(
                      "a",
                      {
                          href: link(
                              state,
                              "transaction",
                              example.transaction ?? example.trace_id ?? example.request_id,
                          ),
                      },
                      "example",
                  )
                : null,
        ),
    );
}
