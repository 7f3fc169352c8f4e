/**
 * Instances as lanes: one row per execution environment, from its init to its end.
 *
 * Only the lanes in sight exist as elements, so that hundreds of them scroll well.  Arrow keys walk:
 * left and right through the invocations of a lane, up and down through the lanes.
 */

import { axisTime, clock, compact, duration, megabytes, plural, visible } from "../format.js";
import { h, replace, svg } from "../h.js";
import { icon } from "../icons.js";
import { endName, laneFacts, layoutLane } from "../model/lanes.js";
import { go } from "../navigate.js";
import { clockTicks } from "../time.js";
import { shortInstance } from "./common.js";
import { hideTooltip, showTooltip } from "./tooltip.js";

const rowHeight = 34;
const axisHeight = 26;
const overscan = 4;

const endPictures = { spindown: "moon", timeout: "timeout", failure: "error", unknown: "unknown" };

function initTip(block) {
    const { init } = block;
    return [h("strong", {}, init.phase === "invoke" ? "Init again, inside an invocation" : "Init"),
        h("span", {}, `${duration(init.init_ms)} · ${clock(block.startMs, 3)}`),
        h("span", { class: "sub" }, init.proactive ? "proactive: nobody waited for it"
            : init.cold ? "cold start: a request waited for it" : "no request is known to have waited")];
}

function blockTip(block) {
    if (block.items.length > 1) {
        const bad = block.failed;
        return [h("strong", {}, plural(block.items.length, "invocation")),
            h("span", {}, `${clock(block.startMs, 3)} – ${clock(block.endMs, 3)}`),
            h("span", { class: bad > 0 ? "bad" : "sub" }, bad > 0 ? plural(bad, "failure") : "all ok"),
            h("span", { class: "sub" }, "a shorter time range separates them")];
    }
    const [item] = block.items;
    return [h("strong", {}, `${visible(item.outcome ?? "end unknown").replace("_", " ")}${item.cold ? ", cold" : ""}`
            + (item.attempt > 1 ? `, attempt ${item.attempt}` : "")),
    h("span", {}, `handler ${duration(item.handler_ms)} · billed ${duration(item.billed_ms)}`),
    h("span", {}, `${clock(block.startMs, 3)} · ${megabytes(item.max_memory_mb)}`),
    h("span", { class: "sub mono" }, visible(item.request_id))];
}

function gapTip(lane, left, right) {
    return [h("strong", {}, "Idle"), h("span", {}, duration(right - left)),
        h("span", { class: "sub" }, "frozen between two invocations")];
}

function blockName(block) {
    if (block.items.length > 1) {
        return plural(block.items.length, "invocation");
    }
    const [item] = block.items;
    return `${item.outcome ?? "end unknown"}${item.cold ? ", cold start" : ""}, handler ${duration(item.handler_ms)}`
        + `, at ${clock(block.startMs)}`;
}

function hover(element, tip) {
    element.addEventListener("pointermove", (event) => showTooltip({ x: event.clientX, y: event.clientY }, tip()));
    element.addEventListener("pointerleave", hideTooltip);
    element.addEventListener("focus", () => {
        const box = element.getBoundingClientRect();
        showTooltip({ x: box.left, y: box.bottom - 8 }, tip());
    });
    element.addEventListener("blur", hideTooltip);
}

