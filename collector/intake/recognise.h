/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_INTAKE_RECOGNISE_H
#define THAW_INTAKE_RECOGNISE_H

#include "intake/intake.h"
#include "intake/prefix.h"
#include "intake/table.h"

#include "base/slice.h"

#include <stdbool.h>

/*
 * What a text is, by its beginning.  Pure.
 */
enum recognised_kind {
    RECOGNISED_EMPTY,
    RECOGNISED_VALUES,  /* JSON. */
    RECOGNISED_TABLE,   /* CSV; see header. */
    RECOGNISED_LINES,   /* Text; see form. */
    RECOGNISED_PROBE,   /* What S3 exports leave to test their permission: nothing. */
    RECOGNISED_FOREIGN, /* Nothing for us; see why. */
};

struct recognised {
    enum recognised_kind kind;
    enum intake_format format; /* INTAKE_UNKNOWN where the values themselves tell. */
    enum prefix_form form;
    bool strings;  /* Of RECOGNISED_VALUES: strings, one a line. */
    bool coloured; /* A terminal's colours are to be taken off before anything else. */
    const char *why;
    struct table_header header;
};

/* The head is the whole text or its first INTAKE_HEAD_SIZE bytes. */
void recognise(struct slice head, struct recognised *recognised);

#endif
