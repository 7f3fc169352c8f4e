/* SPDX-License-Identifier: Apache-2.0 */
#include "model/minutes.h"

static struct sorted_key key_of(int64_t time_ns)
{
    return (struct sorted_key){.time_ns = time_ns};
}

void minutes_init(struct minutes *minutes)
{
    sorted_init(&minutes->sorted, sizeof(struct minute));
}

void minutes_fini(struct minutes *minutes)
{
    sorted_fini(&minutes->sorted);
}

void minutes_reset(struct minutes *minutes)
{
    sorted_reset(&minutes->sorted);
}

struct minute *minutes_get(const struct minutes *minutes, int64_t start_ns)
{
    return sorted_find(&minutes->sorted, key_of(start_ns));
}

struct minute *minutes_make(struct minutes *minutes, int64_t start_ns)
{
    bool fresh;
    struct minute *minute = sorted_make(&minutes->sorted, key_of(start_ns), &fresh);
    if (fresh) {
        minute->invocations = minute->ids = ROW_NONE;
    }
    return minute;
}

const struct minute *minutes_before(const struct minutes *minutes, int64_t time_ns)
{
    return sorted_before(&minutes->sorted, sorted_lower(&minutes->sorted, key_of(time_ns)));
}

const struct minute *minutes_after(const struct minutes *minutes, int64_t time_ns)
{
    if (time_ns == INT64_MAX) {
        return NULL;
    }
    return sorted_row(&minutes->sorted, sorted_lower(&minutes->sorted, key_of(time_ns + 1)));
}
