/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_API_OTLP_JSON_H
#define THAW_COLLECTOR_API_OTLP_JSON_H

#include "base/buf.h"
#include "base/json_write.h"
#include "model/record.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * Records as OTLP/JSON (opentelemetry-proto 1.x, its JSON form): an ExportTraceServiceRequest or an
 * ExportLogsServiceRequest on one line.  Records of one resource and scope that follow each other
 * are written together.  Pure.
 *
 * A block of the function's SDK that an agent has numbered may be written in several pieces, and a
 * collector takes a number once: its records are written without the number, and the number in a
 * resource that has no records.
 */
struct otlp_json {
    struct json_write writer;
    struct buf *out;
    enum signal signal;
    const struct resource *resource; /* That is open, if a record was written. */
    const struct scope *scope;
    uint64_t records;
    bool plain; /* Numbers of blocks are left out. */
    bool apart; /* The next record does not belong to what is open. */
};

/* Begin a line; nothing is written unless a record follows.  out must outlive it. */
void otlp_json_begin(struct otlp_json *json, struct buf *out, enum signal signal);
/* The same of spans, for who has no use for the numbers that an agent gave to blocks. */
void otlp_json_begin_plain(struct otlp_json *json, struct buf *out);
/* What was written so far may go; the next record is written under its own resource. */
void otlp_json_apart(struct otlp_json *json);
void otlp_json_span(struct otlp_json *json, const struct span *span);
void otlp_json_line(struct otlp_json *json, const struct log_line *line);
/* One attribute: {"key", "value"}. */
void otlp_json_attr(struct json_write *writer, const struct attr *attr);
/* End the line. */
void otlp_json_end(struct otlp_json *json);

#endif
