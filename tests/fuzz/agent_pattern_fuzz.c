/* SPDX-License-Identifier: Apache-2.0 */

/* Own patterns: the first line is one, the rest is the text that it looks at.  Whatever they are,
 * the machine stays within its memory, and what it tells is in order of its ends. */
#include "base/ensure.h"
#include "redact/pattern.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

struct seen {
    size_t size;
    size_t end;
};

static void see(void *context, size_t start, size_t end, unsigned pattern)
{
    struct seen *seen = context;
    ENSURE(start < end && end <= seen->size && end >= seen->end && pattern == 0);
    seen->end = end;
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    static struct pattern_set set;
    struct slice pattern;
    struct slice text;
    size_t at = 0;
    slice_cut(slice_of(data, size), '\n', &pattern, &text);
    pattern_init(&set);
    if (pattern_add(&set, SLICE("own"), pattern, &at) != NULL) {
        ENSURE(at <= pattern.size && set.count == 0 && set.size == 0);
        return 0;
    }
    struct seen seen = {.size = text.size};
    pattern_run(&set, text, see, &seen);
    return 0;
}
