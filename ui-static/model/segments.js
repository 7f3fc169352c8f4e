/**
 * The segments of an invocation (init, handler, post_handler) and what of it is billed.  Pure.
 */

import { invocationKey } from "./keys.js";

/** The segments that the platform's own spans describe; the invocation's row draws them. */
export const agentParts = new Set(["init", "handler", "post_handler"]);

/** Whether a span was told of the platform: by the agent, or derived from log streams. */
export function ofPlatform(span) {
    return span.source === "agent" || span.source === "logs";
}

/**
 * The segments of one invocation.  A suppressed init (phase "invoke") lies inside the invocation;
 * any other lies before it.
 */
export function segmentsOf(invocation, parts, since) {
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
    const handlerMs =
        invocation.handler_ms ?? (end !== null && start !== null ? end - start : null);
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
        segments.push({
            name: "post_handler",
            fromMs: from,
            toMs: from + invocation.post_handler_ms,
        });
    }
    const response = invocation.response_ms > 0 ? handlerStart + invocation.response_ms : null;
    return { segments, responseAtMs: response, handlerStart };
}

/**
 * Where the billed time lies: it includes the init when it is longer than what followed the start.
 */
export function billedBracket(invocation, segments, startMs) {
    const billed = invocation.billed_ms;
    if (!(billed > 0)) {
        return null;
    }
    const init = segments.find((each) => each.name === "init");
    const after = invocation.reported_ms ?? invocation.handler_ms ?? 0;
    const withInit = init && init.fromMs < startMs && billed > Math.ceil(after) + 1;
    const from = withInit ? init.fromMs : startMs;
    return { fromMs: from, toMs: from + billed, withInit: Boolean(withInit) };
}

export function agentPartsByInvocation(spans) {
    const parts = new Map();
    for (const span of spans) {
        if (ofPlatform(span) && agentParts.has(span.name)) {
            const key = invocationKey(span);
            const entry = parts.get(key) ?? {};
            entry[span.name] = span;
            parts.set(key, entry);
        }
    }
    return parts;
}
