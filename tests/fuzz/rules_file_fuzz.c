/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a file of rules, and as a template. */
#include "rules/rules_file.h"
#include "rules/template.h"

#include "base/ensure.h"

#include <stdlib.h>

#define MEMORY_SIZE ((size_t)4 << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena;
    struct buf errors;
    struct rules_file file;
    struct template_error error;
    void *memory = malloc(MEMORY_SIZE);
    ENSURE(memory != NULL);
    arena_init(&arena, memory, MEMORY_SIZE);
    buf_init_growing(&errors, 1 << 20);
    enum status status = rules_file_read(slice_of(data, size), "fuzz", &arena, &errors, &file);
    ENSURE(status != STATUS_BAD || errors.size > 0);
    ENSURE(status != STATUS_OK || errors.size == 0);
    if (!template_check(slice_of(data, size), &error)) {
        ENSURE(error.position <= size && error.reason != NULL);
    }
    buf_fini(&errors);
    free(memory);
    return 0;
}
