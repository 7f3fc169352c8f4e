/* SPDX-License-Identifier: Apache-2.0 */
#include "quote.h"

#include "pricing_limits.h"

#include "base/json_read.h"

struct price {
    struct slice sku;
    unsigned cents;
};

/* The goods of the shop.  The item `broken` is in the shop window but not here. */
static const struct price prices[] = {
    {SLICE_INIT("kettle"), 3900},     {SLICE_INIT("teapot"), 2450}, {SLICE_INIT("cup"), 790},
    {SLICE_INIT("saucer"), 390},      {SLICE_INIT("spoon"), 250},   {SLICE_INIT("assam"), 1190},
    {SLICE_INIT("darjeeling"), 1490}, {SLICE_INIT("sencha"), 1390}, {SLICE_INIT("honey"), 850},
    {SLICE_INIT("slow"), 100},        {SLICE_INIT("flaky"), 100},   {SLICE_INIT("bounced"), 100},
};

static const struct price *find_price(struct json_string sku)
{
    for (size_t i = 0; i < sizeof(prices) / sizeof(prices[0]); i++) {
        if (json_string_equal(sku, prices[i].sku)) {
            return &prices[i];
        }
    }
    return NULL;
}

static enum quote_result quote_item(struct json_read *reader, struct quote *quote)
{
    struct json_string key;
    struct json_string sku = {.raw = SLICE_EMPTY};
    uint64_t quantity = 1;
    bool good = json_read_object(reader) == JSON_GOT;

    while (good && json_read_member(reader, &key)) {
        if (json_string_equal(key, SLICE("sku"))) {
            good = json_read_string(reader, &sku) == JSON_GOT;
        } else if (json_string_equal(key, SLICE("quantity"))) {
            good = json_read_u64(reader, &quantity) == JSON_GOT && quantity <= QUANTITY_MAX;
        } else {
            json_read_skip(reader);
        }
    }
    if (!good || json_read_failed(reader) || sku.raw.size == 0) {
        return QUOTE_BAD_ORDER;
    }
    const struct price *price = find_price(sku);
    if (price == NULL) {
        quote->unknown_sku = sku.raw;
        return QUOTE_NO_PRICE;
    }
    quote->total_cents += quantity * price->cents;
    quote->item_count++;
    return QUOTE_OK;
}

static enum quote_result quote_items(struct json_read *reader, struct quote *quote)
{
    if (json_read_array(reader) != JSON_GOT) {
        return QUOTE_BAD_ORDER;
    }
    while (json_read_element(reader)) {
        enum quote_result result = quote_item(reader, quote);
        if (result != QUOTE_OK) {
            return result;
        }
    }
    return QUOTE_OK;
}

enum quote_result quote_order(struct slice order, struct quote *quote)
{
    struct json_read reader;
    struct json_string key;
    enum quote_result result = QUOTE_OK;
    *quote = (struct quote){.order_id = SLICE_EMPTY, .unknown_sku = SLICE_EMPTY};

    json_read_init(&reader, order, ORDER_DEPTH_MAX);
    if (json_read_object(&reader) != JSON_GOT) {
        return QUOTE_BAD_ORDER;
    }
    while (result == QUOTE_OK && json_read_member(&reader, &key)) {
        struct json_string order_id;
        if (json_string_equal(key, SLICE("items"))) {
            result = quote_items(&reader, quote);
        } else if (!json_string_equal(key, SLICE("order_id"))) {
            json_read_skip(&reader);
        } else if (json_read_string(&reader, &order_id) == JSON_GOT) {
            quote->order_id = order_id.raw;
        }
    }
    if (result != QUOTE_OK) {
        return result;
    }
    return json_read_finish(&reader) && quote->item_count > 0 ? QUOTE_OK : QUOTE_BAD_ORDER;
}
