/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_REPORT_REPORT_PRIVATE_H
#define THAW_COLLECTOR_REPORT_REPORT_PRIVATE_H

#include "report/facts.h"
#include "report/function.h"
#include "report/group.h"
#include "report/report.h"
#include "report/report_limits.h"
#include "report/tariff.h"
#include "report/times.h"
#include "report/trail.h"
#include "report/worst.h"

#include "base/hash.h"
#include "base/map.h"

/* What report.c adds up and the writers (text, JSON, page) read. */

struct report_reason {
    const char *why; /* Static. */
    uint64_t count;
    struct label samples[REPORT_SAMPLE_COUNT_MAX];
    size_t sample_count;
};

/* Invocations that were not told to their end. */
struct report_pending {
    struct facts *rows; /* REPORT_PENDING_COUNT_MAX */
    bool *used;
    struct map map;
    uint32_t hand; /* Where the next one goes: what stands there is counted as it is. */
};

struct report {
    struct stream_sink sink;
    const struct prices *prices;
    struct tariff tariff;
    int64_t prices_ns; /* Date of the table: for invocations of no time. */
    struct report_input input;
    bool finished;

    struct functions functions;
    struct function all;
    struct times times;
    struct groups groups;
    struct worst worst;
    struct trails trails;
    struct report_pending pending;
    struct hash_bulk bulk;        /* By which it knows the latter: */
    struct map seen, seen_before; /* Invocations that were counted, and a generation before. */

    uint64_t repeated;          /* Invocations that came again. */
    uint64_t timeless;          /* That no time is known of. */
    uint64_t lines;             /* Of functions. */
    uint64_t inits_failed;      /* As INIT_REPORT tells. */
    uint64_t clouds_streams[3]; /* The highest number, by provider. */
    int64_t first_ns, last_ns;  /* Of all that has a time. */
    struct report_reason reasons[REPORT_REASON_COUNT_MAX];
    size_t reason_count;
    uint64_t refused;
};

#endif
