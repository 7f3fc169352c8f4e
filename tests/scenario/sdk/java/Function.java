// SPDX-License-Identifier: Apache-2.0
// A function on the bare Runtime API that exports with the OpenTelemetry SDK of Java.
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.logs.Severity;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.TraceFlags;
import io.opentelemetry.api.trace.TraceState;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Context;
import io.opentelemetry.exporter.otlp.http.logs.OtlpHttpLogRecordExporter;
import io.opentelemetry.exporter.otlp.http.metrics.OtlpHttpMetricExporter;
import io.opentelemetry.exporter.otlp.http.trace.OtlpHttpSpanExporter;
import io.opentelemetry.sdk.logs.SdkLoggerProvider;
import io.opentelemetry.sdk.logs.export.BatchLogRecordProcessor;
import io.opentelemetry.sdk.metrics.SdkMeterProvider;
import io.opentelemetry.sdk.metrics.export.PeriodicMetricReader;
import io.opentelemetry.sdk.resources.Resource;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.export.BatchSpanProcessor;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

public class Function {
    private static final Resource RESOURCE =
        Resource.create(Attributes.of(AttributeKey.stringKey("service.name"), "sdk-java"));

    private static String find(String pattern, String text, String otherwise) {
        Matcher matcher = Pattern.compile(pattern).matcher(text);
        return matcher.find() ? matcher.group(1) : otherwise;
    }

    private static Context parentOf(String header) {
        String root = find("Root=1-([0-9a-f-]+)", header, "").replace("-", "");
        String parent = find("Parent=([0-9a-f]{16})", header, "00000000000000a1");
        return Context.root().with(Span.wrap(SpanContext.createFromRemoteParent(
            root, parent, TraceFlags.getSampled(), TraceState.getDefault())));
    }

    private static void work(String mark, String compression, String requestId, Context parent) {
        SdkTracerProvider tracers = SdkTracerProvider.builder().setResource(RESOURCE)
            .addSpanProcessor(BatchSpanProcessor.builder(
                OtlpHttpSpanExporter.builder().setCompression(compression).build()).build())
            .build();
        SdkMeterProvider meters = SdkMeterProvider.builder().setResource(RESOURCE)
            .registerMetricReader(PeriodicMetricReader.create(
                OtlpHttpMetricExporter.builder().setCompression(compression).build()))
            .build();
        SdkLoggerProvider loggers = SdkLoggerProvider.builder().setResource(RESOURCE)
            .addLogRecordProcessor(BatchLogRecordProcessor.builder(
                OtlpHttpLogRecordExporter.builder().setCompression(compression).build()).build())
            .build();
        Tracer tracer = tracers.get("test");
        Span span = tracer.spanBuilder("work " + mark).setParent(parent)
            .setAttribute("faas.invocation_id", requestId).setAttribute("n", 7)
            .setAttribute(AttributeKey.stringArrayKey("list"), List.of("a", "b"))
            .startSpan();
        Context inside = parent.with(span);
        tracer.spanBuilder("inner " + mark).setParent(inside).startSpan().end();
        loggers.get("test").logRecordBuilder().setContext(inside).setSeverity(Severity.INFO)
            .setBody("log " + mark).emit();
        span.end();
        meters.get("test").counterBuilder("orders").build().add(3);
        meters.get("test").histogramBuilder("size").build().record(17.5);
        tracers.shutdown().join(10, TimeUnit.SECONDS);
        meters.shutdown().join(10, TimeUnit.SECONDS);
        loggers.shutdown().join(10, TimeUnit.SECONDS);
    }

    public static void main(String[] arguments) throws Exception {
        HttpClient client = HttpClient.newHttpClient();
        String api = "http://" + System.getenv("AWS_LAMBDA_RUNTIME_API")
            + "/2018-06-01/runtime/invocation";
        while (true) {
            HttpResponse<String> next = client.send(
                HttpRequest.newBuilder(URI.create(api + "/next")).build(),
                HttpResponse.BodyHandlers.ofString());
            String requestId = next.headers().firstValue("Lambda-Runtime-Aws-Request-Id").get();
            String header = next.headers().firstValue("Lambda-Runtime-Trace-Id").get();
            String mark = find("\"mark\": *\"([^\"]*)\"", next.body(), "");
            boolean gzip = find("\"gzip\": *(true)", next.body(), null) != null;
            work(mark, gzip ? "gzip" : "none", requestId, parentOf(header));
            client.send(HttpRequest.newBuilder(URI.create(api + "/" + requestId + "/response"))
                    .POST(HttpRequest.BodyPublishers.ofString("{\"mark\": \"" + mark + "\"}"))
                    .build(),
                HttpResponse.BodyHandlers.discarding());
        }
    }
}
