/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_CLOUDS_GCP_TEXT_H
#define THAW_CLOUDS_GCP_TEXT_H

#include "base/slice.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * The lines that Google's platform itself writes among a function's.  Pure; slices point into the
 * text, numbers are STREAMS_UNKNOWN where not told.
 */
enum gcp_text_kind {
    GCP_TEXT_OTHER,     /* The function's own. */
    GCP_TEXT_STARTED,   /* "Function execution started" */
    GCP_TEXT_TOOK,      /* "Function execution took 12 ms, finished with status code: 200" */
    GCP_TEXT_INSTANCE,  /* "Starting new instance. Reason: AUTOSCALING - ..." */
    GCP_TEXT_READY,     /* "Default STARTUP TCP probe succeeded after 1 attempt ..." */
    GCP_TEXT_NOT_READY, /* "... probe failed ... The instance was not started." */
    GCP_TEXT_MEMORY,    /* "Memory limit of 256 MiB exceeded with 300 MiB used." */
    GCP_TEXT_REFUSED,   /* One of these with a number that cannot be. */
};

struct gcp_text {
    enum gcp_text_kind kind;
    int64_t took_ns;
    uint32_t http_status; /* TOOK: "status code: 500"; 0 where another word is told: */
    struct slice status;  /* ok, timeout, crash, error, connection error, ... */
    bool asked_for;       /* INSTANCE: because of requests. */
    int64_t memory_mb, used_mb;
};

void gcp_text(struct slice text, struct gcp_text *said);

#endif
