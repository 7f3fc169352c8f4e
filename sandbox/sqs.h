/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_SANDBOX_SQS_H
#define THAW_SANDBOX_SQS_H

#include "base/buf.h"
#include "base/slice.h"
#include "base/status.h"
#include "sandbox/queue.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * The texts of SQS: one entry of SendMessage or SendMessageBatch in, the event
 * that Lambda makes of a batch out, and the answer of a function that tells
 * which of them failed.  Pure.
 */
#define SQS_ATTRIBUTE_COUNT_MAX 10
#define SQS_ENTRY_ID_SIZE       81

/* What a sender said. */
struct sqs_entry {
    struct queue_message *message; /* Filled but for id and times; the caller's. */
    char id[SQS_ENTRY_ID_SIZE];    /* Of a batch entry; else empty. */
    char attributes_md5[33];       /* Empty: no attributes. */
    uint64_t delay_s;
    const char *error; /* NULL, or the error code. */
    const char *error_text;
};

/* Read the JSON object of a SendMessage request or of a batch entry.  trace is the request's
 * header.  Always leaves a message, which the caller frees or keeps. */
void sqs_entry_read(struct slice json, struct slice trace, struct sqs_entry *entry);

/* The last part of the QueueUrl (or QueueName) of a request, decoded into text of size bytes. */
bool sqs_queue_name(struct slice json, char *text, size_t size) THAW_CHECK;

/* What an event says beside its messages. */
struct sqs_origin {
    struct slice region;
    struct slice account;
    struct slice queue;
};

/* Append {"Records":[...]}. */
void sqs_event_write(const struct sqs_origin *origin, struct queue_message *const *messages,
                     size_t count, struct buf *out);

/*
 * Whether the answer of a function says that the message with this id failed:
 * {"batchItemFailures":[{"itemIdentifier":id}]}.  An answer that is null or
 * has an empty list says that none did; one that is malformed, or names an
 * empty id, says that all did, as Lambda takes it.
 */
bool sqs_answer_failed(struct slice answer, const char *id);

#endif
