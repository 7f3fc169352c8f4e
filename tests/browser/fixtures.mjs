// A shop that never was: one hour of requests through five functions, in exactly the shapes of
// docs/reference/api.md.  The same seed and the same "now" give the same shop.

const functions = {
    front: { runtime: "nodejs20.x", arch: "x86_64", memory: 256, timeout: 10_000, init: 310, own: 9 },
    checkout: { runtime: "nodejs20.x", arch: "arm64", memory: 512, timeout: 6_000, init: 480, own: 24 },
    stock: { runtime: "provided.al2023", arch: "x86_64", memory: 128, timeout: 3_000, init: 14, own: 6 },
    pricing: { runtime: "python3.12", arch: "x86_64", memory: 256, timeout: 1_000, init: 165, own: 31 },
    notify: { runtime: "python3.12", arch: "arm64", memory: 128, timeout: 30_000, init: 190, own: 48 },
};
const usedMb = { front: 118, checkout: 196, stock: 22, pricing: 74, notify: 114 };
const idleEndMs = 7 * 60_000;

/** A small generator of numbers in 0..1 (mulberry32): fixtures must not change between runs. */
export function prng(seed) {
    let state = seed >>> 0;
    return () => {
        state = (state + 0x6d2b79f5) >>> 0;
        let value = Math.imul(state ^ (state >>> 15), state | 1);
        value ^= value + Math.imul(value ^ (value >>> 7), value | 61);
        return ((value ^ (value >>> 14)) >>> 0) / 4294967296;
    };
}

export function ns(ms) {
    return String(BigInt(Math.round(ms * 1000)) * 1000n);
}

function hex(random, length) {
    let text = "";
    while (text.length < length) {
        text += Math.floor(random() * 16).toString(16);
    }
    return text;
}

function uuid(random) {
    const digits = hex(random, 32);
    return `${digits.slice(0, 8)}-${digits.slice(8, 12)}-4${digits.slice(13, 16)}-a${digits.slice(17, 20)}-`
        + digits.slice(20);
}

export function money(mbMs, requests, arch = "x86_64") {
    const perGbSecond = arch === "arm64" ? 133334n : 166667n;
    // Exact: price per GB-second in 1e-10 dollars over 1024 * 1000 megabyte-milliseconds.
    const units = (BigInt(Math.round(mbMs)) * perGbSecond * 1000n) / 1_024_000n + BigInt(requests) * 200_000n;
    const text = String(units).padStart(14, "0");
    return { mb_ms: Math.round(mbMs), requests, amount: `${text.slice(0, -13)}.${text.slice(-13)}`,
        currency: "USD" };
}

function addMoney(costs) {
    const units = costs.reduce((sum, cost) => sum + BigInt(cost.amount.replace(".", "")), 0n);
    const text = String(units).padStart(14, "0");
    return {
        mb_ms: costs.reduce((sum, cost) => sum + cost.mb_ms, 0),
        requests: costs.reduce((sum, cost) => sum + cost.requests, 0),
        amount: `${text.slice(0, -13)}.${text.slice(-13)}`, currency: "USD",
    };
}

function divideMoney(cost, parts) {
    const units = BigInt(cost.amount.replace(".", "")) / BigInt(parts);
    const text = String(units).padStart(14, "0");
    return { ...cost, mb_ms: Math.round(cost.mb_ms / parts),
        amount: `${text.slice(0, -13)}.${text.slice(-13)}` };
}

function quantile(values, q) {
    if (values.length === 0) {
        return null;
    }
    const sorted = [...values].sort((a, b) => a - b);
    return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))];
}

function quantiles(values) {
    return { p50: quantile(values, 0.5), p95: quantile(values, 0.95), p99: quantile(values, 0.99) };
}

/** The simulated shop. */
class Shop {
    constructor(nowMs, seed = 7) {
        this.nowMs = nowMs;
        this.random = prng(seed);
        this.instances = [];
        this.transactions = [];
        this.queue = [];
    }

