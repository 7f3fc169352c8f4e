// A shop that never was: one hour of requests through five functions.  The same seed and the same
// "now" give the same shop.

import { divideMoney, functions, hex, money, ns, prng, usedMb, uuid } from "./parts.mjs";

const idleEndMs = 7 * 60_000;

/** The simulated shop. */
export class Shop {
    constructor(nowMs, seed = 7) {
        this.nowMs = nowMs;
        this.random = prng(seed);
        this.instances = [];
        this.transactions = [];
        this.queue = [];
    }

    instanceFor(name, atMs) {
        const free = this.instances.filter(
            (each) =>
                each.function === name &&
                each.freeAt <= atMs &&
                atMs - each.freeAt < idleEndMs &&
                each.end === null &&
                each.born <= atMs,
        );
        if (free.length > 0) {
            return { instance: free.sort((a, b) => b.freeAt - a.freeAt)[0], cold: false };
        }
        const facts = functions[name];
        const instance = {
            function: name,
            id: `2026/03/04/[$LATEST]${hex(this.random, 32)}`,
            born: atMs,
            freeAt: atMs,
            end: null,
            endReason: null,
            inits: [],
            invocations: [],
            seq: 0,
            epoch: 1,
        };
        const initMs = facts.init * (0.8 + this.random() * 0.6 + (this.random() < 0.06 ? 2 : 0));
        instance.inits.push({
            start: atMs,
            ms: initMs,
            phase: "init",
            cold: true,
            proactive: false,
        });
        instance.freeAt = atMs + initMs;
        this.instances.push(instance);
        return { instance, cold: true, initMs };
    }

    /** Run one invocation; `body(startMs, context)` gives how long the handler takes. */
    invoke(name, atMs, trace, parent, body, more = {}) {
        const facts = functions[name];
        const { instance, cold, initMs } = more.instance
            ? { instance: more.instance, cold: false }
            : this.instanceFor(name, atMs);
        let suppressed = null;
        const start = Math.max(atMs, instance.freeAt) + 1.2;
        if (instance.reinit) {
            suppressed = facts.init * (0.7 + this.random() * 0.3);
            instance.inits.push({
                start: start + 0.4,
                ms: suppressed,
                phase: "invoke",
                cold: true,
                proactive: false,
            });
            instance.reinit = false;
        }
        const requestId = more.requestId ?? uuid(this.random);
        const spanId = hex(this.random, 16);
        instance.freeAt = start + 100_000;
        const context = { trace, spanId, requestId, instance, name, attempt: more.attempt ?? 1 };
        const handlerFrom = start + (suppressed ? suppressed + 1 : 0.6);
        this.span(trace, context, {
            name,
            kind: "server",
            source: "agent",
            span_id: spanId,
            parent_span_id: parent,
            start,
            end: null,
        });
        const result = body(handlerFrom, context);
        const handlerMs = Math.min(result.ms, facts.timeout);
        const timedOut = result.ms >= facts.timeout;
        const outcome = timedOut ? "timeout" : result.error ? "error" : "ok";
        const post = timedOut ? 0 : 0.9 + this.random() * 2.2;
        const end = handlerFrom + handlerMs;
        const reported = end - start + post;
        const billed = Math.ceil(reported + (cold ? initMs : 0));
        instance.freeAt = end + post;
        if (outcome !== "ok" && (timedOut || result.crash)) {
            instance.reinit = true;
        }
        const mbMs = billed * facts.memory;
        const cost = money(mbMs, 1, facts.arch);
        const server = trace.spans.find((each) => each.span_id === spanId);
        Object.assign(server, {
            end: ns(end),
            duration_ms: end - start,
            status: outcome === "ok" ? "unset" : "error",
            status_message: result.error ?? null,
        });
        const row = {
            request_id: requestId,
            attempt: context.attempt,
            function: name,
            version: "$LATEST",
            region: "eu-central-1",
            account: "123456789012",
            instance: instance.id,
            instance_no: null,
            runtime: facts.runtime,
            arch: facts.arch,
            memory_mb: facts.memory,
            trace_id: trace.id,
            span_id: spanId,
            parent_span_id: parent,
            status: outcome === "ok" ? "success" : outcome === "timeout" ? "timeout" : "error",
            outcome,
            error_type: timedOut ? "Sandbox.Timedout" : (result.errorType ?? null),
            trigger: more.trigger ?? (parent ? null : "http"),
            start: ns(start),
            end: ns(end),
            init_start: cold ? ns(atMs) : suppressed ? ns(start + 0.4) : null,
            init_ms: cold ? initMs : suppressed,
            init_phase: cold ? "init" : suppressed ? "invoke" : null,
            handler_ms: handlerMs,
            response_ms: timedOut ? null : handlerMs - 0.4,
            post_handler_ms: timedOut ? null : post,
            wait_ms: handlerMs + (cold ? initMs : 0) + (suppressed ?? 0),
            reported_ms: reported,
            billed_ms: billed,
            max_memory_mb: usedMb[name] + (instance.invocations.length % 7),
            timeout_ms: facts.timeout,
            cold: cold || suppressed !== null,
            proactive: false,
            cost,
            shared: null,
            cost_share: cost,
            xray_header:
                `Root=1-${trace.id.slice(0, 8)}-` +
                `${trace.id.slice(8)};Parent=${parent ?? "0000000000000000"};Sampled=0`,
            invoked_arn: `arn:aws:lambda:eu-central-1:123456789012:function:${name}`,
            agent_held_ms: post * 0.8,
            agent_cpu_ms: 0.2 + (instance.invocations.length % 7) / 50,
            agent_wire_bytes: 900 + 13 * instance.invocations.length,
            environment: {
                cpu_user_ms: Math.round(handlerMs / 25) * 10,
                cpu_system_ms: 10,
                received_bytes: 18_233,
                sent_bytes: 4_711,
                memory_used_bytes: usedMb[name] * 1_000_000,
                memory_total_bytes: facts.memory * 1_048_576,
                tmp_used_bytes: 1_232_896,
                tmp_total_bytes: 536_870_912,
                descriptors: 412,
                threads: 87,
            },
        };
        this.phases(trace, context, row, atMs, handlerFrom, end, post);
        instance.invocations.push({
            request_id: requestId,
            attempt: context.attempt,
            transaction: trace.id,
            start: ns(start),
            end: ns(end),
            handler_ms: handlerMs,
            post_handler_ms: row.post_handler_ms,
            billed_ms: billed,
            outcome,
            cold: row.cold,
            max_memory_mb: row.max_memory_mb,
        });
        trace.invocations.push(row);
        if (timedOut) {
            this.log(
                trace,
                context,
                end,
                21,
                "FATAL",
                `Task timed out after ${(facts.timeout / 1000).toFixed(2)} seconds`,
                { source: "extension" },
            );
        }
        return { row, end, outcome };
    }

