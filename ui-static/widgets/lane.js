/**
 * One instance as one lane: init, invocations, the idle time between them, the end.
 */

import { clock, compact, duration, megabytes, plural, visible } from "../format.js";
import { h, svg } from "../h.js";
import { icon } from "../icons.js";
import { endName, laneFacts } from "../model/lanes.js";
import { handlerUntold } from "../model/sources.js";
import { droppedWords } from "../model/unsent.js";
import { shortInstance } from "./common.js";
import { hideTooltip, showTooltip } from "./tooltip.js";

/** How tall a lane is, in pixels; lanes.css says the same. */
export const laneHeight = 34;

const endPictures = { spindown: "moon", timeout: "timeout", failure: "error", unknown: "unknown" };

function initTip(block) {
    const { init } = block;
    return [
        h("strong", {}, init.phase === "invoke" ? "Init again, inside an invocation" : "Init"),
        h("span", {}, `${duration(init.init_ms)} · ${clock(block.startMs, 3)}`),
        h(
            "span",
            { class: "sub" },
            init.proactive
                ? "proactive: nobody waited for it"
                : init.cold
                  ? "cold start: a request waited for it"
                  : "no request is known to have waited",
        ),
    ];
}

/** Log streams do not tell the handler's time: then nothing is said of it. */
function handlerWords(item) {
    return item.handler_ms === null || item.handler_ms === undefined || handlerUntold(item)
        ? ""
        : `handler ${duration(item.handler_ms)} · `;
}

function blockTip(block) {
    if (block.items.length > 1) {
        const bad = block.failed;
        return [
            h("strong", {}, plural(block.items.length, "invocation")),
            h("span", {}, `${clock(block.startMs, 3)} – ${clock(block.endMs, 3)}`),
            h(
                "span",
                { class: bad > 0 ? "bad" : "sub" },
                bad > 0 ? plural(bad, "failure") : "all ok",
            ),
            h("span", { class: "sub" }, "a shorter time range separates them"),
        ];
    }
    const [item] = block.items;
    return [
        h(
            "strong",
            {},
            `${visible(item.outcome ?? "end unknown").replace("_", " ")}${item.cold ? ", cold" : ""}` +
                (item.attempt > 1 ? `, attempt ${item.attempt}` : ""),
        ),
        h("span", {}, `${handlerWords(item)}billed ${duration(item.billed_ms)}`),
        h("span", {}, `${clock(block.startMs, 3)} · ${megabytes(item.max_memory_mb)}`),
        h("span", { class: "sub mono" }, visible(item.request_id)),
    ];
}

function gapTip(lane, left, right) {
    return [
        h("strong", {}, "Idle"),
        h("span", {}, duration(right - left)),
        h("span", { class: "sub" }, "frozen between two invocations"),
    ];
}

function blockName(block) {
    if (block.items.length > 1) {
        return plural(block.items.length, "invocation");
    }
    const [item] = block.items;
    return (
        `${item.outcome ?? "end unknown"}${item.cold ? ", cold start" : ""}, ${handlerWords(item)}` +
        `billed ${duration(item.billed_ms)}, at ${clock(block.startMs)}`
    );
}

function hover(element, tip) {
    element.addEventListener("pointermove", (event) =>
        showTooltip({ x: event.clientX, y: event.clientY }, tip()),
    );
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
    const href =
        block.items.length === 1
            ? options.href(item)
            : options.rangeHref(block.startMs, block.endMs);
    const mid = block.x + width / 2;
    const many = block.items.length > 1;
    const share = many ? block.failed / block.items.length : 0;
    const link = svg(
        "a",
        {
            class: "block",
            href,
            tabindex: first ? "0" : "-1",
            "data-outcome": block.outcome,
            "data-cold": block.cold ? "" : null,
            "data-count": block.items.length > 1 ? block.items.length : null,
            "data-request": item.request_id,
            "aria-label": blockName(block),
        },
        svg("rect", {
            class: "blockHit",
            x: block.x - 2,
            y: 3,
            width: width + 4,
            height: laneHeight - 6,
        }),
        svg("rect", {
            class: "blockBody",
            x: block.x,
            y: 9,
            width,
            height: 16,
            rx: Math.min(2, width / 2),
        }),
        many && share > 0
            ? svg("rect", {
                  class: "blockShare",
                  x: block.x,
                  width,
                  height: Math.max(4, 16 * share),
                  y: 25 - Math.max(4, 16 * share),
              })
            : null,
        !many && block.outcome === "timeout"
            ? svg("rect", {
                  class: "blockStripes",
                  x: block.x,
                  y: 9,
                  width,
                  height: 16,
                  fill: "url(#stripes)",
              })
            : null,
        block.postWidth > 1.5
            ? svg("rect", {
                  class: "blockPost",
                  x: block.x + width,
                  y: 9,
                  width: block.postWidth,
                  height: 16,
              })
            : null,
        block.cold
            ? svg("rect", {
                  class: "blockCold",
                  x: block.x,
                  y: 5,
                  width: Math.max(3, Math.min(width, 8)),
                  height: 3,
              })
            : null,
        marked
            ? svg("path", {
                  class: "blockMark",
                  d:
                      block.outcome === "timeout"
                          ? `M${mid - 3} 28h6l-6 5h6z`
                          : `M${mid - 2.5} 28l5 5m0-5-5 5`,
              })
            : null,
    );
    hover(link, () => blockTip(block));
    return link;
}

