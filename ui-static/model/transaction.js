/**
 * A transaction as the rows of a waterfall.  Pure.
 *
 * All times of the result are milliseconds since `zeroNs`, the first moment of anything in it.
 * A row is one of: an instance (a heading), an invocation (drawn in segments), a span of the
 * function's own SDK, or a link (the wait in a queue).
 */

import { sumDecimals } from "../format.js";
import { nsToMs } from "../time.js";

/** The segments that the agent's own spans describe; the invocation's row draws them. */
const agentParts = new Set(["init", "handler", "post_handler"]);

/** One key for an invocation: an id repeats across attempts and instances. */
export function invocationKey(row) {
    return `i:${row.function ?? ""}|${row.instance ?? ""}|${row.request_id ?? ""}|${row.attempt ?? 1}`;
}

function instanceKey(row) {
    return `${row.function ?? ""}|${row.instance ?? ""}`;
}

/** The label under which an instance is known in one answer: "stock #2". */
export function instanceLabel(row) {
    return `${row.function ?? "no function"} #${row.instance_no ?? "?"}`;
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
        see(span.start);
    }
    return first ?? 0n;
}

function sinceZero(zero) {
    return (ns) => nsToMs(ns) === null ? null : Number(BigInt(ns) - zero) / 1e6;
}

/**
 * The segments of one invocation.  A suppressed init (phase "invoke") lies inside the invocation;
 * any other lies before it.
 */
function segmentsOf(invocation, parts, since) {
    const start = since(invocation.start);
    const end = since(invocation.end);
    const segments = [];
    const inside = invocation.init_phase === "invoke";
    const initStart = since(invocation.init_start) ?? (parts.init ? since(parts.init.start) : null);
    if (invocation.init_ms !== null && invocation.init_ms !== undefined) {
        const from = initStart ?? (inside ? start : start - invocation.init_ms);
        const waited = invocation.cold && !invocation.proactive;
        // An init that nobody waited for may lie long before the request: it is told, not drawn.
        if (waited || inside) {
            segments.push({ name: "init", fromMs: from, toMs: from + invocation.init_ms });
        }
    }
    const handlerMs = invocation.handler_ms
        ?? (end !== null && start !== null ? end - start : null);
    let handlerStart = parts.handler ? since(parts.handler.start) : start;
    if (!parts.handler && inside && end !== null && invocation.handler_ms !== null) {
        handlerStart = Math.max(start, end - handlerMs);
    }
    const handlerEnd = handlerMs === null ? null : handlerStart + handlerMs;
    if (handlerEnd !== null) {
        segments.push({ name: "handler", fromMs: handlerStart, toMs: handlerEnd });
    }
    if (invocation.post_handler_ms > 0 && handlerEnd !== null) {
        const from = parts.post_handler ? since(parts.post_handler.start) : handlerEnd;
        segments.push({ name: "post_handler", fromMs: from, toMs: from + invocation.post_handler_ms });
    }
    const response = invocation.response_ms > 0 ? handlerStart + invocation.response_ms : null;
    return { segments, responseAtMs: response, handlerStart };
}

/**
 * Where the billed time lies: it includes the init when it is longer than what followed the start.
 */
function billedBracket(invocation, segments, startMs) {
    const billed = invocation.billed_ms;
    if (!(billed > 0)) {
        return null;
    }
    const init = segments.find((each) => each.name === "init");
    const after = (invocation.reported_ms ?? invocation.handler_ms ?? 0);
    const withInit = init && init.fromMs < startMs && billed > Math.ceil(after) + 1;
    const from = withInit ? init.fromMs : startMs;
    return { fromMs: from, toMs: from + billed, withInit: Boolean(withInit) };
}

function agentPartsByInvocation(spans) {
    const parts = new Map();
    for (const span of spans) {
        if (span.source === "agent" && agentParts.has(span.name)) {
            const key = invocationKey(span);
            const entry = parts.get(key) ?? {};
            entry[span.name] = span;
            parts.set(key, entry);
        }
    }
    return parts;
}

function invocationRow(invocation, parts, since) {
    const { segments, responseAtMs } = segmentsOf(invocation, parts, since);
    const start = since(invocation.start);
    const ends = [since(invocation.end), ...segments.map((each) => each.toMs)]
        .filter((each) => each !== null);
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
        fromMs: from,
        toMs: Math.max(from, to),
        failed: span.status === "error",
        children: [],
        marks: [],
    };
}

/** Rows of spans under one parent, in order of start, with an explicit stack: input sets depth. */
function flatten(roots, depth, out) {
    const byStart = (left, right) => right.fromMs - left.fromMs;
    const stack = [...roots].sort(byStart).map((row) => [row, depth]);
    while (stack.length > 0) {
        const [row, at] = stack.pop();
        row.depth = at;
        out.push(row);
        for (const child of [...row.children].sort(byStart)) {
            stack.push([child, at + 1]);
        }
    }
}

