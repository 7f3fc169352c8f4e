/**
 * The details of one invocation: its durations under their fixed names, what it used, what it cost.
 */

import {
    bytes,
    count,
    dateTime,
    duration,
    megabytes,
    money,
    moneyExact,
    offset,
    percent,
    plural,
    shorten,
    visible,
} from "../format.js";
import { h } from "../h.js";
import { icon } from "../icons.js";
import { sharedSentence } from "../model/honesty.js";
import { onlyLogs, sourceWords, untold } from "../model/sources.js";
import { link } from "../state.js";
import { nsToMs } from "../time.js";
import { coldBadge, factList, idText, nameText, outcomeBadge, sourceBadge } from "./common.js";
import { instanceTag } from "./instanceTag.js";

/** init, handler and post_handler on one line, true to scale. */
function phaseBar(row) {
    const total = row.segments.reduce((sum, part) => sum + (part.toMs - part.fromMs), 0);
    if (!(total > 0)) {
        return null;
    }
    return h(
        "div",
        {
            class: "phases",
            role: "img",
            "aria-label": row.segments
                .map((part) => `${part.name} ${duration(part.toMs - part.fromMs)}`)
                .join(", "),
        },
        row.segments.map((part) =>
            h("span", {
                class: "segment",
                "data-segment": part.name,
                "data-outcome": part.name === "handler" ? row.invocation.outcome : null,
                css: { "flex-grow": String((part.toMs - part.fromMs) / total) },
            }),
        ),
    );
}

function headroom(invocation) {
    if (
        !invocation.timeout_ms ||
        invocation.handler_ms === null ||
        invocation.handler_ms === undefined
    ) {
        return "–";
    }
    const share = invocation.handler_ms / invocation.timeout_ms;
    const near = share >= 0.8 && invocation.outcome !== "timeout";
    return h(
        "span",
        { "data-near": near ? "" : null },
        near ? icon("warning", "near the timeout") : null,
        `${percent(share)} of ${duration(invocation.timeout_ms)}`,
    );
}

function memory(invocation) {
    const { max_memory_mb: used, memory_mb: all } = invocation;
    const near = used && all && used / all >= 0.85;
    return h(
        "span",
        { "data-near": near ? "" : null },
        near ? icon("warning", "near its limit") : null,
        `${megabytes(used)} of ${megabytes(all)}`,
    );
}

function temperature(invocation) {
    if (invocation.cold) {
        return coldBadge(invocation.init_phase === "invoke" ? "cold: init again" : "cold start");
    }
    return invocation.proactive ? "warm, proactive init" : invocation.cold === false ? "warm" : "–";
}

/** A duration, or that it is not known and why. */
function told(invocation, ms, what, why) {
    const unknown = onlyLogs(invocation) && (ms === null || ms === undefined);
    return unknown
        ? [h("span", { class: "unknown" }, "unknown"), why]
        : [duration(ms), what];
}

function durationFacts(invocation) {
    const fact = (name, ms, what, why) => [name, ...told(invocation, ms, what, why)];
    return [
        ["init", duration(invocation.init_ms), "the init this invocation waited for"],
        fact("handler", invocation.handler_ms, "invoke sent to runtime done", untold.handler),
        fact(
            "response",
            invocation.response_ms,
            "invoke sent to the last byte of the answer",
            untold.response,
        ),
        fact(
            "post_handler",
            invocation.post_handler_ms,
            "runtime done to last extension done",
            untold.postHandler,
        ),
        fact(
            "wait",
            invocation.wait_ms,
            "what the caller waited; placement and code download are not in it",
            untold.wait,
        ),
        ["reported", duration(invocation.reported_ms), "the platform's Duration, as it says it"],
        ["billed", duration(invocation.billed_ms), "as the platform says it"],
        onlyLogs(invocation)
            ? null
            : [
                  "agent held",
                  duration(invocation.agent_held_ms),
                  "how long the agent kept the environment after the runtime was done",
              ],
        linesFact(invocation),
    ];
}

function callerWords(invocation) {
    switch (invocation.caller_waits) {
        case true:
            return "a caller waits for the answer";
        case false:
            return "asynchronous: nobody waits for the answer";
        default:
            return null;
    }
}

/** What invoked it, and how long that had it before. */
function triggerFacts(invocation) {
    const facts = [
        [
            "trigger",
            nameText(
                [invocation.trigger ?? "unknown", invocation.trigger_source]
                    .filter((each) => each)
                    .join(" · "),
                80,
            ),
            onlyLogs(invocation) ? untold.trigger : callerWords(invocation),
        ],
    ];
    if (invocation.trigger_origin) {
        facts.push(["came from", nameText(invocation.trigger_origin, 80)]);
    }
    if (known(invocation.trigger_wait_ms)) {
        facts.push([
            "waited before",
            duration(invocation.trigger_wait_ms),
            "from the time the event came into its source to the init or the start",
        ]);
    }
    if (known(invocation.messages)) {
        facts.push(["messages", String(invocation.messages)]);
    }
    if (invocation.method || invocation.route) {
        facts.push([
            "request",
            nameText([invocation.method, invocation.route].filter((each) => each).join(" "), 120),
        ]);
    }
    if (known(invocation.status_code)) {
        facts.push(["answered", String(invocation.status_code), "the status code of the answer"]);
    }
    return facts;
}

function known(value) {
    return value !== null && value !== undefined;
}

function used(part, whole) {
    return known(part) && known(whole) ? `${bytes(part)} of ${bytes(whole)}` : bytes(part ?? null);
}

