/* SPDX-License-Identifier: Apache-2.0 */
#include "model/snapshot.h"
#include "model/load.h"
#include "model/save.h"

#include "base/ensure.h"

#include <stdlib.h>

enum status view_save(const struct view *view, view_sink *sink, void *context)
{
    ENSURE(view->touched_instances.count == 0 && view->touched_invocations.count == 0);
    struct save save = {.view = view, .sink = sink, .context = context};
    save.bytes = malloc(VIEW_SAVE_PIECE_SIZE);
    if (save.bytes == NULL) {
        return STATUS_FULL;
    }
    save_all(&save);
    free(save.bytes);
    return save.failed ? STATUS_IO : STATUS_OK;
}

enum status view_load(struct view *view, struct slice bytes, const char **reason)
{
    ENSURE(view->texts.count == TEXT_OTHER + 1 && view->functions.count == 0);
    ENSURE(view->ids.count == 0 && view->instances.count == 0);
    struct load load = {.view = view, .at = bytes.base, .end = bytes.base};
    view_write_begin(view);
    if (bytes.size > 0) {
        load.end += bytes.size;
        load_all(&load);
    } else {
        load_bad(&load, "it is empty");
    }
    view_write_end(view);
    *reason = load.reason;
    return load_ok(&load) ? STATUS_OK : load.full ? STATUS_FULL : STATUS_BAD;
}
