/* SPDX-License-Identifier: Apache-2.0 */
#include "ingest/otlp_decode.h"

#include "base/ensure.h"
#include "ingest/ingest_limits.h"
#include "ingest/otlp_logs.h"
#include "ingest/otlp_metrics.h"
#include "ingest/otlp_traces.h"
#include "proto/guard.h"

bool otlp_decode_trusted(enum signal signal, struct slice body, struct arena *arena,
                         struct batch *batch)
{
    *batch = (struct batch){.signal = signal};
    switch (signal) {
    case SIGNAL_TRACES:
        return otlp_traces_decode(body, arena, batch);
    case SIGNAL_LOGS:
        return otlp_logs_decode(body, arena, batch);
    case SIGNAL_METRICS:
        return otlp_metrics_decode(body, arena, batch);
    }
    return false;
}

bool otlp_decode(enum signal signal, struct slice body, struct arena *arena, struct batch *batch)
{
    static const enum schema_id roots[] = {
        [SIGNAL_TRACES] = SCHEMA_TRACES_REQUEST,
        [SIGNAL_LOGS] = SCHEMA_LOGS_REQUEST,
        [SIGNAL_METRICS] = SCHEMA_METRICS_REQUEST,
    };
    struct guard_limits limits = {
        .depth_max = OTLP_MESSAGE_DEPTH_MAX,
        .unpacked_size_max = INGEST_UNPACKED_SIZE_MAX,
    };
    struct guard_report report;
    ENSURE(signal <= SIGNAL_METRICS);
    *batch = (struct batch){.signal = signal};
    return guard_check(body, roots[signal], &limits, &report) == GUARD_OK &&
           otlp_decode_trusted(signal, body, arena, batch);
}
