/* SPDX-License-Identifier: Apache-2.0 */
#include "http/web_headers.h"

void web_headers_see(struct web_headers *headers, struct slice name, struct slice value)
{
    struct slice text = slice_trim(value);
    if (slice_equal_nocase(name, SLICE("Host"))) {
        headers->host++;
    } else if (slice_equal_nocase(name, SLICE("Content-Length"))) {
        headers->content_length++;
        headers->length_wrong = text.size == 0 || text.size > 19;
        headers->length = 0;
        for (size_t i = 0; i < text.size && !headers->length_wrong; i++) {
            headers->length_wrong = text.base[i] < '0' || text.base[i] > '9';
            headers->length = headers->length * 10 + (uint64_t)(text.base[i] - '0');
        }
    } else if (slice_equal_nocase(name, SLICE("Transfer-Encoding"))) {
        headers->transfer_encoding++;
        headers->chunked = slice_equal_nocase(text, SLICE("chunked"));
    } else if (slice_equal_nocase(name, SLICE("Authorization"))) {
        headers->authorization++;
    } else if (slice_equal_nocase(name, SLICE("Content-Type"))) {
        headers->content_type++;
    } else if (slice_equal_nocase(name, SLICE("Content-Encoding"))) {
        headers->content_encoding++;
    }
}

const char *web_headers_wrong(const struct web_headers *headers, bool http_1_1)
{
    if (headers->host > 1 || (headers->host == 0 && http_1_1)) {
        return "there must be one Host header";
    }
    if (headers->content_length > 1 || headers->length_wrong) {
        return "there must be one Content-Length, a number";
    }
    if (headers->transfer_encoding > 0 && headers->content_length > 0) {
        return "Content-Length and Transfer-Encoding exclude each other";
    }
    if (headers->transfer_encoding > 1 || (headers->transfer_encoding == 1 && !headers->chunked)) {
        return "chunked is the only Transfer-Encoding known here";
    }
    if (headers->authorization > 1 || headers->content_type > 1 || headers->content_encoding > 1) {
        return "Authorization, Content-Type and Content-Encoding may stand once";
    }
    return NULL;
}
