/**
 * Alerts and the rules behind them.
 */

import { count, duration, plural, templateText, visible } from "../format.js";
import { h } from "../h.js";
import { icon } from "../icons.js";
import { link } from "../state.js";
import { nsToMs } from "../time.js";
import { alertHistory } from "../widgets/alertHistory.js";
import { alertState, alertSummary, alertValue } from "../widgets/alertLine.js";
import { ask } from "../widgets/ask.js";
import { factList, moment, nameText } from "../widgets/common.js";
import { messagesPanel } from "../widgets/messages.js";
import { emptyState, panel } from "../widgets/panel.js";
import { previewPanel } from "../widgets/preview.js";
import { silencesPanel } from "../widgets/silences.js";

const rank = { firing: 0, pending: 1, no_data: 2, resolved: 3 };

function labels(alert) {
    return Object.entries(alert.labels ?? {})
        .slice(0, 20)
        .map(([key, value]) =>
            h("span", { class: "chip" }, nameText(key, 40), "=", nameText(value, 60)),
        );
}

function examples(state, alert) {
    const all = alert.examples ?? [];
    return all.length === 0
        ? h("span", { class: "sub" }, "none kept")
        : all.slice(0, 5).map((each, i) => [
              i > 0 ? ", " : "",
              h(
                  "a",
                  {
                      href: link(
                          state,
                          "transaction",
                          each.transaction ?? each.trace_id ?? each.request_id ?? "",
                      ),
                  },
                  h(
                      "code",
                      {},
                      visible(each.request_id ?? each.trace_id ?? each.transaction ?? "").slice(
                          0,
                          8,
                      ),
                  ),
              ),
          ]);
}

function notification(each) {
    const failed = each.state === "failed";
    return h(
        "li",
        { class: failed ? "bad" : "" },
        icon(failed ? "error" : "check"),
        nameText(each.receiver, 60),
        " ",
        visible(each.state ?? "").slice(0, 40),
        each.attempts > 1 ? ` after ${count(each.attempts)} attempts` : "",
        each.last_error ? [": ", nameText(each.last_error, 120)] : "",
        " ",
        h("span", { class: "sub" }, moment(each.at, { relative: true })),
    );
}

function alertCard(state, alert, open) {
    const name = alert.labels?.function;
    const description = alert.annotations?.description;
    return h(
        "article",
        {
            class: "alertCard",
            "data-state": alert.state,
            "data-open": open ? "" : null,
            "data-row": alert.fingerprint,
        },
        h(
            "header",
            {},
            alertState(alert.state),
            h("h3", {}, nameText(alertSummary(alert), 200)),
            h("span", { class: "sub" }, "since ", moment(alert.since, { relative: true })),
            alert.silenced_by ? h("span", { class: "chip" }, "silenced: nobody is told") : null,
            alert.inhibited_by
                ? h("span", { class: "chip" }, "inhibited by another alert: nobody is told")
                : null,
        ),
        description && description !== alertSummary(alert)
            ? h("p", { class: "alertText" }, nameText(description, 600))
            : null,
        factList([
            name
                ? [
                      "Function",
                      h(
                          "a",
                          {
                              href: link(state, "function", name),
                              "data-primary": "",
                              "data-key": `alert-${alert.fingerprint}`,
                          },
                          nameText(name, 60),
                      ),
                  ]
                : null,
            ["Value", h("strong", {}, alertValue(alert.value, alert.threshold, alert.unit))],
            ["Threshold", alertValue(alert.threshold, alert.threshold, alert.unit)],
            [
                "Window",
                [
                    alert.window_s ? duration(alert.window_s * 1000) : null,
                    typeof alert.samples === "number" ? plural(alert.samples, "invocation") : null,
                ]
                    .filter(Boolean)
                    .join(", ") || "–",
            ],
            ["Rule", nameText(alert.rule, 60)],
            alert.fired_at ? ["Fired", moment(alert.fired_at)] : null,
            alert.resolved_at ? ["Resolved", moment(alert.resolved_at)] : null,
            ["Examples", examples(state, alert)],
        ]),
        h("div", { class: "chips" }, labels(alert)),
        (alert.notifications ?? []).length > 0
            ? h(
                  "ul",
                  { class: "notifications" },
                  alert.notifications.slice(0, 10).map(notification),
              )
            : null,
    );
}

/** What is needed at least: invocations, unless the rule has another unit. */
function minimumWords(rule) {
    if (!rule.minimum) {
        return "–";
    }
    return rule.minimum_unit
        ? alertValue(rule.minimum, null, rule.minimum_unit)
        : plural(rule.minimum, "invocation");
}

