/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_STREAMS_STREAM_SINK_H
#define THAW_STREAMS_STREAM_SINK_H

#include "streams/line.h"
#include "streams/log_event.h"

#include "base/slice.h"
#include "model/record.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * What log streams turn out to say: who, and then inits, invocations, lines and metrics, with the
 * same meaning as the agent's events (docs/reference/wire.md).  Whoever wants them is a sink: the
 * encoder (streams/encode.h) makes OTLP of them, the report adds them up.
 *
 * STREAMS_UNKNOWN and empty stand for what the lines do not say; nothing is guessed.  All slices
 * are valid during the call only.
 */
enum provider { PROVIDER_AWS, PROVIDER_GCP, PROVIDER_AZURE };

/* An instance: one log stream. */
struct stream_source {
    enum provider provider;
    struct slice platform; /* cloud.platform: aws_lambda, aws_lambda_edge, gcp_cloud_functions,
                              gcp_cloud_run, azure.functions */
    struct slice account, region;
    struct slice group;    /* Log group, or what stands for it. */
    struct slice stream;   /* faas.instance; empty: the export has no stream names. */
    struct slice function; /* Of the group's name; else of the options; else "unknown". */
    bool function_made_up; /* Not from the data. */
    struct slice version;
    struct slice runtime;
    struct slice init_type;
    int64_t memory_mb; /* Configured, where a report told it. */
    uint64_t number;   /* Of this stream in this run, from 1, the same for every call. */
};

/* How an invocation ended, as far as lines tell. */
enum stream_end {
    END_OPEN, /* Neither END nor REPORT (yet). */
    END_OK,
    END_ERROR, /* Includes exits and out of memory; see error_type. */
    END_TIMEOUT,
};

struct stream_invocation {
    const struct stream_source *source;
    struct slice request_text; /* As the provider writes it. */
    struct id16 request_id;    /* The UUID, or a hash where the provider has another form: written
                                  as a UUID it is faas.invocation_id. */
    uint32_t attempt;          /* Nth START of that id in this stream, as far as seen, from 1. */
    bool final;                /* Its REPORT has come, or will not: nothing more will be told.  One
                                  that is not final may be told again with more. */
    bool start_seen, end_seen, report_seen;
    int64_t start_ns; /* START's time; of one that began inside a suppressed init: its beginning. */
    int64_t end_ns;   /* END's, else REPORT's time. */
    int64_t report_ns; /* REPORT's time. */
    enum stream_end end;
    enum word status; /* The platform's own word, WORD_NONE without one. */
    struct slice error_type;
    bool out_of_memory;
    int64_t reported_ns, billed_ms, memory_mb, max_memory_mb;
    int64_t init_ns;         /* Init Duration: the platform's, or a suppressed init's. */
    int64_t init_start_ns;   /* INIT_START's time. */
    struct slice init_phase; /* init, invoke, snap-start; empty: there was none. */
    int64_t restore_ns, billed_restore_ms;
    int64_t done_ns, handler_ns; /* platform.runtimeDone, where the log has it. */
    int64_t produced_bytes;
    int64_t response_latency_ns, response_duration_ns, runtime_overhead_ns, post_handler_ns;
    int64_t timeout_ns; /* The function's time limit, where a line tells it. */
    bool cold;          /* It waited for an init (see docs/guide/logs.md). */
    bool cold_unknown;  /* Nothing tells whether it waited (other providers only): cold is false,
                           and faas.coldstart is not sent. */
    bool proactive;     /* Its init ended long before: nobody waited. */
    bool has_trace;     /* Root of its X-Ray trace. */
    struct id16 trace_id;
    bool has_segment;
    struct id8 segment_id;
    bool has_parent; /* Providers that tell it. */
    struct id8 parent_span_id;
    struct slice trigger; /* Where the provider tells: http, pubsub, timer, ... */
    uint32_t http_status; /* 0: unknown. */
};

struct stream_init {
    const struct stream_source *source;
    int64_t start_ns;
    int64_t end_ns, duration_ns;
    struct slice phase; /* init, invoke, snap-start */
    struct slice type;
    enum word status;
    struct slice error_type;
};

/* One line of the application; multi-line messages are one line.  Lines of an invocation come
 * before the call that tells it final. */
struct stream_line {
    const struct stream_source *source;
    const struct log_event *event;
    const struct line *line;
    bool has_request; /* Whose it is: said by itself, or by its place in the stream. */
    struct id16 request_id;
    uint32_t attempt;
    struct slice phase; /* init, idle: of no invocation.  Empty: its invocation, or unknown. */
    bool has_trace;     /* Of the invocation, where already known. */
    struct id16 trace_id;
};

/* One value of an embedded metric. */
struct stream_metric {
    const struct stream_source *source;
    int64_t time_ns;
    struct slice namespace, name, unit;
    const struct attr *dimensions;
    size_t dimension_count;
    const double *values; /* One, or the members of an array. */
    size_t value_count;
};

/* Something that could not be used.  where is static, as is why. */
struct stream_refusal {
    const char *why;     /* "Billed Duration is no number" */
    struct slice sample; /* The line, or its beginning. */
    uint64_t count;      /* Lines or records that this stands for: mostly 1. */
};

struct stream_sink {
    void *context;
    void (*invocation)(void *context, const struct stream_invocation *invocation);
    void (*init)(void *context, const struct stream_init *init);
    void (*line)(void *context, const struct stream_line *line);
    void (*metric)(void *context, const struct stream_metric *metric); /* May be NULL. */
    void (*refused)(void *context, const struct stream_refusal *refusal);
};

#endif
