// SPDX-License-Identifier: Apache-2.0
// Takes an order: asks what is in stock and what it costs, puts it on the queue, orders a receipt.
import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { SpanKind } from "@opentelemetry/api";
import { inSpan, passingTrace, traced } from "../shared/tracing.mjs";

const lambda = passingTrace(new LambdaClient({ maxAttempts: 1 }));
const sqs = passingTrace(new SQSClient({ maxAttempts: 1 }));
const queueUrl = process.env.ORDERS_QUEUE_URL;

class Refused extends Error {
    constructor(status, message) {
        super(message);
        this.status = status;
    }
}

/** The id of the invocation that was asked for, as OpenTelemetry's own instrumentation notes it. */
function noteRequest(span, answer) {
    span.setAttribute("aws.request_id", answer.$metadata.requestId ?? "");
}

/** Call another function and return its answer; its failure is ours. */
async function call(name, payload) {
    const options = {
        kind: SpanKind.CLIENT,
        attributes: { "rpc.system": "aws-api", "rpc.method": "Invoke", "faas.invoked_name": name },
    };
    return inSpan(`invoke ${name}`, options, async (span) => {
        const answer = await lambda.send(
            new InvokeCommand({ FunctionName: name, Payload: JSON.stringify(payload) }),
        );
        noteRequest(span, answer);
        const body = JSON.parse(Buffer.from(answer.Payload ?? []).toString() || "null");
        if (answer.FunctionError) {
            throw new Refused(502, `${name} failed: ${body?.errorMessage ?? answer.FunctionError}`);
        }
        return body;
    });
}

async function printReceipt(order, total) {
    const options = {
        kind: SpanKind.PRODUCER,
        attributes: { "rpc.system": "aws-api", "faas.invoked_name": "receipt" },
    };
    await inSpan("invoke receipt", options, async (span) => {
        const answer = await lambda.send(
            new InvokeCommand({
                FunctionName: "receipt",
                InvocationType: "Event",
                Payload: JSON.stringify({ ...order, total_cents: total }),
            }),
        );
        noteRequest(span, answer);
    });
}

async function announce(order, total) {
    const options = {
        kind: SpanKind.PRODUCER,
        attributes: { "messaging.system": "aws_sqs", "messaging.destination.name": "orders" },
    };
    await inSpan("orders send", options, async (span) => {
        const sent = await sqs.send(
            new SendMessageCommand({
                QueueUrl: queueUrl,
                MessageBody: JSON.stringify({ ...order, total_cents: total }),
            }),
        );
        span.setAttribute("messaging.message.id", sent.MessageId);
        console.debug(`order ${order.order_id} is message ${sent.MessageId}`);
    });
}

function readOrder(event) {
    const text = event.isBase64Encoded ? Buffer.from(event.body, "base64").toString() : event.body;
    const order = text === undefined ? event : JSON.parse(text);
    if (!Array.isArray(order.items) || order.items.length === 0) {
        throw new Refused(400, "an order needs items");
    }
    return { order_id: order.order_id, customer: order.customer, items: order.items };
}

async function takeOrder(event, span) {
    const order = readOrder(event);
    span.setAttribute("shop.order_id", order.order_id);
    console.info(`order ${order.order_id}: ${order.items.length} items for ${order.customer}`);
    const [stock, price] = await Promise.all([
        call("stock", { order_id: order.order_id, items: order.items }),
        call("pricing", { order_id: order.order_id, items: order.items }),
    ]);
    if (stock.missing.length > 0) {
        console.warn(`order ${order.order_id}: not enough of ${stock.missing.join(", ")}`);
    }
    await Promise.all([announce(order, price.total_cents), printReceipt(order, price.total_cents)]);
    console.info(`order ${order.order_id}: accepted, ${price.total_cents} cents`);
    return { order_id: order.order_id, total_cents: price.total_cents, missing: stock.missing };
}

function reply(statusCode, body) {
    const headers = { "content-type": "application/json" };
    return { statusCode, headers, body: JSON.stringify(body) };
}

export const handler = traced(
    "checkout",
    () => ({ attributes: { "faas.trigger": "http" } }),
    async (event, span) => {
        try {
            return reply(200, await takeOrder(event, span));
        } catch (error) {
            if (!(error instanceof Refused)) {
                throw error;
            }
            console.error(`order refused with ${error.status}: ${error.message}`);
            span.setAttribute("http.response.status_code", error.status);
            return reply(error.status, { error: error.message });
        }
    },
);
