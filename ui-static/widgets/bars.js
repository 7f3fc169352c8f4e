/**
 * What one row of the waterfall draws on its track.  Positions are percent of the view, so that they
 * stay right when the window changes.
 */

import { clock, duration, plural } from "../format.js";
import { h } from "../h.js";
import { icon } from "../icons.js";
import { servedTransactions } from "../model/honesty.js";
import { handlerUntold } from "../model/sources.js";

/**
 * What a segment is called.  Where nobody told the handler's time, its bar is the platform's
 * Duration.
 */
function segmentName(row, part) {
    return part.name === "handler" && row.invocation && handlerUntold(row.invocation)
        ? "Duration"
        : part.name;
}

/** The share of the view at a time, in percent. */
export function at(ms, view) {
    return ((ms - view.fromMs) / (view.toMs - view.fromMs)) * 100;
}

/** Where something from one time to another lies; nothing is thinner than what one can see. */
function box(fromMs, toMs, view) {
    const left = Math.max(-1, at(fromMs, view));
    const right = Math.min(101, at(toMs, view));
    return {
        left: `${left.toFixed(4)}%`,
        width: `max(2px, ${Math.max(0, right - left).toFixed(4)}%)`,
    };
}

function outside(fromMs, toMs, view) {
    return toMs < view.fromMs || fromMs > view.toMs;
}

/** About how wide a small letter is, and what pictures and gaps take besides. */
const letterPx = 6.4;
const besidePx = 14;

/** A text beside a bar: behind it, or before it where there is no room behind. */
function beside(fromMs, toMs, view, picture, words, ...more) {
    const right = Math.max(0, at(toMs, view));
    const left = Math.max(0, at(fromMs, view));
    const letters = [words, ...more.map((each) => each?.textContent ?? "")].join("").length;
    const needed = letters * letterPx + besidePx + (picture ? 18 : 0) + (more[0] ? 20 : 0);
    const behind = ((100 - right) / 100) * view.width;
    const fits = behind >= needed || behind >= (left / 100) * view.width;
    const css = fits
        ? { left: `calc(${right.toFixed(3)}% + 6px)` }
        : { right: `calc(${(100 - left).toFixed(3)}% + 6px)` };
    return h("span", { class: `beside ${fits ? "" : "before"}`, css }, picture, words, ...more);
}

function segment(row, part, view) {
    const css = box(part.fromMs, part.toMs, view);
    const px = ((part.toMs - part.fromMs) / (view.toMs - view.fromMs)) * view.width;
    const length = duration(part.toMs - part.fromMs);
    const name = segmentName(row, part);
    const words =
        px > 96 ? `${name} ${length}` : px > 46 ? name : "";
    return h(
        "span",
        {
            class: "segment",
            "data-segment": part.name,
            "data-outcome": part.name === "handler" ? row.invocation.outcome : null,
            css,
            title: `${name} ${length}`,
        },
        words === ""
            ? null
            : h(
                  "span",
                  { class: "segmentName" },
                  part.name === "init" ? icon("cold") : null,
                  words,
              ),
    );
}

function billed(row, view) {
    if (row.billed === null || outside(row.billed.fromMs, row.billed.toMs, view)) {
        return null;
    }
    return h("span", {
        class: "billed",
        css: box(row.billed.fromMs, row.billed.toMs, view),
        title: `billed ${duration(row.invocation.billed_ms)}${row.billed.withInit ? ", the init included" : ""}`,
    });
}

