/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_AGENT_TRIGGER_READ_H
#define THAW_AGENT_TRIGGER_READ_H

#include "trigger/scan.h"
#include "trigger/tree.h"
#include "trigger/trigger.h"

/*
 * Reads an event of any size in pieces, and keeps of it only what tells the
 * trigger.  Pure; it copies no event, allocates nothing, and never fails: what
 * is not JSON, or nothing that is known, is TRIGGER_UNKNOWN or TRIGGER_OTHER.
 *
 *     trigger_read_init(&reader);
 *     trigger_read_headers(&reader, client_context, tracing);     (or not)
 *     trigger_read_feed(&reader, bytes); ...                      (in any pieces)
 *     const struct trigger *trigger = trigger_read_end(&reader);
 *
 * The pieces may be cut anywhere: the same bytes give the same facts.
 *
 * JSON in a text in JSON (a topic's message in a queue's body) is read by a
 * layer of its own: while one layer is in the text, it hands what it decodes
 * to the next, which is done with it before the first one goes on.
 */

/* What a text turned out to be. */
enum trigger_form {
    TRIGGER_FORM_UNKNOWN,
    TRIGGER_FORM_JSON,
    TRIGGER_FORM_BASE64,
};

struct trigger_layer {
    struct scan scan;
    struct tree_place place; /* Of the next value. */
    struct tree_place open[TRIGGER_DEPTH_MAX];
    struct slice input;
    /* Of the text under way, for the layer above. */
    enum trigger_form form;
    uint32_t bits; /* Of base64 that make no whole byte yet... */
    unsigned bit_count;
};

/* A value in one of the two memories. */
struct trigger_value {
    uint16_t at;
    uint16_t size;
};

/* What is known of a source until the end, beside struct trigger_source. */
struct trigger_source_text {
    char name[TRIGGER_TEXT_MAX];
    char arn[TRIGGER_ARN_MAX];
    char message_id[TRIGGER_MESSAGE_ID_MAX];
};

/*
 * Invariants:
 *  1. message_used <= sizeof(message_text) and event_used <= sizeof(event_text).
 *  2. What a layer reads lies in the text of the one below, which waits for it.
 */
struct trigger_read {
    struct trigger_layer layers[TRIGGER_LAYERS_MAX];
    bool begun;          /* There was a byte. */
    bool client_context; /* The header was there. */
    size_t inner_left;   /* Bytes of texts that may still be looked into. */
    uint64_t seen[2];    /* By node: it was there. */
    uint32_t refused;    /* By carrier: it was there twice. */
    size_t values;       /* Of the list of a carrier's values. */

    struct trigger_value fields[FIELDS];
    size_t message_used;
    size_t event_used;
    unsigned char message_text[TRIGGER_MESSAGE_ROOM];
    unsigned char event_text[TRIGGER_EVENT_ROOM];

    /* A text that comes as a list of its bytes. */
    size_t byte_count;
    unsigned char bytes[TRIGGER_VALUE_MAX];

    /* The key above the messages: a queue of RabbitMQ. */
    size_t queue_size;
    char queue[TRIGGER_TEXT_MAX];

    /* What all messages have in common. */
    bool partition_differs;
    bool detail_differs;
    char partition[TRIGGER_TEXT_MAX];
    char detail[TRIGGER_TEXT_MAX];

    struct trigger_source_text source_texts[TRIGGER_SOURCES_MAX];
    char link_ids[TRIGGER_LINKS_MAX][TRIGGER_MESSAGE_ID_MAX];
    char route[TRIGGER_TEXT_MAX];
    char tracing[TRIGGER_VALUE_MAX];
    struct trigger trigger;
};

void trigger_read_init(struct trigger_read *reader);

/* What headers of the Runtime API's answer tell: Lambda-Runtime-Client-Context (JSON) and
 * Lambda-Runtime-Trace-Id; empty where they are missing.  Before the first piece. */
void trigger_read_headers(struct trigger_read *reader, struct slice client_context,
                          struct slice tracing);

void trigger_read_feed(struct trigger_read *reader, struct slice bytes);

/* The facts.  Their slices point into the reader, and stay until it is begun anew. */
const struct trigger *trigger_read_end(struct trigger_read *reader);

#endif
