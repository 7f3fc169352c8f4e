/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli_events.h"
#include "cli/cli_tail_show.h"

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool show(void *context, const struct cli_event *event)
{
    struct buf *out = context;
    const struct cli_screen screen = {.utf8 = true};
    size_t before = out->size;
    bool line = cli_tail_show(event, &screen, out);
    for (size_t i = before; i < out->size; i++) {
        if (out->base[i] == '\x1b' || (line && out->base[i] == '\n' && i + 1 < out->size)) {
            abort(); /* What was sent moves no cursor and is one line. */
        }
    }
    cli_tail_show_json(event, out);
    return true;
}

/* What a collector sends to one who follows. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct cli_events events;
    struct buf out;
    struct slice text = slice_of(data, size);
    size_t piece = size > 0 ? data[0] % 32 + 1u : 1;
    buf_init_growing(&out, 1u << 22);
    cli_events_init(&events);
    while (text.size > 0) {
        (void)cli_events_take(&events, slice_take(text, piece), show, &out);
        text = slice_skip(text, piece);
    }
    cli_events_fini(&events);
    buf_fini(&out);
    return 0;
}
