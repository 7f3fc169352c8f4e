/* SPDX-License-Identifier: Apache-2.0 */
#include "base/ensure.h"

#include "base/buf.h"

#include <stdlib.h>
#include <unistd.h>

static ensure_handler *installed;

/* A line is cut before it is longer than this. */
enum { ENSURE_REPORT_SIZE = 512 };

static void ensure_report(const char *expression, const char *file, int line)
{
    char bytes[ENSURE_REPORT_SIZE];
    struct buf text;
    buf_init_fixed(&text, bytes, sizeof(bytes) - 1);
    buf_append_text(&text, file);
    buf_append_byte(&text, ':');
    buf_append_u64(&text, (uint64_t)line);
    buf_append_text(&text, ": this must hold and does not: ");
    buf_append(&text, slice_take(slice_from(expression), buf_left(&text)));
    bytes[text.size] = '\n';
    (void)!write(STDERR_FILENO, bytes, text.size + 1);
}

void ensure_set_handler(ensure_handler *handler)
{
    installed = handler;
}

_Noreturn void ensure_failed(const char *expression, const char *file, int line)
{
    /* A handler that fails itself must not be entered again. */
    ensure_handler *handler = installed != NULL ? installed : ensure_report;
    installed = NULL;
    handler(expression, file, line);
    abort();
}
