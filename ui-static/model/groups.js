/**
 * Rows in order: instances by who called whom, spans by parent, links where they arrive.  Pure.
 */

import { instanceKey, instanceLabel } from "./keys.js";

/** Rows of spans under one parent, in order of start, with an explicit stack: input sets depth. */
export function flatten(roots, depth, out) {
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

export function groupsOf(invocationRows) {
    const groups = new Map();
    for (const row of invocationRows) {
        const key = instanceKey(row.invocation);
        const group = groups.get(key) ?? {
            key,
            label: instanceLabel(row.invocation),
            first: row.invocation,
            rows: [],
            parent: null,
            children: [],
            fromMs: Infinity,
        };
        group.rows.push(row);
        group.fromMs = Math.min(group.fromMs, row.fromMs);
        groups.set(key, group);
    }
    return [...groups.values()];
}

/** Who called whom, on the level of instances: the first invocation's caller decides. */
export function linkGroups(groups, owners, links) {
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
        const caller =
            owners.get(invocation.parent_span_id) ??
            (incoming ? owners.get(incoming.from?.span_id) : undefined);
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
    const to = target ? target.startMs : source ? source.toMs + (link.wait_ms ?? 0) : 0;
    const from = waitKnown ? to - link.wait_ms : Math.min(to, source ? source.toMs : to);
    return {
        type: "link",
        key: `l:${link.from?.span_id ?? ""}>${link.to?.span_id ?? link.to?.request_id ?? ""}`,
        depth: 0,
        name: link.kind === "queue" ? "queue" : "link",
        destination: source?.span?.attributes?.["messaging.destination.name"] ?? null,
        waitMs: waitKnown ? link.wait_ms : target && source ? Math.max(0, to - from) : null,
        target: target?.key ?? null,
        link,
        fromMs: from,
        toMs: Math.max(from, to),
        failed: false,
        marks: [],
    };
}

function elsewhere(link, transaction) {
    return Boolean(link.transaction) && link.transaction !== transaction;
}

export function placeLinks(links, { transaction, invocationRows, owners, spanById }) {
    const before = new Map();
    const after = new Map();
    for (const link of links) {
        // The span tells which attempt it was, the request id only which request.
        const target =
            owners.get(link.to?.span_id) ??
            invocationRows.find((row) => row.invocation.request_id === link.to?.request_id);
        const source = spanById.get(link.from?.span_id) ?? owners.get(link.from?.span_id);
        if (target && !source && elsewhere(link, transaction)) {
            // A message of another transaction in the same batch: the batch says that it is shared.
            continue;
        }
        const row = linkRow(link, target, source);
        const place = target ? before : after;
        const anchor = target ?? owners.get(link.from?.span_id) ?? invocationRows.at(-1);
        if (anchor) {
            place.set(anchor.key, [...(place.get(anchor.key) ?? []), row]);
        }
    }
    return { before, after };
}

/**
 * The rows of all instances, callers before those they called.
 */
export function emitGroups(roots, placed) {
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
                type: "instance",
                key: `g:${group.key}`,
                depth: shown,
                name: group.label,
                invocation: group.first,
                count: group.rows.length,
                marks: [],
                failed: false,
                fromMs: group.fromMs,
                toMs: Math.max(...group.rows.map((row) => row.toMs)),
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