/** True if following parents from a row comes back to it. */
function loops(row, parentOf) {
    const seen = new Set();
    for (let at = row; at; at = parentOf.get(at)) {
        if (seen.has(at)) {
            return true;
        }
        seen.add(at);
    }
    return false;
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
    const orphans = [];
    for (const row of spanRows) {
        const parent = parentOf.get(row);
        if (parent && !loops(row, parentOf)) {
            parent.children.push(row);
            continue;
        }
        const owner = byKey.get(invocationKey(row.span))
            ?? byInvocationSpan.get(row.span.parent_span_id);
        if (owner) {
            owner.spans.push(row);
        } else {
            orphans.push(row);
        }
    }
    return orphans;
}

function groupsOf(invocationRows) {
    const groups = new Map();
    for (const row of invocationRows) {
        const key = instanceKey(row.invocation);
        const group = groups.get(key) ?? {
            key, label: instanceLabel(row.invocation), first: row.invocation, rows: [],
            parent: null, children: [], fromMs: Infinity,
        };
        group.rows.push(row);
        group.fromMs = Math.min(group.fromMs, row.fromMs);
        groups.set(key, group);
    }
    return [...groups.values()];
}

/** Who called whom, on the level of instances: the first invocation's caller decides. */
function linkGroups(groups, owners, links) {
    const byInvocation = new Map();
    for (const group of groups) {
        for (const row of group.rows) {
            byInvocation.set(row.key, group);
        }
    }
    const roots = [];
    for (const group of groups) {
        const invocation = group.rows[0].invocation;
        const incoming = links.find((link) => link.to?.request_id === invocation.request_id);
        const caller = owners.get(invocation.parent_span_id)
            ?? (incoming ? owners.get(incoming.from?.span_id) : undefined);
        const parent = caller ? byInvocation.get(caller.key) : undefined;
        let ancestor = parent;
        while (ancestor && ancestor !== group) {
            ancestor = ancestor.parent;
        }
        if (parent && ancestor !== group) {
            group.parent = parent;
            parent.children.push(group);
        } else {
            roots.push(group);
        }
    }
    return roots;
}

