/**
 * Instances as lanes: what is drawn where.  Pure: pixels are arithmetic here, drawing is elsewhere.
 */

import { nsToMs } from "../time.js";

/** What the end of an instance is called. */
const endNames = {
    spindown: "idle end",
    timeout: "timeout",
    failure: "failure",
    unknown: "end unknown",
};

/**
 * The words for an instance's end.
 * @param {string | null} reason Null while it lives.
 * @returns {string}
 */
export function endName(reason) {
    return reason === null || reason === undefined ? "alive" : (endNames[reason] ?? String(reason));
}

function place(startMs, endMs, view) {
    const scale = view.width / (view.toMs - view.fromMs);
    const from = Math.max(0, Math.min(view.width, (startMs - view.fromMs) * scale));
    const to = Math.max(0, Math.min(view.width, (endMs - view.fromMs) * scale));
    return { x: from, width: Math.max(0, to - from) };
}

function invocationEnd(invocation, nowMs) {
    const start = nsToMs(invocation.start);
    const end = nsToMs(invocation.end);
    if (end !== null) {
        return end;
    }
    if (invocation.outcome === "running") {
        return nowMs;
    }
    return start + (invocation.handler_ms ?? invocation.billed_ms ?? 0);
}

const failedOutcomes = new Set(["error", "timeout"]);
const rank = { ok: 0, running: 1, end_unknown: 2, error: 3, timeout: 4 };

function worse(left, right) {
    return (rank[right] ?? 2) > (rank[left] ?? 2) ? right : left;
}

/**
 * Blocks that would be drawn on top of each other (nearer than `gapPx`, and too narrow to see)
 * become one that counts them.  Its failures show as their share, so that one is never hidden and
 * one among many does not look like all.
 */
function cluster(blocks, gapPx) {
    const merged = [];
    for (const block of blocks) {
        const last = merged.at(-1);
        const narrow = last && last.width < 3 && block.width < 3;
        if (narrow && block.x - (last.x + last.width) < gapPx && block.x - last.x < 6) {
            last.width = Math.max(last.width, block.x + block.width - last.x);
            last.outcome = worse(last.outcome, block.outcome);
            last.failed += block.failed;
            last.cold ||= block.cold;
            last.items.push(...block.items);
        } else {
            merged.push({ ...block, items: [...block.items] });
        }
    }
    return merged;
}

/**
 * What one lane draws, in pixels of a view {fromMs, toMs, width, nowMs}.
 * @param {object} lane As the API gives it.
 * @param {object} view
 * @returns {{life: object, inits: object[], blocks: object[], end: object | null}}
 */
export function layoutLane(lane, view) {
    const inits = (lane.inits ?? [])
        .map((init) => {
            const start = nsToMs(init.start);
            const end = nsToMs(init.end) ?? (start ?? 0) + (init.init_ms ?? 0);
            return { ...place(start ?? view.fromMs, end, view), startMs: start, endMs: end, init };
        })
        .filter((block) => block.endMs >= view.fromMs && block.startMs <= view.toMs);
    const blocks = (lane.invocations ?? [])
        .map((invocation) => {
            const start = nsToMs(invocation.start);
            const end = invocationEnd(invocation, view.nowMs);
            const box = place(start, end, view);
            const post = invocation.post_handler_ms ?? 0;
            return {
                ...box,
                postWidth: Math.max(0, place(end, end + post, view).width),
                startMs: start,
                endMs: end,
                outcome: invocation.outcome ?? "end_unknown",
                cold: invocation.cold === true,
                failed: failedOutcomes.has(invocation.outcome) ? 1 : 0,
                items: [invocation],
            };
        })
        .filter((block) => block.endMs >= view.fromMs && block.startMs <= view.toMs)
        .sort((left, right) => left.startMs - right.startMs);
    const starts = [
        nsToMs(lane.start),
        ...inits.map((each) => each.startMs),
        ...blocks.map((each) => each.startMs),
    ].filter((each) => each !== null);
    const ends = [...inits.map((each) => each.endMs), ...blocks.map((each) => each.endMs)];
    const startMs = starts.length > 0 ? Math.min(...starts) : view.fromMs;
    const endMs =
        nsToMs(lane.end) ??
        (lane.end_reason === null || lane.end_reason === undefined
            ? view.nowMs
            : Math.max(startMs, ...ends));
    return {
        life: { ...place(startMs, endMs, view), startMs, endMs },
        inits,
        blocks: cluster(blocks, 1),
        end: nsToMs(lane.end) === null ? null : { x: place(endMs, endMs, view).x },
    };
}

/**
 * The range that lanes are drawn in: the one asked for, narrowed to where something happened when
 * that is only a small part of it, so that a first minute is not a line at the right edge.
 * @param {object[]} lanes
 * @param {number} fromMs
 * @param {number} toMs
 * @returns {{fromMs: number, toMs: number, narrowed: boolean}}
 */
export function lanesRange(lanes, fromMs, toMs) {
    let first = Infinity;
    for (const lane of lanes) {
        const times = [
            lane.start,
            ...(lane.inits ?? []).map((each) => each.start),
            ...(lane.invocations ?? []).map((each) => each.start),
        ].map(nsToMs);
        first = Math.min(first, ...times.filter((each) => each !== null));
    }
    if (!Number.isFinite(first)) {
        return { fromMs, toMs, narrowed: false };
    }
    const lead = (toMs - first) * 0.02;
    const start = Math.max(fromMs, first - lead);
    return toMs - start < (toMs - fromMs) * 0.8
        ? { fromMs: start, toMs, narrowed: true }
        : { fromMs, toMs, narrowed: false };
}

/**
 * Some figures of one lane in words.
 * @param {object} lane
 * @returns {{invocations: number, errors: number, cold: number, maxMemoryMb: number | null}}
 */
export function laneFacts(lane) {
    const invocations = lane.invocations ?? [];
    const memory = invocations
        .map((each) => each.max_memory_mb)
        .filter((each) => each !== null && each !== undefined);
    return {
        invocations: invocations.length,
        errors: invocations.filter((each) => failedOutcomes.has(each.outcome)).length,
        cold: invocations.filter((each) => each.cold).length,
        maxMemoryMb: memory.length > 0 ? Math.max(...memory) : null,
    };
}
