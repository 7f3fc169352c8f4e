// The simulated shop as its agents would send it (docs/reference/wire.md), for the real collector.

const text = (key, value) => ({ key, value: { stringValue: String(value) } });
const int = (key, value) => ({ key, value: { intValue: String(value) } });
const bool = (key, value) => ({ key, value: { boolValue: value } });
const duration = (key, ms) => int(key, Math.round(ms * 1e6));
const kinds = { internal: 1, server: 2, client: 3, producer: 4, consumer: 5 };

function attributesOf(object) {
    return Object.entries(object ?? {}).map(([key, value]) =>
        typeof value === "number" ? int(key, value) : text(key, value),
    );
}

/** Numbers every record of an instance, as its agent does. */
class Numbers {
    constructor() {
        this.last = new Map();
    }

    next(instance) {
        const number = (this.last.get(instance) ?? 0) + 1;
        this.last.set(instance, number);
        return int("thaw.seq", number);
    }
}

function resourceOf(instance, facts) {
    return {
        attributes: [
            text("service.name", instance.function),
            text("cloud.provider", "aws"),
            text("cloud.platform", "aws_lambda"),
            text("cloud.region", "eu-central-1"),
            text("cloud.account.id", "123456789012"),
            text("faas.name", instance.function),
            text("faas.version", "$LATEST"),
            text("faas.instance", instance.id),
            int("faas.max_memory", facts.memory * 1024 * 1024),
            text("host.arch", facts.arch === "arm64" ? "arm64" : "amd64"),
            text("thaw.runtime", facts.runtime),
            text("thaw.initialization_type", "on-demand"),
            text("thaw.agent.version", "0.1.0"),
            int("thaw.epoch", Math.round(instance.born) * 1_000_000),
        ],
    };
}

function invocationEvent(row, numbers, timeoutMs) {
    const start = BigInt(row.start);
    const attributes = [
        text("faas.invocation_id", row.request_id),
        int("thaw.attempt", row.attempt),
        bool("faas.coldstart", row.cold),
        text("aws.lambda.invoked_arn", row.invoked_arn),
        text("thaw.invocation.state", "reported"),
        text("thaw.invocation.status", row.status),
        int("thaw.start_ns", row.start),
        int("thaw.deadline_ns", start + BigInt(timeoutMs) * 1_000_000n),
        int("thaw.done_ns", row.end),
        duration("thaw.handler_ns", row.handler_ms),
        duration("thaw.reported_ns", row.reported_ms),
        int("thaw.billed_ms", row.billed_ms),
        int("thaw.memory_size_mb", row.memory_mb),
        int("thaw.max_memory_used_mb", row.max_memory_mb),
        text("thaw.xray.header", row.xray_header),
        duration("thaw.agent.held_ns", row.agent_held_ms),
        duration("thaw.agent.cpu_ns", row.agent_cpu_ms),
        int("thaw.agent.wire_bytes", row.agent_wire_bytes),
        int("thaw.agent.memory_bytes", 1_310_720),
        int("thaw.agent.waiting.records", 0),
        duration("thaw.env.cpu_user_ns", row.environment.cpu_user_ms),
        duration("thaw.env.cpu_system_ns", row.environment.cpu_system_ms),
        ...["received", "sent", "memory_used", "memory_total", "tmp_used", "tmp_total"].map((name) =>
            int(`thaw.env.${name}_bytes`, row.environment[`${name}_bytes`]),
        ),
        int("thaw.env.descriptors", row.environment.descriptors),
        int("thaw.env.threads", row.environment.threads),
        numbers.next(row.instance),
    ];
    if (row.error_type) {
        attributes.push(text("error.type", row.error_type));
    }
    if (row.init_phase === "init") {
        attributes.push(duration("thaw.init_ns", row.init_ms));
    }
    if (row.response_ms !== null) {
        attributes.push(duration("thaw.response_latency_ns", row.response_ms));
        attributes.push(duration("thaw.post_handler_ns", row.post_handler_ms));
    }
    return {
        timeUnixNano: row.start,
        eventName: "faas.invocation",
        traceId: row.trace_id,
        spanId: row.span_id,
        severityNumber: 9,
        attributes,
    };
}

function startEvent(instance, init, numbers) {
    const from = Math.round(init.start * 1000) * 1000;
    const to = from + Math.round(init.ms * 1e6);
    return {
        timeUnixNano: String(to),
        eventName: "faas.instance.start",
        severityNumber: 9,
        attributes: [
            text("thaw.init.phase", init.phase),
            int("thaw.init.start_ns", from),
            int("thaw.init.end_ns", to),
            duration("thaw.init_ns", init.ms),
            text("thaw.init.status", "success"),
            text("thaw.initialization_type", "on-demand"),
            numbers.next(instance.id),
        ],
    };
}

