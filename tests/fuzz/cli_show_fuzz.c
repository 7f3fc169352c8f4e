/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as an answer to any command: the page holds no control byte but line feeds. */
#include "cli/cli_show.h"

#include "base/ensure.h"

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    enum { MEMORY = 4 << 20 };
    const struct cli_screen screen = {.utf8 = true, .width = 80, .now_ns = UINT64_C(1) << 60};
    if (size == 0) {
        return 0;
    }
    void *memory = malloc(MEMORY);
    ENSURE(memory != NULL);
    struct arena arena;
    struct buf out;
    struct slice message;
    const struct cli_page page = {.screen = &screen, .arena = &arena, .out = &out};
    arena_init(&arena, memory, MEMORY);
    buf_init_growing(&out, MEMORY);
    struct slice answer = slice_of(data + 1, size - 1);
    (void)cli_show((enum cli_command)(data[0] % CLI_COMMAND_COUNT), answer, &page);
    for (size_t i = 0; i < out.size; i++) {
        ENSURE(out.base[i] == '\n' || (out.base[i] >= 0x20 && out.base[i] != 0x7f));
    }
    (void)cli_show_error(answer, &arena, &message);
    buf_fini(&out);
    free(memory);
    return 0;
}