    instanceFor(name, atMs) {
        const free = this.instances.filter((each) => each.function === name && each.freeAt <= atMs
            && atMs - each.freeAt < idleEndMs && each.end === null && each.born <= atMs);
        if (free.length > 0) {
            return { instance: free.sort((a, b) => b.freeAt - a.freeAt)[0], cold: false };
        }
        const facts = functions[name];
        const instance = {
            function: name, id: `2026/03/04/[$LATEST]${hex(this.random, 32)}`, born: atMs, freeAt: atMs,
            end: null, endReason: null, inits: [], invocations: [], seq: 0, epoch: 1,
        };
        const initMs = facts.init * (0.8 + this.random() * 0.6 + (this.random() < 0.06 ? 2 : 0));
        instance.inits.push({ start: atMs, ms: initMs, phase: "init", cold: true, proactive: false });
        instance.freeAt = atMs + initMs;
        this.instances.push(instance);
        return { instance, cold: true, initMs };
    }

    /** Run one invocation; `body(startMs, context)` gives how long the handler takes. */
    invoke(name, atMs, trace, parent, body, more = {}) {
        const facts = functions[name];
        const { instance, cold, initMs } = more.instance
            ? { instance: more.instance, cold: false } : this.instanceFor(name, atMs);
        let suppressed = null;
        const start = Math.max(atMs, instance.freeAt) + 1.2;
        if (instance.reinit) {
            suppressed = facts.init * (0.7 + this.random() * 0.3);
            instance.inits.push({ start: start + 0.4, ms: suppressed, phase: "invoke", cold: true,
                proactive: false });
            instance.reinit = false;
        }
        const requestId = more.requestId ?? uuid(this.random);
        const spanId = hex(this.random, 16);
        instance.freeAt = start + 100_000;
        const context = { trace, spanId, requestId, instance, name, attempt: more.attempt ?? 1 };
        const handlerFrom = start + (suppressed ? suppressed + 1 : 0.6);
        this.span(trace, context, { name, kind: "server", source: "agent", span_id: spanId,
            parent_span_id: parent, start, end: null });
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
        Object.assign(server, { end: ns(end), duration_ms: end - start,
            status: outcome === "ok" ? "unset" : "error", status_message: result.error ?? null });
        const row = {
            request_id: requestId, attempt: context.attempt, function: name, version: "$LATEST",
            region: "eu-central-1", account: "123456789012", instance: instance.id,
            instance_no: null, runtime: facts.runtime, arch: facts.arch, memory_mb: facts.memory,
            trace_id: trace.id, span_id: spanId, parent_span_id: parent,
            status: outcome === "ok" ? "success" : outcome === "timeout" ? "timeout" : "error",
            outcome, error_type: timedOut ? "Sandbox.Timedout" : result.errorType ?? null,
            trigger: more.trigger ?? (parent ? null : "http"), start: ns(start), end: ns(end),
            init_start: cold ? ns(atMs) : suppressed ? ns(start + 0.4) : null,
            init_ms: cold ? initMs : suppressed, init_phase: cold ? "init" : suppressed ? "invoke" : null,
            handler_ms: handlerMs, response_ms: timedOut ? null : handlerMs - 0.4,
            post_handler_ms: timedOut ? null : post,
            wait_ms: handlerMs + (cold ? initMs : 0) + (suppressed ?? 0), reported_ms: reported,
            billed_ms: billed, max_memory_mb: usedMb[name] + instance.invocations.length % 7,
            timeout_ms: facts.timeout, cold: cold || suppressed !== null, proactive: false, cost,
            shared: null, cost_share: cost, xray_header: `Root=1-${trace.id.slice(0, 8)}-`
                + `${trace.id.slice(8)};Parent=${parent ?? "0000000000000000"};Sampled=0`,
            invoked_arn: `arn:aws:lambda:eu-central-1:123456789012:function:${name}`,
            agent_held_ms: post * 0.8,
        };
        this.phases(trace, context, row, atMs, handlerFrom, end, post);
        instance.invocations.push({ request_id: requestId, attempt: context.attempt,
            transaction: trace.id, start: ns(start), end: ns(end), handler_ms: handlerMs,
            post_handler_ms: row.post_handler_ms, billed_ms: billed, outcome, cold: row.cold,
            max_memory_mb: row.max_memory_mb });
        trace.invocations.push(row);
        if (timedOut) {
            this.log(trace, context, end, 21, "FATAL", `Task timed out after ${(facts.timeout / 1000)
                .toFixed(2)} seconds`, { source: "extension" });
        }
        return { row, end, outcome };
    }

