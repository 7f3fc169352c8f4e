/**
 * Lines and ends of invocations as they come, by the search language.
 */

import { follow } from "../api.js";
import { count, plural } from "../format.js";
import { h, replace } from "../h.js";
import { icon } from "../icons.js";
import { endAsLine } from "../model/events.js";
import { link } from "../state.js";
import { logRow } from "../widgets/logRow.js";
import { emptyState } from "../widgets/panel.js";
import { queryError, queryForm } from "../widgets/queryBox.js";

/** More rows than this go at the other end. */
const rowsMax = 500;
/** Rows that are kept while the page is paused. */
const heldMax = 500;
/** How often rows are drawn, and how soon a stream that broke is asked for again. */
const drawEveryMs = 200;
const againMs = [1000, 2000, 5000, 10_000];

function rowOf(state, data, isEnd) {
    const line = isEnd ? endAsLine(data) : data;
    const row = logRow(state, { ...line, transaction: line.request_id ?? line.trace_id ?? null });
    row.toggleAttribute("data-end", isEnd);
    return row;
}

function note(...words) {
    return h("li", { class: "logRow tailNote", role: "note" }, icon("warning"), " ", words);
}

/** What an event is on the page; null: nothing. */
function drawn(state, { event, data }) {
    switch (event) {
        case "line":
            return rowOf(state, data, false);
        case "invocation":
            return rowOf(state, data, true);
        case "limited":
            return note(
                `${plural(data.left_out, "line")} left out: more than ${count(data.rate)} a second were wanted.`,
            );
        case "gap":
            return note(
                data.skipped === null
                    ? "The collector was started anew: what came in between is not shown."
                    : `${plural(data.skipped, "line")} in between cannot be shown any more.`,
            );
        case "dropped":
            return note(`This page was too slow: ${plural(data.skipped, "line")} have gone.`);
        default:
            return null;
    }
}

/**
 * @param {HTMLElement} root
 * @param {object} state
 * @param {AbortSignal} signal
 */
export function tailPage(root, state, signal) {
    const q = state.parameters.get("q") ?? "";
    const list = h("ol", { class: "logRows", "aria-label": "Lines as they come, the newest first" });
    const said = h("span", { class: "sub tailState", role: "status" });
    const empty = emptyState(
        "Nothing has come yet",
        "Lines are shown as soon as the collector has them on its disk.",
        h("a", { class: "button", href: link(state, "logs", null, { q }) }, "What there is already"),
    );
    const body = h("div", { class: "panelBody" }, empty, list);
    const tail = { waiting: [], lost: 0, seen: 0, rate: null, last: null, paused: false, tries: 0 };
    const pause = h("button", { type: "button", class: "button", "aria-pressed": "false", "data-key": "pause" });

    const say = (words) => {
        const waits = tail.waiting.length;
        const more = tail.lost > 0 ? `, ${count(tail.lost)} older ones let go` : "";
        const held = tail.paused ? `Paused, ${plural(waits, "line")} waiting${more}. ` : "";
        said.textContent = `${held}${words ?? `Following, ${plural(tail.seen, "line")} so far, at most ${count(tail.rate ?? 0)} a second.`}`;
    };
    const draw = () => {
        if (tail.paused || tail.waiting.length === 0) {
            return;
        }
        const rows = tail.waiting.map((event) => drawn(state, event)).reverse();
        tail.waiting = [];
        tail.lost = 0;
        empty.hidden = true;
        list.prepend(...rows);
        while (list.childElementCount > rowsMax) {
            list.lastElementChild.remove();
        }
        say();
    };
    const take = (event) => {
        tail.last = event.id ?? tail.last;
        if (event.event === "hello") {
            tail.rate = event.data.rate;
            tail.tries = 0;
            say();
        }
        if (["line", "invocation", "limited", "gap", "dropped"].includes(event.event)) {
            tail.seen += event.event === "line" || event.event === "invocation" ? 1 : 0;
            tail.waiting.push(event);
            if (tail.waiting.length > heldMax) {
                tail.waiting.shift();
                tail.lost++;
            }
        }
        if (tail.paused) {
            say();
        }
    };
    const showPause = () => {
        replace(pause, icon(tail.paused ? "right" : "pause"), tail.paused ? "Go on" : "Pause");
        pause.setAttribute("aria-pressed", String(tail.paused));
    };
    pause.addEventListener("click", () => {
        tail.paused = !tail.paused;
        showPause();
        say();
        draw();
    });
    const run = async () => {
        while (!signal.aborted) {
            try {
                await follow(["tail"], { q, last_event_id: tail.last }, take, signal);
            } catch (error) {
                if (signal.aborted) {
                    return;
                }
                if (error.status >= 400 && error.status < 500) {
                    replace(body, queryError(q, error, () => location.reload()));
                    said.textContent = "";
                    return;
                }
            }
            const wait = againMs[Math.min(tail.tries, againMs.length - 1)];
            tail.tries++;
            say(`The stream has ended; asking again in ${wait / 1000} s.`);
            await new Promise((resolve) => setTimeout(resolve, wait));
        }
    };
    const timer = setInterval(draw, drawEveryMs);
    signal.addEventListener("abort", () => clearInterval(timer));
    showPause();
    say("Connecting.");
    root.append(
        h(
            "header",
            { class: "pageHead" },
            h("h1", {}, "Tail"),
            queryForm(state, q, "text, level:>=warn, function:NAME, -not", "Follow"),
            h("div", { class: "filters" }, pause, said),
        ),
        h("section", { class: "panel flush tailPanel", "aria-busy": "false" }, body),
    );
    run();
}