function linkRow(link, target, source) {
    const waitKnown = link.wait_ms !== null && link.wait_ms !== undefined;
    const to = target ? target.startMs : (source ? source.toMs + (link.wait_ms ?? 0) : 0);
    const from = waitKnown ? to - link.wait_ms : Math.min(to, source ? source.toMs : to);
    return {
        type: "link",
        key: `l:${link.from?.span_id ?? ""}>${link.to?.span_id ?? link.to?.request_id ?? ""}`,
        depth: 0,
        name: link.kind === "queue" ? "queue" : "link",
        destination: source?.span?.attributes?.["messaging.destination.name"] ?? null,
        waitMs: waitKnown ? link.wait_ms : (target && source ? Math.max(0, to - from) : null),
        target: target?.key ?? null,
        link,
        fromMs: from,
        toMs: Math.max(from, to),
        failed: false,
        marks: [],
    };
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

function placeLinks(links, invocationRows, owners, spanById) {
    const before = new Map();
    const after = new Map();
    for (const link of links) {
        const target = invocationRows.find((row) => row.invocation.request_id === link.to?.request_id
            || (link.to?.span_id && row.invocation.span_id === link.to.span_id));
        const source = spanById.get(link.from?.span_id) ?? owners.get(link.from?.span_id);
        const row = linkRow(link, target, source);
        const place = target ? before : after;
        const anchor = target ?? owners.get(link.from?.span_id) ?? invocationRows.at(-1);
        if (anchor) {
            place.set(anchor.key, [...(place.get(anchor.key) ?? []), row]);
        }
    }
    return { before, after };
}

function emitGroups(roots, placed) {
    const rows = [];
    const byStart = (left, right) => right.fromMs - left.fromMs;
    const stack = [...roots].sort(byStart).map((group) => [group, 0]);
    while (stack.length > 0) {
        const [group, depth] = stack.pop();
        const shown = Math.min(depth, 6);
        for (const row of group.rows) {
            for (const link of placed.before.get(row.key) ?? []) {
                rows.push({ ...link, depth: shown });
            }
        }
        // An instance that ran once needs no heading of its own: its invocation carries the label.
        if (group.rows.length > 1) {
            rows.push({
                type: "instance", key: `g:${group.key}`, depth: shown, name: group.label,
                invocation: group.first, count: group.rows.length, marks: [], failed: false,
                fromMs: group.fromMs, toMs: Math.max(...group.rows.map((row) => row.toMs)),
            });
        }
        for (const row of group.rows) {
            row.depth = shown + (group.rows.length > 1 ? 1 : 0);
            rows.push(row);
            flatten(row.spans, row.depth + 1, rows);
            for (const link of placed.after.get(row.key) ?? []) {
                rows.push({ ...link, depth: shown });
            }
        }
        for (const child of [...group.children].sort(byStart)) {
            stack.push([child, depth + 1]);
        }
    }
    return rows;
}

function markLogs(logs, rows, owners) {
    const byKey = new Map(rows.map((row) => [row.key, row]));
    for (const log of logs) {
        const row = byKey.get(`s:${log.span_id}`) ?? byKey.get(log.ownerKey)
            ?? owners.get(log.span_id);
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
    const isAgents = (span) => span.source === "agent"
        && (agentParts.has(span.name) || invocationSpans.has(span.span_id));
    const spanRows = spans.filter((span) => !isAgents(span)).map((span) => spanRow(span, since));
    const orphans = nestSpans(spanRows, invocationRows);
    const owners = ownersOf(invocationRows, spanRows, spans.filter(isAgents));
    const spanById = new Map(spanRows.map((row) => [row.span.span_id, row]));
    const roots = linkGroups(groupsOf(invocationRows), owners, links);
    const rows = emitGroups(roots, placeLinks(links, invocationRows, owners, spanById));
    if (orphans.length > 0) {
        rows.push({
            type: "instance", key: "g:none", depth: 0, name: "Spans of no known invocation",
            invocation: null, count: orphans.length, marks: [], failed: false,
            fromMs: Math.min(...orphans.map((row) => row.fromMs)),
            toMs: Math.max(...orphans.map((row) => row.toMs)),
        });
        flatten(orphans, 1, rows);
    }
    const logs = (data.logs ?? []).map((log, i) => ({
        ...log, key: `log:${i}`, atMs: since(log.time), grade: gradeOf(log),
        label: instanceLabel(log), instanceKey: instanceKey(log), ownerKey: invocationKey(log),
    }));
    markLogs(logs, rows, owners);
    const endMs = Math.max(1e-3, data.elapsed_ms ?? 0, ...rows.map((row) => row.toMs));
    return { zeroNs: String(zero), zeroMs: nsToMs(String(zero)), endMs, rows, logs,
        invocations: invocationRows, lanes: laneNumbers(invocationRows, logs) };
}

/** One small number per instance, for its colour: in order of appearance. */
function laneNumbers(invocationRows, logs) {
    const lanes = new Map();
    for (const key of [...invocationRows.map((row) => instanceKey(row.invocation)),
        ...logs.map((log) => log.instanceKey)]) {
        if (!lanes.has(key)) {
            lanes.set(key, lanes.size);
        }
    }
    return lanes;
}

/**
 * The number that decides the colour of a row's instance.
 * @param {Map<string, number>} lanes
 * @param {object} row Something with function and instance.
 * @returns {number}
 */
export function laneOf(lanes, row) {
    return lanes.get(instanceKey(row)) ?? 0;
}

/**
 * What each function costs in this transaction, the greatest first; shared invocations count with
 * their part.
 * @param {object} data
 * @returns {{function: string, amount: string, currency: string, invocations: number,
 *            shared: boolean}[]}
 */
export function costByFunction(data) {
    const functions = new Map();
    for (const invocation of data.invocations ?? []) {
        const cost = invocation.cost_share ?? invocation.cost;
        const name = invocation.function ?? "";
        const entry = functions.get(name)
            ?? { function: name, amounts: [], currency: "USD", invocations: 0, shared: false };
        entry.invocations += 1;
        entry.shared ||= Boolean(invocation.shared);
        if (cost) {
            entry.amounts.push(cost.amount);
            entry.currency = cost.currency ?? entry.currency;
        }
        functions.set(name, entry);
    }
    return [...functions.values()]
        .map(({ amounts, ...entry }) => ({ ...entry, amount: sumDecimals(amounts) }))
        .sort((left, right) => Number(right.amount ?? 0) - Number(left.amount ?? 0));
}

/** The transaction's outcome in one word: the entry decides, a failure inside is told apart. */
export function outcomeOf(data) {
    const invocations = data.invocations ?? [];
    const first = invocations[0]?.outcome ?? null;
    if (first === "error" || first === "timeout") {
        return first;
    }
    if (invocations.some((each) => each.outcome === "running")) {
        return "running";
    }
    return invocations.some((each) => each.outcome === "error" || each.outcome === "timeout")
        ? "failed_inside" : first ?? "end_unknown";
}