function stopEvent(instance, numbers) {
    const at = Math.round(instance.end * 1000) * 1000;
    return {
        timeUnixNano: String(at),
        eventName: "faas.instance.stop",
        severityNumber: 9,
        attributes: [
            text("thaw.stop.reason", instance.endReason),
            int("thaw.stop_ns", at),
            int("thaw.agent.dropped.buffer_full", instance.dropped ?? 0),
            int("thaw.agent.lines_held_back", 7),
            numbers.next(instance.id),
        ],
    };
}

function logRecord(log, numbers) {
    return {
        timeUnixNano: log.time,
        observedTimeUnixNano: log.observed,
        severityNumber: log.severity,
        severityText: log.level,
        body: { stringValue: log.body },
        traceId: log.trace_id,
        spanId: log.span_id,
        attributes: [
            text("thaw.source", log.source),
            text("faas.invocation_id", log.request_id),
            int("thaw.attempt", log.attempt),
            numbers.next(log.instance),
            ...attributesOf(log.attributes),
        ],
    };
}

function spanRecord(span, row, numbers) {
    const own =
        span.source === "agent"
            ? [
                  text("faas.invocation_id", span.request_id),
                  int("thaw.attempt", span.attempt),
                  numbers.next(span.instance),
              ]
            : attributesOf(span.attributes);
    if (span.source === "agent" && span.kind === "server") {
        own.push(bool("faas.coldstart", row.cold), text("aws.lambda.invoked_arn", row.invoked_arn));
    }
    return {
        traceId: span.trace_id,
        spanId: span.span_id,
        parentSpanId: span.parent_span_id ?? "",
        name: span.name,
        kind: kinds[span.kind],
        startTimeUnixNano: span.start,
        endTimeUnixNano: span.end,
        attributes: own,
        status: span.status === "error" ? { code: 2, message: span.status_message ?? "" } : {},
        links: span.links.map((each) => ({ traceId: each.trace_id, spanId: each.span_id })),
    };
}

/** Each span and line once, although a batch's are in every transaction that it serves. */
function distinct(details, field, key) {
    const seen = new Map();
    for (const detail of details) {
        for (const each of detail[field]) {
            seen.set(key(each), each);
        }
    }
    return [...seen.values()];
}

/**
 * Bodies for POST /v1/logs and /v1/traces: {path, body}, one pair per instance.
 * @param {object} shop Of buildShop().
 * @param {object} functions What the functions are made of.
 */
export function wireOf(shop, functions) {
    const numbers = new Numbers();
    const spans = distinct(shop.details, "spans", (each) => each.span_id);
    const logs = distinct(shop.details, "logs", (each) => `${each.instance} ${each.seq}`);
    const rows = new Map(
        shop.invocations.map((row) => [`${row.instance} ${row.request_id} ${row.attempt}`, row]),
    );
    const bodies = [];
    for (const instance of shop.instances) {
        const facts = functions[instance.function];
        const resource = resourceOf(instance, facts);
        const mine = (each) => each.instance === instance.id;
        const records = [
            ...instance.inits.map((init) => startEvent(instance, init, numbers)),
            ...shop.invocations
                .filter(mine)
                .map((row) => invocationEvent(row, numbers, facts.timeout)),
            ...logs.filter(mine).map((log) => logRecord(log, numbers)),
            ...(instance.end === null ? [] : [stopEvent(instance, numbers)]),
        ];
        const rowOf = (span) => rows.get(`${span.instance} ${span.request_id} ${span.attempt}`);
        const agents = spans
            .filter((span) => mine(span) && span.source === "agent")
            .map((span) => spanRecord(span, rowOf(span), numbers));
        const block = numbers.next(instance.id);
        const sdks = spans
            .filter((span) => mine(span) && span.source === "sdk")
            .map((span) => spanRecord(span, null, numbers));
        const scope = { name: "thaw.agent", version: "0.1.0" };
        bodies.push({
            path: "/v1/logs",
            body: { resourceLogs: [{ resource, scopeLogs: [{ scope, logRecords: records }] }] },
        });
        const sdkResource = { attributes: [...resource.attributes, block] };
        const resourceSpans = [{ resource, scopeSpans: [{ scope, spans: agents }] }];
        if (sdks.length > 0) {
            resourceSpans.push({
                resource: sdkResource,
                scopeSpans: [{ scope: { name: "shop" }, spans: sdks }],
            });
        }
        bodies.push({ path: "/v1/traces", body: { resourceSpans } });
    }
    return bodies;
}
