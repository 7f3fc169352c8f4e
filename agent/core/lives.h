/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_AGENT_LIVES_H
#define THAW_AGENT_LIVES_H

#include "agent_limits.h"

#include "base/slice.h"
#include "otlp/resource.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * The processes that lived in this environment before this one and left
 * records behind in the spool.  A record keeps the number that its process
 * gave it, so it must be sent under that process's epoch and instance.  Life 0
 * is this process.  Pure data; the core owns it.
 */
struct life {
    bool made_up; /* The instance was not told by the platform. */
    uint16_t instance_size;
    uint64_t epoch_ns;
    char instance[AGENT_INSTANCE_MAX];
};

struct lives {
    unsigned latest; /* Who wrote the spool that was replayed; 0: there was none. */
    uint32_t used;   /* A bit for each row that is: the others are never touched. */
    struct life rows[AGENT_LIVES_MAX]; /* The first one is this process, and stays empty. */
};

void lives_init(struct lives *lives);
bool lives_has(const struct lives *lives, unsigned life);

struct slice lives_instance(const struct life *life);

/* Give a life its instance; what is too long is not kept. */
void lives_set_instance(struct life *life, struct slice instance);

/* The resource of a life's records: ours, but for what names the process. */
struct resource lives_resource(const struct lives *lives, unsigned life,
                               const struct resource *own);

/* The number of a life that is free, or 0 if none is. */
unsigned lives_free(const struct lives *lives);

/* The number of the oldest and of the newest life, or 0 if there is none. */
unsigned lives_oldest(const struct lives *lives);
unsigned lives_newest(const struct lives *lives);

#endif
