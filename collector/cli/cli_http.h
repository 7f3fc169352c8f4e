/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_CLI_CLI_HTTP_H
#define THAW_COLLECTOR_CLI_CLI_HTTP_H

#include "base/buf.h"
#include "base/slice.h"
#include "base/status.h"

#include <stddef.h>

/* Asks the collector: the only place of the command line that knows libcurl. */

/* What is asked, and what came back. */
struct cli_exchange {
    const char *endpoint; /* http://127.0.0.1:4318 */
    const char *path;     /* /api/... with its query. */
    const char *token;    /* Or NULL. */
    long status;          /* Of the answer. */
    struct buf *body;
    char error[256]; /* Why nobody answered. */
};

/*
 * GET endpoint + path.  STATUS_OK with the status and the body of the answer,
 * whatever that status is; STATUS_BAD if the endpoint is no http or https
 * address; STATUS_IO if nobody answered.  Redirects are not followed: the token
 * is for this collector only.
 */
enum status cli_http_get(struct cli_exchange *exchange) THAW_CHECK;

/* Append a query parameter (the first one with a question mark), percent-encoded, and a path's
 * segment likewise. */
void cli_http_parameter(struct slice name, struct slice value, struct buf *path);
void cli_http_segment(struct slice text, struct buf *path);

#endif
