# SPDX-License-Identifier: Apache-2.0
"""Prints a receipt, asynchronously.  An order with the item `flaky` jams the printer once in each
environment, so that the platform tries again with the same request id."""

import logging
import os
import pathlib
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "shared"))

import lambda_runtime
import spans


class PaperJamError(Exception):
    pass


def print_receipt(order, request_id):
    # /tmp outlives an invocation and belongs to the environment: the mark of an earlier attempt.
    mark = pathlib.Path(tempfile.gettempdir(), f"jam-{request_id}")
    if any(item["sku"] == "flaky" for item in order["items"]) and not mark.exists():
        mark.touch()
        raise PaperJamError(f"order {order['order_id']}: paper jam")
    logging.info("order %s: receipt over %d cents", order["order_id"], order["total_cents"])


def handle(order, invocation):
    trace = spans.Trace(invocation.trace_header, invocation.request_id)
    try:
        with trace.span("receipt", **{"shop.order_id": order["order_id"]}):
            print_receipt(order, invocation.request_id)
            return {"printed": True}
    finally:
        trace.flush()


lambda_runtime.serve(handle)
