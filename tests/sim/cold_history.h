/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_TESTS_SIM_COLD_HISTORY_H
#define THAW_TESTS_SIM_COLD_HISTORY_H

#include "build.h"

#include <stdbool.h>
#include <stdint.h>

/* Histories for cold_sim: the worlds of view_sim, as they are told by one who can be asked by id
 * later: a span that names no request has the trace of its invocation. */
enum { COLD_HISTORY_ID_COUNT_MAX = 512 };

struct cold_history {
    struct id16 ids[COLD_HISTORY_ID_COUNT_MAX]; /* Requests and traces. */
    unsigned id_count;
};

/* Called with each piece, which is the visitor's to free. */
typedef void cold_history_visit(void *context, struct build *build);

/* Tell the history of a seed; the same each time. */
void cold_history_tell(struct cold_history *history, uint64_t seed, cold_history_visit *visit,
                       void *context);

#endif
