/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_STREAMS_LINE_H
#define THAW_STREAMS_LINE_H

#include "streams/log_event.h"

#include "base/slice.h"
#include "model/record.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * What one message of a function's log stream says: a line of the platform (text, or a platform.*
 * object of the JSON format) or one of the application (the managed runtimes' formats, JSON,
 * powertools, log4j, EMF).
 *
 * Pure: no allocation, no state; all slices point into the message.  A message of a kind that we
 * know with a number that cannot be (negative, not a number, beyond what the platform can do,
 * "***") is LINE_REFUSED with a reason: no number is ever read as 0, or left out as if it had not
 * been there.  Everything else that is not the platform's is the application's, never refused.
 *
 * Formats and their sources: docs/reference/log-lines.md.
 */
enum line_kind {
    LINE_APP, /* The function's, an extension's or the runtime's own text. */
    LINE_START,
    LINE_END,
    LINE_REPORT,
    LINE_INIT_START,
    LINE_INIT_REPORT,
    LINE_RESTORE_START,
    LINE_RESTORE_REPORT,
    LINE_TIMEOUT,      /* "... Task timed out after 3.00 seconds" */
    LINE_EXIT,         /* "RequestId: ... Error: Runtime exited ...", killed, out of memory, ... */
    LINE_XRAY,         /* "XRAY TraceId: ..." as an event of its own. */
    LINE_RUNTIME_DONE, /* Of the JSON format only: platform.runtimeDone, .initRuntimeDone. */
    LINE_INIT_RUNTIME_DONE,
    LINE_EXTENSION,    /* EXTENSION, TELEMETRY, LOGS, platform.extension, .telemetrySubscription. */
    LINE_LOGS_DROPPED, /* platform.logsDropped */
    LINE_PLATFORM,     /* Another line of the platform without facts for us: IMAGE, fault, ... */
    LINE_REFUSED,
};

/* Severity as OTLP numbers it; 0 where a line does not tell. */
enum line_severity {
    SEVERITY_UNKNOWN = 0,
    SEVERITY_TRACE = 1,
    SEVERITY_DEBUG = 5,
    SEVERITY_INFO = 9,
    SEVERITY_WARN = 13,
    SEVERITY_ERROR = 17,
    SEVERITY_FATAL = 21,
};

/* The platform's own word for how something ended. */
enum word { WORD_NONE, WORD_SUCCESS, WORD_ERROR, WORD_FAILURE, WORD_TIMEOUT };

/* Texts that the runtime writes when an invocation failed, and that an application may write, too:
 * what comes next in the invocation decides. */
enum line_doubt {
    DOUBT_NONE,
    DOUBT_LAST,      /* It failed if this is its last line. */
    DOUBT_TRACEBACK, /* It failed if a traceback comes next. */
    DOUBT_CLASS,     /* "msg: java.lang.X": it failed if "java.lang.X: msg" comes next. */
    DOUBT_TYPE,      /* It failed; what comes next may tell with what. */
};

/* STREAMS_UNKNOWN, empty and false stand for "the line does not say". */
struct line {
    enum line_kind kind;
    bool json;          /* The message is an object that ends (perhaps behind a runtime's prefix);
                           whether all of it is JSON is for base/json_read.h to judge. */
    const char *reason; /* LINE_REFUSED: "Billed Duration is no number", static. */

    /* Of platform lines. */
    struct slice request_text; /* As written. */
    bool has_request;          /* It is a UUID: */
    struct id16 request_id;
    struct slice version;   /* START: "$LATEST". */
    struct slice runtime;   /* INIT_START: "python:3.13.v31". */
    struct slice region;    /* Of the ARN of the runtime's version. */
    struct slice instance;  /* platform.initStart.instanceId */
    struct slice init_type; /* platform.*: "on-demand", ... */
    struct slice function;  /* platform.initStart, .restoreStart: functionName */
    struct slice phase;     /* INIT_REPORT: init, invoke. */
    int64_t time_ns; /* Of the line itself, where it has a time (JSON: "time", app: prefix). */
    enum word status;
    struct slice error_type; /* Error Type, errorType, the class of an exception. */
    int64_t duration_ns;     /* REPORT; INIT_REPORT: Init; RESTORE_REPORT: Restore; runtimeDone;
                                LINE_TIMEOUT: what it was cut at; an application's line with
                                WORD_TIMEOUT: what the function that it called was cut at. */
    int64_t billed_ms;
    int64_t memory_mb, max_memory_mb;
    int64_t init_ns, restore_ns, billed_restore_ms;
    int64_t produced_bytes;
    int64_t response_latency_ns, response_duration_ns, runtime_overhead_ns, post_handler_ns;
    int64_t dropped_records, dropped_bytes; /* LINE_LOGS_DROPPED */
    bool killed;                            /* LINE_EXIT: by a signal; */
    bool out_of_memory;                     /* it says so, or Runtime.OutOfMemory. */

    /* Of any line: of a REPORT, an XRAY line, an application's line with one. */
    bool has_trace;
    struct id16 trace_id;
    bool has_segment;
    struct id8 segment_id;
    int8_t sampled; /* 1, 0, -1 unknown. */

    /* Of application lines. */
    uint32_t severity;     /* enum line_severity, or a number between. */
    struct slice level;    /* As written. */
    struct slice text;     /* What is said, without the runtime's prefix (JSON: raw "message"). */
    struct slice object;   /* json: the object itself, from its first brace to its last. */
    bool text_escaped;     /* text is the inside of a JSON string with escapes. */
    bool unhandled;        /* The runtime says that the invocation failed with it; */
    enum line_doubt doubt; /* or perhaps it does. */
    bool emf;              /* An embedded metric (streams/emf.h). */
    bool exception;        /* It is, or carries, an exception or a stack trace. */
};

/* Read one message. A glued message (text directly followed by a platform object, or several
 * objects without a newline) is read piece by piece: *rest is what follows, empty at the end. */
void line_read(struct slice message, struct line *line, struct slice *rest);

/*
 * Whether a message goes on with what the one before it began: a frame of a stack trace, "Caused
 * by:", an indented line, the end of a traceback. Both are application lines of one stream.
 */
bool line_continues(struct slice before, struct slice message);

#endif
