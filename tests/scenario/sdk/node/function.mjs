// SPDX-License-Identifier: Apache-2.0
// A function on the bare Runtime API that exports with the OpenTelemetry SDK of JavaScript.
import { ROOT_CONTEXT, trace } from "@opentelemetry/api";
import { OTLPLogExporter as LogsJson } from "@opentelemetry/exporter-logs-otlp-http";
import { OTLPLogExporter as LogsProtobuf } from "@opentelemetry/exporter-logs-otlp-proto";
import { OTLPMetricExporter as MetricsJson } from "@opentelemetry/exporter-metrics-otlp-http";
import { OTLPMetricExporter as MetricsProtobuf } from "@opentelemetry/exporter-metrics-otlp-proto";
import { OTLPTraceExporter as TracesJson } from "@opentelemetry/exporter-trace-otlp-http";
import { OTLPTraceExporter as TracesProtobuf } from "@opentelemetry/exporter-trace-otlp-proto";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { LoggerProvider, SimpleLogRecordProcessor } from "@opentelemetry/sdk-logs";
import { MeterProvider, PeriodicExportingMetricReader } from "@opentelemetry/sdk-metrics";
import { BasicTracerProvider, BatchSpanProcessor } from "@opentelemetry/sdk-trace-base";

const api = `http://${process.env.AWS_LAMBDA_RUNTIME_API}/2018-06-01/runtime/invocation`;
const resource = resourceFromAttributes({ "service.name": "sdk-node" });

function parentOf(header) {
    const [, root] = /Root=1-([0-9a-f-]+)/.exec(header);
    const parent = /Parent=([0-9a-f]{16})/.exec(header);
    return trace.setSpanContext(ROOT_CONTEXT, {
        traceId: root.replace("-", ""),
        spanId: parent ? parent[1] : "00000000000000a1",
        traceFlags: 1,
        isRemote: true,
    });
}

async function work(event, requestId, header) {
    const compression = event.gzip ? "gzip" : "none";
    const json = event.format === "json";
    const tracers = new BasicTracerProvider({
        resource,
        spanProcessors: [new BatchSpanProcessor(new (json ? TracesJson : TracesProtobuf)({ compression }))],
    });
    const meters = new MeterProvider({
        resource,
        readers: [new PeriodicExportingMetricReader({
            exporter: new (json ? MetricsJson : MetricsProtobuf)({ compression }),
        })],
    });
    const loggers = new LoggerProvider({
        resource,
        processors: [new SimpleLogRecordProcessor(new (json ? LogsJson : LogsProtobuf)({ compression }))],
    });
    const parent = parentOf(header);
    const tracer = tracers.getTracer("test");
    const span = tracer.startSpan("work " + event.mark,
        { attributes: { "faas.invocation_id": requestId, n: 7, list: ["a", "b"] } }, parent);
    const context = trace.setSpan(parent, span);
    tracer.startSpan("inner " + event.mark, {}, context).end();
    span.end();
    meters.getMeter("test").createCounter("orders " + event.mark).add(3);
    meters.getMeter("test").createHistogram("size " + event.mark).record(17.5);
    loggers.getLogger("test").emit(
        { severityNumber: 9, body: "log " + event.mark, attributes: { n: 7 }, context });
    await Promise.all([tracers.shutdown(), meters.shutdown(), loggers.shutdown()]);
}

for (;;) {
    const next = await fetch(api + "/next");
    const event = await next.json();
    const requestId = next.headers.get("lambda-runtime-aws-request-id");
    const result = { mark: event.mark };
    try {
        await work(event, requestId, next.headers.get("lambda-runtime-trace-id"));
    } catch (error) {
        result.error = String(error.stack);
    }
    await fetch(`${api}/${requestId}/response`, { method: "POST", body: JSON.stringify(result) });
}
