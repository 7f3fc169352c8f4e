/* SPDX-License-Identifier: Apache-2.0 */
#include "base/ensure.h"
#include "base/settings.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct config {
    struct slice text;
    uint64_t number;
    bool flag;
    uint64_t duration_ns;
    uint64_t bytes;
    unsigned choice;
};

static const char *const choices[] = {"one", "two", NULL};

static const struct setting rows[] = {
    {.name = "text",
     .kind = SETTING_STRING,
     .offset = offsetof(struct config, text),
     .fallback = "",
     .max = 32,
     .help = ""},
    {.name = "number",
     .kind = SETTING_U64,
     .offset = offsetof(struct config, number),
     .fallback = "5",
     .min = 1,
     .max = 9,
     .help = ""},
    {.name = "flag",
     .kind = SETTING_BOOL,
     .offset = offsetof(struct config, flag),
     .fallback = "no",
     .help = ""},
    {.name = "age",
     .kind = SETTING_DURATION,
     .offset = offsetof(struct config, duration_ns),
     .fallback = "1s",
     .max = UINT64_C(1000000000000),
     .help = ""},
    {.name = "size",
     .kind = SETTING_SIZE,
     .offset = offsetof(struct config, bytes),
     .fallback = "1KiB",
     .max = 1 << 20,
     .help = ""},
    {.name = "choice",
     .kind = SETTING_CHOICE,
     .offset = offsetof(struct config, choice),
     .fallback = "one",
     .choices = choices,
     .help = ""},
};

/* Whatever a file says, no field leaves its bounds, and a refusal is explained. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static unsigned char memory[1 << 16];
    struct arena arena;
    struct buf errors;
    struct config config;
    struct settings settings;

    arena_init(&arena, memory, sizeof(memory));
    buf_init_growing(&errors, 1 << 20);
    ENSURE(settings_init(&settings, rows, sizeof(rows) / sizeof(rows[0]), &config, &arena,
                         &errors) == STATUS_OK);
    enum status status = settings_file(&settings, slice_of(data, size), "fuzz");
    ENSURE((status == STATUS_OK) == (errors.size == 0));
    ENSURE(config.text.size <= 32 && config.number >= 1 && config.number <= 9);
    ENSURE(config.duration_ns <= UINT64_C(1000000000000) && config.bytes <= 1 << 20);
    ENSURE(config.choice < 2);
    buf_fini(&errors);
    return 0;
}
