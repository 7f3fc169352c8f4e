/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_AGENT_TRIGGER_H
#define THAW_AGENT_TRIGGER_H

#include "trigger/trigger_limits.h"

#include "base/slice.h"
#include "base/status.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * What invoked a function, as far as its event tells: the facts that
 * trigger_read.h finds.  Pure data.
 */

enum trigger_kind {
#define TRIGGER(identifier, name, faas, waits, system) TRIGGER_##identifier,
#include "proto/triggers.def"
#undef TRIGGER
    TRIGGER_KINDS,
};

/* Whether somebody waits for the answer. */
enum trigger_waits {
    TRIGGER_WAITS_UNKNOWN,
    TRIGGER_WAITS_NO,
    TRIGGER_WAITS_YES,
};

/* "sqs" and so on, as in thaw.trigger; "pubsub" and so on, as in faas.trigger, or nothing; and
 * messaging.system, or nothing. */
struct slice trigger_name(enum trigger_kind kind);
struct slice trigger_faas(enum trigger_kind kind);
struct slice trigger_system(enum trigger_kind kind);
enum trigger_waits trigger_waits(enum trigger_kind kind);

/* Where a trace comes from. */
struct trigger_context {
    bool known; /* Trace id and span id are there and not zero. */
    bool sampled;
    unsigned char trace_id[16];
    unsigned char span_id[8];
};

struct trigger_link {
    struct trigger_context context;
    struct slice message_id; /* Empty: not told. */
};

/*
 * A queue, a topic, a stream, a bucket, a gateway: what a message lay in
 * before it came here.  The oldest message counts.
 */
struct trigger_source {
    enum trigger_kind kind;
    bool before;             /* It is not what invoked us: it came before that. */
    struct slice name;       /* The last part of the ARN, or what stands for it. */
    struct slice arn;        /* Empty: not told. */
    struct slice message_id; /* Of the oldest message. */
    uint64_t messages;
    uint64_t since_ns; /* When the oldest came into it; 0: not told. */
    bool coarse;       /* ...in whole seconds. */
    uint64_t until_ns; /* When it went on to the next one; 0: not told, or it came here. */
};

struct trigger {
    enum trigger_kind kind; /* TRIGGER_UNKNOWN: there was no event, or it was not JSON. */

    /* Of a request.  path has no query: its values are the caller's. */
    struct slice method;
    struct slice route;
    struct slice path;
    struct slice host;

    /* What happened, in the words of the source: detail-type, eventName, triggerSource, a state. */
    struct slice detail;
    /* faas.document.operation: insert, edit or delete. */
    struct slice operation;
    /* The partition or shard, if all messages are of one. */
    struct slice partition;

    /* sources[0] is what invoked us; those behind it came before. */
    struct trigger_source sources[TRIGGER_SOURCES_MAX];
    size_t source_count;
    uint64_t messages; /* 0: it is no batch. */

    /* The caller, where there is one; never of a batch. */
    struct trigger_context parent;
    struct slice tracestate; /* Of parent. */
    struct slice xray;       /* The X-Ray header that came with the event, valid; or empty. */
    struct slice tracing;    /* The one that the Runtime API told; or empty. */

    struct trigger_link links[TRIGGER_LINKS_MAX];
    size_t link_count;
    uint64_t links_more; /* Valid ones for which there was no room. */

    bool cut; /* Something was not looked at: the inside of messages beyond the limit. */
};

#endif
