/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_API_API_CALL_H
#define THAW_COLLECTOR_API_API_CALL_H

#include "api/api.h"
#include "api/api_share.h"
#include "base/json_write.h"
#include "query/query.h"

/* One request that is being answered: what handlers of api/ share. */
struct api_call {
    const struct query *query;
    struct web_request *request;
    struct arena *arena; /* Of the request. */
    int64_t now_ns;
    struct slice rest;       /* Of the path, behind the route's prefix. */
    struct api_share *share; /* NULL: answers are not shared. */
    struct hash_128 name;    /* Of what is asked for, to share its answer. */
    struct buf body;
    struct json_write writer;
    uint64_t begun_ns;   /* By a clock that never goes back: when it began, */
    uint64_t read_ns;    /* and how long the question took; 0: nobody said. */
    const char *partial; /* A word, static: why the answer is not all of it, as a header says it. */
    bool answered;       /* It was refused: write no more. */
};

/* One of the API's paths. */
struct api_route {
    struct slice path; /* Behind /api/thaw/v1/; a prefix when it ends in '/'. */
    void (*handle)(struct api_call *call);
    const char *parameters; /* Names that it takes, separated by spaces. */
};

/* Let handle() write the answer, as JSON, and send it with an ETag of its content, unless handle()
 * has answered or refused itself, or others who ask the same have one (api_share.h). */
void api_call_run(struct api_call *call, void (*handle)(struct api_call *call));

/* The question is answered, and what follows only writes the answer: Server-Timing tells both. */
void api_call_read_done(struct api_call *call);

/* Refuse with a sentence that is formatted into the request's arena, and what to do about it. */
void api_call_refuse(struct api_call *call, unsigned status, const char *code, const char *hint,
                     const char *format, ...) THAW_PRINTF(5, 6);

/* The answer does not fit into the arena of the request: 503 too_large, and what to ask instead. */
void api_call_refuse_large(struct api_call *call, const char *hint);

/* ---- Parameters.  Each refuses what is wrong and answers false then. ---- */

/* from and to, by default the last hour; from=0 is everything. */
bool api_call_range(struct api_call *call, struct query_range *range) THAW_CHECK;

/* A whole number from low to high, or otherwise when it is not there. */
bool api_call_number(struct api_call *call, const char *name, uint64_t low, uint64_t high,
                     uint64_t otherwise, uint64_t *value) THAW_CHECK;

/* One of the words (separated by spaces), or the first when it is not there; *index says which. */
bool api_call_word(struct api_call *call, const char *name, const char *words,
                   unsigned *index) THAW_CHECK;

/* Text, or the empty slice when it is not there. */
struct slice api_call_text(const struct api_call *call, const char *name);

/* ---- JSON in the shapes that api.md gives. ---- */

/* Nanoseconds as text, null for unknown; durations as milliseconds; numbers or null. */
void api_write_time(struct json_write *writer, struct slice key, int64_t time_ns);
void api_write_ms(struct json_write *writer, struct slice key, int64_t duration_ns);
void api_write_int(struct json_write *writer, struct slice key, int64_t value);
/* Text, null when it is empty. */
void api_write_text(struct json_write *writer, struct slice key, struct slice text);
/* caller_waits: whether callers wait for what has such a trigger; null where nobody knows. */
void api_write_waits(struct json_write *writer, struct slice trigger);
void api_write_id16(struct json_write *writer, struct slice key, struct id16 id);
/* null when it is all zero. */
void api_write_id8(struct json_write *writer, struct slice key, struct id8 id);
void api_write_request_id(struct json_write *writer, struct slice key, struct id16 id);
void api_write_request_id_value(struct json_write *writer, struct id16 id);
/* "partial": why an answer is not all there is, {"reason"}; NULL: it is, false. */
void api_write_partial(struct json_write *writer, const char *reason);
/* An amount as an exact decimal string. */
void api_write_amount(struct json_write *writer, struct slice key, struct money amount);
void api_write_money(struct json_write *writer, struct slice key, const struct cost *cost);
/* {"p50", "p95", "p99"} */
void api_write_percentiles(struct json_write *writer, struct slice key,
                           const struct histogram_sum *sum);
/* "sources": who tells of it (enum source), as a list; "source": agent, logs or both. */
void api_write_sources(struct json_write *writer, uint8_t sources);
void api_write_source(struct json_write *writer, uint8_t sources);
void api_write_value(struct json_write *writer, const struct value *value);
void api_write_attrs(struct json_write *writer, struct slice key, struct attrs attrs);

#endif
