/**
 * The details of one span: attributes, events, links, resource.
 */

import { dateTime, duration, offset, shorten, visible } from "../format.js";
import { h } from "../h.js";
import { icon } from "../icons.js";
import { link } from "../state.js";
import { nsBetweenMs, nsToMs } from "../time.js";
import { attributeTable } from "./attributes.js";
import { factList, idText, nameText, outcomeBadge } from "./common.js";
import { instanceTag } from "./instanceTag.js";

function eventList(span, model) {
    const events = span.events ?? [];
    return events.length === 0
        ? null
        : h(
              "div",
              {},
              h("h3", {}, "Events"),
              h(
                  "ol",
                  { class: "events" },
                  events
                      .slice(0, 200)
                      .map((event) =>
                          h(
                              "li",
                              {},
                              h(
                                  "span",
                                  { class: "sub" },
                                  offset(nsBetweenMs(model.zeroNs, event.time)),
                              ),
                              h("bdi", { class: "strong" }, shorten(event.name, 120)),
                              Object.keys(event.attributes ?? {}).length > 0
                                  ? attributeTable(event.attributes)
                                  : null,
                          ),
                      ),
              ),
          );
}

function linkList(span, state) {
    const links = span.links ?? [];
    return links.length === 0
        ? null
        : h(
              "div",
              {},
              h("h3", {}, "Links"),
              h(
                  "ul",
                  { class: "pivots" },
                  links
                      .slice(0, 100)
                      .map((each) =>
                          h(
                              "li",
                              {},
                              h(
                                  "a",
                                  { href: link(state, "transaction", each.trace_id ?? "") },
                                  icon("right"),
                                  h("code", {}, shorten(each.trace_id, 40)),
                              ),
                          ),
                      ),
              ),
          );
}

function section(title, attributes, open) {
    const size = Object.keys(attributes ?? {}).length;
    return size === 0
        ? null
        : h(
              "details",
              { open },
              h("summary", {}, title, h("span", { class: "sub" }, ` ${size}`)),
              attributeTable(attributes),
          );
}

const attachedBy = {
    id: "by its request id",
    context: "by its trace context",
    time: "by its time only",
};

/**
 * @param {object} row
 * @param {object} model
 * @param {object} state
 * @returns {any[]}
 */
export function spanDetails(row, model, state) {
    const { span } = row;
    return [
        h(
            "header",
            { class: "detailHead" },
            instanceTag(model.lanes, span),
            h("h2", {}, nameText(span.name || "unnamed span", 120)),
            row.failed ? outcomeBadge("error") : null,
        ),
        span.status_message
            ? h(
                  "p",
                  { class: row.failed ? "detailError" : "detailNote" },
                  row.failed ? icon("error") : null,
                  h("bdi", {}, visible(span.status_message).slice(0, 4000)),
              )
            : null,
        factList([
            ["duration", duration(span.duration_ms)],
            ["start", `${dateTime(nsToMs(span.start), 3)} (${offset(row.fromMs)})`],
            ["kind", span.kind ?? "–"],
            ["service", nameText(span.service ?? "–", 60)],
            ["scope", nameText(span.scope ?? "–", 60)],
            [
                "belongs here",
                span.attached
                    ? (attachedBy[span.attached] ?? span.attached)
                    : "not known to which invocation",
            ],
            span.skew_ms ? ["clock", `shifted by ${duration(span.skew_ms)}`] : null,
        ]),
        section("Attributes", span.attributes, true),
        eventList(span, model),
        linkList(span, state),
        section("Resource", span.resource, false),
        factList(
            [
                ["span id", idText(span.span_id, "span id")],
                ["trace id", idText(span.trace_id, "trace id")],
                ["parent", idText(span.parent_span_id, "parent's span id")],
            ],
            "facts wide",
        ),
    ];
}
