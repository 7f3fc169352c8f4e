/**
 * Log lines of all functions: by the search language, over time, each with its transaction.
 */

import { get } from "../api.js";
import { count, plural, visible } from "../format.js";
import { h, replace } from "../h.js";
import { icon } from "../icons.js";
import { changeQuery, readQuery } from "../model/query.js";
import { go } from "../navigate.js";
import { change, link } from "../state.js";
import { ask, rangeParameters } from "../widgets/ask.js";
import { histogramPanel } from "../widgets/histogram.js";
import { logRow } from "../widgets/logRow.js";
import { answerOrderKey, orderOf, orderSelect } from "../widgets/orderSelect.js";
import { emptyState, errorState, panel } from "../widgets/panel.js";
import { partialNote, queryError, queryForm } from "../widgets/queryBox.js";

const pageSize = 100;
/** More rows than this are not a list any more; the query should say more. */
const rowsMax = 2000;
const orders = [
    ["newest", "Newest first"],
    ["oldest", "Oldest first"],
];
const levels = [
    ["", "All levels"],
    ["level:>=info", "Info and above"],
    ["level:>=warn", "Warnings and errors"],
    ["level:>=error", "Errors"],
];

/** The level that the query asks for by one of the switches. */
function levelOf(q) {
    return readQuery(q).rest.find((term) => levels.some(([id]) => id === term)) ?? "";
}

function levelSelect(state, q) {
    const select = h(
        "select",
        { class: "select", "aria-label": "Level", "data-key": "level" },
        levels.map(([id, words]) => h("option", { value: id }, words)),
    );
    select.value = levelOf(q);
    select.addEventListener("change", () => {
        const rest = readQuery(q).rest.filter((term) => !levels.some(([id]) => id === term));
        const level = select.value === "" ? [] : [select.value];
        go(change(state, { q: changeQuery(q, { rest: [...level, ...rest] }) }));
    });
    return select;
}

function nothing(state, q, partial) {
    const element = emptyState(
        q === "" ? "No log line in this time" : "No line matches",
        q === ""
            ? "Agents send what functions write; thaw import reads what is written already."
            : "Words are whole words; *part* finds parts of them.",
        q === ""
            ? null
            : h("a", { class: "button", href: change(state, { q: null }) }, "Without the filter"),
        h(
            "a",
            { class: "button", href: change(state, { range: "7d", from: null, to: null }) },
            "Look at the last 7 days",
        ),
    );
    if (partial) {
        element.append(partialNote(partial));
    }
    return element;
}

/** Pages of rows: the first from a feed, the others by hand, which no refresh takes away. */
function results(state, data, signal, memory) {
    if (!memory.more) {
        Object.assign(memory, { rows: data.logs ?? [], cursor: data.next_cursor ?? null });
        memory.partial = data.partial || null;
    }
    const list = h("ol", { class: "logRows", "aria-label": "Log lines" });
    const foot = h("div", { class: "panelFoot more" });
    const showMore = async (event) => {
        event.target.disabled = true;
        try {
            const { data: answer } = await get(
                ["logs"],
                {
                    ...rangeParameters(state),
                    q: state.parameters.get("q"),
                    order: orderOf(state, orders),
                    limit: pageSize,
                    cursor: memory.cursor,
                },
                signal,
            );
            memory.more = true;
            memory.rows = [...memory.rows, ...(answer.logs ?? [])];
            memory.cursor = answer.next_cursor ?? null;
            memory.partial = answer.partial || null;
            memory.draw();
        } catch (error) {
            if (!signal.aborted) {
                replace(foot, errorState(error, draw));
            }
        }
    };
    const draw = () => {
        const { rows, cursor, partial } = memory;
        const full = rows.length >= rowsMax;
        const said =
            cursor === null ? "That is all." : full ? "Say more in the query to see others." : "";
        replace(
            list,
            rows.map((row) => logRow(state, row)),
        );
        replace(
            foot,
            h("span", { class: "sub" }, `${plural(rows.length, "line")}. ${said}`),
            cursor !== null && !full
                ? h(
                      "button",
                      { type: "button", class: "button", "data-key": "more", onclick: showMore },
                      `Show ${count(pageSize)} more`,
                  )
                : null,
            partial ? partialNote(partial) : null,
        );
    };
    memory.draw = draw;
    draw();
    return [list, foot];
}

/**
 * @param {HTMLElement} root
 * @param {object} state
 * @param {AbortSignal} signal
 */
export function logsPage(root, state, signal) {
    const q = state.parameters.get("q") ?? "";
    const memory = { rows: [], cursor: null, partial: null, more: false };
    const feed = ask(state, signal, ["logs"], {
        parameters: () => ({ q, order: orderOf(state, orders), limit: pageSize }),
    });
    const counts = ask(state, signal, ["logs", "histogram"], { parameters: () => ({ q }) });
    const one = readQuery(q).function;
    answerOrderKey(signal);
    root.append(
        h(
            "header",
            { class: "pageHead" },
            h("h1", {}, "Logs"),
            queryForm(state, q, 'text, level:>=warn, function:NAME, "exact words", -not'),
            h(
                "div",
                { class: "filters" },
                levelSelect(state, q),
                orderSelect(state, orders),
                h(
                    "a",
                    { class: "button", href: link(state, "search", null, { q }) },
                    icon("right"),
                    "Their transactions",
                ),
                one === null
                    ? null
                    : h(
                          "a",
                          { class: "button", href: link(state, "function", one) },
                          icon("right"),
                          h("bdi", {}, visible(one).slice(0, 60)),
                      ),
            ),
        ),
        histogramPanel(state, counts, "line", signal),
        panel({
            feed,
            name: "flush",
            lines: 12,
            explain: (error) => queryError(q, error, feed.refresh),
            empty: (data) => ((data.logs ?? []).length === 0 ? nothing(state, q, data.partial) : null),
            render: (data) => results(state, data, signal, memory),
        }),
    );
}
