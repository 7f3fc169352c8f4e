# SPDX-License-Identifier: Apache-2.0
"""Each function of the sample by itself, on a fake platform: what it answers, calls, logs and
traces."""

import json
import os
import pathlib
import unittest

import fake_platform

ROOT = pathlib.Path(__file__).resolve().parents[3]
SAMPLE = ROOT / "sandbox" / "sample"
BIN = pathlib.Path(os.environ.get("THAW_BIN_DIR", ROOT / "build" / "dev" / "bin"))
PRICING = BIN.parent / "sample" / "pricing" / "bootstrap"

TRACE_ID = "5759e988bd862e3fe1be46a994272793"
PARENT_ID = "53995c3f42cd8ad8"
HEADER = f"Root=1-{TRACE_ID[:8]}-{TRACE_ID[8:]};Parent={PARENT_ID};Sampled=0;Lineage=1:73f724a8:0"

NOBODY = "127.0.0.1:1"  # Nothing listens on this port.

ORDER = {
    "order_id": "o-1",
    "customer": "ada",
    "items": [{"sku": "kettle", "quantity": 2}, {"sku": "cup", "quantity": 1}],
}


def order(*skus):
    return {**ORDER, "items": [{"sku": sku, "quantity": 1} for sku in skus]}


class FunctionTest(unittest.TestCase):
    """Runs the function named by the class for each test."""

    name = None
    command = None

    def setUp(self):
        self.platform = fake_platform.FakePlatform()
        self.addCleanup(self.platform.close)

    def run_function(self, telemetry=None):
        environment = {
            "PATH": os.environ["PATH"],
            "AWS_LAMBDA_FUNCTION_NAME": self.name,
            "AWS_REGION": "us-east-1",
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_ENDPOINT_URL": f"http://{self.platform.address}",
            "ORDERS_QUEUE_URL": f"http://{self.platform.address}/123456789012/orders",
            "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://{telemetry or self.platform.address}",
        }
        return self.platform.function(self.command, SAMPLE, environment)

    def spans(self):
        """The spans that came as JSON."""
        return [
            span
            for content_type, body in self.platform.exports
            if content_type == "application/json"
            for resource in json.loads(body)["resourceSpans"]
            for scope in resource["scopeSpans"]
            for span in scope["spans"]
        ]

    def exported(self, text):
        """Whether some export, of whatever encoding, holds these bytes."""
        return any(text in body for _, body in self.platform.exports)


def node(handler):
    return ["node", "node_modules/aws-lambda-ric/bin/index.mjs", handler]


class CheckoutTest(FunctionTest):
    name = "checkout"
    command = node("checkout/index.handler")

    def setUp(self):
        super().setUp()
        self.platform.functions["stock"] = lambda payload: ({"missing": []}, False)
        self.platform.functions["pricing"] = lambda payload: ({"total_cents": 8590}, False)

    def http(self, body):
        return {"version": "2.0", "body": json.dumps(body), "isBase64Encoded": False}

    def test_an_order_is_answered_with_its_price(self):
        with self.run_function():
            done = self.platform.invoke(self.http(ORDER), HEADER)
        self.assertEqual(done.outcome, "response")
        self.assertEqual(done.answer["statusCode"], 200)
        self.assertEqual(json.loads(done.answer["body"])["total_cents"], 8590)

    def test_it_calls_all_others_and_passes_the_trace_on(self):
        with self.run_function():
            self.platform.invoke(self.http(ORDER), HEADER)
        headers = {name: header for name, header, _ in self.platform.calls}
        self.assertEqual(set(headers), {"stock", "pricing", "orders", "receipt"})
        for name, header in headers.items():
            with self.subTest(name):
                self.assertRegex(header, rf"^Root=1-{TRACE_ID[:8]}-{TRACE_ID[8:]};Parent=[0-9a-f]{{16}};")
                self.assertNotIn(PARENT_ID, header, "the parent is the span that calls")
                self.assertIn(";Lineage=1:73f724a8:0", header)

    def test_its_spans_have_the_trace_of_the_header(self):
        with self.run_function():
            self.platform.invoke(self.http(ORDER), HEADER)
        self.assertTrue(self.exported(bytes.fromhex(TRACE_ID)), "the trace id")
        self.assertTrue(self.exported(bytes.fromhex(PARENT_ID)), "the parent of the root span")

    def test_a_failing_callee_is_reported(self):
        self.platform.functions["pricing"] = lambda _: ({"errorMessage": "no price"}, True)
        with self.run_function() as process:
            done = self.platform.invoke(self.http(order("broken")), HEADER)
        self.assertEqual(done.answer["statusCode"], 502)
        self.assertIn("no price", done.answer["body"])
        self.assertIn("ERROR", process.log)

    def test_an_order_without_items_is_refused(self):
        with self.run_function():
            done = self.platform.invoke(self.http({"items": []}), HEADER)
        self.assertEqual(done.answer["statusCode"], 400)

    def test_it_works_while_nobody_takes_its_spans(self):
        with self.run_function(telemetry=NOBODY):
            done = self.platform.invoke(self.http(ORDER), HEADER)
        self.assertEqual(done.answer["statusCode"], 200)


