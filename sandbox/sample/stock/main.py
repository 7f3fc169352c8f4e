# SPDX-License-Identifier: Apache-2.0
"""Says what is in stock.  The warehouse does not know the item `slow` and looks for it longer than
the function may run."""

import logging
import os
import sys
import time
import zlib

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "shared"))

import lambda_runtime
import spans

LOW = 5


def on_shelf(sku):
    """The shelf never changes, so that the same order always has the same answer."""
    return zlib.crc32(sku.encode()) % 40


def look_up(item, invocation):
    sku = item["sku"]
    if sku == "slow":
        logging.warning("%s is not where it should be, searching", sku)
        time.sleep(invocation.remaining_ms() / 1000 + 60)
    count = on_shelf(sku)
    time.sleep(0.002 + count / 10000)
    logging.debug("%s: %d on the shelf", sku, count)
    if count < LOW:
        logging.warning("%s is running low: %d left", sku, count)
    return count


def handle(event, invocation):
    trace = spans.Trace(invocation.trace_header, invocation.request_id)
    order_id = event["order_id"]
    logging.info("order %s: looking for %d items", order_id, len(event["items"]))
    try:
        with trace.span("stock", **{"shop.order_id": order_id}):
            missing = []
            for item in event["items"]:
                with trace.span("look up", **{"shop.sku": item["sku"]}):
                    if look_up(item, invocation) < item["quantity"]:
                        missing.append(item["sku"])
            print(f"order {order_id}: {len(missing)} items missing", flush=True)
            return {"missing": missing}
    finally:
        trace.flush()


lambda_runtime.serve(handle)
