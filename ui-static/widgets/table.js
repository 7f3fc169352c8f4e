/**
 * A table whose headings sort it through the URL and whose rows j and k walk.
 */

import { h } from "../h.js";
import { icon } from "../icons.js";

function heading(column, sort, sortHref) {
    const attributes = {
        scope: "col",
        class: column.align ?? "",
        "data-column": column.id,
        "data-wide": column.wide ? "" : null,
        title: column.title ?? null,
    };
    if (!column.sortable) {
        return h("th", attributes, column.label);
    }
    const current = sort.replace(/^-/, "") === column.id;
    const descending = sort.startsWith("-");
    // The first click on a number shows the greatest first, on a name the first letter.
    const next = current
        ? descending
            ? column.id
            : `-${column.id}`
        : column.align === "left"
          ? column.id
          : `-${column.id}`;
    return h(
        "th",
        { ...attributes, "aria-sort": current ? (descending ? "descending" : "ascending") : null },
        h(
            "a",
            {
                href: sortHref(next),
                class: "sort",
                "data-key": `sort-${column.id}`,
                "data-replace": true,
            },
            column.label,
            current ? icon(descending ? "down" : "up") : null,
        ),
    );
}

/** A click anywhere in a row opens what its first link opens, unless it was meant otherwise. */
function openRow(event) {
    if (event.target.closest("a, button, summary") || !getSelection().isCollapsed) {
        return;
    }
    event.target.closest("[data-row]")?.querySelector("[data-primary]")?.click();
}

/**
 * @param {object} options
 * @param {{id: string, label: any, title?: string, align?: "left", sortable?: boolean,
 *          minor?: boolean, wide?: boolean, cell: (row: any) => any}[]} options.columns "minor"
 *          ones are left out on small screens, "wide" ones on middling ones too.
 * @param {any[]} options.rows
 * @param {(row: any) => string} options.key
 * @param {string} [options.sort]
 * @param {(sort: string) => string} [options.sortHref]
 * @param {string} options.caption For those who do not see the page.
 * @param {(row: any) => Object<string, any>} [options.rowAttributes]
 * @returns {HTMLElement}
 */
export function table({
    columns,
    rows,
    key,
    sort = "",
    sortHref = () => "",
    caption,
    rowAttributes = () => ({}),
}) {
    const cells = (row) =>
        columns.map((column, i) =>
            h(
                i === 0 ? "th" : "td",
                {
                    scope: i === 0 ? "row" : null,
                    class: column.align ?? "",
                    "data-label": column.short ?? column.label,
                    "data-minor": column.minor ? "" : null,
                    "data-wide": column.wide ? "" : null,
                    "data-column": column.id,
                },
                column.cell(row),
            ),
        );
    return h(
        "div",
        { class: "tableScroll", tabindex: "-1" },
        h(
            "table",
            {},
            h("caption", { class: "visuallyHidden" }, caption),
            h(
                "thead",
                {},
                h(
                    "tr",
                    {},
                    columns.map((column) => heading(column, sort, sortHref)),
                ),
            ),
            h(
                "tbody",
                { onclick: openRow },
                rows.map((row) =>
                    h("tr", { "data-row": key(row), ...rowAttributes(row) }, cells(row)),
                ),
            ),
        ),
    );
}
