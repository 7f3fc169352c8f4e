// SPDX-License-Identifier: Apache-2.0
// Tells customers about their orders, as many at a time as the queue hands over.
import { SpanKind } from "@opentelemetry/api";
import { inSpan, traced } from "../shared/tracing.mjs";
import { parseXray } from "../shared/xray.mjs";

/** One invocation serves many orders, each with a trace of its own: links, not a parent. */
function links(records) {
    return records.flatMap((record) => {
        const context = parseXray(record.attributes?.AWSTraceHeader);
        const attributes = { "messaging.message.id": record.messageId };
        return context ? [{ context, attributes }] : [];
    });
}

async function notifyCustomer(record) {
    const order = JSON.parse(record.body);
    await inSpan("compose mail", { attributes: { "shop.order_id": order.order_id } }, async () => {
        console.info(`message ${record.messageId}: order ${order.order_id} to ${order.customer}`);
        // A mail server that says "later" to the first try, as they do.
        const firstTry = Number(record.attributes?.ApproximateReceiveCount ?? 1) === 1;
        if (firstTry && order.items.some((item) => item.sku === "bounced")) {
            console.error(`message ${record.messageId}: mail for ${order.order_id} bounced`);
            throw new Error(`mail for order ${order.order_id} bounced`);
        }
    });
}

export const handler = traced(
    "orders process",
    (event) => ({
        kind: SpanKind.CONSUMER,
        links: links(event.Records),
        attributes: {
            "faas.trigger": "pubsub",
            "messaging.system": "aws_sqs",
            "messaging.operation.type": "process",
            "messaging.destination.name": "orders",
            "messaging.batch.message_count": event.Records.length,
        },
    }),
    async (event) => {
        for (const record of event.Records) {
            await notifyCustomer(record);
        }
        console.debug(`${event.Records.length} customers told`);
        return { told: event.Records.length };
    },
);
