/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as the file of --notify: it is followed, or refused with a reason. */
#include "notify/notify_limits.h"
#include "notify/notify_plan_read.h"

#include "base/ensure.h"

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void count(void *context, const struct notify_route *route)
{
    size_t *routes = context;
    ENSURE(route->key.size > 0);
    (*routes)++;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct notify_pair labels[] = {{SLICE_INIT("alertname"), SLICE_INIT("ErrorRate")},
                                                {SLICE_INIT("function"), SLICE_INIT("checkout")},
                                                {SLICE_INIT("severity"), SLICE_INIT("critical")}};
    const struct notify_alert alert = {.fingerprint = 1, .labels = labels, .label_count = 3};
    const struct slice text = slice_of(data, size);
    char memory[4096];
    struct buf errors;
    size_t routes = 0;
    /* Credentials in files would be read, whatever they are called. */
    if (slice_find(text, SLICE("_file")) != SLICE_NONE) {
        return 0;
    }
    buf_init_fixed(&errors, memory, sizeof(memory));
    struct notify_plan *plan = notify_plan_create();
    ENSURE(plan != NULL);
    enum status status = notify_plan_read(plan, text, "file", &errors);
    if (status == STATUS_OK) {
        notify_plan_route(plan, &alert, count, &routes);
        ENSURE(routes <= NOTIFY_ROUTE_COUNT_MAX && plan->target_count <= NOTIFY_TARGET_COUNT_MAX);
    }
    ENSURE(status != STATUS_BAD || errors.size > 0);
    notify_plan_drop(plan);
    return 0;
}
