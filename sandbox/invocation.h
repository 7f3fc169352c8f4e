/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_SANDBOX_INVOCATION_H
#define THAW_SANDBOX_INVOCATION_H

#include "base/buf.h"
#include "base/slice.h"
#include "base/status.h"
#include "sandbox/trace.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * One request to a function, from whoever made it until its result is told.
 * Asynchronous retries are attempts of the same invocation: same request id,
 * a new span each.
 *
 * The maker owns it and releases it, in done() or later.  The result comes
 * before the end: the instance may still be busy with it, and keeps it until
 * over().
 */
struct instance;
struct function;
struct invocation;

/* What the caller gets.  Slices are valid during done(). */
struct invocation_result {
    bool throttled;      /* No instance could take it. */
    bool function_error; /* payload is an error. */
    struct slice payload;
    struct slice content_type;
    struct slice log_tail; /* If it was asked for. */
};

typedef void invocation_done(struct invocation *invocation, const struct invocation_result *result);

typedef void invocation_over(struct invocation *invocation);

struct invocation {
    struct function *function;
    char request_id[37];
    char arn[256]; /* As it was invoked. */
    struct buf payload;
    struct buf trace_in;       /* The caller's header; may be empty. */
    struct buf client_context; /* JSON; may be empty. */
    bool wants_tail;
    bool active; /* An instance has it. */
    bool orphan; /* Released: freed when the instance lets go. */
    invocation_done *done;
    invocation_over *over; /* Called when the instance let go, if not NULL. */
    void *owner;
    /* Of the attempt. */
    struct trace trace;
    struct buf tracing; /* The header that function and extensions get. */
    struct buf tail;    /* The last lines of its log. */
    struct buf answer;  /* Kept until the end if the tail is wanted. */
    bool answer_error;
    bool answered;
    char answer_type[128];
};

/* A new invocation with a new request id.  The payload is copied. */
struct invocation *invocation_create(struct function *function, struct slice payload,
                                     invocation_done *done, void *owner);

/* The maker wants no more of it: it is freed now, or when its instance lets go. */
void invocation_release(struct invocation *invocation);

/* Add log lines to the tail, which keeps the last of them. */
void invocation_log(struct invocation *invocation, struct slice text);

#endif
