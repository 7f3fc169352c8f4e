/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_INTAKE_PREFIX_H
#define THAW_INTAKE_PREFIX_H

#include "intake/moment.h"

#include "base/slice.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What the tools that print logs write in front of a message: its time, its stream, its group, with
 * one blank or tab behind each.  Pure.
 */
enum prefix_form {
    PREFIX_NONE,         /* The text is the log itself. */
    PREFIX_TIME,         /* "2026-11-23T14:53:25.123Z message": S3 exports, tail --format short. */
    PREFIX_TIME_STREAM,  /* aws logs tail. */
    PREFIX_STREAM_TIME,  /* sam logs. */
    PREFIX_STREAM,       /* awslogs --no-group */
    PREFIX_GROUP_STREAM, /* awslogs get */
    PREFIX_GROUP_STREAM_TIME,
    PREFIX_OUTPUT, /* "EVENTS<tab>...": filter-log-events --output text. */
    PREFIX_FORM_COUNT,
};

struct prefix {
    struct slice time, stream, group;
    int64_t time_ns; /* What the time is, or STREAMS_UNKNOWN where moment_parse() has to say. */
    size_t size;     /* All of it; the message follows. */
};

/* Read the prefix at the front of a line.  False: it has none of this form.  minute is of the lines
 * before. */
bool prefix_read(enum prefix_form form, struct slice line, struct moment_minute *minute,
                 struct prefix *prefix);

/* The form that the beginning of a text has.  PREFIX_NONE if it has none of them. */
enum prefix_form prefix_recognise(struct slice head);

/* Whether a line begins as the platform's do: "START RequestId: ", "INIT_START ", ... */
bool prefix_is_platform(struct slice line);

#endif
