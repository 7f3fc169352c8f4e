/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_CLI_CLI_HTTP_H
#define THAW_COLLECTOR_CLI_CLI_HTTP_H

#include "base/buf.h"
#include "base/slice.h"
#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>

/* Asks the collector: the only place of the command line that knows libcurl. */

/* What is asked, and what came back. */
struct cli_exchange {
    const char *endpoint; /* http://127.0.0.1:4318 */
    const char *path;     /* /api/... with its query. */
    const char *token;    /* Or NULL. */
    struct slice json;    /* What is posted; without a base nothing is. */
    long status;          /* Of the answer. */
    struct buf *body;
    char error[256]; /* Why nobody answered. */
};

/*
 * GET endpoint + path, or POST to it.  STATUS_OK with the status and the body of the answer,
 * whatever that status is; STATUS_BAD if the endpoint is no http or https
 * address; STATUS_IO if nobody answered.  Redirects are not followed: the token
 * is for this collector only.
 */
enum status cli_http_ask(struct cli_exchange *exchange) THAW_CHECK;

/* An answer that goes on. */
struct cli_http_stream {
    const char *endpoint, *path, *token; /* As of an exchange. */
    struct slice last_id;                /* Last-Event-ID; empty: none. */
    long status;                         /* Of the answer. */
    /* Takes bytes of the answer, whose status is that; false: no more, please. */
    bool (*take)(void *context, long status, struct slice bytes);
    /* Asked now and then whether to go on. */
    bool (*goes_on)(void *context);
    void *context;
    char error[256]; /* Why it ended; empty: the collector ended it. */
};

/* GET until it ends: STATUS_OK where the collector ended it, whatever its status is; else as
 * cli_http_ask(), also when it was silent for too long or was not to go on. */
enum status cli_http_follow(struct cli_http_stream *stream) THAW_CHECK;

/*
 * A connection that is kept from one POST to the next; one thread at a time.  endpoint and token
 * must outlive it.
 */
struct cli_http_line;

/* NULL without memory, or when the endpoint or the token is too long to be one. */
struct cli_http_line *cli_http_open(const char *endpoint, const char *token);
void cli_http_close(struct cli_http_line *line); /* NULL is fine. */

/* What is sent, and what came back. */
struct cli_http_post {
    const char *path;
    struct slice body;      /* Protobuf; */
    bool gzip;              /* as gzip. */
    long status;            /* Of the answer. */
    unsigned retry_after_s; /* 0: it does not say. */
    struct buf *answer;
    char error[256]; /* Why nobody answered. */
};

/* POST to a path of the endpoint; answers as cli_http_ask(). */
enum status cli_http_post(struct cli_http_line *line, struct cli_http_post *post) THAW_CHECK;

/* Append a query parameter (the first one with a question mark), percent-encoded, and a path's
 * segment likewise. */
void cli_http_parameter(struct slice name, struct slice value, struct buf *path);
void cli_http_segment(struct slice text, struct buf *path);

#endif