    phases(trace, context, row, initFrom, handlerFrom, end, post) {
        const base = { kind: "internal", source: "agent", parent_span_id: row.span_id };
        if (row.init_ms !== null) {
            const from = row.init_phase === "invoke" ? handlerFrom - row.init_ms - 0.6 : initFrom;
            this.span(trace, context, { ...base, name: "init", start: from, end: from + row.init_ms });
        }
        this.span(trace, context, { ...base, name: "handler", start: handlerFrom, end });
        if (post > 0) {
            this.span(trace, context, { ...base, name: "post_handler", start: end, end: end + post });
        }
    }

    span(trace, context, given) {
        const { start, end, ...more } = given;
        const spanId = hex(this.random, 16);
        trace.spans.push({
            trace_id: trace.id, span_id: spanId, parent_span_id: context.spanId, kind: "internal",
            start: ns(start), end: end === null ? null : ns(end),
            duration_ms: end === null ? null : end - start, status: "unset", status_message: null,
            service: context.name, function: context.name, instance: context.instance.id,
            instance_no: null, request_id: context.requestId, attempt: context.attempt,
            attached: "id", source: "sdk", scope: "shop", attributes: {},
            resource: { "service.name": context.name, "faas.instance": context.instance.id,
                "telemetry.sdk.language": context.name === "pricing" ? "python" : "nodejs" },
            events: [], links: [], skew_ms: 0, ...more,
        });
        return more.span_id ?? spanId;
    }

    log(trace, context, atMs, severity, level, body, more = {}) {
        context.instance.seq += 1;
        trace.logs.push({
            time: ns(atMs), observed: ns(atMs + 2), severity, level, body, function: context.name,
            instance: context.instance.id, instance_no: null, request_id: context.requestId,
            attempt: context.attempt, source: "function", phase: null, seq: context.instance.seq,
            epoch: context.instance.epoch, trace_id: trace.id, span_id: context.spanId,
            shared: false, attributes: {}, event_name: null, ...more,
        });
    }

    newTrace() {
        return { id: hex(this.random, 32), invocations: [], spans: [], logs: [], links: [], messages: 0 };
    }

    request(atMs) {
        const random = this.random;
        const trace = this.newTrace();
        this.transactions.push(trace);
        const order = 1000 + Math.floor(random() * 9000);
        this.invoke("front", atMs, trace, null, (from, front) => {
            this.log(trace, front, from + 0.5, 9, "INFO", `POST /orders order=${order} items=${
                1 + Math.floor(random() * 4)}`);
            const client = this.span(trace, front, { name: "invoke checkout", kind: "client",
                start: from + 3, end: from + 3, attributes: { "rpc.system": "aws-api",
                    "rpc.service": "Lambda", "rpc.method": "Invoke", "faas.invoked_name": "checkout" } });
            const call = this.invoke("checkout", from + 4, trace, client,
                (at, context) => this.checkout(trace, context, at, order));
            const end = call.end + 2;
            this.endSpan(trace, client, end, call.outcome !== "ok");
            if (call.outcome !== "ok") {
                this.log(trace, front, end + 0.2, 17, "ERROR", `checkout failed for order=${order}: `
                    + (call.row.error_type ?? "unknown"));
            }
            this.log(trace, front, end + 1, 9, "INFO", `answered ${call.outcome === "ok" ? 201 : 502} in ${
                Math.round(end - from)} ms`);
            return { ms: end - from + functions.front.own * random(),
                error: call.outcome === "ok" ? null : "502 from checkout" };
        });
    }

    endSpan(trace, spanId, end, failed) {
        const span = trace.spans.find((each) => each.span_id === spanId);
        const start = Number(BigInt(span.start) / 1000n) / 1000;
        Object.assign(span, { end: ns(end), duration_ms: end - start, status: failed ? "error" : "unset" });
    }

