/* SPDX-License-Identifier: Apache-2.0 */
#include "trigger/response_read.h"

#include "base/number.h"

void response_read_init(struct response_read *reader)
{
    scan_init(&reader->scan, SCAN_WALK);
    reader->over = false;
    reader->wanted = false;
    reader->left = RESPONSE_PREFIX_MAX;
    reader->size = 0;
    reader->status_code = 0;
}

/* Gateways take a number or a text of digits. */
static void take(struct response_read *reader)
{
    uint64_t code = 0;
    reader->over = true;
    if (number_parse_u64(scan_text(&reader->scan), &code) == NUMBER_OK && code >= 100 &&
        code <= 599) {
        reader->status_code = (unsigned)code;
    }
}

static void step(struct response_read *reader, enum scan_token token)
{
    switch (token) {
    case SCAN_KEY:
        reader->wanted = slice_equal(scan_text(&reader->scan), SLICE("statusCode"));
        reader->scan.want = reader->wanted ? SCAN_TAKE : 0;
        break;
    case SCAN_VALUE:
        take(reader);
        break;
    case SCAN_ARRAY:
    case SCAN_CLOSE:
    case SCAN_BAD:
        reader->over = true;
        break;
    case SCAN_MORE:
    case SCAN_OBJECT:
    case SCAN_PIECE:
    case SCAN_LAST:
        break;
    }
}

void response_read_feed(struct response_read *reader, struct slice bytes)
{
    reader->size += bytes.size;
    struct slice input = slice_take(bytes, reader->left);
    reader->left -= input.size;
    while (!reader->over && input.size > 0) {
        step(reader, scan_step(&reader->scan, &input));
    }
    reader->over = reader->over || reader->left == 0;
}

unsigned response_read_end(const struct response_read *reader)
{
    return reader->status_code;
}
