/* SPDX-License-Identifier: Apache-2.0 */
#include "ingest/otlp_decode.h"

#include "ingest/otlp_logs.h"
#include "ingest/otlp_metrics.h"
#include "ingest/otlp_traces.h"

bool otlp_decode(enum signal signal, struct slice body, struct arena *arena, struct batch *batch)
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
