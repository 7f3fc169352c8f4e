/**
 * The waterfall: rows of a transaction over one ruler.
 *
 * Only rows in sight exist as elements.  The list has the focus, one row is selected; up, down, Home
 * and End move the selection.  Dragging over the ruler looks closer, double click looks at all.
 */

import { count, duration, plural, shorten, visible } from "../format.js";
import { h, replace } from "../h.js";
import { icon } from "../icons.js";
import { laneOf } from "../model/keys.js";
import { rulerTicks } from "../time.js";
import { at, drawBars, rowTitle } from "./bars.js";
import { instanceTag } from "./instanceTag.js";

const overscan = 6;

function invocationLabel(row, lanes) {
    const { invocation } = row;
    return [
        instanceTag(lanes, invocation),
        invocation.cold ? icon("cold", "cold start") : null,
        invocation.attempt > 1
            ? h("span", { class: "attempt" }, `attempt ${invocation.attempt}`)
            : null,
        invocation.shared ? icon("shared", "shared") : null,
        row.failed
            ? icon(invocation.outcome === "timeout" ? "timeout" : "error", invocation.outcome)
            : null,
    ];
}

function labelOf(row, lanes) {
    switch (row.type) {
        case "invocation":
            return invocationLabel(row, lanes);
        case "instance":
            return [
                row.invocation ? instanceTag(lanes, row.invocation) : h("span", {}, row.name),
                h(
                    "span",
                    { class: "sub" },
                    row.invocation ? plural(row.count, "invocation") : count(row.count),
                ),
            ];
        case "link":
            return [
                icon(row.name === "queue" ? "queue" : "right"),
                h(
                    "span",
                    { class: "linkName" },
                    h("bdi", {}, shorten(row.destination ?? row.name, 30)),
                ),
            ];
        default:
            return [
                row.inferred ? icon("queue", "inferred from the event") : null,
                h(
                    "bdi",
                    { class: "spanName" },
                    shorten(row.name === "" ? "unnamed span" : row.name, 80),
                ),
            ];
    }
}

function rowElement(row, index, options, view) {
    const indent = Math.min(row.depth, 9);
    return h(
        "div",
        {
            class: "wfRow",
            id: `wf-${index}`,
            role: "option",
            "data-type": row.type,
            "data-index": index,
            "data-failed": row.failed ? "" : null,
            "data-critical": row.critical ? "" : null,
            "data-lane": laneOf(options.lanes, row.invocation ?? row.span ?? {}) % 8,
            "aria-selected": String(options.selected() === row.key),
            "data-hot": options.hot() === row.key ? "" : null,
            css: { top: `calc(var(--wf-row) * ${index})` },
        },
        h(
            "div",
            {
                class: "wfLabel",
                css: { "padding-left": `${8 + indent * 12}px` },
                title: row.type === "span" ? visible(row.name).slice(0, 500) : null,
            },
            labelOf(row, options.lanes),
        ),
        h("div", { class: "wfTrack", title: rowTitle(row, options.zeroMs) }, drawBars(row, view)),
    );
}

function drawRuler(view) {
    const ticks = rulerTicks(view.fromMs, view.toMs, Math.max(2, Math.floor(view.width / 90)));
    return ticks.map((ms) =>
        h(
            "span",
            {
                class: "tick",
                "data-last": at(ms, view) > 94 ? "" : null,
                css: { left: `${at(ms, view).toFixed(3)}%` },
            },
            h("span", {}, duration(ms)),
        ),
    );
}

/** Dragging over an element gives two shares of its width. */
function dragRange(element, onRange) {
    const mark = h("span", { class: "dragMark", hidden: true });
    element.append(mark);
    element.addEventListener("pointerdown", (event) => {
        const box = element.getBoundingClientRect();
        const share = (x) => Math.max(0, Math.min(1, (x - box.left) / box.width));
        const from = share(event.clientX);
        let to = from;
        element.setPointerCapture(event.pointerId);
        const move = (moved) => {
            to = share(moved.clientX);
            mark.hidden = Math.abs(to - from) * box.width < 4;
            mark.style.setProperty("left", `${Math.min(from, to) * 100}%`);
            mark.style.setProperty("width", `${Math.abs(to - from) * 100}%`);
        };
        const up = () => {
            element.removeEventListener("pointermove", move);
            mark.hidden = true;
            if (Math.abs(to - from) * box.width >= 4) {
                onRange(Math.min(from, to), Math.max(from, to));
            }
        };
        element.addEventListener("pointermove", move);
        element.addEventListener("pointerup", up, { once: true });
        element.addEventListener("pointercancel", up, { once: true });
    });
}

/**
 * @param {object} model As buildTransaction() gave it.
 * @param {{onSelect: (row: object, how: "click" | "key") => void, onHover: (key: string | null) => void}} hooks
 * @param {AbortSignal} signal
 * @returns {{element: HTMLElement, select: (key: string | null, reveal: boolean) => void,
 *            highlight: (key: string | null) => void, step: (by: number, type?: string) => void}}
 */
