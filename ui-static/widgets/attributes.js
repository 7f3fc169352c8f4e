/**
 * Attributes as a table: keys and values are text, whatever they contain.
 */

import { visible } from "../format.js";
import { h } from "../h.js";

const shownMax = 300;
const valueMax = 20_000;

function valueText(value) {
    if (value === null || value === undefined) {
        return "null";
    }
    return typeof value === "object" ? JSON.stringify(value, null, 2) : String(value);
}

/**
 * @param {Object<string, any> | null} attributes
 * @returns {HTMLElement}
 */
export function attributeTable(attributes) {
    const entries = Object.entries(attributes ?? {}).sort(([left], [right]) =>
        left.localeCompare(right),
    );
    return h(
        "div",
        { class: "attributes" },
        h(
            "table",
            {},
            h(
                "tbody",
                {},
                entries
                    .slice(0, shownMax)
                    .map(([key, value]) =>
                        h(
                            "tr",
                            {},
                            h("th", { scope: "row" }, h("bdi", {}, visible(key).slice(0, 500))),
                            h(
                                "td",
                                { "data-type": typeof value },
                                h("bdi", {}, visible(valueText(value)).slice(0, valueMax)),
                            ),
                        ),
                    ),
            ),
        ),
        entries.length > shownMax
            ? h("p", { class: "sub" }, `and ${entries.length - shownMax} more`)
            : null,
    );
}
