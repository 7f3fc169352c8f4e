/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_NOTIFY_NOTIFY_BODY_H
#define THAW_COLLECTOR_NOTIFY_NOTIFY_BODY_H

#include "notify/notify_limits.h"

#include "base/arena.h"
#include "base/slice.h"
#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What is posted to notify_api.c: one object of JSON, of texts, times and a list of texts.  Pure.
 */
struct notify_body_field {
    const char *name;
    enum notify_body_kind { NOTIFY_BODY_TEXT, NOTIFY_BODY_TIME, NOTIFY_BODY_TEXTS } kind;
    struct slice *text;  /* Of a text. */
    uint64_t *time_ns;   /* Of a time: RFC 3339, or milliseconds since 1970. */
    struct slice *texts; /* Of a list, at most NOTIFY_SILENCE_MATCHER_MAX. */
    size_t *text_count;
};

/* Read it; texts are in the arena, or the body's.  What is not there stays as it is.  STATUS_BAD
 * with a sentence in error; fields that are not known are a mistake. */
enum status notify_body_read(struct slice body, const struct notify_body_field *fields,
                             size_t count, struct arena *arena, char *error,
                             size_t error_size) THAW_CHECK;

#endif