class NotifyTest(FunctionTest):
    name = "notify"
    command = node("notify/index.handler")

    def batch(self, *orders, receive_count=1):
        return {
            "Records": [
                {
                    "messageId": f"m-{number}",
                    "body": json.dumps(one),
                    "attributes": {
                        "ApproximateReceiveCount": str(receive_count),
                        "AWSTraceHeader": f"Root=1-5759e988-{number:024x};Parent={number:016x};Sampled=0",
                    },
                    "eventSource": "aws:sqs",
                }
                for number, one in enumerate(orders, 1)
            ]
        }

    def test_each_message_is_linked_and_has_a_line(self):
        with self.run_function() as process:
            done = self.platform.invoke(self.batch(ORDER, ORDER), HEADER)
        self.assertEqual(done.answer, {"told": 2})
        for number in (1, 2):
            with self.subTest(message=number):
                self.assertTrue(self.exported(bytes.fromhex(f"5759e988{number:024x}")))
                self.assertIn(f"message m-{number}: order o-1", process.log)

    def test_a_bounced_mail_fails_once(self):
        with self.run_function():
            first = self.platform.invoke(self.batch(order("bounced")), HEADER)
            again = self.platform.invoke(self.batch(order("bounced"), receive_count=2), HEADER)
        self.assertEqual((first.outcome, again.outcome), ("error", "response"))


class StockTest(FunctionTest):
    name = "stock"
    command = ["/usr/bin/python3", "stock/main.py"]

    def test_the_same_order_has_the_same_answer(self):
        with self.run_function():
            answers = [self.platform.invoke(ORDER, HEADER).answer for _ in range(2)]
        self.assertEqual(answers[0], answers[1])
        self.assertIn("missing", answers[0])

    def test_its_spans_are_below_the_header(self):
        with self.run_function():
            done = self.platform.invoke(ORDER, HEADER)
        spans = {span["name"]: span for span in self.spans()}
        self.assertEqual(spans["stock"]["traceId"], TRACE_ID)
        self.assertEqual(spans["stock"]["parentSpanId"], PARENT_ID)
        self.assertEqual(spans["look up"]["parentSpanId"], spans["stock"]["spanId"])
        self.assertIn(done.request_id, json.dumps(spans["stock"]["attributes"]))

    def test_its_lines_have_levels(self):
        with self.run_function() as process:
            self.platform.invoke(ORDER, HEADER)
        self.assertIn("[DEBUG]\t", process.log)
        self.assertIn("order o-1: 0 items missing", process.log)

    def test_it_works_while_nobody_takes_its_spans(self):
        with self.run_function(telemetry=NOBODY):
            done = self.platform.invoke(ORDER, HEADER)
        self.assertEqual(done.outcome, "response")

    def test_an_event_that_is_no_order_is_an_error(self):
        with self.run_function():
            done = self.platform.invoke({}, HEADER)
        self.assertEqual(done.outcome, "error")
        self.assertEqual(done.answer["errorType"], "KeyError")


class ReceiptTest(FunctionTest):
    name = "receipt"
    command = ["/usr/bin/python3", "receipt/main.py"]

    def test_a_receipt_is_printed(self):
        with self.run_function() as process:
            done = self.platform.invoke({**ORDER, "total_cents": 8590}, HEADER)
        self.assertEqual(done.answer, {"printed": True})
        self.assertIn("order o-1: receipt over 8590 cents", process.log)

    def test_a_jam_fails(self):
        with self.run_function() as process:
            done = self.platform.invoke({**order("flaky"), "total_cents": 100}, HEADER)
        self.assertEqual(done.answer["errorType"], "PaperJamError")
        self.assertIn("[ERROR] PaperJamError: order o-1: paper jam\nTraceback ", process.log)
        self.assertEqual(self.spans()[0]["status"]["code"], 2)


class PricingTest(FunctionTest):
    name = "pricing"
    command = [str(PRICING)]

    def test_the_price_is_the_sum(self):
        with self.run_function():
            done = self.platform.invoke(ORDER, HEADER)
        self.assertEqual(done.answer, {"total_cents": 8590, "items": 2})

    def test_an_item_without_a_price_is_an_error(self):
        with self.run_function() as process:
            done = self.platform.invoke(order("cup", "broken"), HEADER)
        self.assertEqual(done.outcome, "error")
        self.assertEqual(done.answer["errorMessage"], "no price for broken")
        self.assertIn(f"[ERROR] {done.request_id} order o-1: no price for broken", process.log)

    def test_what_is_no_order_is_an_error(self):
        with self.run_function():
            for event in ({}, [], {"items": []}, {"items": [{"sku": 1}]}, {"items": 7}):
                with self.subTest(event):
                    self.assertEqual(self.platform.invoke(event, HEADER).outcome, "error")

    def test_it_works_while_nobody_takes_its_spans(self):
        with self.run_function(telemetry=NOBODY):
            done = self.platform.invoke(ORDER, HEADER)
        self.assertEqual(done.outcome, "response")

    def test_its_span_is_below_the_header(self):
        with self.run_function():
            self.platform.invoke(ORDER, HEADER)
        (span,) = self.spans()
        self.assertEqual((span["traceId"], span["parentSpanId"]), (TRACE_ID, PARENT_ID))


if __name__ == "__main__":
    unittest.main()