/** What the instance used during the invocation, as its agent read it. */
function environmentFacts(invocation) {
    const environment = invocation.environment ?? {};
    if (!invocation.environment && !known(invocation.agent_cpu_ms)) {
        return null;
    }
    return h(
        "section",
        { class: "environment" },
        h(
            "h3",
            {
                title:
                    "As the agent read it when the invocation was over; the kernel counts " +
                    "processor time in 10 ms",
            },
            "Environment",
        ),
        factList([
            ["CPU, user", duration(environment.cpu_user_ms ?? null), "outside of the kernel, all processes"],
            ["CPU, system", duration(environment.cpu_system_ms ?? null), "inside of the kernel"],
            [
                "memory used",
                used(environment.memory_used_bytes, environment.memory_total_bytes),
                "what is not available any more, of all that there is",
            ],
            ["/tmp used", used(environment.tmp_used_bytes, environment.tmp_total_bytes)],
            ["received", bytes(environment.received_bytes ?? null), "by all network devices but loopback"],
            ["sent", bytes(environment.sent_bytes ?? null), "by all network devices but loopback"],
            ["open files", count(environment.descriptors ?? null)],
            ["threads", count(environment.threads ?? null), "the kernel's included"],
            [
                "agent's CPU",
                duration(invocation.agent_cpu_ms ?? null),
                "of it, the agent's: since the invocation before",
            ],
            [
                "agent sent",
                bytes(invocation.agent_wire_bytes ?? null),
                "to the collector, since the invocation before",
            ],
        ]),
    );
}

/* What the agent did not send of the lines, or cut out of them, as it was told to. */
function linesFact(invocation) {
    const parts = [
        [invocation.lines_held_back, "held back"],
        [invocation.lines_over_budget, "over budget"],
        [invocation.lines_redacted, "places redacted"],
    ].filter(([count]) => count > 0);
    return parts.length === 0
        ? null
        : [
              "log lines",
              parts.map(([count, what]) => `${count} ${what}`).join(", "),
              "what the agent did not send or cut out: THAW_LOGS, THAW_LOGS_BUDGET_KB, THAW_REDACT",
          ];
}

function costFacts(invocation) {
    const facts = [
        ["cost", h("span", { title: moneyExact(invocation.cost) }, money(invocation.cost))],
    ];
    if (invocation.shared) {
        facts.push([
            "its part here",
            h("span", { title: moneyExact(invocation.cost_share) }, money(invocation.cost_share)),
        ]);
    }
    return facts;
}

function pivots(state, id, shared) {
    const others = (shared?.transactions ?? []).filter((each) => each.id !== id);
    return others.length === 0
        ? null
        : h(
              "ul",
              { class: "pivots" },
              others
                  .slice(0, 50)
                  .map((each) =>
                      h(
                          "li",
                          {},
                          h(
                              "a",
                              { href: link(state, "transaction", each.id) },
                              icon("right"),
                              h("code", {}, shorten(each.trace_id ?? each.id, 36)),
                              each.messages > 1 ? ` ${plural(each.messages, "message")}` : "",
                          ),
                      ),
                  ),
              others.length > 50
                  ? h("li", { class: "sub" }, `and ${others.length - 50} more`)
                  : null,
          );
}

/**
 * @param {object} row
 * @param {object} model
 * @param {object} state
 * @param {object} data
 * @returns {any[]}
 */
export function invocationDetails(row, model, state, data) {
    const { invocation } = row;
    return [
        h(
            "header",
            { class: "detailHead" },
            instanceTag(model.lanes, invocation),
            h(
                "h2",
                {},
                h(
                    "a",
                    { href: link(state, "function", invocation.function ?? "") },
                    nameText(invocation.function, 60),
                ),
            ),
            outcomeBadge(invocation.outcome),
            invocation.cold ? coldBadge() : null,
            invocation.attempt > 1
                ? h("span", { class: "attempt" }, `attempt ${invocation.attempt}`)
                : null,
        ),
        invocation.error_type
            ? h(
                  "p",
                  { class: "detailError" },
                  icon("error"),
                  h("bdi", {}, visible(invocation.error_type).slice(0, 500)),
              )
            : null,
        phaseBar(row),
        factList(durationFacts(invocation), "facts durations"),
        invocation.shared
            ? h(
                  "div",
                  { class: "sharedBox" },
                  h("p", {}, icon("shared"), visible(sharedSentence(invocation)).slice(0, 600)),
                  pivots(state, data.id, invocation.shared),
              )
            : null,
        factList([
            [
                "start",
                h(
                    "span",
                    {},
                    dateTime(nsToMs(invocation.start), 3),
                    h("span", { class: "sub" }, ` ${offset(row.startMs)}`),
                ),
            ],
            ["init was", temperature(invocation)],
            ["memory", memory(invocation)],
            ["timeout used", headroom(invocation)],
            ...costFacts(invocation),
            ...triggerFacts(invocation),
            sourceWords(invocation) === null ? null : ["told by", sourceBadge(invocation)],
            [
                "version",
                nameText(
                    [invocation.version, invocation.runtime, invocation.arch]
                        .filter((each) => each)
                        .join(" · ") || "–",
                    80,
                ),
            ],
            ["status", visible(invocation.status ?? "–").slice(0, 100)],
        ]),
        environmentFacts(invocation),
        factList(
            [
                ["request id", idText(invocation.request_id, "request id")],
                ["trace id", idText(invocation.trace_id, "trace id")],
                ["instance", idText(invocation.instance, "instance")],
                [
                    "where",
                    nameText(
                        [invocation.account, invocation.region]
                            .filter((each) => each)
                            .join(" · ") || "–",
                        80,
                    ),
                ],
                invocation.xray_header
                    ? ["X-Ray header", idText(invocation.xray_header, "header")]
                    : null,
                invocation.invoked_arn ? ["ARN", idText(invocation.invoked_arn, "ARN")] : null,
            ],
            "facts wide",
        ),
    ];
}
