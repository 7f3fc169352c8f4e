/* SPDX-License-Identifier: Apache-2.0 */
#include "tail/tail_filter.h"

#include "model/record_ids.h"
#include "proto/names.h"
#include "search/match.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* Memory for a query of the largest size; only what is used of it takes any. */
#define FILTER_SIZE ((size_t)1 << 20)

struct tail_filter {
    struct search_expr expr;
    struct arena arena; /* The query's. */
    unsigned char memory[FILTER_SIZE];
};

enum status tail_filter_create(struct tail_filter **filter, struct slice text, char *reason,
                               size_t reason_size)
{
    struct search_error error;
    struct tail_filter *made = calloc(1, sizeof(*made));
    *filter = NULL;
    if (made == NULL) {
        return STATUS_FULL;
    }
    arena_init(&made->arena, made->memory, sizeof(made->memory));
    if (!search_parse(text, &made->arena, &made->expr, &error)) {
        (void)snprintf(reason, reason_size, "q is no query: %s, at byte %zu", error.reason,
                       error.at);
        free(made);
        return STATUS_BAD;
    }
    *filter = made;
    return STATUS_OK;
}

void tail_filter_free(struct tail_filter *filter)
{
    free(filter);
}

/* ---- The end of an invocation. ---- */

static int64_t int_of(const struct log_line *record, struct slice name)
{
    int64_t number = UNKNOWN_INT;
    return attrs_find_int(record->attrs, name, &number) ? number : UNKNOWN_INT;
}

static struct slice text_of(const struct log_line *record, struct slice name)
{
    struct slice text = SLICE_EMPTY;
    return attrs_find_text(record->attrs, name, &text) ? text : SLICE_EMPTY;
}

static enum outcome outcome_of(struct slice status)
{
    return slice_equal(status, SLICE("success"))   ? OUTCOME_OK
           : slice_equal(status, SLICE("timeout")) ? OUTCOME_TIMEOUT
                                                   : OUTCOME_ERROR;
}

/* What its event tells; what it does not is not known. */
static struct invocation_facts facts_of(const struct log_line *record)
{
    struct invocation_facts facts = {
        .trace_id = record->trace_id,
        .span_id = record->span_id,
        .status = text_of(record, NAME_THAW_INVOCATION_STATUS),
        .error_type = text_of(record, NAME_ERROR_TYPE),
        .trigger = text_of(record, NAME_THAW_TRIGGER),
        .start_ns = int_of(record, NAME_THAW_START_NS),
        .end_ns = UNKNOWN_NS,
        .wait_ns = UNKNOWN_NS,
        .init_ns = int_of(record, NAME_THAW_INIT_NS),
        .handler_ns = int_of(record, NAME_THAW_HANDLER_NS),
        .post_handler_ns = int_of(record, NAME_THAW_POST_HANDLER_NS),
        .reported_ns = int_of(record, NAME_THAW_REPORTED_NS),
        .billed_ms = int_of(record, NAME_THAW_BILLED_MS),
        .memory_mb = int_of(record, NAME_THAW_MEMORY_SIZE_MB),
        .max_memory_mb = int_of(record, NAME_THAW_MAX_MEMORY_USED_MB),
        .status_code = UNKNOWN_INT,
        .trigger_wait_ns = UNKNOWN_NS,
    };
    facts.outcome = outcome_of(facts.status);
    (void)record_ids_request(record->attrs, &facts.request_id);
    (void)attrs_find_bool(record->attrs, NAME_FAAS_COLDSTART, &facts.cold);
    return facts;
}

static bool wants_end(const struct tail_filter *filter, const struct log_line *record)
{
    const struct invocation_facts facts = facts_of(record);
    const struct function_facts function = {
        .account = record->resource->account,
        .region = record->resource->region,
        .name = record->resource->function,
        .version = record->resource->version,
    };
    const struct search_invocation invocation = {
        .facts = &facts,
        .function = &function,
        .instance = record->resource->instance,
        .cost = (double)NAN,
    };
    return search_invocation_matches(&filter->expr, &invocation);
}

bool tail_filter_wants(const struct tail_filter *filter, const struct tail_line *line)
{
    return line->invocation ? wants_end(filter, line->record)
                            : search_line_matches(&filter->expr, line->record);
}
