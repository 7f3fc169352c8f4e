# SPDX-License-Identifier: Apache-2.0
"""A function on the bare Runtime API that exports with the OpenTelemetry SDK of Python."""
import http.client
import json
import logging
import os
import re
import traceback

from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk._logs import LoggerProvider, LoggingHandler
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

api = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
resource = Resource.create({"service.name": "sdk-python"})


def parent_of(header):
    root = re.search(r"Root=1-([0-9a-f-]+)", header)[1].replace("-", "")
    parent = re.search(r"Parent=([0-9a-f]{16})", header)
    context = trace.SpanContext(int(root, 16), int(parent[1] if parent else "a1", 16), True,
                                trace.TraceFlags(1))
    return trace.set_span_in_context(trace.NonRecordingSpan(context))


def work(event, request_id, header):
    compression = Compression.Gzip if event["gzip"] else Compression.NoCompression
    tracers = TracerProvider(resource=resource)
    tracers.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(compression=compression)))
    meters = MeterProvider([PeriodicExportingMetricReader(
        OTLPMetricExporter(compression=compression))], resource)
    loggers = LoggerProvider(resource)
    loggers.add_log_record_processor(
        BatchLogRecordProcessor(OTLPLogExporter(compression=compression)))
    tracer = tracers.get_tracer("test")
    logger = logging.Logger("test")
    logger.addHandler(LoggingHandler(logger_provider=loggers))
    with tracer.start_as_current_span(
            "work " + event["mark"], parent_of(header),
            attributes={"faas.invocation_id": request_id, "n": 7, "list": ["a", "b"]}):
        tracer.start_span("inner " + event["mark"]).end()
        logger.warning("log " + event["mark"])
    meters.get_meter("test").create_counter("orders").add(3)
    meters.get_meter("test").create_histogram("size").record(17.5)
    for provider in (tracers, meters, loggers):
        provider.shutdown()


while True:
    api.request("GET", "/2018-06-01/runtime/invocation/next")
    answer = api.getresponse()
    event = json.loads(answer.read())
    request_id = answer.headers["Lambda-Runtime-Aws-Request-Id"]
    result = {"mark": event["mark"]}
    try:
        work(event, request_id, answer.headers["Lambda-Runtime-Trace-Id"])
    except Exception:
        result["error"] = traceback.format_exc()
    api.request("POST", "/2018-06-01/runtime/invocation/%s/response" % request_id,
                json.dumps(result))
    api.getresponse().read()
