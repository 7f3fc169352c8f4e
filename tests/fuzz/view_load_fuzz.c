/* SPDX-License-Identifier: Apache-2.0 */
#include "digest.h"
#include "model/snapshot.h"
#include "model/view.h"

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool take(void *context, struct slice bytes)
{
    (void)bytes;
    (void)context;
    return true;
}

/* Any bytes as a view: they are refused, or what they are goes on as a view does.  The seeds are
 * views that were saved with this key. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct hash_key key = {{7, 8}};
    const char *reason;
    struct view_stats stats;
    struct view *view = view_create(&key);
    if (view == NULL) {
        abort();
    }
    if (view_load(view, slice_of(data, size), &reason) != STATUS_OK) {
        view_free(view);
        return 0;
    }
    if (view_save(view, take, NULL) != STATUS_OK) {
        abort();
    }
    view_read_begin(view);
    view_stats(view, &stats);
    view_read_end(view);
    view_tick(view, stats.now_ns + UINT64_C(7200000000000));
    free(digest_create(view));
    view_forget(view, UINT32_MAX);
    view_free(view);
    return 0;
}
