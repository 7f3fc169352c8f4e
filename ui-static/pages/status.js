/**
 * How the collector itself does: is it accepting, what has come in, what was refused or lost.
 */

import { bytes, count, dateTime, duration, plural } from "../format.js";
import { h } from "../h.js";
import { icon } from "../icons.js";
import { agentTotals, waitingTotals } from "../model/agents.js";
import { nsToMs } from "../time.js";
import { agentFacts, unsentTables, waitingLine } from "../widgets/agentCost.js";
import { ask } from "../widgets/ask.js";
import { factList, moment, nameText } from "../widgets/common.js";
import { panel } from "../widgets/panel.js";
import { storedPanel } from "../widgets/storedPanel.js";

const reasonsMax = 100;

function box(title, ...content) {
    return h(
        "section",
        { class: "panel statusBox" },
        h("header", { class: "panelHead" }, h("h2", {}, title)),
        h("div", { class: "panelBody" }, content),
    );
}

function allGood(words) {
    return h("p", { class: "allGood" }, icon("ok"), h("span", {}, words));
}

/** Counters by reason; the greatest first. */
function reasons(counters, none) {
    const entries = Object.entries(counters ?? {})
        .filter(([, value]) => value > 0)
        .sort(([, a], [, b]) => b - a);
    if (entries.length === 0) {
        return allGood(none);
    }
    return h(
        "table",
        { class: "reasons" },
        h(
            "tbody",
            {},
            entries
                .slice(0, reasonsMax)
                .map(([reason, value]) =>
                    h(
                        "tr",
                        {},
                        h("th", { scope: "row" }, nameText(reason.replaceAll("_", " "), 60)),
                        h("td", {}, count(value)),
                    ),
                ),
        ),
    );
}

/** What of the log streams was of no use, by reason, with an example. */
function refusals(rows) {
    if (!(rows?.length > 0)) {
        return h("p", { class: "allGood" }, icon("ok"), h("span", {}, "Every event was of use."));
    }
    return h(
        "table",
        { class: "reasons" },
        h(
            "tbody",
            {},
            rows.slice(0, reasonsMax).map((row) =>
                h(
                    "tr",
                    {},
                    h(
                        "th",
                        { scope: "row" },
                        nameText(row.reason, 80),
                        row.example
                            ? h("code", { class: "sub below" }, nameText(row.example, 80))
                            : null,
                    ),
                    h("td", {}, count(row.count)),
                ),
            ),
        ),
    );
}

function total(counters) {
    return Object.values(counters ?? {}).reduce((sum, value) => sum + value, 0);
}

function banner(data) {
    const accepting = data.accepting === true;
    const unknown = data.accepting !== true && data.accepting !== false;
    return h(
        "section",
        { class: "banner", "data-state": accepting ? "good" : unknown ? "unknown" : "bad" },
        icon(accepting ? "ok" : unknown ? "unknown" : "error"),
        h(
            "div",
            {},
            h(
                "strong",
                {},
                accepting
                    ? "Accepting"
                    : unknown
                      ? "Whether it accepts is not known"
                      : "Not accepting",
            ),
            h(
                "span",
                { class: "sub" },
                data.reason
                    ? [" ", nameText(data.reason, 300)]
                    : accepting
                      ? " What is acknowledged is on disk."
                      : "",
            ),
        ),
        h(
            "span",
            { class: "sub bannerSide" },
            "thaw-collector ",
            nameText(data.version ?? "of unknown version", 40),
            data.uptime_s ? `, up ${duration(data.uptime_s * 1000)}` : "",
        ),
    );
}

/** What the collector had no room to remember, in short; null when it remembers all. */
function memoryWarning(memory) {
    const since = nsToMs(memory?.since ?? null);
    const functions = memory?.forgotten_functions ?? 0;
    const records = memory?.refused_records ?? 0;
    const counts = memory?.refused_counts ?? 0;
    const parts = [
        since !== null
            ? `lists go back to ${dateTime(since)}, older transactions are found by id`
            : null,
        functions > 0 ? `${plural(functions, "function is", "functions are")} forgotten` : null,
        records > 0 ? `${plural(records, "record is", "records are")} not in lists` : null,
        counts > 0 ? `${plural(counts, "count is", "counts are")} missing in sums` : null,
    ].filter((part) => part !== null);
    if (parts.length === 0) {
        return null;
    }
    return h(
        "section",
        { class: "banner", "data-state": "unknown" },
        icon("unknown"),
        h(
            "div",
            {},
            h("strong", {}, "There is more data than fits into memory"),
            h("span", { class: "sub" }, ` ${parts.join(", ")}.`),
        ),
    );
}

/** What is wrong with the files of certificate and tokens; an empty list when all is well. */
function fileWarnings(http) {
    const wrong = [
        ["The TLS certificate has expired", http?.tls?.expired === true ? "" : null],
        ["The new TLS certificate is not used", http?.tls?.reload_error ?? null],
        ["The new tokens are not used", http?.token_file?.reload_error ?? null],
    ];
    return wrong
        .filter(([, reason]) => reason !== null)
        .map(([title, reason]) =>
            h(
                "section",
                { class: "banner", "data-state": "bad" },
                icon("error"),
                h("div", {}, h("strong", {}, title), h("span", { class: "sub" }, " ", nameText(reason, 300))),
            ),
        );
}

