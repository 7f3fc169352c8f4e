/* SPDX-License-Identifier: Apache-2.0 */
#include "core/starved.h"

/* The platform's own name for it. */
#define ERROR_TYPE SLICE("Runtime.OutOfMemory")

/* What each runtime writes: Go, Java and .NET (OutOfMemoryException), Node.js, Python, Ruby; and
 * what the platform writes of a runtime that the kernel killed. */
static const struct slice texts[] = {
    SLICE_INIT("fatal error: runtime: out of memory"),
    SLICE_INIT("java.lang.OutOfMemoryError"),
    SLICE_INIT("OutOfMemoryException"),
    SLICE_INIT("JavaScript heap out of memory"),
    SLICE_INIT("MemoryError"),
    SLICE_INIT("failed to allocate memory"),
};

/* What all of them have, so that most lines are looked through once. */
#define COMMON SLICE("emory")

/* Beyond this a line is no message of a runtime but data. */
#define LINE_MAX 4096u

bool starved_line(struct slice text)
{
    struct slice front = slice_take(text, text.size < LINE_MAX ? text.size : LINE_MAX);
    if (slice_find(front, COMMON) == SLICE_NONE) {
        return false;
    }
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        if (slice_find(front, texts[i]) != SLICE_NONE) {
            return true;
        }
    }
    return false;
}

static bool failed(const struct invocation *invocation)
{
    struct slice status = invocation_text_slice(&invocation->status);
    return slice_equal(status, SLICE("error")) || slice_equal(status, SLICE("failure"));
}

void starved_judge(struct invocation *invocation)
{
    struct slice type = invocation_text_slice(&invocation->error_type);
    /* A runtime that was killed when all memory was in use. */
    bool full = slice_equal(type, SLICE("Runtime.ExitError")) && invocation->memory_size_mb > 0 &&
                invocation->max_memory_used_mb >= invocation->memory_size_mb;
    if (failed(invocation) && (invocation->starved || full)) {
        invocation_text_set(&invocation->error_type, ERROR_TYPE);
    }
}