    checkout(trace, context, from, order) {
        const random = this.random;
        this.log(trace, context, from + 1, 5, "DEBUG", `{"cart":{"order":${order},"currency":"EUR"},"step":"validate"}`,
            { attributes: { step: "validate" } });
        this.span(trace, context, { name: "validate cart", start: from + 0.6, end: from + 2.1 });
        const one = this.span(trace, context, { name: "reserve stock", kind: "client", start: from + 3,
            end: from + 3 });
        const stock = this.invoke("stock", from + 3.5, trace, one, (at, inner) => {
            this.log(trace, inner, at + 0.3, 9, "INFO", `reserve order=${order}`);
            const slow = random() < 0.08 ? 60 : 0;
            if (random() < 0.05) {
                this.log(trace, inner, at + 3, 17, "ERROR", "no stock left for sku-4471");
                return { ms: 4 + slow, error: "no stock left for sku-4471", errorType: "OutOfStock" };
            }
            return { ms: functions.stock.own * (0.6 + random()) + slow };
        });
        this.endSpan(trace, one, stock.end + 1, stock.outcome !== "ok");
        const two = this.span(trace, context, { name: "price order", kind: "client", start: from + 3.2,
            end: from + 3.2 });
        const pricing = this.invoke("pricing", from + 4, trace, two, (at, inner) => {
            this.log(trace, inner, at + 0.4, 9, "INFO", `pricing order=${order} rules=17`);
            this.span(trace, inner, { name: "load rules", start: at + 1, end: at + 9,
                attributes: { "db.system": "dynamodb", "db.operation": "GetItem" } });
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
            this.log(trace, context, joined, 17, "ERROR", `${what} failed\n    at reserve (/var/task/checkout.js:41:13)\n`
                + "    at async handler (/var/task/checkout.js:88:5)");
            return { ms: joined - from + 3, error: `${what} failed`, errorType: "UpstreamError" };
        }
        const send = this.span(trace, context, { name: "send order-placed", kind: "producer",
            start: joined, end: joined + 5, attributes: { "messaging.system": "aws_sqs",
                "messaging.destination.name": "order-placed" } });
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
            const call = this.invoke("notify", when, trace, null, (from, context) => {
                requestId = context.requestId;
                retryOn = context.instance;
                messages.forEach((message, i) => {
                    this.log(trace, context, from + 4 + i * 6, 9, "INFO", `mail order=${message.order}`,
                        { shared: messages.length > 1 });
                    this.span(trace, context, { name: "send mail", kind: "client", start: from + 2 + i * 6,
                        end: from + 7 + i * 6, links: [{ trace_id: message.trace.id,
                            span_id: message.spanId, attributes: {} }] });
                });
                if (fails && attempt === 1) {
                    this.log(trace, context, from + 30, 17, "ERROR", "smtp: 421 try again later",
                        { shared: messages.length > 1 });
                    return { ms: 34, error: "smtp: 421 try again later", errorType: "SMTPError" };
                }
                return { ms: functions.notify.own * (0.8 + random() * 0.5) + messages.length * 6 };
            }, { trigger: "sqs", requestId: attempt > 1 ? requestId : undefined, attempt,
                instance: attempt > 1 ? retryOn : undefined });
            when = call.end + 1500;
        }
        for (const row of trace.invocations) {
            row.shared = messages.length > 1 ? {
                messages: messages.length, served: messages.length,
                transactions: messages.map((each) => ({ id: each.trace.id, trace_id: each.trace.id,
                    messages: 1 })),
            } : null;
            row.cost_share = divideMoney(row.cost, messages.length);
        }
        for (const message of messages) {
            message.trace.invocations.push(...trace.invocations);
            message.trace.spans.push(...trace.spans);
            message.trace.logs.push(...trace.logs);
            message.trace.traceIds = [message.trace.id, trace.id];
            for (const row of trace.invocations) {
                message.trace.links.push({ kind: "queue",
                    from: { trace_id: message.trace.id, span_id: message.spanId },
                    to: { request_id: row.request_id, trace_id: trace.id, span_id: row.span_id },
                    wait_ms: Number(BigInt(row.start) / 1000n) / 1000 - message.at, transaction: trace.id });
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

function sealTransaction(trace) {
    const invocations = [...trace.invocations].sort((a, b) => (BigInt(a.start) < BigInt(b.start) ? -1 : 1));
    const numbers = new Map();
    const perFunction = {};
    for (const row of invocations) {
        if (!numbers.has(row.instance)) {
            perFunction[row.function] = (perFunction[row.function] ?? 0) + 1;
            numbers.set(row.instance, perFunction[row.function]);
        }
    }
    const number = (row) => ({ ...row, instance_no: numbers.get(row.instance) ?? null });
    const starts = invocations.map((row) => BigInt(row.init_start && row.init_phase === "init"
        ? row.init_start : row.start));
    const start = starts.reduce((a, b) => (a < b ? a : b));
    const end = invocations.map((row) => BigInt(row.end)).reduce((a, b) => (a > b ? a : b));
    const byStart = (a, b) => (BigInt(a.start) < BigInt(b.start) ? -1 : 1);
    const byTime = (a, b) => (BigInt(a.time) < BigInt(b.time) ? -1 : 1);
    return {
        id: trace.id, trace_ids: trace.traceIds ?? [trace.id], start: String(start),
        elapsed_ms: Number(end - start) / 1e6, wait_ms: invocations[0].wait_ms,
        cost: addMoney(invocations.map((row) => row.cost_share)), complete: true, missing: [],
        clock_skew: [], invocations: invocations.map(number),
        spans: trace.spans.map(number).sort(byStart), logs: trace.logs.map(number).sort(byTime),
        links: trace.links,
    };
}

export function summary(detail) {
    const unique = (values) => [...new Set(values)];
    return {
        id: detail.id, trace_ids: detail.trace_ids, start: detail.start, elapsed_ms: detail.elapsed_ms,
        wait_ms: detail.wait_ms, functions: unique(detail.invocations.map((row) => row.function)),
        instances: unique(detail.invocations.map((row) => row.instance)).length,
        invocations: detail.invocations.length, spans: detail.spans.length, logs: detail.logs.length,
        cold_starts: detail.invocations.filter((row) => row.cold).length,
        errors: detail.invocations.filter((row) => row.outcome !== "ok").length,
        timeouts: detail.invocations.filter((row) => row.outcome === "timeout").length,
        cost: detail.cost, entry: { function: detail.invocations[0].function,
            request_id: detail.invocations[0].request_id }, complete: detail.complete,
    };
}

function ms(text) {
    return Number(BigInt(text) / 1000n) / 1000;
}

/** Everything the collector would answer for the simulated hour. */
export function buildShop(nowMs, seed) {
    const shop = new Shop(nowMs, seed).run();
    const details = shop.transactions.filter((trace) => trace.invocations.length > 0).map(sealTransaction);
    const byId = new Map();
    const seen = new Map();
    for (const detail of details) {
        byId.set(detail.id, detail);
        for (const row of detail.invocations) {
            byId.set(row.request_id, byId.get(row.request_id) ?? detail);
            seen.set(`${row.instance}|${row.request_id}|${row.attempt}`, row);
        }
    }
    const invocations = [...seen.values()];
    return { nowMs, details, byId, invocations, instances: shop.instances };
}

export function functionRows(shop, fromMs, toMs) {
    const rows = [];
    for (const [name, facts] of Object.entries(functions)) {
        const mine = shop.invocations.filter((row) => row.function === name && ms(row.start) >= fromMs
            && ms(row.start) <= toMs);
        if (mine.length === 0) {
            continue;
        }
        const cold = mine.filter((row) => row.cold).length;
        rows.push({
            name, version: "$LATEST", region: "eu-central-1", account: "123456789012",
            runtime: facts.runtime, arch: facts.arch, memory_mb: facts.memory, timeout_ms: facts.timeout,
            invocations: mine.length, errors: mine.filter((row) => row.outcome !== "ok").length,
            timeouts: mine.filter((row) => row.outcome === "timeout").length, cold_starts: cold,
            proactive_inits: name === "checkout" ? 2 : 0, cold_start_rate: cold / mine.length,
            wait_ms: quantiles(mine.map((row) => row.wait_ms)),
            init_ms: quantiles(mine.filter((row) => row.init_ms !== null).map((row) => row.init_ms)),
            max_memory_mb: Math.max(...mine.map((row) => row.max_memory_mb)),
            billed_ms: mine.reduce((sum, row) => sum + row.billed_ms, 0),
            gb_seconds: mine.reduce((sum, row) => sum + row.cost.mb_ms, 0) / 1024 / 1000,
            cost: addMoney(mine.map((row) => row.cost)),
            instances: new Set(mine.map((row) => row.instance)).size,
            first_seen: mine.map((row) => row.start).sort()[0],
            last_seen: mine.map((row) => row.end).sort().at(-1), agent_version: "0.1.0",
        });
    }
    return rows;
}

export function series(shop, fromMs, toMs, name) {
    const span = toMs - fromMs;
    const step = [5_000, 15_000, 60_000, 300_000, 900_000, 3_600_000]
        .find((each) => span / each <= 120) ?? 3_600_000;
    const first = Math.floor(fromMs / step) * step;
    const out = { step_ms: step, t: [], invocations: [], errors: [], timeouts: [], cold_starts: [],
        billed_ms: [], wait_p50: [], wait_p95: [], wait_p99: [], init_p95: [], cost: [] };
    const mine = shop.invocations.filter((row) => !name || row.function === name);
    for (let at = first; at <= toMs; at += step) {
        const rows = mine.filter((row) => ms(row.start) >= at && ms(row.start) < at + step);
        const waits = quantiles(rows.map((row) => row.wait_ms));
        out.t.push(ns(at));
        out.invocations.push(rows.length);
        out.errors.push(rows.filter((row) => row.outcome !== "ok").length);
        out.timeouts.push(rows.filter((row) => row.outcome === "timeout").length);
        out.cold_starts.push(rows.filter((row) => row.cold).length);
        out.billed_ms.push(rows.reduce((sum, row) => sum + row.billed_ms, 0));
        out.wait_p50.push(waits.p50);
        out.wait_p95.push(waits.p95);
        out.wait_p99.push(waits.p99);
        out.init_p95.push(quantiles(rows.filter((row) => row.init_ms !== null)
            .map((row) => row.init_ms)).p95);
        out.cost.push(rows.length > 0 ? addMoney(rows.map((row) => row.cost)).amount : "0");
    }
    return out;
}

export function lanes(shop, name, limit = 100) {
    const facts = functions[name] ?? {};
    const mine = shop.instances.filter((each) => !name || each.function === name);
    const rows = mine.map((each, i) => ({
        account: "123456789012", region: "eu-central-1", function: each.function, version: "$LATEST",
        instance: each.id, instance_no: i + 1, type: "on-demand", start: ns(each.born),
        end: each.end === null ? null : ns(each.end), end_reason: each.endReason,
        memory_mb: facts.memory ?? 128, runtime: facts.runtime ?? null, arch: facts.arch ?? null,
        inits: each.inits.map((init) => ({ start: ns(init.start), end: ns(init.start + init.ms),
            init_ms: init.ms, phase: init.phase, status: "success", proactive: init.proactive,
            cold: init.cold })),
        invocations: each.invocations, idle_ms: 12_345,
    })).reverse();
    return { instances: rows.slice(0, limit), truncated: rows.length > limit };
}

export function coldStarts(shop, name, fromMs, toMs) {
    const mine = shop.invocations.filter((row) => (!name || row.function === name)
        && ms(row.start) >= fromMs && ms(row.start) <= toMs);
    const cold = mine.filter((row) => row.cold);
    const values = cold.map((row) => row.init_ms);
    const bounds = [10, 25, 50, 100, 250, 500, 1000, 2500, 5000];
    const counts = [...bounds.map((bound, i) => values.filter((value) => value <= bound
        && value > (bounds[i - 1] ?? 0)).length), values.filter((value) => value > 5000).length];
    const figures = { rate: mine.length > 0 ? cold.length / mine.length : null, cold_starts: cold.length,
        invocations: mine.length, proactive: name === "checkout" ? 2 : 0,
        wait_ms_total: values.reduce((sum, value) => sum + value, 0),
        init_ms: { ...quantiles(values), max: values.length > 0 ? Math.max(...values) : null } };
    return {
        ...figures, histogram: { bounds_ms: bounds, counts }, by: [{ key: "$LATEST", ...figures }],
        slowest: cold.sort((a, b) => b.init_ms - a.init_ms).slice(0, 20).map((row, i) => ({
            request_id: row.request_id, transaction: shop.byId.get(row.request_id)?.id ?? null,
            function: row.function, init_ms: row.init_ms, start: row.start,
            cause: row.init_phase === "invoke" ? "after_failure"
                : ["scale_out", "after_idle", "first", "unknown"][i % 4],
        })),
    };
}

export function alerts(shop) {
    const cold = shop.details.find((detail) => detail.invocations.some((row) => row.cold)) ?? shop.details[0];
    return {
        alerts: [{
            fingerprint: "9d41b7c20f6e8a35", rule: "cold-start-rate", state: "firing",
            labels: { function: "checkout", severity: "warning" },
            annotations: { summary: "checkout: 41.7 % of requests waited for a cold start",
                description: "10 of 24 invocations in the last 5 minutes waited for an init." },
            value: 0.417, threshold: 0.2, window_s: 300, samples: 24, since: ns(shop.nowMs - 540_000),
            fired_at: ns(shop.nowMs - 420_000), resolved_at: null,
            examples: cold ? [{ transaction: cold.id, trace_id: cold.id,
                request_id: cold.invocations[0].request_id }] : [],
            notifications: [{ receiver: "webhook", state: "sent", attempts: 1, last_error: null,
                at: ns(shop.nowMs - 419_000) }],
        }, {
            fingerprint: "1f00aa7c93b2d410", rule: "cold-start-rate", state: "pending",
            labels: { function: "pricing", severity: "warning" },
            annotations: { summary: "pricing: 22.2 % of requests waited for a cold start" },
            value: 0.222, threshold: 0.2, window_s: 300, samples: 27, since: ns(shop.nowMs - 60_000),
            fired_at: null, resolved_at: null, examples: [], notifications: [],
        }, {
            fingerprint: "77e0113d5ac4be02", rule: "cold-start-rate", state: "resolved",
            labels: { function: "notify", severity: "warning" },
            annotations: { summary: "notify: 30.0 % of requests waited for a cold start" },
            value: 0.08, threshold: 0.2, window_s: 300, samples: 40, since: ns(shop.nowMs - 2_400_000),
            fired_at: ns(shop.nowMs - 2_280_000), resolved_at: ns(shop.nowMs - 1_200_000), examples: [],
            notifications: [{ receiver: "webhook", state: "failed", attempts: 3,
                last_error: "connection refused", at: ns(shop.nowMs - 1_199_000) }],
        }],
        evaluated_at: ns(shop.nowMs - 9_000),
    };
}

export function rules(shop) {
    return { rules: [{
        name: "cold-start-rate",
        expr: "increase(thaw_function_cold_starts_total[5m]) / increase(thaw_function_invocations_total[5m])",
        for_s: 120, threshold: 0.2, window_s: 300, minimum: 20, labels: { severity: "warning" },
        annotations: { summary: "{{ function }}: {{ value }} of requests waited for a cold start" },
        state: "firing", last_evaluation: ns(shop.nowMs - 9_000), last_error: null,
    }] };
}

export function status(shop) {
    return {
        version: "0.1.0", started_at: ns(shop.nowMs - 5_400_000), uptime_s: 5400, accepting: true,
        reason: null,
        store: { path: "./data", segments: 3, bytes: 48_731_904, frames: 18_204, last_sync_ms: 1.8,
            recovered_frames: 112, cut_bytes: 0, quarantined: 0 },
        ingest: { requests: 20_114, records: { spans: 61_240, logs: 48_977, points: 12_400 },
            rejected: { too_large: 2, bad_encoding: 1 }, duplicates: 37, lag_ms: 41.5 },
        agents: { instances_alive: 14, dropped: { buffer_full: 18 } },
        functions: { seen: 5, with_agent: 5, silent_24h: 0 },
        alerts: { evaluated_at: ns(shop.nowMs - 9_000), firing: 1 },
        prices: { version: "aws-2026-01", date: "2026-01-15" },
    };
}
