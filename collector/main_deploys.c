/* SPDX-License-Identifier: Apache-2.0 */
#include "main_deploys.h"

#include "notify/notify.h"
#include "notify/notify_book.h"
#include "notify/notify_run.h"

#include <stdlib.h>

struct listing {
    struct arena *arena;
    struct deploys *deploys;
    bool full;
};

/* Copy them while the book is held; nothing in it is changed. */
static bool copy_deploys(void *context, struct notify_book *book, uint64_t now_ns)
{
    struct listing *listing = context;
    const struct notify_deploys *known = &book->deploys;
    struct deploys *deploys = listing->deploys;
    (void)now_ns;
    deploys->items = arena_alloc_array(listing->arena, known->count + 1, sizeof(deploys->items[0]));
    listing->full = deploys->items == NULL;
    for (size_t i = 0; i < known->count && !listing->full; i++) {
        const struct notify_deploy *deploy = &known->items[i];
        deploys->items[deploys->count++] = (struct deploy){
            .at_ns = deploy->at_ns < INT64_MAX ? (int64_t)deploy->at_ns : INT64_MAX,
            .function = arena_dup(listing->arena, deploy->function),
            .version = arena_dup(listing->arena, deploy->version),
        };
    }
    return false;
}

static int compare_deploys(const void *one, const void *other)
{
    const struct deploy *a = one;
    const struct deploy *b = other;
    return (a->at_ns > b->at_ns) - (a->at_ns < b->at_ns);
}

bool main_list_deploys(void *context, struct arena *arena, struct deploys *deploys)
{
    struct listing listing = {.arena = arena, .deploys = deploys};
    *deploys = (struct deploys){.count = 0};
    (void)notify_run_see(notify_running(context), copy_deploys, &listing);
    if (deploys->count > 1) {
        qsort(deploys->items, deploys->count, sizeof(deploys->items[0]), compare_deploys);
    }
    return !listing.full && !arena_overflowed(arena);
}
