/**
 * Tiles: one figure each, its course, and how it compares with the time before.
 */

import { percent } from "../format.js";
import { h, svg } from "../h.js";
import { icon } from "../icons.js";
import { sparkPath } from "../model/series.js";

const width = 200;
const height = 36;

function sparkline(values, kind, marks) {
    const { line, area } = sparkPath(values, width, height);
    return svg(
        "svg",
        {
            class: `spark spark-${kind}`,
            viewBox: `0 0 ${width} ${height}`,
            preserveAspectRatio: "none",
            "aria-hidden": "true",
        },
        area === "" ? null : svg("path", { class: "sparkArea", d: area }),
        line === "" ? null : svg("path", { class: "sparkLine", d: line }),
        marks.length === 0
            ? null
            : svg("path", {
                  class: "sparkMark",
                  d: marks.map((share) => `M${(share * width).toFixed(1)} 0V${height}`).join(""),
              }),
    );
}

function changeText(change, words) {
    if (change === null || change === undefined) {
        return null;
    }
    if (Math.abs(change) < 0.005) {
        return h("span", { class: "change", title: words }, "as before");
    }
    const amount =
        Math.abs(change) >= 9.995
            ? `${Math.round(Math.abs(change) + 1)}×`
            : percent(Math.abs(change)).replace(/\.\d+/, "");
    return h("span", { class: "change", title: words }, icon(change > 0 ? "up" : "down"), amount);
}

/**
 * One tile.
 * @param {{label: string, title: string, value: any, note?: any, href: string,
 *          values: (number | null)[], kind: "plain" | "bad" | "cold", change?: number | null,
 *          before?: string, alarming?: boolean, marks?: number[]}} tile marks are shares of the time.
 * @returns {HTMLElement}
 */
export function tile(tile) {
    return h(
        "a",
        {
            class: "tile",
            href: tile.href,
            title: tile.title,
            "data-key": `tile-${tile.label}`,
            "data-tile": tile.label,
        },
        h("span", { class: "tileLabel" }, tile.label),
        h("span", { class: "tileValue", "data-alarming": tile.alarming ? "" : null }, tile.value),
        h(
            "span",
            { class: "tileNote" },
            changeText(tile.change, tile.before ?? ""),
            tile.note ?? null,
        ),
        sparkline(tile.values, tile.kind, tile.marks ?? []),
    );
}
