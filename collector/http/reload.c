/* SPDX-License-Identifier: Apache-2.0 */
#include "http/reload.h"

#include "base/clock.h"
#include "base/log.h"

#include <string.h>

enum status reload_init(struct reload *reload, const struct reload_kind *kind, void *context,
                        const struct slice *paths, size_t count)
{
    memset(reload, 0, sizeof(*reload));
    reload->kind = kind;
    reload->context = context;
    reload->facts.used = count > 0;
    reload->facts.loaded_ns = clock_wall_ns();
    watch_init(&reload->watch, paths, count);
    return pthread_mutex_init(&reload->mutex, NULL) == 0 ? STATUS_OK : STATUS_FULL;
}

void reload_fini(struct reload *reload)
{
    (void)pthread_mutex_destroy(&reload->mutex);
}

void reload_step(struct reload *reload, bool forced)
{
    const struct reload_kind *kind = reload->kind;
    char error[RELOAD_ERROR_SIZE] = "";
    if (!reload->facts.used) {
        return;
    }
    if (forced) {
        watch_take(&reload->watch);
    } else if (!watch_look(&reload->watch)) {
        return;
    }
    bool loaded = kind->load(reload->context, error, sizeof(error)) == STATUS_OK;
    counters_add(loaded ? kind->done_count : kind->failed_count, 1);
    if (loaded) {
        log_info(kind->done);
    } else {
        log_error(kind->failed, log_string("reason", error));
    }
    (void)pthread_mutex_lock(&reload->mutex);
    reload->facts.failing = !loaded;
    if (loaded) {
        reload->facts.loaded_ns = clock_wall_ns();
    }
    memcpy(reload->facts.error, error, sizeof(error));
    (void)pthread_mutex_unlock(&reload->mutex);
}

void reload_facts(struct reload *reload, struct reload_facts *facts)
{
    (void)pthread_mutex_lock(&reload->mutex);
    *facts = reload->facts;
    (void)pthread_mutex_unlock(&reload->mutex);
}