function invocationBars(row, view) {
    const { invocation } = row;
    const serves = servedTransactions(invocation.shared);
    const bars = row.segments
        .filter((part) => !outside(part.fromMs, part.toMs, view))
        .map((part) => segment(row, part, view));
    const open = row.endKnown
        ? null
        : h("span", {
              class: "segment openEnd",
              css: box(row.startMs, view.toMs, view),
              title: invocation.outcome === "running" ? "still running" : "its end is not known",
          });
    const response =
        row.responseAtMs === null || outside(row.responseAtMs, row.responseAtMs, view)
            ? null
            : h("span", {
                  class: "response",
                  css: { left: `${at(row.responseAtMs, view).toFixed(4)}%` },
                  title: `response complete ${duration(invocation.response_ms)} after the start of the handler`,
              });
    const unended = invocation.outcome === "running" ? "running" : "end unknown";
    const words = row.endKnown ? duration(row.toMs - row.fromMs) : unended;
    return [
        billed(row, view),
        open,
        bars,
        response,
        beside(
            row.fromMs,
            row.endKnown ? row.toMs : row.fromMs,
            view,
            row.failed
                ? icon(invocation.outcome === "timeout" ? "timeout" : "error", invocation.outcome)
                : null,
            words,
            serves > 1
                ? h(
                      "span",
                      { class: "serves" },
                      icon("shared"),
                      `serves ${plural(serves, "transaction")}`,
                  )
                : null,
        ),
    ];
}

function spanBars(row, view) {
    const open = row.span.end === null || row.span.end === undefined;
    const tail = open ? (16 / Math.max(1, view.width)) * (view.toMs - view.fromMs) : 0;
    return [
        h("span", {
            class: "spanBar",
            "data-failed": row.failed ? "" : null,
            "data-kind": row.span.kind ?? "",
            "data-open": open ? "" : null,
            css: box(row.fromMs, row.toMs, view),
        }),
        beside(
            row.fromMs,
            row.toMs + tail,
            view,
            row.failed ? icon("error", "error") : null,
            open ? "end unknown" : duration(row.span.duration_ms ?? row.toMs - row.fromMs),
        ),
    ];
}

/** The time in a queue or a gateway in front, which the event told. */
function waitBars(row, view) {
    const coarse = row.span.attributes?.["thaw.inferred.coarse"] === true;
    const words = `waited ${coarse ? "about " : ""}${duration(row.toMs - row.fromMs)}`;
    return [
        h("span", { class: "linkBar", css: box(row.fromMs, row.toMs, view) }),
        beside(Math.max(row.fromMs, view.fromMs), row.toMs, view, null, words),
    ];
}

function linkBars(row, view) {
    const wait = row.waitMs === null ? "wait not known" : `waited ${duration(row.waitMs)}`;
    // What a message led to may be a transaction of its own: followed, not merged.
    const words = row.target === null ? `${wait}, continues in another transaction` : wait;
    return [
        h("span", { class: "linkBar", css: box(row.fromMs, row.toMs, view) }),
        beside(row.fromMs, row.toMs, view, null, words),
    ];
}

/**
 * The nodes on a row's track.
 * @param {object} row
 * @param {{fromMs: number, toMs: number, width: number}} view
 * @returns {any[]}
 */
export function drawBars(row, view) {
    const marks = row.marks
        .filter((mark) => !outside(mark.atMs, mark.atMs, view))
        .map((mark) =>
            h("span", {
                class: "logMark",
                "data-grade": mark.grade,
                css: { left: `${at(mark.atMs, view).toFixed(3)}%` },
            }),
        );
    if (
        row.type === "invocation"
            ? row.endKnown && outside(row.fromMs, row.toMs, view)
            : outside(row.fromMs, row.toMs, view)
    ) {
        return marks;
    }
    switch (row.type) {
        case "invocation":
            return [invocationBars(row, view), marks];
        case "span":
            return [row.inferred ? waitBars(row, view) : spanBars(row, view), marks];
        case "link":
            return linkBars(row, view);
        default:
            return [h("span", { class: "groupBar", css: box(row.fromMs, row.toMs, view) })];
    }
}

/**
 * A row in words, for its tooltip.
 * @param {object} row
 * @param {number} zeroMs
 * @returns {string}
 */
export function rowTitle(row, zeroMs) {
    const when = `${clock(zeroMs + row.fromMs, 3)}, +${duration(row.fromMs)}`;
    return row.type === "invocation"
        ? `${row.name}: ${row.segments
              .map((part) => `${segmentName(row, part)} ${duration(part.toMs - part.fromMs)}`)
              .join(", ")} (${when})`
        : when;
}
