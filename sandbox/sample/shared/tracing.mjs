// SPDX-License-Identifier: Apache-2.0
// OpenTelemetry as a function wants it: every span of an invocation has left for the agent before
// the invocation ends, for afterwards the process may not run again for hours.
import { context, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-proto";
import { resourceFromAttributes } from "@opentelemetry/resources";
import {
    AlwaysOnSampler,
    BatchSpanProcessor,
    NodeTracerProvider,
} from "@opentelemetry/sdk-trace-node";
import { childXray, parseXray } from "./xray.mjs";

const endpoint = process.env.OTEL_EXPORTER_OTLP_ENDPOINT ?? "http://127.0.0.1:4318";

const provider = new NodeTracerProvider({
    resource: resourceFromAttributes({
        "service.name": process.env.AWS_LAMBDA_FUNCTION_NAME ?? "shop",
    }),
    sampler: new AlwaysOnSampler(),
    spanProcessors: [
        new BatchSpanProcessor(
            // A telemetry outage may cost an invocation this much and no more.
            new OTLPTraceExporter({ url: `${endpoint}/v1/traces`, timeoutMillis: 500 }),
        ),
    ],
});
provider.register();
const tracer = trace.getTracer("shop");

function fail(span, error) {
    span.recordException(error);
    span.setStatus({ code: SpanStatusCode.ERROR, message: error.message });
}

/**
 * Run work inside a span that ends with it; what it throws is recorded and thrown on.
 * @template T
 * @param {string} name
 * @param {import("@opentelemetry/api").SpanOptions} options
 * @param {(span: import("@opentelemetry/api").Span) => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function inSpan(name, options, work) {
    return tracer.startActiveSpan(name, options, async (span) => {
        try {
            return await work(span);
        } catch (error) {
            fail(span, error);
            throw error;
        } finally {
            span.end();
        }
    });
}

/**
 * A handler whose invocations have a root span, child of the invocation's X-Ray context.
 * @param {string} name
 * @param {(event: any) => import("@opentelemetry/api").SpanOptions} options
 * @param {(event: any, span: import("@opentelemetry/api").Span) => Promise<any>} handler
 */
export function traced(name, options, handler) {
    return async (event, invocation) => {
        const incoming = parseXray(process.env._X_AMZN_TRACE_ID);
        const parent = incoming ? trace.setSpanContext(ROOT_CONTEXT, incoming) : ROOT_CONTEXT;
        const { attributes, ...others } = options(event);
        try {
            return await context.with(parent, () =>
                inSpan(
                    name,
                    {
                        kind: SpanKind.INTERNAL,
                        attributes: {
                            "faas.invocation_id": invocation.awsRequestId,
                            ...attributes,
                        },
                        ...others,
                    },
                    (span) => handler(event, span),
                ),
            );
        } finally {
            // Telemetry that does not get through must not fail the order.
            await provider.forceFlush().catch(() => undefined);
        }
    };
}

/**
 * Let an AWS client pass the X-Ray header on, with the span that is active at the call as parent.
 * (The SDK's own middleware passes the invocation's header as it is.)
 * @template T
 * @param {T} client
 * @returns {T}
 */
export function passingTrace(client) {
    client.middlewareStack.add(
        (next) => (call) => {
            const span = trace.getActiveSpan();
            const header = span && childXray(process.env._X_AMZN_TRACE_ID, span.spanContext());
            if (header) {
                call.request.headers["X-Amzn-Trace-Id"] = header;
            }
            return next(call);
        },
        { step: "build", name: "passingTrace" },
    );
    return client;
}
