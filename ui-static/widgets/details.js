/**
 * The details of what is selected in the waterfall, and the ways from there.
 */

import { duration } from "../format.js";
import { h } from "../h.js";
import { icon } from "../icons.js";
import { link } from "../state.js";
import { factList, idText, nameText } from "./common.js";
import { invocationDetails } from "./invocationDetails.js";
import { spanDetails } from "./spanDetails.js";

function linkDetails(row, state, data) {
    const { link: each } = row;
    const elsewhere = each.transaction && each.transaction !== data.id;
    return [
        h(
            "header",
            { class: "detailHead" },
            icon("queue"),
            h("h2", {}, nameText(row.destination ?? (row.name === "queue" ? "Queue" : "Link"), 80)),
        ),
        factList([
            [
                "wait",
                duration(row.waitMs),
                "from the send to the start of the invocation that took the message",
            ],
            ["consumer", idText(each.to?.request_id, "request id")],
            ["its trace id", idText(each.to?.trace_id, "trace id")],
        ]),
        elsewhere
            ? h(
                  "p",
                  {},
                  h(
                      "a",
                      { href: link(state, "transaction", each.transaction) },
                      icon("right"),
                      "The consumer's own transaction",
                  ),
              )
            : null,
    ];
}

/**
 * The nodes for one selected row.
 * @param {object | null} row
 * @param {object} model
 * @param {object} state
 * @param {object} data The API's answer.
 * @returns {any}
 */
export function detailsOf(row, model, state, data) {
    switch (row?.type) {
        case "invocation":
            return invocationDetails(row, model, state, data);
        case "span":
            return spanDetails(row, model, state);
        case "link":
            return linkDetails(row, state, data);
        case "instance":
            return [
                h("header", { class: "detailHead" }, h("h2", {}, nameText(row.name, 80))),
                row.invocation
                    ? factList(
                          [
                              ["instance", idText(row.invocation.instance, "instance")],
                              ["invocations here", String(row.count)],
                          ],
                          "facts wide",
                      )
                    : null,
            ];
        default:
            return h("p", { class: "sub" }, "Select a row to see what is known about it.");
    }
}
