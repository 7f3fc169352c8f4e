/**
 * A transaction as the rows of a waterfall.  Pure.
 *
 * All times of the result are milliseconds since `zeroNs`, the first moment of anything in it.
 * A row is one of: an instance (a heading), an invocation (drawn in segments), a span of the
 * function's own SDK, or a link (the wait in a queue).
 */

import { nsToMs } from "../time.js";
import { emitGroups, flatten, groupsOf, linkGroups, placeLinks } from "./groups.js";
import { instanceKey, instanceLabel, invocationKey, laneNumbers } from "./keys.js";
import { onCriticalPath } from "./path.js";
import {
    agentParts,
    agentPartsByInvocation,
    billedBracket,
    ofPlatform,
    segmentsOf,
} from "./segments.js";

/** Whether a span was concluded from the event: the time in a queue or gateway in front. */
function inferred(span) {
    return span.attributes?.["thaw.inferred"] === true;
}

/** Waits beyond this begin before the picture: else nothing else could be seen in it. */
function longWait(data) {
    return 4 * Math.max(1, data.elapsed_ms ?? 0);
}

function earliest(data) {
    let first = null;
    const see = (ns) => {
        if (nsToMs(ns) !== null) {
            const at = BigInt(ns);
            first = first === null || at < first ? at : first;
        }
    };
    see(data.start);
    for (const invocation of data.invocations ?? []) {
        see(invocation.start);
        see(invocation.init_start);
    }
    for (const span of data.spans ?? []) {
        if (!inferred(span) || span.duration_ms <= longWait(data)) {
            see(span.start);
        }
    }
    return first ?? 0n;
}

function sinceZero(zero) {
    return (ns) => (nsToMs(ns) === null ? null : Number(BigInt(ns) - zero) / 1e6);
}

function invocationRow(invocation, parts, since) {
    const { segments, responseAtMs } = segmentsOf(invocation, parts, since);
    const start = since(invocation.start);
    const ends = [since(invocation.end), ...segments.map((each) => each.toMs)].filter(
        (each) => each !== null,
    );
    const fromMs = Math.min(start, ...segments.map((each) => each.fromMs));
    return {
        type: "invocation",
        key: invocationKey(invocation),
        depth: 0,
        name: invocation.function ?? "",
        invocation,
        segments,
        responseAtMs,
        billed: billedBracket(invocation, segments, start),
        startMs: start,
        fromMs,
        toMs: ends.length > 0 ? Math.max(...ends, start) : start,
        endKnown: ends.length > 0,
        failed: invocation.outcome === "error" || invocation.outcome === "timeout",
        spans: [],
        marks: [],
    };
}

function spanRow(span, since) {
    const from = since(span.start) ?? 0;
    const to = since(span.end) ?? from + (span.duration_ms ?? 0);
    return {
        type: "span",
        key: `s:${span.span_id}`,
        depth: 0,
        name: span.name ?? "",
        span,
        inferred: inferred(span),
        fromMs: from,
        toMs: Math.max(from, to),
        failed: span.status === "error",
        children: [],
        marks: [],
    };
}

/** Cut parents where following them would come back: each row is walked over once. */
function cutLoops(rows, parentOf) {
    const done = new Set();
    for (const row of rows) {
        const walked = new Set();
        let at = row;
        let last = null;
        while (at && !done.has(at) && !walked.has(at)) {
            walked.add(at);
            last = at;
            at = parentOf.get(at);
        }
        if (at && walked.has(at)) {
            parentOf.delete(last);
        }
        walked.forEach((each) => done.add(each));
    }
}

function nestSpans(spanRows, invocationRows) {
    const bySpanId = new Map(spanRows.map((row) => [row.span.span_id, row]));
    const byKey = new Map(invocationRows.map((row) => [row.key, row]));
    const byInvocationSpan = new Map(invocationRows.map((row) => [row.invocation.span_id, row]));
    const parentOf = new Map();
    for (const row of spanRows) {
        const parent = bySpanId.get(row.span.parent_span_id);
        if (parent && parent !== row && invocationKey(parent.span) === invocationKey(row.span)) {
            parentOf.set(row, parent);
        }
    }
    cutLoops(spanRows, parentOf);
    const orphans = [];
    for (const row of spanRows) {
        const parent = parentOf.get(row);
        if (parent) {
            parent.children.push(row);
            continue;
        }
        const owner =
            byKey.get(invocationKey(row.span)) ?? byInvocationSpan.get(row.span.parent_span_id);
        if (owner) {
            owner.spans.push(row);
        } else {
            orphans.push(row);
        }
    }
    return orphans;
}