function drawGaps(lane, layout) {
    const gaps = [];
    for (let i = 1; i < layout.blocks.length; i++) {
        const [before, after] = [layout.blocks[i - 1], layout.blocks[i]];
        const from = before.x + before.width;
        if (after.x - from > 4) {
            const gap = svg("rect", {
                class: "gap",
                x: from + 1,
                y: 13,
                width: after.x - from - 2,
                height: 8,
            });
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

/**
 * What happened in one instance, on one line.
 * @param {object} lane
 * @param {object} layout As layoutLane() gave it.
 * @param {object} options As of lanesView().
 * @param {number} width
 * @returns {SVGElement}
 */
export function drawTrack(lane, layout, options, width) {
    const { life } = layout;
    const marked = markedBlocks(layout.blocks);
    const track = svg(
        "svg",
        { class: "track", width, height: laneHeight, viewBox: `0 0 ${width} ${laneHeight}` },
        svg("line", { class: "life", x1: life.x, x2: life.x + life.width, y1: 17, y2: 17 }),
        drawGaps(lane, layout),
        layout.inits.map((block) => {
            const rect = svg(
                "g",
                {
                    class: "init",
                    "data-phase": block.init.phase ?? "",
                    "data-proactive": block.init.proactive ? "" : null,
                },
                svg("rect", {
                    class: "initBody",
                    x: block.x,
                    y: 9,
                    width: Math.max(3, block.width),
                    height: 16,
                }),
                block.init.proactive
                    ? svg("rect", {
                          class: "initDots",
                          x: block.x,
                          y: 9,
                          width: Math.max(3, block.width),
                          height: 16,
                      })
                    : null,
            );
            hover(rect, () => initTip(block));
            return rect;
        }),
        layout.blocks.map((block, i) => drawBlock(block, options, i === 0, marked.has(block))),
    );
    if (layout.end !== null) {
        track.append(
            svg("line", {
                class: "end",
                x1: layout.end.x,
                x2: layout.end.x,
                y1: 8,
                y2: 26,
                "data-reason": lane.end_reason ?? "",
            }),
        );
    }
    return track;
}

/** Which instance a lane is. */
export function laneHead(lane) {
    const facts = laneFacts(lane);
    return h(
        "div",
        { class: "laneHead", title: visible(lane.instance ?? "").slice(0, 400) },
        h("span", { class: "laneNumber" }, `#${lane.instance_no ?? "?"}`),
        h("span", { class: "mono sub" }, shortInstance(lane.instance)),
        h(
            "span",
            { class: "sub laneCount" },
            facts.errors > 0
                ? [
                      icon("error", "failures"),
                      `${compact(facts.errors)}/${compact(facts.invocations)}`,
                  ]
                : compact(facts.invocations),
        ),
    );
}

/** How it ended, in a word. */
export function laneEnd(lane) {
    const alive = lane.end === null && !lane.end_reason;
    const failed = lane.end_reason === "timeout" || lane.end_reason === "failure";
    const dropped = droppedWords(lane.dropped);
    return h(
        "div",
        { class: `laneEnd ${failed ? "bad" : ""}`, "data-reason": lane.end_reason ?? "alive" },
        dropped === null ? null : icon("warning", dropped),
        alive ? h("span", { class: "aliveDot" }) : icon(endPictures[lane.end_reason] ?? "unknown"),
        h("span", {}, visible(endName(lane.end_reason))),
    );
}
