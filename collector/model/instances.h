/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_MODEL_INSTANCES_H
#define THAW_COLLECTOR_MODEL_INSTANCES_H

#include "model/functions.h"
#include "model/ids.h"
#include "model/rollups.h"
#include "model/seqset.h"
#include "model/unsent.h"

#include "base/hash.h"
#include "base/map.h"

#include <stdint.h>

/* Execution environments: their inits, ends, numbers, and their invocations in order of start. */
struct init {
    int64_t start_ns; /* The key. */
    int64_t end_ns, duration_ns;
    uint32_t phase, type, status, error_type; /* Texts. */
    uint32_t invocation; /* The one that it was for: ROW_NONE until one is known. */
    uint8_t sources;     /* SOURCE_... */
    uint8_t of_logs;     /* INIT_...: which of its times are a stream's word. */
    bool suppressed;     /* Phase invoke: inside of its invocation. */
    bool proactive;
    struct contribution put; /* A proactive one counts by itself. */
};

enum { INIT_START = 1, INIT_END = 2, INIT_DURATION = 4, INIT_OF_LOGS = 7 };

struct stop {
    uint64_t epoch; /* The key. */
    int64_t time_ns;
    uint32_t reason; /* Text. */
    struct unsent unsent;
};

/* What an instance's agent told last of itself. */
struct agent_told {
    int64_t memory_bytes; /* The most; UNKNOWN_INT. */
    uint64_t epoch, seq;  /* Of the record that told the rest; seq 0: none has. */
    uint32_t waiting_records;
    int64_t waiting_since_ns;
    int64_t heard_ns; /* Its arrival. */
};

/* A span whose invocation is not known yet: it will be the one in whose window it lies. */
struct pending {
    uint32_t id;   /* Id row of its trace. */
    uint32_t link; /* Link rows that are waiting too: ROW_NONE or one. */
    int64_t start_ns, end_ns;
    enum edge_tie tie; /* What it will be tied by. */
};

/* A line that says that its invocation failed, and not which one that is: it will be the one in
 * whose window it lies. */
struct failure {
    int64_t time_ns;
    uint32_t error_type; /* Text. */
};

/* A line of a stream, to be recognised. */
struct line_print {
    int64_t time_ns;
    uint64_t text;   /* Hash. */
    uint64_t uid;    /* Hash of CloudWatch's id of it; 0: not told. */
    uint32_t before; /* Without it: how many the same ones its batch has had. */
};

struct instance {
    uint32_t function;
    uint32_t function_next; /* The next instance of that function. */
    uint32_t function_previous;
    struct identity identity; /* As far as anybody has told it. */
    uint8_t sources;          /* SOURCE_...: who told of it. */
    bool made_up;             /* Its agent was not told the name that its stream has. */
    bool lent;                /* A stream whose invocations are those of such an instance. */
    uint32_t twin;            /* Of either of these two the other, where it is known; ROW_NONE. */
    bool pool; /* No instance, but what came without the name of one: time tells nothing. */
    struct slice name;
    unsigned char *name_memory; /* Of name; ours. */
    uint32_t type;              /* Text. */
    int64_t first_seen_ns, last_seen_ns;
    uint32_t segment_last;
    struct init *inits; /* Sorted by start. */
    uint32_t init_count, init_capacity;
    struct stop *stops;
    uint32_t stop_count, stop_capacity;
    struct seqset *epochs;
    uint32_t epoch_count, epoch_capacity;
    uint32_t *invocations; /* Sorted by start; those whose start is unknown are not in it. */
    uint32_t invocation_count, invocation_capacity;
    struct pending *pending;
    uint32_t pending_count, pending_capacity;
    struct line_print *lines; /* That wait to be counted for the invocation they are of. */
    uint32_t line_count, line_capacity;
    struct failure *failures;
    uint32_t failure_count, failure_capacity;
    struct agent_told agent;
    bool returned;          /* It was forgotten, and what its inits counted has stayed. */
    int64_t inits_after_ns; /* Inits up to then went with their invocations; UNKNOWN_NS. */
    bool touched;           /* Something changed in this frame. */
    bool waiting;           /* Has an init that nobody came for, which time will make proactive. */
};

struct instances {
    struct hash_bulk bulk;
    struct map map;
    struct instance *rows;
    uint32_t count, capacity;
};

void instances_init(struct instances *instances, const struct hash_key *key);
void instances_fini(struct instances *instances);

/* The row of the instance of this name, and of a function with this identity: the same one, else
 * one that agrees as far as both tell; ROW_NONE. */
uint32_t instances_find(const struct instances *instances, const struct identity *identity,
                        struct slice name);

/* A new row; the caller has looked before.  ROW_NONE when there is no room. */
uint32_t instances_add(struct instances *instances, struct functions *functions, uint32_t function,
                       const struct identity *identity, struct slice name);

/* A row that was loaded is to be found by its name, and in the list of its function.  False without
 * memory. */
bool instances_list(struct instances *instances, struct functions *functions,
                    uint32_t row) THAW_CHECK;

/* It is another function's: one whose name in full became known. */
void instances_move(struct instances *instances, struct functions *functions, uint32_t row,
                    uint32_t function);

/* Something happened in it then. */
void instances_seen(struct instance *instance, int64_t time_ns);

/* See a number of an agent process: false when it was seen before. */
bool instances_number(struct instance *instance, uint64_t epoch, uint64_t number);

/* Merge an init, or an end, that was told (perhaps again, with more facts, or by another source).
 * Inits must count nothing meanwhile (derive_retract_inits()). */
bool instances_add_init(struct instance *instance, const struct init *told);
/* Whether an init went with its invocation for want of room: it is told again. */
bool instances_init_gone(const struct instance *instance, const struct init *told);
bool instances_add_stop(struct instance *instance, const struct stop *told);

/* Take in what an event tells of the agent. */
void instances_tell_agent(struct instance *instance, const struct agent_told *told);

/* Remember a span until its window is known; false when another had to be dropped for it. */
bool instances_wait(struct instance *instance, const struct pending *pending);

/* Remember a line until its window is known; the oldest yields. */
void instances_wait_line(struct instance *instance, const struct line_print *print);

/* Remember a failure until its window is known; false when there is no room. */
bool instances_fail(struct instance *instance, const struct failure *failure);

/* The end of its latest agent process, if nothing happened after it; else NULL. */
const struct stop *instances_ended(const struct instance *instance);

/* Remove the rows whose keep[] is false; moved[old] becomes the new number or ROW_NONE.  The lists
 * of functions are filled again; numbers of invocations are the caller's to change. */
void instances_compact(struct instances *instances, struct functions *functions, const bool *keep,
                       uint32_t *moved);

#endif
