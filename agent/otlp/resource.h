/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_AGENT_RESOURCE_H
#define THAW_AGENT_RESOURCE_H

#include "base/buf.h"
#include "base/slice.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A further attribute of the resource, from OTEL_RESOURCE_ATTRIBUTES. */
struct resource_pair {
    struct slice key;
    struct slice value;
};

/*
 * Who we are: the attributes of every resource block that leaves the agent
 * (docs/reference/wire.md).  Empty texts and zeros are not known and left out.
 * The texts belong to whoever fills it and live as long as the agent.
 */
struct resource {
    bool elsewhere; /* Not on AWS Lambda: provider and platform say where, or nothing does. */
    struct slice provider;
    struct slice platform;
    struct slice service_name;
    struct slice region;
    struct slice account_id;
    struct slice function_name;
    struct slice function_version;
    struct slice instance; /* Fixed before the first record is sent. */
    bool instance_made_up;
    uint64_t memory_max; /* Bytes. */
    struct slice arch;
    struct slice runtime;
    struct slice initialization_type;
    struct slice agent_version;
    bool no_telemetry; /* The platform tells nothing: ends of invocations are not known. */
    uint64_t epoch_ns;
    const struct resource_pair *pairs;
    size_t pair_count;
};

/* Append the attributes as fields of a Resource message. */
void resource_write(const struct resource *resource, struct buf *out);

/*
 * Append the Resource message whose bytes an SDK sent, completed: its own
 * fields first and unchanged, but for faas.instance, thaw.epoch and thaw.seq,
 * which are always ours; then every attribute of ours that it does not have;
 * then thaw.seq.  sent must be well-formed.
 */
void resource_complete(const struct resource *resource, struct slice sent, uint64_t seq,
                       struct buf *out);

#endif
