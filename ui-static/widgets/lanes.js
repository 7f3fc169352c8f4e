/**
 * Instances as lanes: one row per execution environment, from its init to its end.
 *
 * Only the lanes in sight exist as elements, so that hundreds of them scroll well.  Arrow keys walk:
 * left and right through the invocations of a lane, up and down through the lanes.
 */

import { axisTime, plural, visible } from "../format.js";
import { h, replace, svg } from "../h.js";
import { layoutLane } from "../model/lanes.js";
import { go } from "../navigate.js";
import { clockTicks } from "../time.js";
import { drawTrack, laneEnd, laneHead, laneHeight } from "./lane.js";

const axisHeight = 26;
const overscan = 4;

function drawAxis(view) {
    const count = Math.max(2, Math.floor(view.width / 110));
    const offsetMs = -new Date(view.toMs).getTimezoneOffset() * 60_000;
    const { ms, stepMs } = clockTicks(view.fromMs, view.toMs, count, offsetMs);
    const x = (at) => ((at - view.fromMs) / (view.toMs - view.fromMs)) * view.width;
    return svg(
        "svg",
        { class: "laneAxis", width: view.width, height: axisHeight, "aria-hidden": "true" },
        ms.map((at) =>
            svg(
                "g",
                {},
                svg("line", { x1: x(at), x2: x(at), y1: 20, y2: axisHeight }),
                svg(
                    "text",
                    {
                        x: x(at),
                        y: 14,
                        "text-anchor":
                            x(at) < 20 ? "start" : x(at) > view.width - 20 ? "end" : "middle",
                    },
                    axisTime(at, stepMs),
                ),
            ),
        ),
    );
}

function moveFocus(event, scroller, state) {
    const block = event.target.closest?.(".block");
    if (!block) {
        return;
    }
    const row = block.closest(".lane");
    const blocks = [...row.querySelectorAll(".block")];
    const at = blocks.indexOf(block);
    if (event.key === "ArrowRight" || event.key === "ArrowLeft") {
        event.preventDefault();
        blocks[
            Math.max(0, Math.min(blocks.length - 1, at + (event.key === "ArrowRight" ? 1 : -1)))
        ].focus();
    } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        event.preventDefault();
        const index = Number(row.dataset.index) + (event.key === "ArrowDown" ? 1 : -1);
        state.reveal(index);
        scroller.querySelector(`[data-index="${index}"] .block`)?.focus();
    }
}

/**
 * The lanes.
 * @param {object[]} lanes
 * @param {{fromMs: number, toMs: number, nowMs: number, href: (invocation: object) => string,
 *          rangeHref: (fromMs: number, toMs: number) => string}} options
 * @param {AbortSignal} signal
 * @returns {HTMLElement}
 */
export function lanesView(lanes, options, signal) {
    const canvas = h("div", {
        class: "lanesCanvas",
        css: { height: `${lanes.length * laneHeight}px` },
    });
    const axis = h("div", { class: "lanesAxisRow" });
    const scroller = h("div", { class: "lanesScroller", tabindex: "-1" }, canvas);
    const element = h(
        "div",
        {
            class: "lanes",
            role: "group",
            "aria-label": `${plural(lanes.length, "instance")} as lanes`,
        },
        svg(
            "svg",
            { class: "lanesDefs", "aria-hidden": "true", width: 0, height: 0 },
            svg(
                "defs",
                {},
                svg(
                    "pattern",
                    {
                        id: "stripes",
                        width: 6,
                        height: 6,
                        patternUnits: "userSpaceOnUse",
                        patternTransform: "rotate(45)",
                    },
                    svg("rect", { class: "stripe", width: 2.4, height: 6 }),
                ),
            ),
        ),
        axis,
        scroller,
    );
    let shown = [-1, -1];
    let view = null;
    const trackWidth = () => {
        const style = getComputedStyle(element);
        const side =
            parseFloat(style.getPropertyValue("--lane-head")) +
            parseFloat(style.getPropertyValue("--lane-end"));
        return Math.max(60, Math.floor(scroller.clientWidth - side));
    };
    const draw = (force) => {
        const first = Math.max(0, Math.floor(scroller.scrollTop / laneHeight) - overscan);
        const last = Math.min(
            lanes.length,
            Math.ceil((scroller.scrollTop + scroller.clientHeight) / laneHeight) + overscan,
        );
        if (!force && first === shown[0] && last === shown[1]) {
            return;
        }
        shown = [first, last];
        const focused = document.activeElement?.getAttribute?.("data-request");
        replace(
            canvas,
            lanes.slice(first, last).map((lane, i) =>
                h(
                    "div",
                    {
                        class: "lane",
                        "data-index": first + i,
                        "data-instance": visible(lane.instance ?? "").slice(0, 200),
                        css: { top: `${(first + i) * laneHeight}px` },
                    },
                    laneHead(lane),
                    drawTrack(lane, layoutLane(lane, view), options, view.width),
                    laneEnd(lane),
                ),
            ),
        );
        if (focused) {
            canvas
                .querySelector(`[data-request="${CSS.escape(focused)}"]`)
                ?.focus({ preventScroll: true });
        }
    };
    const resize = () => {
        const width = trackWidth();
        if (view === null || view.width !== width) {
            view = { ...options, width };
            replace(
                axis,
                h("div", { class: "laneHead sub" }, "instance"),
                drawAxis(view),
                h("div", { class: "laneEnd sub" }, "end"),
            );
            draw(true);
        } else {
            draw(false);
        }
    };
    const reveal = (index) => {
        const top = Math.max(0, Math.min(lanes.length - 1, index)) * laneHeight;
        if (top < scroller.scrollTop) {
            scroller.scrollTop = top;
        } else if (top + laneHeight > scroller.scrollTop + scroller.clientHeight) {
            scroller.scrollTop = top + laneHeight - scroller.clientHeight;
        }
        draw(false);
    };
    const observer = new ResizeObserver(resize);
    observer.observe(scroller);
    signal.addEventListener("abort", () => observer.disconnect());
    scroller.addEventListener("scroll", () => draw(false), { signal, passive: true });
    element.addEventListener("keydown", (event) => moveFocus(event, scroller, { reveal }));
    // A link inside SVG is not an HTML link: clicks on it are followed here.
    element.addEventListener("click", (event) => {
        const block = event.target.closest?.(".block");
        if (block && event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey) {
            event.preventDefault();
            go(block.getAttribute("href"));
        }
    });
    return element;
}

/** What the colours and shapes of lanes mean. */
export function lanesLegend() {
    const item = (kind, words) =>
        h(
            "span",
            { class: "legendItem" },
            h("span", { class: "laneSwatch", "data-kind": kind }),
            words,
        );
    return h(
        "div",
        { class: "legend lanesLegend" },
        item("init", "init"),
        item("proactive", "proactive init"),
        item("ok", "invocation"),
        item("cold", "waited for an init"),
        item("error", "error"),
        item("timeout", "timeout"),
        item("idle", "idle"),
    );
}
