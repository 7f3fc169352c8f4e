/* SPDX-License-Identifier: Apache-2.0 */
#include "base/ensure.h"

#include <stdio.h>
#include <stdlib.h>

static ensure_handler *installed;

static void ensure_report(const char *expression, const char *file, int line)
{
    fprintf(stderr, "%s:%d: this must hold and does not: %s\n", file, line, expression);
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
