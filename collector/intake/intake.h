/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_INTAKE_INTAKE_H
#define THAW_INTAKE_INTAKE_H

#include "streams/log_event.h"
#include "streams/stream_sink.h"

#include "base/slice.h"
#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * From the bytes of an export or a delivery to log events: recognises the container by its content,
 * never by its name, and takes it apart as it streams by, in bounded memory.  Containers nest (a
 * tar of .gz files of JSON lines); docs/reference/log-formats.md lists them.
 *
 * Push parser: bytes go in as they come, in pieces of any size; the same input gives the same
 * events whatever the pieces are.  Pure but for memory; one thread.
 */
struct intake;

/* What was recognised; the names are in docs/reference/log-formats.md. */
enum intake_format {
    INTAKE_UNKNOWN, /* Nothing was read yet. */
    INTAKE_EMPTY,
    INTAKE_FILTER_LOG_EVENTS, /* {"events": [...]}, of one or several pages. */
    INTAKE_GET_LOG_EVENTS,
    INTAKE_SUBSCRIPTION, /* {"messageType", ..., "logEvents"}, one or several, perhaps base64. */
    INTAKE_LAMBDA_EVENT, /* {"awslogs": {"data"}} */
    INTAKE_KINESIS,      /* {"Records": [{"kinesis": {"data"}}]} */
    INTAKE_FIREHOSE,     /* {"requestId", "records": [{"data"}]}, and Firehose's own S3 files. */
    INTAKE_INSIGHTS_JSON,
    INTAKE_INSIGHTS_CSV,
    INTAKE_CONSOLE_CSV,
    INTAKE_S3_EXPORT, /* "2026-11-23T14:53:25.123Z message" */
    INTAKE_TAIL,      /* aws logs tail, sam logs, awslogs. */
    INTAKE_JSON_LINES,
    INTAKE_TEXT,
    INTAKE_GCP,
    INTAKE_AZURE,
    INTAKE_REFUSED, /* Known, and nothing for us: metric streams, VPC flow logs, images, zip. */
    INTAKE_FORMAT_COUNT,
};

const char *intake_format_name(enum intake_format format);

struct intake_options {
    struct slice path; /* Of the file, for groups and streams of S3 exports, and for messages. */
    /* Called for each event; what it points to is valid during the call. */
    void (*event)(void *context, const struct log_event *event);
    /* One entry of another provider. */
    void (*gcp)(void *context, struct slice json);
    void (*azure)(void *context, struct slice json);
    /* A row, object or member that is broken or none of ours. */
    void (*refused)(void *context, const struct stream_refusal *refusal);
    /* CONTROL_MESSAGEs are not events: they are counted only. */
    void *context;
    /* Lines of text are a function's also where nothing in them says so: the caller knows whose. */
    bool any_text;
    uint64_t inflated_size_max; /* 0: no limit; else more than this is refused. */
};

struct intake_counts {
    uint64_t bytes;    /* As given, */
    uint64_t inflated; /* and as text. */
    uint64_t events, refused, control_messages, files;
    uint64_t payloads; /* Of subscriptions, control messages and other services' included. */
    uint64_t
        broken; /* Records that are cut off, or are no JSON: of them, what could be was told. */
    enum intake_format format; /* Of the first that was recognised. */
    bool cut;                  /* It ended inside of a JSON record, which was refused. */
};

/* NULL without memory.  The path must outlive it. */
struct intake *intake_create(const struct intake_options *options);
void intake_free(struct intake *intake);

/* STATUS_OK; STATUS_BAD when the container as a whole is broken (intake_error() says where and
 * what); STATUS_FULL beyond inflated_size_max or without memory.  What came before has been told.
 */
enum status intake_push(struct intake *intake, struct slice bytes) THAW_CHECK;
enum status intake_finish(struct intake *intake) THAW_CHECK;
const char *intake_error(const struct intake *intake);

void intake_counts(const struct intake *intake, struct intake_counts *counts);

#endif
