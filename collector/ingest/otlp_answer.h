/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_INGEST_OTLP_ANSWER_H
#define THAW_INGEST_OTLP_ANSWER_H

#include "base/buf.h"
#include "base/slice.h"
#include "model/record.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * The bodies of OTLP/HTTP answers, in the encoding of the request.  Pure.
 */
enum otlp_encoding {
    OTLP_PROTOBUF,
    OTLP_JSON,
    OTLP_UNKNOWN, /* The request had another content type; it is answered in JSON. */
};

/* The encoding that a Content-Type names; parameters behind it do not matter. */
enum otlp_encoding otlp_answer_encoding(struct slice content_type);

const char *otlp_answer_content_type(enum otlp_encoding encoding);

/* Success: nothing (protobuf) or {} when nothing was rejected, else how many records and why; a
 * reason without rejected records is a remark, as OTLP has it. */
void otlp_answer_success(enum otlp_encoding encoding, enum signal signal, size_t rejected,
                         struct slice reason, struct buf *out);

/* An error as google.rpc.Status, with the code that belongs to the HTTP status. */
void otlp_answer_error(enum otlp_encoding encoding, unsigned http_status, struct slice message,
                       struct buf *out);

#endif