    phases(trace, context, row, initFrom, handlerFrom, end, post) {
        const base = { kind: "internal", source: "agent", parent_span_id: row.span_id };
        if (row.init_ms !== null) {
            const from = row.init_phase === "invoke" ? handlerFrom - row.init_ms - 0.6 : initFrom;
            this.span(trace, context, {
                ...base,
                name: "init",
                start: from,
                end: from + row.init_ms,
            });
        }
        this.span(trace, context, { ...base, name: "handler", start: handlerFrom, end });
        if (post > 0) {
            this.span(trace, context, {
                ...base,
                name: "post_handler",
                start: end,
                end: end + post,
            });
        }
    }

    span(trace, context, given) {
        const { start, end, ...more } = given;
        const spanId = hex(this.random, 16);
        trace.spans.push({
            trace_id: trace.id,
            span_id: spanId,
            parent_span_id: context.spanId,
            kind: "internal",
            start: ns(start),
            end: end === null ? null : ns(end),
            duration_ms: end === null ? null : end - start,
            status: "unset",
            status_message: null,
            service: context.name,
            function: context.name,
            instance: context.instance.id,
            instance_no: null,
            request_id: context.requestId,
            attempt: context.attempt,
            attached: "id",
            source: "sdk",
            scope: "shop",
            attributes: {},
            resource: {
                "service.name": context.name,
                "faas.instance": context.instance.id,
                "telemetry.sdk.language": context.name === "pricing" ? "python" : "nodejs",
            },
            events: [],
            links: [],
            skew_ms: 0,
            ...more,
        });
        return more.span_id ?? spanId;
    }

    log(trace, context, atMs, severity, level, body, more = {}) {
        context.instance.seq += 1;
        trace.logs.push({
            time: ns(atMs),
            observed: ns(atMs + 2),
            severity,
            level,
            body,
            function: context.name,
            instance: context.instance.id,
            instance_no: null,
            request_id: context.requestId,
            attempt: context.attempt,
            source: "function",
            phase: null,
            seq: context.instance.seq,
            epoch: context.instance.epoch,
            trace_id: trace.id,
            span_id: context.spanId,
            shared: false,
            attributes: {},
            event_name: null,
            ...more,
        });
    }

    newTrace() {
        return {
            id: hex(this.random, 32),
            invocations: [],
            spans: [],
            logs: [],
            links: [],
            messages: 0,
        };
    }

