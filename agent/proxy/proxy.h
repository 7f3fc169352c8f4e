/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_AGENT_PROXY_H
#define THAW_AGENT_PROXY_H

#include "agent_limits.h"

#include "base/slice.h"
#include "base/status.h"
#include "proxy/follow.h"
#include "proxy/relay.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Between the runtime and the platform's Runtime API: connections are passed
 * on by relays, and what goes by is looked at afterwards.  So a function's
 * event and its answer are known, and nothing of them is ever changed,
 * delayed or refused.
 *
 *     runtime ──► relay ──► platform         what is told:
 *       GET next  ─────────────────────►     PROXY_ASKED
 *                 ◄───────────── event       PROXY_EVENT, _EVENT_DATA*, _EVENT_END
 *       POST response or error ────────►     PROXY_ANSWER, _ANSWER_DATA*, _ANSWER_END
 *
 * Several connections may do so at once (PROXY_GONE: one has ended in the
 * middle).  Pure but for the relays.
 */
enum proxy_fact_kind {
    PROXY_ASKED, /* The runtime is done with everything before and asks for an event. */
    PROXY_EVENT, /* It got one: ids are told. */
    PROXY_EVENT_DATA,
    PROXY_EVENT_END, /* size */
    PROXY_ANSWER,    /* It answers: request_id, content_type, failed, streamed, error_type. */
    PROXY_ANSWER_DATA,
    PROXY_ANSWER_END, /* size; error_type if a streamed answer told one at its end. */
    PROXY_INIT_ERROR, /* error_type */
    PROXY_GONE,
};

/* Slices are valid during the call. */
struct proxy_fact {
    enum proxy_fact_kind kind;
    size_t connection; /* Below AGENT_RELAYS_MAX: which of those that are under way at once. */
    struct slice data;
    struct slice request_id;
    struct slice trace_id;       /* The X-Ray header. */
    struct slice client_context; /* JSON; empty as well when it is longer than a line may be. */
    struct slice content_type;
    struct slice error_type;
    bool failed;   /* Posted to .../error. */
    bool streamed; /* Response streaming. */
    uint64_t size; /* Bytes of the body. */
};

typedef void proxy_hear(void *context, const struct proxy_fact *fact);

/* Whether the data of the event, or of the answer, that passes on a connection matters: what does
 * not is not told, but as a part of the size. */
typedef bool proxy_want(void *context, size_t connection, bool answer);

/* What a request is to us. */
enum proxy_call {
    PROXY_CALL_OTHER,
    PROXY_CALL_NEXT,
    PROXY_CALL_RESPONSE,
    PROXY_CALL_ERROR,
    PROXY_CALL_INIT_ERROR,
};

/* A text that is kept from a line until the head is complete. */
struct proxy_text {
    size_t size;
    char bytes[AGENT_WORD_MAX];
};

/* One connection. */
struct proxy_watch {
    struct follow up;
    struct follow down;
    bool lost; /* It is passed on, and no more is known of it. */
    /* Requests whose answers have not begun, oldest first. */
    struct proxy_pending {
        enum proxy_call call;
        bool no_body; /* HEAD */
    } pending[AGENT_PIPELINE_MAX];
    size_t pending_count;
    enum proxy_call call; /* The request that goes up. */
    bool event;           /* An event comes down. */
    bool telling;         /* PROXY_EVENT was told and its end was not. */
    bool answering;       /* PROXY_ANSWER was told and its end was not. */
    bool streamed;
    uint64_t size;
    uint64_t event_size;
    struct proxy_text request_id; /* Of what goes up. */
    struct proxy_text content_type;
    struct proxy_text error_type;
    struct proxy_text event_id; /* Of what comes down. */
    size_t trace_size;
    size_t client_context_size;
    char trace[AGENT_XRAY_MAX];
    char client_context[AGENT_FOLLOW_LINE_MAX];
};

struct proxy {
    struct relays relays;
    struct proxy_watch watches[AGENT_RELAYS_MAX];
    uint64_t lost; /* Connections that were not understood. */
    proxy_hear *hear;
    proxy_want *want; /* NULL: all of it. */
    void *context;
};

/* Hear what passes over the relays.  The proxy must stay where it is. */
void proxy_init(struct proxy *proxy, proxy_hear *hear, proxy_want *want, void *context);

/* What the relays tell it; the tests do so too. */
void proxy_opened(void *context, size_t index);
void proxy_passed(void *context, size_t index, enum relay_way way, struct slice bytes);
void proxy_ended(void *context, size_t index, enum relay_way way);
void proxy_closed(void *context, size_t index);
bool proxy_idle(void *context, size_t index);
uint64_t proxy_unseen(void *context, size_t index, enum relay_way way);
void proxy_skipped(void *context, size_t index, enum relay_way way, size_t size);

#endif