/** Which row a span id belongs to, the agent's own spans included. */
function ownersOf(invocationRows, spanRows, agentSpans) {
    const owners = new Map();
    const byKey = new Map(invocationRows.map((row) => [row.key, row]));
    for (const row of invocationRows) {
        if (row.invocation.span_id) {
            owners.set(row.invocation.span_id, row);
        }
    }
    for (const span of agentSpans) {
        const owner = byKey.get(invocationKey(span));
        if (owner) {
            owners.set(span.span_id, owner);
        }
    }
    for (const row of spanRows) {
        const owner = byKey.get(invocationKey(row.span));
        if (owner) {
            owners.set(row.span.span_id, owner);
        }
    }
    return owners;
}

function markLogs(logs, rows, owners) {
    const byKey = new Map(rows.map((row) => [row.key, row]));
    for (const log of logs) {
        const row =
            byKey.get(`s:${log.span_id}`) ?? byKey.get(log.ownerKey) ?? owners.get(log.span_id);
        log.rowKey = row ? row.key : null;
        if (row && log.atMs !== null && log.grade !== "plain" && row.marks.length < 50) {
            row.marks.push({ atMs: log.atMs, grade: log.grade });
        }
    }
}

/** How loud a line is: that decides its colour and its mark on the waterfall. */
export function gradeOf(log) {
    const severity = log.severity ?? 0;
    if (severity >= 17) {
        return "error";
    }
    return severity >= 13 ? "warning" : "plain";
}

/**
 * Everything that the page draws.
 * @param {object} data The answer of GET transactions/{id}.
 * @returns {object}
 */
export function buildTransaction(data) {
    const zero = earliest(data);
    const since = sinceZero(zero);
    const spans = data.spans ?? [];
    const links = data.links ?? [];
    const parts = agentPartsByInvocation(spans);
    const invocationRows = (data.invocations ?? [])
        .map((each) => invocationRow(each, parts.get(invocationKey(each)) ?? {}, since))
        .sort((left, right) => left.fromMs - right.fromMs);
    const invocationSpans = new Set(invocationRows.map((row) => row.invocation.span_id));
    const isAgents = (span) =>
        ofPlatform(span) && (agentParts.has(span.name) || invocationSpans.has(span.span_id));
    const spanRows = spans.filter((span) => !isAgents(span)).map((span) => spanRow(span, since));
    const orphans = nestSpans(spanRows, invocationRows);
    const owners = ownersOf(invocationRows, spanRows, spans.filter(isAgents));
    const spanById = new Map(spanRows.map((row) => [row.span.span_id, row]));
    const roots = linkGroups(groupsOf(invocationRows), owners, links);
    const rows = emitGroups(
        roots,
        placeLinks(links, {
            transaction: data.id,
            invocationRows,
            owners,
            spanById,
        }),
    );
    if (orphans.length > 0) {
        rows.push({
            type: "instance",
            key: "g:none",
            depth: 0,
            name: "Spans of no known invocation",
            invocation: null,
            count: orphans.length,
            marks: [],
            failed: false,
            fromMs: Math.min(...orphans.map((row) => row.fromMs)),
            toMs: Math.max(...orphans.map((row) => row.toMs)),
        });
        flatten(orphans, 1, rows);
    }
    const logs = (data.logs ?? []).map((log, i) => ({
        ...log,
        key: `log:${i}`,
        atMs: since(log.time),
        grade: gradeOf(log),
        label: instanceLabel(log),
        instanceKey: instanceKey(log),
        ownerKey: invocationKey(log),
    }));
    markLogs(logs, rows, owners);
    const critical = onCriticalPath(data);
    for (const row of rows) {
        row.critical = critical(row);
    }
    const endMs = Math.max(1e-3, data.elapsed_ms ?? 0, ...rows.map((row) => row.toMs));
    return {
        zeroNs: String(zero),
        zeroMs: nsToMs(String(zero)),
        endMs,
        rows,
        logs,
        invocations: invocationRows,
        lanes: laneNumbers(invocationRows, logs),
    };
}
