/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_CLOUDS_AZURE_TEXT_H
#define THAW_CLOUDS_AZURE_TEXT_H

#include "base/slice.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * What the host of Azure Functions itself writes about an invocation.  Pure; slices point into the
 * text.
 */
enum azure_text_kind {
    AZURE_TEXT_OTHER,
    AZURE_TEXT_EXECUTING, /* "Executing 'Functions.X' (Reason='...', Id=...)" */
    AZURE_TEXT_EXECUTED,  /* "Executed 'Functions.X' (Succeeded, Id=..., Duration=12ms)" */
    AZURE_TEXT_REFUSED,   /* One of these with a duration that is none. */
};

struct azure_text {
    enum azure_text_kind kind;
    struct slice function; /* "X" */
    struct slice id;
    struct slice reason;
    bool succeeded;
    int64_t duration_ns; /* STREAMS_UNKNOWN where older hosts do not tell it. */
};

void azure_text(struct slice text, struct azure_text *said);

/* The trigger that a reason names ("Timer fired at ..."): static, empty where it does not. */
struct slice azure_text_trigger(struct slice reason);

/* "Functions.X" without its prefix. */
struct slice azure_text_function(struct slice full_name);

#endif
