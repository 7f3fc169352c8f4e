/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_HTTP_WEB_HEADERS_H
#define THAW_HTTP_WEB_HEADERS_H

#include "base/slice.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * Looks at a request's headers for what a server behind or before us might understand differently:
 * that is how requests are smuggled.  Pure.
 */
struct web_headers {
    unsigned host;
    unsigned content_length;
    unsigned transfer_encoding;
    unsigned authorization;
    unsigned content_type;
    unsigned content_encoding;
    bool chunked;
    bool length_wrong;
    uint64_t length; /* Content-Length, or 0. */
};

/* Look at one header. */
void web_headers_see(struct web_headers *headers, struct slice name, struct slice value);

/* What is wrong with all of them, in words, or NULL. */
const char *web_headers_wrong(const struct web_headers *headers, bool http_1_1);

#endif
