/* SPDX-License-Identifier: Apache-2.0 */
#include "query/assemble.h"

#include "base/buf.h"
#include "base/ensure.h"

/* What a transaction lacks, as far as that can be known. */

/* Parents that nobody has sent are told by name only so often. */
#define MISSING_PARENT_COUNT_MAX 20

static void add(struct assemble *assemble, enum missing_code code, uint32_t invocation,
                struct slice message)
{
    struct transaction *transaction = assemble->transaction;
    transaction->missing[transaction->missing_count++] =
        (struct transaction_missing){code, message, invocation};
}

static void missing_of_invocation(struct assemble *assemble, uint32_t index)
{
    const struct transaction_invocation *invocation = &assemble->transaction->invocations[index];
    struct slice name = invocation->function.name;
    switch (invocation->facts.outcome) {
    case OUTCOME_RUNNING:
        add(assemble, MISSING_STILL_RUNNING, index,
            arena_printf(assemble->arena, SLICE_FMT " has not told its end yet", SLICE_ARG(name)));
        return;
    case OUTCOME_END_UNKNOWN:
        add(assemble, MISSING_END_UNKNOWN, index,
            arena_printf(assemble->arena, SLICE_FMT " never told its end", SLICE_ARG(name)));
        return;
    case OUTCOME_OK:
    case OUTCOME_ERROR:
    case OUTCOME_TIMEOUT:
        break;
    }
    if (invocation->facts.billed_ms == UNKNOWN_INT && invocation->facts.sources == SOURCE_LOGS) {
        add(assemble, MISSING_REPORT_PENDING, index,
            arena_printf(assemble->arena,
                         "the log streams have no REPORT of " SLICE_FMT
                         ": what it billed is not known",
                         SLICE_ARG(name)));
    } else if (invocation->facts.billed_ms == UNKNOWN_INT) {
        add(assemble, MISSING_REPORT_PENDING, index,
            arena_printf(assemble->arena,
                         "the platform's report of " SLICE_FMT
                         ", with what it billed, comes with the instance's next sign of life",
                         SLICE_ARG(name)));
    }
}

static uint32_t missing_parents(struct assemble *assemble, bool write)
{
    const struct transaction *transaction = assemble->transaction;
    uint32_t count = 0;
    for (uint32_t i = 0; i < transaction->span_count && count < MISSING_PARENT_COUNT_MAX; i++) {
        const struct transaction_span *row = &transaction->spans[i];
        if (!row->parent_missing) {
            continue;
        }
        if (write) {
            add(assemble, MISSING_PARENT, row->invocation,
                arena_printf(
                    assemble->arena, "the parent of span \"" SLICE_FMT "\" has not come",
                    SLICE_ARG(slice_take(row->span->name,
                                         row->span->name.size < 80 ? row->span->name.size : 80))));
        }
        count++;
    }
    return count;
}

/* "buffer_full 3, retries 2" */
static void tell_reasons(const struct unsent *unsent, struct buf *out)
{
    for (unsigned reason = 0; reason < UNSENT_DROP_REASONS; reason++) {
        if (unsent->counts[reason] > 0) {
            buf_append_text(out, out->size > 0 ? ", " : "");
            buf_append(out, unsent_name(reason));
            buf_append_byte(out, ' ');
            buf_append_u64(out, unsent->counts[reason]);
        }
    }
}

static void missing_of_instance(struct assemble *assemble,
                                const struct transaction_instance *instance)
{
    if (instance->records_missing > 0) {
        add(assemble, MISSING_RECORDS, TRANSACTION_NONE,
            arena_printf(assemble->arena, "%llu records of " SLICE_FMT " #%u have not come",
                         (unsigned long long)instance->records_missing,
                         SLICE_ARG(instance->function), instance->number));
    }
    uint64_t dropped = unsent_dropped(&instance->unsent);
    if (dropped > 0) {
        char text[512];
        struct buf reasons;
        buf_init_fixed(&reasons, text, sizeof(text));
        tell_reasons(&instance->unsent, &reasons);
        add(assemble, MISSING_RECORDS, TRANSACTION_NONE,
            arena_printf(assemble->arena,
                         "the agent of " SLICE_FMT " #%u had to drop %llu records: " SLICE_FMT,
                         SLICE_ARG(instance->function), instance->number,
                         (unsigned long long)dropped, SLICE_ARG(buf_bytes(&reasons))));
    }
}

void missing_list(struct assemble *assemble)
{
    struct transaction *transaction = assemble->transaction;
    size_t most = (size_t)transaction->invocation_count + 2 * (size_t)transaction->instance_count +
                  missing_parents(assemble, false) + 2;
    transaction->missing =
        arena_alloc_array(assemble->arena, most, sizeof(transaction->missing[0]));
    if (transaction->missing == NULL) {
        transaction->cut = true;
        return;
    }
    for (uint32_t i = 0; i < transaction->invocation_count; i++) {
        missing_of_invocation(assemble, i);
    }
    (void)missing_parents(assemble, true);
    for (uint32_t i = 0; i < transaction->instance_count; i++) {
        missing_of_instance(assemble, &transaction->instances[i]);
    }
    if (assemble->lost_frames > 0) {
        add(assemble, MISSING_RECORDS, TRANSACTION_NONE,
            arena_printf(assemble->arena, "%llu batches are past their retention or unreadable",
                         (unsigned long long)assemble->lost_frames));
    }
    if (transaction->cut) {
        add(assemble, MISSING_RECORDS, TRANSACTION_NONE,
            SLICE("there are more records than one answer may hold"));
    }
    ENSURE(transaction->missing_count <= most);
}
