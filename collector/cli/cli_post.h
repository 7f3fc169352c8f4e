/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_CLI_CLI_POST_H
#define THAW_COLLECTOR_CLI_CLI_POST_H

#include "base/slice.h"
#include "base/status.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * Sends bodies to a collector, several at a time, each until it is acknowledged: a collector that
 * is busy, or away for a moment, is asked again.  It has threads of its own; all functions are for
 * the one thread that made it.
 */
struct cli_post;

struct cli_post_options {
    const char *endpoint;
    const char *token;                 /* Or NULL. */
    bool (*stopped)(void);             /* Whether the user wants to end. */
    void (*trouble)(const char *text); /* Why it takes longer; once per pause.  Any thread. */
};

/* How it went. */
struct cli_post_result {
    enum status status; /* OK; DENIED: the token; BAD: refused; IO: cannot be reached; CLOSED:
                           stopped. */
    uint64_t bodies;    /* Acknowledged, */
    uint64_t bytes;     /* with so many bytes; */
    uint64_t known;     /* of them the collector had these before. */
    long http_status;
    char error[256]; /* Why: the collector's own words where it has some.  Anybody's text. */
};

/* NULL without memory or threads. */
struct cli_post *cli_post_create(const struct cli_post_options *options);

/* Hand over a body, which is copied; waits while too many are under way.  False: give up, for what
 * cli_post_finish() says. */
bool cli_post_send(struct cli_post *post, const char *path, struct slice body) THAW_CHECK;

/* Wait for what is under way, say how it went, and free the post. */
void cli_post_finish(struct cli_post *post, struct cli_post_result *result);

/* What an answer with an error says, a google.rpc.Status as in docs/reference/wire.md; empty if it
 * says nothing.  Pure. */
struct slice cli_post_words(struct slice answer);

/* Whether an endpoint is this machine: then bodies are not compressed.  Pure. */
bool cli_post_is_near(struct slice endpoint);

#endif