export function createWaterfall(model, hooks, signal) {
    const { rows } = model;
    // Some room at the right for the words beside what ends last.
    const whole = { fromMs: 0, toMs: model.endMs * 1.12 };
    let view = { ...whole, width: 0 };
    let selected = null;
    let hot = null;
    let shown = "";
    const options = {
        lanes: model.lanes,
        zeroMs: model.zeroMs,
        selected: () => selected,
        hot: () => hot,
    };
    const ruler = h("div", {
        class: "wfRuler",
        title: "Drag to look closer, double click to see all",
    });
    const ticks = h("div", { class: "wfTicks" });
    ruler.append(ticks);
    const reset = h("button", { type: "button", class: "button small", hidden: true }, "Show all");
    const canvas = h("div", {
        class: "wfCanvas",
        css: { height: `calc(var(--wf-row) * ${rows.length})` },
    });
    const scroller = h(
        "div",
        {
            class: "wfScroller",
            tabindex: "0",
            role: "listbox",
            "aria-label": "Waterfall of the transaction",
        },
        canvas,
    );
    const element = h(
        "div",
        { class: "waterfall" },
        h(
            "div",
            { class: "wfHead" },
            h("div", { class: "wfLabel" }, h("span", { class: "sub" }, "instance and span"), reset),
            ruler,
        ),
        scroller,
    );

    const rowHeight = () =>
        parseFloat(getComputedStyle(element).getPropertyValue("--wf-row")) || 30;
    const draw = (force) => {
        const height = rowHeight();
        const first = Math.max(0, Math.floor(scroller.scrollTop / height) - overscan);
        const last = Math.min(
            rows.length,
            Math.ceil((scroller.scrollTop + scroller.clientHeight) / height) + overscan,
        );
        if (!force && shown === `${first} ${last}`) {
            return;
        }
        shown = `${first} ${last}`;
        canvas.replaceChildren(
            ...rows.slice(first, last).map((row, i) => rowElement(row, first + i, options, view)),
        );
        const index = rows.findIndex((row) => row.key === selected);
        if (index >= 0) {
            scroller.setAttribute("aria-activedescendant", `wf-${index}`);
        }
    };
    const look = (range) => {
        view = { ...view, ...range };
        reset.hidden = view.fromMs === whole.fromMs && view.toMs === whole.toMs;
        replace(ticks, drawRuler(view));
        draw(true);
    };
    const reveal = (index) => {
        const height = rowHeight();
        const top = index * height;
        if (top < scroller.scrollTop) {
            scroller.scrollTop = top;
        } else if (top + height > scroller.scrollTop + scroller.clientHeight) {
            scroller.scrollTop = top + height - scroller.clientHeight;
        }
    };
    const select = (key, show) => {
        selected = key;
        if (show) {
            reveal(
                Math.max(
                    0,
                    rows.findIndex((row) => row.key === key),
                ),
            );
        }
        draw(true);
    };
    const step = (by, type = null) => {
        let index = rows.findIndex((row) => row.key === selected);
        do {
            index += by;
        } while (type !== null && rows[index] && rows[index].type !== type);
        if (rows[index]) {
            hooks.onSelect(rows[index], "key");
        }
    };
    const keys = {
        ArrowDown: () => step(1),
        ArrowUp: () => step(-1),
        Home: () => hooks.onSelect(rows[0], "key"),
        End: () => hooks.onSelect(rows.at(-1), "key"),
    };
    scroller.addEventListener("keydown", (event) => {
        if (keys[event.key]) {
            event.preventDefault();
            keys[event.key]();
        }
    });
    scroller.addEventListener("scroll", () => draw(false), { passive: true });
    canvas.addEventListener("click", (event) => {
        const row = rows[Number(event.target.closest(".wfRow")?.dataset.index)];
        if (row) {
            hooks.onSelect(row, "click");
        }
    });
    canvas.addEventListener("pointerover", (event) =>
        hooks.onHover(rows[Number(event.target.closest(".wfRow")?.dataset.index)]?.key ?? null),
    );
    canvas.addEventListener("pointerleave", () => hooks.onHover(null));
    dragRange(ruler, (from, to) => {
        const length = view.toMs - view.fromMs;
        look({ fromMs: view.fromMs + from * length, toMs: view.fromMs + to * length });
    });
    ruler.addEventListener("dblclick", () => look(whole));
    reset.addEventListener("click", () => look(whole));
    const observer = new ResizeObserver(() => {
        const width = ruler.clientWidth;
        if (width > 0 && width !== view.width) {
            view.width = width;
            look({});
        } else {
            draw(false);
        }
    });
    observer.observe(scroller);
    signal.addEventListener("abort", () => observer.disconnect());
    return {
        element,
        select,
        step,
        highlight(key) {
            hot = key;
            for (const each of canvas.children) {
                each.toggleAttribute(
                    "data-hot",
                    key !== null && rows[Number(each.dataset.index)]?.key === key,
                );
            }
        },
    };
}

/** What the shapes mean. */
export function waterfallLegend() {
    const item = (kind, words) =>
        h(
            "span",
            { class: "legendItem" },
            h("span", { class: "wfSwatch", "data-kind": kind }),
            words,
        );
    return h(
        "div",
        { class: "legend" },
        item("init", "init (cold start)"),
        item("handler", "handler"),
        item("post", "post_handler"),
        item("response", "response"),
        item("billed", "billed"),
        item("span", "span"),
        item("wait", "waits in a queue"),
        item("critical", "critical path"),
    );
}
