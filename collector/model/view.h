/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The view is what the frames mean: functions, instances, inits, invocations, which ids are the
 * same transaction, and the counts per minute.  It is a pure function of the frames applied, in any
 * order of arrival: the store shows it every frame again after a start, and it comes out the same.
 *
 * One thread (the store's writer) applies; any thread reads between view_read_begin() and
 * view_read_end(), which must be short and must not touch the disk or the network in between: copy
 * what you need into your arena.
 *
 * Exactness: facts of an invocation merge by (instance, request id, attempt); an agent's records
 * are recognised by (instance, epoch, seq), so retries, replays and re-cut batches change nothing.
 */
#ifndef THAW_COLLECTOR_MODEL_VIEW_H
#define THAW_COLLECTOR_MODEL_VIEW_H

#include "model/histogram.h"
#include "model/record.h"
#include "model/rows.h"
#include "model/unsent.h"

#include "base/arena.h"
#include "base/hash.h"
#include "base/slice.h"
#include "base/status.h"

#include <stdbool.h>
#include <stdint.h>

/* A fact that nobody told. */
#define UNKNOWN_NS  INT64_MIN
#define UNKNOWN_INT INT64_MIN

/* Who told of something. */
enum source { SOURCE_AGENT = 1, SOURCE_LOGS = 2 };

enum outcome { OUTCOME_RUNNING, OUTCOME_OK, OUTCOME_ERROR, OUTCOME_TIMEOUT, OUTCOME_END_UNKNOWN };

/* One version of one function as deployed. Row numbers are stable for the life of the process. */
struct function_facts {
    struct slice account, region, name, version;
    struct slice provider, platform; /* cloud.provider, cloud.platform */
    struct slice runtime, arch, agent_version;
    struct slice environment; /* deployment.environment.name */
    struct slice application; /* service.namespace, of any of its versions */
    uint8_t sources;          /* SOURCE_...: who tells of it. */
    bool made_up;             /* Its name is not from the data: that of a log group or a file. */
    int64_t memory_mb;        /* As configured, else as its latest report says; UNKNOWN_INT */
    int64_t timeout_ms;       /* deadline - start of an invocation, rounded; UNKNOWN_INT */
    int64_t first_seen_ns, last_seen_ns;
};

struct init_facts {
    int64_t start_ns, end_ns, duration_ns; /* UNKNOWN_NS */
    struct slice phase;                    /* init, invoke, snap-start */
    struct slice type;                     /* on-demand, ... */
    struct slice status, error_type;
    bool proactive; /* Provisioned, or ended more than 10 s before its first invocation. */
    bool cold;      /* Its invocation waited for it. */
};

struct instance_facts {
    uint32_t function;  /* Row of its function. */
    struct slice name;  /* faas.instance: its stream's, where that is known */
    struct slice alias; /* The name that its agent made up, where name is another. */
    struct slice type;  /* initialization type */
    uint8_t sources;    /* SOURCE_...: who tells of it. */
    bool pool;   /* No instance: what came without the name of one, or is told as another one's. */
    bool silent; /* No end was told, but it has given no sign for hours. */
    int64_t first_seen_ns, last_seen_ns;
    int64_t stop_ns;            /* UNKNOWN_NS while alive */
    struct slice stop_reason;   /* spindown, timeout, failure */
    uint32_t init_count;        /* Ask view_init() for each. */
    uint64_t records_missing;   /* Numbers of its agents that were skipped and have not come. */
    struct unsent unsent;       /* What its agents say that they did not send, at their ends. */
    int64_t agent_memory_bytes; /* The most that it said; UNKNOWN_INT. */
    /* What its agent said would wait in it, if it has not been heard of since and can still come:
     * it was not stopped, is not silent. */
    uint32_t waiting_records;
    int64_t waiting_since_ns; /* UNKNOWN_NS where nothing waits. */
};

struct invocation_facts {
    uint32_t function, instance; /* Rows. */
    struct id16 request_id;
    uint32_t attempt;     /* As its agent numbers it, else by the order of start. */
    uint8_t sources;      /* SOURCE_...: who tells of it. */
    struct id16 trace_id; /* Its Root, or its request id. */
    struct id8 span_id, parent_span_id;
    struct id8 segment_id; /* What downstream X-Ray segments name as parent; zero if unknown. */
    enum outcome outcome;
    struct slice status, error_type, trigger, invoked_arn, xray_header;
    struct slice alias; /* By which it was invoked; empty: by a version, or nobody told. */
    bool provisioned;   /* Its instance was kept ready. */
    struct slice trigger_source, trigger_origin, method, route;
    int64_t trigger_time_ns; /* When the request, or the oldest message, came into the source. */
    int64_t trigger_wait_ns; /* From then to the init it waited for, else to the start; never
                                negative. */
    int64_t trigger_messages, caller_waits, status_code; /* UNKNOWN_INT where not known. */
    int64_t start_ns, deadline_ns, done_ns;
    int64_t placed_ns; /* Where it begins on a time line: its init, if it waited, else its start. */
    int64_t end_ns;    /* The runtime was done; UNKNOWN_NS while that is not known. */
    int64_t end_line_ns; /* Of the END line: what stands before it in the stream is its own. */
    int64_t wait_ns; /* The init it waited for, unless that is inside, + response, else handler. */
    int64_t timeout_ms; /* deadline - start, rounded to whole seconds where that is close. */
    int64_t handler_ns, response_latency_ns, response_duration_ns, post_handler_ns;
    int64_t reported_ns, billed_ms, memory_mb, max_memory_mb;
    int64_t init_ns;       /* What the report says, else its init's. */
    int64_t init_start_ns; /* Of the init that was for it. */
    struct slice init_phase;
    int64_t restore_ns, billed_restore_ms, agent_held_ns, agent_cpu_ns, agent_wire_bytes;
    int64_t produced_bytes;                                     /* Of its answer; UNKNOWN_INT. */
    int64_t lines_held_back, lines_over_budget, lines_redacted; /* UNKNOWN_INT: none. */
    bool cold, proactive;
    bool retry;         /* Another attempt of its request began before it. */
    bool out_of_memory; /* It failed for want of memory. */
    bool near_timeout;  /* It ended by itself, with little of its timeout left. */
    bool started;       /* Somebody told when it started. */
    bool reported;      /* The report has come: its facts are final. */
};

/* What agents cost in some minutes. */
struct agent_sums {
    uint64_t told; /* Invocations of which it is known: */
    uint64_t cpu_us, wire_bytes;
    uint64_t held_us, held_mb_us; /* Times the memory that is paid for meanwhile. */
};

/* What of billed time was for what (cost/cost.h); the rest was the functions' own. */
struct bill_parts {
    uint64_t init, post_handler, rounding;
};

/* What of mb_ms (where the memory is not known: of billed_ms) invocations took that failed, of
 * these those that timed out, and attempts behind the first; and how many of those that were
 * billed. */
struct failed_sums {
    uint64_t errors, errors_size;
    uint64_t timeouts, timeouts_size;
    uint64_t retries, retries_size;
};

/* Invocations whose billed duration is known, and their memory is not. */
struct unsized_sums {
    uint64_t count, billed_ms;
    struct bill_parts parts; /* Microseconds. */
    struct failed_sums failed;
};

/* Invocations of which it is known how long their answer was, and what of those was beyond what an
 * answer has for nothing (cost/cost.h). */
struct streamed_sums {
    uint64_t told, bytes;
};

/* The counts of some minutes of some functions.  Closed invocations only: an end is known or given
 * up. */
struct rollup_facts {
    uint64_t invocations, errors, timeouts; /* Errors include timeouts. */
    uint64_t out_of_memory;                 /* Among the errors. */
    uint64_t near_timeouts; /* Ended by themselves, with little of their timeout left. */
    uint64_t throttled;     /* Failed because what they called refused for too many calls. */
    uint64_t end_unknown;
    uint64_t cold, proactive;
    uint64_t billed_ms, mb_ms; /* Of those whose billed duration and memory are known: */
    uint64_t billed;           /* so many. */
    struct bill_parts parts;   /* What of mb_ms was for what, in megabyte-microseconds. */
    struct unsized_sums unsized;
    struct failed_sums failed;
    struct streamed_sums streamed;
    uint64_t cold_init_us; /* All that was waited for inits. */
    int64_t max_memory_mb; /* UNKNOWN_INT */
    struct agent_sums agent;
};

/* The same, added up over minutes, with the distributions.  Large: keep it in an arena or on the
 * heap. */
struct rollup_sum {
    struct rollup_facts facts;
    struct histogram_sum init;     /* Inits that were waited for. */
    struct histogram_sum handler;  /* */
    struct histogram_sum wait;     /* */
    struct histogram_sum reported; /* The platform's Duration: all there is without an agent. */
};

struct view;

/* NULL without memory.  The key keeps senders from choosing what collides. */
struct view *view_create(const struct hash_key *key) THAW_CHECK;
void view_free(struct view *view); /* NULL is fine. */

/* Remember fewer invocations and ids than model_limits.h allows; before the first frame. */
void view_limit(struct view *view, uint32_t invocation_count_max, uint32_t id_count_max);

/* The same of functions, instances, and minutes that have counts. */
void view_limit_rows(struct view *view, uint32_t function_count_max, uint32_t instance_count_max,
                     uint32_t rollup_count_max);

/* It will be shown some of the records only, in any order, those of one body perhaps in pieces: it
 * concludes nothing from invocations that it may not know (partial.h), and does not tell which
 * records are missing.  Before the first frame. */
void view_partial(struct view *view);

/* What surrounds a batch. */
struct view_frame {
    uint32_t segment;    /* Grows; view_forget() speaks of it. */
    uint64_t arrival_ns; /* Also moves the view's time forward. */
    /* Called for each id by which the frame is to be found, perhaps more than once for one id. */
    void (*note)(void *context, struct id16 id);
    void *context;
};

/* Take in a batch; the writer's thread. */
void view_apply(struct view *view, const struct view_frame *frame, const struct batch *batch);

/*
 * Let time pass: what is overdue is closed (end unknown), inits that nobody came for become
 * proactive. Time never goes back: an earlier now_ns does nothing.  The writer's thread.
 */
void view_tick(struct view *view, uint64_t now_ns);

/*
 * Segments up to and with this one are gone.  What only they told is forgotten, with its counts, so
 * the view is as if it had been shown the others only.  Row numbers of instances and invocations
 * change. The writer's thread.
 */
void view_forget(struct view *view, uint32_t segment_last);

/* ---- Reading: all below only between these two, from any thread.  Slices and row numbers of what
 * is read are valid until view_read_end(), those of struct function_facts, and triggers of
 * rollups, as long as the view. ---- */
void view_read_begin(struct view *view);
void view_read_end(struct view *view);

struct view_stats {
    uint32_t functions, instances, instances_alive, invocations, ids, edges, links, rollups;
    uint64_t records_repeated; /* Numbered records that came again. */
    uint64_t refused_events;   /* Events without the key that says whose they are. */
    uint64_t refused_values;   /* Absurd numbers and times, taken as unknown. */
    uint64_t refused_full;     /* Rows that no limit left room for. */
    uint64_t pending_dropped;  /* Spans that waited for a window in vain. */
    uint64_t forgotten_full;   /* Invocations forgotten for want of room. */
    uint64_t forgotten_functions;
    uint64_t refused_counts; /* Counts that were dropped, or not added, for want of room. */
    uint64_t now_ns;
};
void view_stats(const struct view *view, struct view_stats *stats);

/* Until when the view has been told, or its time has been moved. */
uint64_t view_now_ns(const struct view *view);

/* Functions are numbered from 0 in order of appearance; none is ever removed.  One that turned out
 * to be another, or was forgotten for want of room, has nothing, and was never seen (first_seen_ns,
 * last_seen_ns); the row of a forgotten one may become another's. */
uint32_t view_function_count(const struct view *view);
void view_function(const struct view *view, uint32_t row, struct function_facts *facts);
/* Visit the rows of all functions of a name, in no order. */
typedef void view_row_visit(void *context, uint32_t row);
void view_functions_named(const struct view *view, struct slice name, view_row_visit *visit,
                          void *context);

/* Instances, and the first instance and the next of a function; ROW_NONE ends. */
uint32_t view_instance_count(const struct view *view);
/* How often row numbers have changed: who gives the view back in between asks whether they still
 * hold. */
uint64_t view_generation(const struct view *view);
void view_instance(const struct view *view, uint32_t row, struct instance_facts *facts);
/* Its init of this index, in order of start. */
void view_init(const struct view *view, uint32_t instance, uint32_t index,
               struct init_facts *facts);
uint32_t view_instance_first(const struct view *view, uint32_t function);
uint32_t view_instance_next(const struct view *view, uint32_t row);
/* Its invocations in order of start. */
const uint32_t *view_instance_invocations(const struct view *view, uint32_t row, uint32_t *count);

/* An invocation as it is known now. */
void view_invocation(const struct view *view, uint32_t row, struct invocation_facts *facts);
/* The attempts of a request id in order of start: at most rows_max, the answer is how many there
 * are. */
uint32_t view_attempts(const struct view *view, struct id16 request_id, uint32_t *rows,
                       uint32_t rows_max);

/*
 * Walk what happened from `from_ns` to before `to_ns` by whole minutes, newest minute first: rows
 * of invocations placed in each (unsorted), and ids of traces without invocations that began in it.
 */
struct view_walk {
    int64_t from_ns, to_ns;
    int64_t before_ns; /* Minutes before this are still to come. */
    uint32_t invocation, id;
};
void view_walk_init(struct view_walk *walk, int64_t from_ns, int64_t to_ns);
/* The next minute that has anything; false at the end. */
bool view_walk_minute(const struct view *view, struct view_walk *walk, int64_t *minute_ns);
/* The next invocation, or id row, of this minute; ROW_NONE at its end. */
uint32_t view_walk_invocation(const struct view *view, struct view_walk *walk);
uint32_t view_walk_id(const struct view *view, struct view_walk *walk);
/* The id of such a row: row numbers change with time, ids do not. */
struct id16 view_id(const struct view *view, uint32_t row);

/* ---- Rollups.  Minutes that overlap from_ns to before to_ns are taken whole; of long ago, hours;
 * of longer ago, days. ---- */

/* Which trigger a rollup is of: TEXT number 0 is unknown. */
typedef void view_rollup_visit(void *context, uint32_t function, struct slice trigger,
                               int64_t start_ns, const struct rollup_facts *facts);

/* Visit the minutes, hours and days of a function, oldest first. */
void view_rollup_each(const struct view *view, uint32_t function, int64_t from_ns, int64_t to_ns,
                      view_rollup_visit *visit, void *context);

/* The same rows with all that they have (model/rollups.h), and whose they are within a function. */
struct rollup;
struct rollup_labels {
    struct slice trigger, alias;
    bool provisioned; /* Of instances that were kept ready. */
};
typedef void view_rollup_row(void *context, const struct rollup_labels *labels,
                             const struct rollup *rollup);
void view_rollup_rows(const struct view *view, uint32_t function, int64_t from_ns, int64_t to_ns,
                      view_rollup_row *visit, void *context);

/* Rows of a function that begin before before_ns are settled: sums of them may be kept as long as
 * the stamp is the same, which no other function has.  before_ns INT64_MIN: none are. */
struct view_settled {
    int64_t before_ns;
    uint64_t stamp;
};
struct view_settled view_rollup_settled(const struct view *view, uint32_t function);

/* Add the minutes of a function to *sum (zero it first). */
void view_rollup_sum(const struct view *view, uint32_t function, int64_t from_ns, int64_t to_ns,
                     struct rollup_sum *sum);

/* The same of one trigger; the empty text is unknown. */
void view_rollup_sum_of(const struct view *view, uint32_t function, int64_t from_ns, int64_t to_ns,
                        struct slice trigger, struct rollup_sum *sum);

/* Whether what happened then is not all remembered: invocations were forgotten for want of room;
 * counts were refused, so that sums are too small. */
bool view_forgotten(const struct view *view, int64_t from_ns, int64_t to_ns);
/* What began later than this is all remembered; INT64_MIN: everything is. */
int64_t view_forgotten_ns(const struct view *view);
bool view_counts_missing(const struct view *view, int64_t from_ns, int64_t to_ns);

/* How long what is counted together is that begins at or after a time: a minute, an hour, a day. */
int64_t view_rollup_grain(const struct view *view, int64_t from_ns) THAW_CHECK;

/* Where the first count of a function begins and the last one ends; false when it has none. */
bool view_rollup_range(const struct view *view, uint32_t function, int64_t *first_ns,
                       int64_t *end_ns);

#endif