    request(atMs) {
        const random = this.random;
        const trace = this.newTrace();
        this.transactions.push(trace);
        const order = 1000 + Math.floor(random() * 9000);
        this.invoke("front", atMs, trace, null, (from, front) => {
            this.log(
                trace,
                front,
                from + 0.5,
                9,
                "INFO",
                `POST /orders order=${order} items=${1 + Math.floor(random() * 4)}`,
            );
            const client = this.span(trace, front, {
                name: "invoke checkout",
                kind: "client",
                start: from + 3,
                end: from + 3,
                attributes: {
                    "rpc.system": "aws-api",
                    "rpc.service": "Lambda",
                    "rpc.method": "Invoke",
                    "faas.invoked_name": "checkout",
                },
            });
            const call = this.invoke("checkout", from + 4, trace, client, (at, context) =>
                this.checkout(trace, context, at, order),
            );
            const end = call.end + 2;
            this.endSpan(trace, client, end, call.outcome !== "ok");
            if (call.outcome !== "ok") {
                this.log(
                    trace,
                    front,
                    end + 0.2,
                    17,
                    "ERROR",
                    `checkout failed for order=${order}: ` + (call.row.error_type ?? "unknown"),
                );
            }
            this.log(
                trace,
                front,
                end + 1,
                9,
                "INFO",
                `answered ${call.outcome === "ok" ? 201 : 502} in ${Math.round(end - from)} ms`,
            );
            return {
                ms: end - from + functions.front.own * random(),
                error: call.outcome === "ok" ? null : "502 from checkout",
            };
        });
    }

    endSpan(trace, spanId, end, failed) {
        const span = trace.spans.find((each) => each.span_id === spanId);
        const start = Number(BigInt(span.start) / 1000n) / 1000;
        Object.assign(span, {
            end: ns(end),
            duration_ms: end - start,
            status: failed ? "error" : "unset",
        });
    }

    checkout(trace, context, from, order) {
        const random = this.random;
        this.log(
            trace,
            context,
            from + 1,
            5,
            "DEBUG",
            `{"cart":{"order":${order},"currency":"EUR"},"step":"validate"}`,
            { attributes: { step: "validate" } },
        );
        this.span(trace, context, { name: "validate cart", start: from + 0.6, end: from + 2.1 });
        const one = this.span(trace, context, {
            name: "reserve stock",
            kind: "client",
            start: from + 3,
            end: from + 3,
        });
        const stock = this.invoke("stock", from + 3.5, trace, one, (at, inner) => {
            this.log(trace, inner, at + 0.3, 9, "INFO", `reserve order=${order}`);
            const slow = random() < 0.08 ? 60 : 0;
            if (random() < 0.05) {
                this.log(trace, inner, at + 3, 17, "ERROR", "no stock left for sku-4471");
                return {
                    ms: 4 + slow,
                    error: "no stock left for sku-4471",
                    errorType: "OutOfStock",
                };
            }
            return { ms: functions.stock.own * (0.6 + random()) + slow };
        });
        this.endSpan(trace, one, stock.end + 1, stock.outcome !== "ok");
        const two = this.span(trace, context, {
            name: "price order",
            kind: "client",
            start: from + 3.2,
            end: from + 3.2,
        });
        const pricing = this.invoke("pricing", from + 4, trace, two, (at, inner) => {
            this.log(trace, inner, at + 0.4, 9, "INFO", `pricing order=${order} rules=17`);
            this.span(trace, inner, {
                name: "load rules",
                start: at + 1,
                end: at + 9,
                attributes: { "db.system": "dynamodb", "db.operation": "GetItem" },
            });
            if (random() < 0.025) {
                this.log(trace, inner, at + 40, 13, "WARN", "rates service is slow, waiting");
                return { ms: 5_000 };
            }
            this.span(trace, inner, { name: "apply discounts", start: at + 10, end: at + 22 });
            return { ms: functions.pricing.own * (0.7 + random() * 0.9) };
        });
        this.endSpan(trace, two, pricing.end + 1, pricing.outcome !== "ok");
        const joined = Math.max(stock.end, pricing.end) + 1.5;
        if (stock.outcome !== "ok" || pricing.outcome !== "ok") {
            const what = stock.outcome !== "ok" ? "reserve stock" : "price order";
            this.log(
                trace,
                context,
                joined,
                17,
                "ERROR",
                `${what} failed\n    at reserve (/var/task/checkout.js:41:13)\n` +
                    "    at async handler (/var/task/checkout.js:88:5)",
            );
            return { ms: joined - from + 3, error: `${what} failed`, errorType: "UpstreamError" };
        }
        const send = this.span(trace, context, {
            name: "send order-placed",
            kind: "producer",
            start: joined,
            end: joined + 5,
            attributes: {
                "messaging.system": "aws_sqs",
                "messaging.destination.name": "order-placed",
            },
        });
        this.queue.push({ trace, spanId: send, at: joined + 5, order });
        this.log(trace, context, joined + 5.2, 9, "INFO", `order=${order} placed`);
        return { ms: joined - from + 5 + functions.checkout.own * random() };
    }