/** Who is connected, and the certificate that they are shown. */
function connections(http) {
    const tls = http.tls;
    return factList([
        ["Open", count(http.connections ?? null), `of ${count(http.connections_limit ?? null)}`],
        ["Cut for being slow", count(http.connections_swept ?? null)],
        ["Closed for others", count(http.connections_evicted ?? null), "idle for longest, at the limit"],
        ["Turned away", count(http.connections_refused ?? null), "at the limit"],
        ["TLS", tls ? nameText(tls.subject || "without a subject", 80) : "off"],
        ...(tls
            ? [
                  ["Certificate expires", moment(tls.expires_at)],
                  ["Certificate loaded", moment(tls.loaded_at)],
                  ["Handshakes", count(tls.handshakes?.full ?? null)],
                  ["Sessions resumed", count(tls.handshakes?.resumed ?? null)],
              ]
            : []),
    ]);
}

function boxes(data) {
    const store = data.store ?? {};
    const ingest = data.ingest ?? {};
    const records = ingest.records ?? {};
    const functions = data.functions ?? {};
    const view = store.view ?? {};
    return h(
        "div",
        { class: "statusGrid" },
        box(
            "Ingest",
            factList([
                ["Requests", count(ingest.requests ?? null)],
                ["Spans", count(records.spans ?? null)],
                ["Log lines", count(records.logs ?? null)],
                ["Metric points", count(records.points ?? null)],
                ["Duplicates", count(ingest.duplicates ?? null), "recognised and counted once"],
                ["Lag", duration(ingest.lag_ms ?? null), "from the event to the disk"],
            ]),
        ),
        box(
            "Store",
            factList([
                ["On disk", bytes(store.bytes ?? null)],
                ["Segments", count(store.segments ?? null)],
                ["Sealed", count(store.sealed ?? null), "rewritten by columns"],
                ["Seals that failed", count(store.seals_failed ?? null)],
                ["Asked by a look-up", count(store.asked ?? null), "files, where ids are merged"],
                ["Merges that failed", count(store.merges_failed ?? null)],
                ["Frames", count(store.frames ?? null)],
                ["Last sync took", duration(store.last_sync_ms ?? null)],
                ["Recovered frames", count(store.recovered_frames ?? null)],
                ["Cut at recovery", bytes(store.cut_bytes ?? null)],
                ["Quarantined", count(store.quarantined ?? null)],
                ["Saved view", view.reason ? `failed: ${view.reason}` : bytes(view.bytes ?? null)],
                ["Path", nameText(store.path ?? "–", 60)],
            ]),
        ),
        data.http ? box("Connections", connections(data.http)) : null,
        box(
            "Refused by the collector",
            reasons(ingest.rejected, "Nothing has been refused."),
            total(ingest.rejected) > 0 ? h("p", { class: "sub" }, "requests, by reason") : null,
        ),
        box(
            "Dropped by agents",
            total(data.agents?.dropped) > 0
                ? null
                : allGood("No agent has reported that it dropped a record."),
            unsentTables([data.agents]),
        ),
        box(
            "Coverage",
            factList([
                ["Functions seen", count(functions.seen ?? null)],
                ["With agent", count(functions.with_agent ?? null)],
                ["Silent > 24 h", count(functions.silent_24h ?? null)],
                ["Instances alive", count(data.agents?.instances_alive ?? null)],
            ]),
        ),
        box(
            "What agents cost, last hour",
            waitingLine(waitingTotals([data.agents?.waiting])),
            agentFacts(
                agentTotals([
                    {
                        agent: data.agents?.last_hour
                            ? {
                                  ...data.agents.last_hour,
                                  memory_bytes: data.agents.memory_bytes,
                                  cost: null,
                              }
                            : null,
                    },
                ]),
            ),
        ),
        data.log_streams
            ? box(
                  "Log streams",
                  factList([
                      ["Deliveries", count(data.log_streams.deliveries ?? null)],
                      ["Events", count(data.log_streams.events ?? null)],
                      ["Control messages", count(data.log_streams.control_messages ?? null)],
                  ]),
                  refusals(data.log_streams.refused),
              )
            : null,
        box(
            "Also",
            factList([
                ["Started", moment(data.started_at)],
                ["Rules evaluated", moment(data.alerts?.evaluated_at ?? null, { relative: true })],
                ["Alerts firing", count(data.alerts?.firing ?? null)],
                [
                    "Price table",
                    data.prices
                        ? nameText(
                              `${data.prices.version ?? "–"}, ${data.prices.date ?? "no date"}`,
                              60,
                          )
                        : "–",
                ],
            ]),
        ),
    );
}

/**
 * @param {HTMLElement} root
 * @param {object} state
 * @param {AbortSignal} signal
 */
export function statusPage(root, state, signal) {
    const feed = ask(state, signal, ["status"], { ranged: false });
    root.append(
        h("header", { class: "pageHead" }, h("h1", {}, "Status")),
        panel({
            feed,
            name: "bare",
            lines: 10,
            render: (data) => [
                banner(data),
                memoryWarning(data.memory),
                fileWarnings(data.http),
                boxes(data),
                h(
                    "p",
                    { class: "sub statusFoot" },
                    "The same figures for machines: ",
                    h("a", { href: "/metrics", target: "_blank" }, "/metrics"),
                    ", ",
                    h("a", { href: "/healthz", target: "_blank" }, "/healthz"),
                    ", ",
                    h("a", { href: "/readyz", target: "_blank" }, "/readyz"),
                ),
            ],
        }),
        storedPanel(state, signal),
    );
}