function drawBlock(block, options, first, marked) {
    const [item] = block.items;
    const width = Math.max(2, block.width);
    const href = block.items.length === 1 ? options.href(item)
        : options.rangeHref(block.startMs, block.endMs);
    const mid = block.x + width / 2;
    const many = block.items.length > 1;
    const share = many ? block.failed / block.items.length : 0;
    const link = svg("a", { class: "block", href, tabindex: first ? "0" : "-1", "data-outcome": block.outcome,
        "data-cold": block.cold ? "" : null, "data-count": block.items.length > 1 ? block.items.length : null,
        "data-request": item.request_id, "aria-label": blockName(block) },
    svg("rect", { class: "blockHit", x: block.x - 2, y: 3, width: width + 4, height: rowHeight - 6 }),
    svg("rect", { class: "blockBody", x: block.x, y: 9, width, height: 16, rx: Math.min(2, width / 2) }),
    many && share > 0 ? svg("rect", { class: "blockShare", x: block.x, width, height: Math.max(4, 16 * share),
        y: 25 - Math.max(4, 16 * share) }) : null,
    !many && block.outcome === "timeout" ? svg("rect", { class: "blockStripes", x: block.x, y: 9, width, height: 16,
        fill: "url(#stripes)" }) : null,
    block.postWidth > 1.5 ? svg("rect", { class: "blockPost", x: block.x + width, y: 9,
        width: block.postWidth, height: 16 }) : null,
    block.cold ? svg("rect", { class: "blockCold", x: block.x, y: 5, width: Math.max(3, Math.min(width, 8)),
        height: 3 }) : null,
    marked ? svg("path", { class: "blockMark", d: block.outcome === "timeout"
        ? `M${mid - 3} 28h6l-6 5h6z` : `M${mid - 2.5} 28l5 5m0-5-5 5` }) : null);
    hover(link, () => blockTip(block));
    return link;
}

function drawGaps(lane, layout) {
    const gaps = [];
    for (let i = 1; i < layout.blocks.length; i++) {
        const [before, after] = [layout.blocks[i - 1], layout.blocks[i]];
        const from = before.x + before.width;
        if (after.x - from > 4) {
            const gap = svg("rect", { class: "gap", x: from + 1, y: 13, width: after.x - from - 2, height: 8 });
            hover(gap, () => gapTip(lane, before.endMs, after.startMs));
            gaps.push(gap);
        }
    }
    return gaps;
}

/** Which blocks get a mark for failure under them: all that have one and room for it. */
function markedBlocks(blocks) {
    const marked = new Set();
    let last = -Infinity;
    for (const block of blocks) {
        if (block.failed > 0 && block.x - last >= 8) {
            marked.add(block);
            last = block.x;
        }
    }
    return marked;
}

function drawTrack(lane, layout, options, width) {
    const { life } = layout;
    const marked = markedBlocks(layout.blocks);
    const track = svg("svg", { class: "track", width, height: rowHeight, viewBox: `0 0 ${width} ${rowHeight}` },
        svg("line", { class: "life", x1: life.x, x2: life.x + life.width, y1: 17, y2: 17 }),
        drawGaps(lane, layout),
        layout.inits.map((block) => {
            const rect = svg("g", { class: "init", "data-phase": block.init.phase ?? "",
                "data-proactive": block.init.proactive ? "" : null },
            svg("rect", { class: "initBody", x: block.x, y: 9, width: Math.max(3, block.width), height: 16 }),
            block.init.proactive ? svg("rect", { class: "initDots", x: block.x, y: 9,
                width: Math.max(3, block.width), height: 16 }) : null);
            hover(rect, () => initTip(block));
            return rect;
        }),
        layout.blocks.map((block, i) => drawBlock(block, options, i === 0, marked.has(block))));
    if (layout.end !== null) {
        track.append(svg("line", { class: "end", x1: layout.end.x, x2: layout.end.x, y1: 8, y2: 26,
            "data-reason": lane.end_reason ?? "" }));
    }
    return track;
}

function laneHead(lane) {
    const facts = laneFacts(lane);
    return h("div", { class: "laneHead", title: visible(lane.instance ?? "").slice(0, 400) },
        h("span", { class: "laneNumber" }, `#${lane.instance_no ?? "?"}`),
        h("span", { class: "mono sub" }, shortInstance(lane.instance)),
        h("span", { class: "sub laneCount" }, facts.errors > 0
            ? [icon("error", "failures"), `${compact(facts.errors)}/${compact(facts.invocations)}`]
            : compact(facts.invocations)));
}

function laneEnd(lane) {
    const alive = lane.end === null && !lane.end_reason;
    const failed = lane.end_reason === "timeout" || lane.end_reason === "failure";
    return h("div", { class: `laneEnd ${failed ? "bad" : ""}`, "data-reason": lane.end_reason ?? "alive" },
        alive ? h("span", { class: "aliveDot" }) : icon(endPictures[lane.end_reason] ?? "unknown"),
        h("span", {}, visible(endName(lane.end_reason))));
}