    /** A batch of messages: one invocation that belongs to several transactions. */
    batch(messages) {
        const random = this.random;
        const at = Math.max(...messages.map((each) => each.at)) + 40 + random() * 400;
        const trace = this.newTrace();
        const fails = random() < 0.08;
        let requestId = null;
        let retryOn = null;
        const attempts = fails ? [1, 2] : [1];
        let when = at;
        for (const attempt of attempts) {
            const call = this.invoke(
                "notify",
                when,
                trace,
                null,
                (from, context) => {
                    requestId = context.requestId;
                    retryOn = context.instance;
                    const process = this.span(trace, context, {
                        name: "process order-placed",
                        kind: "consumer",
                        start: from + 1,
                        end: from + 3 + messages.length * 6,
                        attributes: {
                            "messaging.system": "aws_sqs",
                            "messaging.batch.message_count": messages.length,
                        },
                        links: messages.map((message) => ({
                            trace_id: message.trace.id,
                            span_id: message.spanId,
                            attributes: {},
                        })),
                    });
                    messages.forEach((message, i) => {
                        this.log(
                            trace,
                            context,
                            from + 4 + i * 6,
                            9,
                            "INFO",
                            `mail order=${message.order}`,
                            { shared: messages.length > 1 },
                        );
                        this.span(trace, context, {
                            name: "send mail",
                            kind: "client",
                            parent_span_id: process,
                            start: from + 2 + i * 6,
                            end: from + 7 + i * 6,
                        });
                    });
                    if (fails && attempt === 1) {
                        this.log(
                            trace,
                            context,
                            from + 30,
                            17,
                            "ERROR",
                            "smtp: 421 try again later",
                            { shared: messages.length > 1 },
                        );
                        return {
                            ms: 34,
                            error: "smtp: 421 try again later",
                            errorType: "SMTPError",
                        };
                    }
                    return {
                        ms: functions.notify.own * (0.8 + random() * 0.5) + messages.length * 6,
                    };
                },
                {
                    trigger: "sqs",
                    requestId: attempt > 1 ? requestId : undefined,
                    attempt,
                    instance: attempt > 1 ? retryOn : undefined,
                },
            );
            when = call.end + 1500;
        }
        for (const row of trace.invocations) {
            row.shared =
                messages.length > 1
                    ? {
                          messages: messages.length,
                          served: 1,
                          transactions: messages.map((each) => ({
                              id: each.trace.id,
                              trace_id: each.trace.id,
                              messages: 1,
                          })),
                      }
                    : null;
            row.cost_share = divideMoney(row.cost, messages.length);
        }
        for (const message of messages) {
            message.trace.invocations.push(...trace.invocations);
            message.trace.spans.push(...trace.spans);
            message.trace.logs.push(...trace.logs);
            message.trace.traceIds = [message.trace.id, trace.id];
            for (const row of trace.invocations) {
                message.trace.links.push({
                    kind: "queue",
                    from: { trace_id: message.trace.id, span_id: message.spanId },
                    to: { request_id: row.request_id, trace_id: trace.id, span_id: row.span_id },
                    wait_ms: Number(BigInt(row.start) / 1000n) / 1000 - message.at,
                    transaction: trace.id,
                });
            }
        }
        const lane = this.instances.find((each) => each.id === trace.invocations[0].instance);
        for (const each of lane.invocations) {
            if (each.transaction === trace.id) {
                each.transaction = messages[0].trace.id;
            }
        }
    }

    run() {
        const from = this.nowMs - 3_600_000;
        let at = from + 20_000;
        let pending = [];
        while (at < this.nowMs - 4_000) {
            const burst = this.random() < 0.05 ? 6 : 1;
            for (let i = 0; i < burst; i++) {
                this.request(at + i * (8 + this.random() * 30));
            }
            at += 4_000 + this.random() * (this.random() < 0.05 ? 480_000 : 26_000);
            pending.push(...this.queue.splice(0));
            if (pending.length > 0 && (pending.length >= 4 || at - pending[0].at > 2_000)) {
                while (pending.length > 0) {
                    this.batch(pending.splice(0, 4));
                }
            }
        }
        for (const instance of this.instances) {
            const last = instance.freeAt;
            if (this.nowMs - last > idleEndMs) {
                instance.end = last + idleEndMs * 0.9;
                instance.endReason = instance.reinit ? "timeout" : "spindown";
            }
        }
        return this;
    }
}
