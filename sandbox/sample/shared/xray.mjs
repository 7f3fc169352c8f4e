// SPDX-License-Identifier: Apache-2.0
// The X-Ray header, `Root=1-<8>-<24>;Parent=<16>;Sampled=0`, and OpenTelemetry's span context.
import { TraceFlags } from "@opentelemetry/api";

function fields(header) {
    return new Map((header ?? "").split(";").map((part) => part.trim().split("=", 2)));
}

/**
 * The span context that a header names, or null where it has none. A Root without a Parent names
 * a trace but no span, so it is none.
 * @param {string | undefined} header
 * @returns {import("@opentelemetry/api").SpanContext | null}
 */
export function parseXray(header) {
    const found = fields(header);
    const root = /^1-([0-9a-f]{8})-([0-9a-f]{24})$/i.exec(found.get("Root") ?? "");
    const parent = /^[0-9a-f]{16}$/i.exec(found.get("Parent") ?? "");
    if (!root || !parent) {
        return null;
    }
    return {
        traceId: (root[1] + root[2]).toLowerCase(),
        spanId: parent[0].toLowerCase(),
        // X-Ray's decision is X-Ray's: this shop traces every request.
        traceFlags: TraceFlags.SAMPLED,
        isRemote: true,
    };
}

/**
 * The header to pass on: the one that came in, with the given span as the new parent. What else it
 * carries, such as Lineage, stays.
 * @param {string | undefined} header
 * @param {import("@opentelemetry/api").SpanContext} span
 * @returns {string | undefined}
 */
export function childXray(header, span) {
    const incoming = fields(header);
    if (!incoming.has("Root")) {
        return undefined;
    }
    incoming.set("Parent", span.spanId);
    return [...incoming].map(([name, value]) => `${name}=${value}`).join(";");
}