function drawAxis(view) {
    const count = Math.max(2, Math.floor(view.width / 110));
    const offsetMs = -new Date(view.toMs).getTimezoneOffset() * 60_000;
    const { ms, stepMs } = clockTicks(view.fromMs, view.toMs, count, offsetMs);
    const x = (at) => ((at - view.fromMs) / (view.toMs - view.fromMs)) * view.width;
    return svg("svg", { class: "laneAxis", width: view.width, height: axisHeight, "aria-hidden": "true" },
        ms.map((at) => svg("g", {},
            svg("line", { x1: x(at), x2: x(at), y1: 20, y2: axisHeight }),
            svg("text", { x: x(at), y: 14, "text-anchor": x(at) < 20 ? "start"
                : x(at) > view.width - 20 ? "end" : "middle" }, axisTime(at, stepMs)))));
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
        blocks[Math.max(0, Math.min(blocks.length - 1, at + (event.key === "ArrowRight" ? 1 : -1)))].focus();
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
    const canvas = h("div", { class: "lanesCanvas", css: { height: `${lanes.length * rowHeight}px` } });
    const axis = h("div", { class: "lanesAxisRow" });
    const scroller = h("div", { class: "lanesScroller", tabindex: "-1" }, canvas);
    const element = h("div", { class: "lanes", role: "group", "aria-label": `${plural(lanes.length, "instance")} as lanes` },
        svg("svg", { class: "lanesDefs", "aria-hidden": "true", width: 0, height: 0 },
            svg("defs", {}, svg("pattern", { id: "stripes", width: 6, height: 6, patternUnits: "userSpaceOnUse",
                patternTransform: "rotate(45)" }, svg("rect", { class: "stripe", width: 2.4, height: 6 })))),
        axis, scroller);
    let shown = [-1, -1];
    let view = null;
    const trackWidth = () => {
        const style = getComputedStyle(element);
        const side = parseFloat(style.getPropertyValue("--lane-head")) + parseFloat(style.getPropertyValue("--lane-end"));
        return Math.max(60, Math.floor(scroller.clientWidth - side));
    };
    const draw = (force) => {
        const first = Math.max(0, Math.floor(scroller.scrollTop / rowHeight) - overscan);
        const last = Math.min(lanes.length, Math.ceil((scroller.scrollTop + scroller.clientHeight) / rowHeight) + overscan);
        if (!force && first === shown[0] && last === shown[1]) {
            return;
        }
        shown = [first, last];
        const focused = document.activeElement?.getAttribute?.("data-request");
        replace(canvas, lanes.slice(first, last).map((lane, i) => h("div", { class: "lane",
            "data-index": first + i, "data-instance": visible(lane.instance ?? "").slice(0, 200),
            css: { top: `${(first + i) * rowHeight}px` } },
        laneHead(lane), drawTrack(lane, layoutLane(lane, view), options, view.width), laneEnd(lane))));
        if (focused) {
            canvas.querySelector(`[data-request="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
        }
    };
    const resize = () => {
        const width = trackWidth();
        if (view === null || view.width !== width) {
            view = { ...options, width };
            replace(axis, h("div", { class: "laneHead sub" }, "instance"), drawAxis(view),
                h("div", { class: "laneEnd sub" }, "end"));
            draw(true);
        } else {
            draw(false);
        }
    };
    const reveal = (index) => {
        const top = Math.max(0, Math.min(lanes.length - 1, index)) * rowHeight;
        if (top < scroller.scrollTop) {
            scroller.scrollTop = top;
        } else if (top + rowHeight > scroller.scrollTop + scroller.clientHeight) {
            scroller.scrollTop = top + rowHeight - scroller.clientHeight;
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
    const item = (kind, words) => h("span", { class: "legendItem" }, h("span", { class: "laneSwatch", "data-kind": kind }), words);
    return h("div", { class: "legend lanesLegend" }, item("init", "init"), item("proactive", "proactive init"),
        item("ok", "invocation"), item("cold", "waited for an init"), item("error", "error"),
        item("timeout", "timeout"), item("idle", "idle"));
}

