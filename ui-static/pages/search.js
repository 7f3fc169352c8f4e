/**
 * Transactions: by words, function, errors, cold starts and time.
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
import { answerOrderKey, orderHref, orderOf, orderSelect } from "../widgets/orderSelect.js";
import { emptyState, errorState, panel } from "../widgets/panel.js";
import { partialNote, queryError, queryForm } from "../widgets/queryBox.js";
import { transactionTable } from "../widgets/transactionTable.js";

const pageSize = 50;
/** More rows than this are not a list any more; the query should say more. */
const rowsMax = 1000;
const orders = [
    ["start", "Newest first"],
    ["elapsed", "Longest first"],
    ["cost", "Most expensive first"],
    ["oldest", "Oldest first"],
];

function toggle(state, q, flag, words, picture) {
    const on = readQuery(q)[flag];
    return h(
        "a",
        {
            class: "button toggle",
            role: "switch",
            "aria-checked": String(on),
            "data-flag": flag,
            "data-key": `flag-${flag}`,
            href: change(state, { q: changeQuery(q, { [flag]: !on }) }),
        },
        icon(picture),
        words,
    );
}

function functionSelect(state, q, names) {
    const current = readQuery(q).function;
    const all = [...new Set([...names, ...(current ? [current] : [])])].sort((a, b) =>
        a.localeCompare(b),
    );
    const select = h(
        "select",
        { class: "select", "aria-label": "Function", "data-key": "function" },
        h("option", { value: "" }, "All functions"),
        all
            .filter((name) => name !== "" && !/\s/.test(name))
            .map((name) => h("option", { value: name }, visible(name).slice(0, 80))),
    );
    select.value = current ?? "";
    select.addEventListener("change", () =>
        go(change(state, { q: changeQuery(q, { function: select.value || null }) })),
    );
    return select;
}

function filters(state, q, functions) {
    const element = h("div", { class: "filters" });
    const draw = (names) =>
        replace(
            element,
            functionSelect(state, q, names),
            toggle(state, q, "errors", "Errors", "error"),
            toggle(state, q, "timeouts", "Timeouts", "timeout"),
            toggle(state, q, "cold", "Cold starts", "cold"),
            orderSelect(state, orders),
            h("a", { class: "button", href: link(state, "logs", null, { q }) }, icon("right"), "Their lines"),
        );
    draw([]);
    functions.subscribe((now) => {
        if (now.phase === "data") {
            draw((now.data.functions ?? []).map((row) => String(row.name ?? "")));
        }
    });
    return element;
}

function nothing(state, q, partial) {
    const element = nothingFound(state, q);
    if (partial) {
        element.append(partialNote(partial));
    }
    return element;
}

function nothingFound(state, q) {
    const wider = h(
        "a",
        { class: "button", href: change(state, { range: "7d", from: null, to: null }) },
        "Look at the last 7 days",
    );
    if (q !== "") {
        return emptyState(
            "No transaction matches",
            "Each term is met by some call, span or line of a transaction; in ( ) by one and the same.",
            h("a", { class: "button", href: change(state, { q: null }) }, "Without the filter"),
            h("a", { class: "button", href: link(state, "logs", null, { q }) }, "Look at lines"),
            wider,
        );
    }
    return emptyState(
        "No transaction in this time",
        [
            "Invoke a function that has the agent, read logs with ",
            h("code", {}, "thaw import FILE"),
            ", or start the sample with ",
            h("code", {}, "./dev run"),
            ".",
        ],
        wider,
    );
}

/** Rows of a first page that is asked for again, and the rows that were added to it by hand. */
function mergeRows(fresh, older) {
    const known = new Set(fresh.map((row) => row.id));
    return [...fresh, ...older.filter((row) => !known.has(row.id))];
}

/** The rows so far and a button for more.  memory keeps what was added over a live refresh. */
function results(state, data, signal, memory) {
    const order = orderOf(state, orders);
    const fresh = data.transactions ?? [];
    if (memory.more) {
        // Only with the newest first do new rows belong before those that are there.
        memory.rows = order === "start" ? mergeRows(fresh, memory.rows) : memory.rows;
    } else {
        Object.assign(memory, { rows: fresh, cursor: data.next_cursor ?? null });
    }
    let partial = data.partial || null;
    const list = h("div", {});
    const foot = h("div", { class: "panelFoot more" });
    const showMore = async (event) => {
        event.target.disabled = true;
        try {
            const { data: answer } = await get(
                ["transactions"],
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
            memory.rows = mergeRows(memory.rows, answer.transactions ?? []);
            memory.cursor = answer.next_cursor ?? null;
            partial = answer.partial || partial;
            // Perhaps a refresh has drawn the list anew in the meantime.
            memory.draw();
        } catch (error) {
            if (!signal.aborted) {
                replace(foot, errorState(error, draw));
            }
        }
    };
    const draw = () => {
        const { rows, cursor } = memory;
        const full = rows.length >= rowsMax;
        const said =
            cursor === null ? "That is all." : full ? "Say more in the query to see others." : "";
        replace(
            list,
            transactionTable(state, rows, {
                order,
                orderHref: (next) => orderHref(state, orders, next),
            }),
        );
        replace(
            foot,
            h("span", { class: "sub" }, `${plural(rows.length, "transaction")}. ${said}`),
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
export function searchPage(root, state, signal) {
    const q = state.parameters.get("q") ?? "";
    const feed = ask(state, signal, ["transactions"], {
        parameters: () => ({ q, order: orderOf(state, orders), limit: pageSize }),
    });
    const functions = ask(state, signal, ["functions"], { everyMs: null });
    const counts = ask(state, signal, ["transactions", "histogram"], { parameters: () => ({ q }) });
    const memory = { rows: [], cursor: null, more: false };
    answerOrderKey(signal);
    root.append(
        h(
            "header",
            { class: "pageHead" },
            h("h1", {}, "Transactions"),
            queryForm(state, q, "text, function:NAME, error:true, duration:>1s, (function:NAME cold)"),
            filters(state, q, functions),
        ),
    );
    root.append(
        histogramPanel(state, counts, "transaction", signal),
        panel({
            feed,
            name: "flush",
            lines: 10,
            explain: (error) => queryError(q, error, feed.refresh),
            empty: (data) =>
                (data.transactions ?? []).length === 0 ? nothing(state, q, data.partial) : null,
            render: (data) => results(state, data, signal, memory),
        }),
    );
}
