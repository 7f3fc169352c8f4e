/* SPDX-License-Identifier: Apache-2.0 */
#include "query/records_private.h"

#include "query/tally.h"

static bool count_some(void *context, const struct store_measures *measures)
{
    struct tally *tally = context;
    for (uint32_t i = 0; i < measures->count; i++) {
        tally_add(tally, measures->times_ns[i], measures->errors[i]);
    }
    return true;
}

enum status records_count(const struct query *query, const struct records_ask *ask,
                          struct tally *tally)
{
    struct reading reading;
    enum status status = records_begin(&reading, query, ask, NULL) ? STATUS_OK : STATUS_FULL;
    if (status == STATUS_OK) {
        struct scan_query scan =
            records_scan(&reading, (uint64_t)ask->range.from_ns, (uint64_t)ask->range.to_ns);
        status = store_measure(reading.hold, &scan, STORE_TIMES | STORE_ERRORS, count_some, tally);
    }
    if (status == STATUS_IO) {
        tally->partial = QUERY_LIMIT_DAMAGE;
        status = STATUS_OK;
    }
    tally->reached_ns = (int64_t)reading.look.reached_ns;
    if (status == STATUS_OK && tally->reached_ns > ask->range.from_ns) {
        tally->partial = QUERY_LIMIT_TIME;
    }
    store_release(reading.hold);
    return status;
}