/** A threshold of no dollars is none. */
function thresholdWords(rule) {
    return rule.unit === "dollars" && rule.threshold === 0
        ? "none set"
        : alertValue(rule.threshold, rule.threshold, rule.unit);
}

function ruleCard(rule, onPreview) {
    const words = rule.annotations?.description ?? rule.annotations?.summary;
    return h(
        "article",
        { class: "alertCard rule", "data-state": rule.state ?? "" },
        h(
            "header",
            {},
            h("h3", {}, nameText(rule.name, 120)),
            rule.state ? alertState(rule.state) : null,
            h(
                "span",
                { class: "sub" },
                "evaluated ",
                moment(rule.last_evaluation, { relative: true }),
            ),
            h(
                "button",
                {
                    type: "button",
                    class: "button",
                    "data-key": `preview-${rule.group}-${rule.name}`,
                    "aria-label": `Preview ${visible(rule.name).slice(0, 120)}`,
                    onclick: () => onPreview(rule),
                },
                "Preview",
            ),
        ),
        words ? h("p", { class: "alertText" }, nameText(templateText(words), 600)) : null,
        h("pre", { class: "expression" }, h("code", {}, visible(rule.expr ?? "").slice(0, 4000))),
        factList([
            ["Threshold", thresholdWords(rule)],
            ["Window", rule.window_s ? duration(rule.window_s * 1000) : "–"],
            [
                "For",
                rule.for_s ? duration(rule.for_s * 1000) : "at once",
            ],
            ["At least", minimumWords(rule)],
        ]),
        rule.last_error
            ? h("p", { class: "bad" }, icon("error"), " ", nameText(rule.last_error, 400))
            : null,
    );
}

/**
 * @param {HTMLElement} root
 * @param {object} state
 * @param {AbortSignal} signal
 */
export function alertsPage(root, state, signal) {
    const alerts = ask(state, signal, ["alerts"], { ranged: false });
    const rules = ask(state, signal, ["rules"], { ranged: false });
    const evaluated = h("span", { class: "sub" });
    const preview = previewPanel(signal);
    const opened = state.parameters.get("open");
    alerts.subscribe((now) => {
        if (now.phase === "data") {
            evaluated.replaceChildren(
                ...(nsToMs(now.data.evaluated_at) === null
                    ? ["not evaluated yet"]
                    : ["evaluated ", moment(now.data.evaluated_at, { relative: true })]),
            );
        }
    });
    root.append(
        h("header", { class: "pageHead" }, h("h1", {}, "Alerts")),
        panel({
            feed: alerts,
            title: "State",
            name: "flush",
            lines: 6,
            note: evaluated,
            empty: (data) =>
                (data.alerts ?? []).length > 0
                    ? null
                    : emptyState(
                          "No alert has fired",
                          nsToMs(data.evaluated_at) === null
                              ? "No rule has been evaluated yet."
                              : [
                                    "All rules are quiet. They were last evaluated ",
                                    moment(data.evaluated_at, { relative: true }),
                                    ".",
                                ],
                          h(
                              "a",
                              { class: "button", href: link(state, "overview") },
                              "To the overview",
                          ),
                      ),
            render: (data) =>
                h(
                    "div",
                    { class: "alertCards" },
                    [...data.alerts]
                        .sort(
                            (left, right) =>
                                (rank[left.state] ?? 4) - (rank[right.state] ?? 4) ||
                                Number(BigInt(right.since ?? 0) - BigInt(left.since ?? 0)),
                        )
                        .map((alert) => alertCard(state, alert, alert.fingerprint === opened)),
                ),
        }),
        silencesPanel(state, signal),
        messagesPanel(state, signal),
        panel({
            feed: rules,
            title: "Rules",
            name: "flush",
            lines: 4,
            empty: (data) =>
                (data.rules ?? []).length > 0
                    ? null
                    : emptyState(
                          "There is no rule",
                          "The collector brings rules of its own; they seem to be switched off in its configuration.",
                      ),
            render: (data) => {
                const recorded = data.rules.filter((rule) => rule.kind === "record");
                const alerting = data.rules.filter((rule) => rule.kind !== "record");
                return [
                    data.load_error
                        ? h("p", { class: "bad" }, icon("error"), " ", nameText(data.load_error, 800))
                        : null,
                    h("div", { class: "alertCards" }, alerting.map((rule) => ruleCard(rule, preview.show))),
                    h(
                        "p",
                        { class: "panelFoot sub" },
                        plural(alerting.length, "rule"),
                        recorded.length > 0 ? `, ${plural(recorded.length, "recorded metric")}` : "",
                    ),
                ];
            },
        }),
        alertHistory(signal),
        preview.element,
    );
}
