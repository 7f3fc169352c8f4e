/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_SAMPLE_PRICING_QUOTE_H
#define THAW_SAMPLE_PRICING_QUOTE_H

#include "base/buf.h"
#include "base/slice.h"
#include "base/status.h"

#include <stdint.h>

/*
 * What an order costs.  Pure.  An order is {"order_id", "items": [{"sku",
 * "quantity"}]}; what else it holds is not our business.
 */
enum quote_result {
    QUOTE_OK,
    QUOTE_BAD_ORDER, /* It is not such an order. */
    QUOTE_NO_PRICE,  /* An item is not in the price list. */
};

struct quote {
    uint64_t total_cents;
    unsigned item_count;
    /* These point into the order and are still escaped. */
    struct slice order_id;    /* Empty if it has none. */
    struct slice unknown_sku; /* With QUOTE_NO_PRICE: which. */
};

enum quote_result quote_order(struct slice order, struct quote *quote) THAW_CHECK;

#endif
