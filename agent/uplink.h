/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_AGENT_UPLINK_H
#define THAW_AGENT_UPLINK_H

#include "agent/settings.h"
#include "agent/token.h"
#include "base/buf.h"
#include "core/core.h"
#include "gzip/gzip.h"
#include "net/loop.h"
#include "net/peer.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * The way to the collector: a batch becomes a request with its head, its token
 * and, where that pays, compressed; the response becomes an answer for the core.
 * One request of each signal at a time, made once, so that a retry is the same bytes; they are sent
 * one behind the other and answered in that order.  Why the collector takes nothing is told once.
 */
typedef void uplink_done(void *context, const struct core_input *answer);

struct uplink_request {
    bool packed;
    unsigned token; /* The number of the one that it was sent with. */
    struct buf head;
    struct buf body;
};

struct uplink {
    const struct agent_settings *settings;
    struct peer peer;
    struct token token;
    struct gzip *gzip;
    uplink_done *done;
    void *context;
    bool waits; /* What is awaited is not sent yet: it waits for the token. */
    bool told;  /* One line about a collector that fails is enough. */
    struct uplink_request requests[BLOCK_SIGNALS];
    enum block_signal awaited[BLOCK_SIGNALS]; /* In the order of their answers. */
    unsigned awaited_count;
};

/* Begin; gzip is shared with its owner.  done hears each answer, never from within uplink_send().
 */
void uplink_init(struct uplink *uplink, struct loop *loop, const struct agent_settings *settings,
                 struct gzip *gzip, uplink_done *done, void *context);

/* Begin to connect, and to get the token; after the platform is asked for its first event. */
void uplink_open(struct uplink *uplink);

/* Send what the core wants sent, behind what is awaited.  The answer is what the core shall hear at
 * once: that it is on its way, or that it could not even begin. */
struct core_input uplink_send(struct uplink *uplink, const struct core_actions *actions) THAW_CHECK;

/* Give up the requests that are awaited; done is not called. */
void uplink_cancel(struct uplink *uplink);

/* After a restore from a snapshot: nothing that was made before is used again. */
void uplink_renew(struct uplink *uplink);

/* When uplink_time() is to be called; UINT64_MAX: never. */
uint64_t uplink_due_ns(const struct uplink *uplink);
void uplink_time(struct uplink *uplink, uint64_t now_ns);

#endif
