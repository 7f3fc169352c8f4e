/**
 * A hint that there is data of another time than the one that is shown: somebody who has imported
 * an old export sees at once where it is.
 */

import { dateTime, plural } from "../format.js";
import { h } from "../h.js";
import { icon } from "../icons.js";
import { newestRange } from "../model/sources.js";
import { change, rangeChanges } from "../state.js";

/**
 * A button that leads to the newest data of these functions, or null without any.
 * @param {object} state
 * @param {object[]} rows As GET functions?from=0 gives them.
 * @returns {HTMLElement | null}
 */
export function newestLink(state, rows) {
    const range = newestRange(rows);
    return range === null
        ? null
        : h(
              "a",
              {
                  class: "button primary",
                  "data-key": "newest",
                  href: change(state, rangeChanges(range)),
              },
              `Show the newest data, of ${dateTime(range.newestMs).slice(0, 10)}`,
          );
}

/**
 * One line below a list: so many functions more are known, from another time.
 * @param {object} state
 * @param {object[]} rows Those that are not in the list.
 * @returns {HTMLElement | null}
 */
export function elsewhenLine(state, rows) {
    const range = newestRange(rows);
    if (range === null) {
        return null;
    }
    const names = new Set(rows.map((row) => row.name)).size;
    return h(
        "p",
        { class: "elsewhen" },
        icon("note"),
        h(
            "span",
            {},
            `${plural(names, "function")} more ${names === 1 ? "has" : "have"} data, but not in ` +
                `this time: the newest is of ${dateTime(range.newestMs).slice(0, 16)}. `,
            h("a", { href: change(state, rangeChanges(range)), "data-key": "elsewhen" }, "Show it"),
        ),
    );
}
