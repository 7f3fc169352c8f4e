/* SPDX-License-Identifier: Apache-2.0 */

/* Heads of requests and responses, and the bodies behind them, whole and in pieces: the answer does
 * not depend on how the bytes arrive. */
#include "base/ensure.h"
#include "net/http_body.h"
#include "net/http_parse.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

/* Bytes of content, and how much of the input belonged to the body. */
struct seen {
    size_t content;
    size_t consumed;
    enum http_answer answer;
};

static struct seen read_body(struct http_body body, struct slice input, size_t piece)
{
    struct seen seen = {.answer = HTTP_PARTIAL};
    size_t arrived = 0;
    for (;;) {
        size_t consumed;
        struct slice data;
        seen.answer = http_body_next(&body, slice_skip(slice_take(input, arrived), seen.consumed),
                                     &consumed, &data);
        seen.content += data.size;
        seen.consumed += consumed;
        ENSURE(seen.consumed <= arrived);
        if (seen.answer != HTTP_PARTIAL || (consumed == 0 && arrived == input.size)) {
            return seen;
        }
        if (consumed == 0) {
            arrived = arrived + piece < input.size ? arrived + piece : input.size;
        }
    }
}

static void check_body(struct http_body body, struct slice input)
{
    struct seen whole = read_body(body, input, input.size + 1);
    struct seen pieces = read_body(body, input, 1);
    ENSURE(whole.answer == pieces.answer);
    ENSURE(whole.answer == HTTP_BAD ||
           (whole.content == pieces.content && whole.consumed == pieces.consumed));
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    static struct http_head head;
    struct http_body body;
    struct slice input = slice_of(data, size);
    if (http_parse_request(input, &head) == HTTP_PARSED) {
        ENSURE(head.size <= size && !(head.chunked && head.has_length));
        http_body_of_request(&body, &head);
        check_body(body, slice_skip(input, head.size));
    }
    if (http_parse_response(input, &head) == HTTP_PARSED) {
        ENSURE(head.size <= size && head.status >= 100 && head.status < 1000);
        http_body_of_response(&body, &head);
        check_body(body, slice_skip(input, head.size));
    }
    return 0;
}
