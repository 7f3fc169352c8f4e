/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_INTAKE_LAYERS_H
#define THAW_INTAKE_LAYERS_H

#include "intake/intake_limits.h"
#include "intake/origin.h"
#include "intake/tar.h"
#include "intake/text.h"
#include "intake/unpack.h"

#include "base/buf.h"
#include "base/slice.h"
#include "base/status.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * Takes containers off until there is text: each layer looks at the first bytes that it gets, and
 * what it takes them out of goes to the layer below.  The lowest is the text.
 */
enum layer_kind {
    LAYER_NEW,    /* Its first bytes are still to come. */
    LAYER_TEXT,   /* For text.h. */
    LAYER_UNPACK, /* gzip, zstd, base64, UTF-16 */
    LAYER_TAR,
    LAYER_FAILED, /* Nothing more is taken. */
};

struct layer {
    enum layer_kind kind;
    unsigned char head[TAR_BLOCK_SIZE];
    size_t held;
    struct unpack *unpack;
    struct tar *tar;
    bool skipped; /* The member is nothing: a tool's own. */
};

struct layers {
    struct teller *teller;
    struct intake_counts *counts;
    uint64_t size_max; /* Of text; 0: none. */
    struct text text;
    struct layer at[INTAKE_LAYERS_MAX];
    struct origin origin;
    char *error; /* Of the intake: what was wrong first. */
    size_t error_size;
    bool broken; /* Something was. */
};

void layers_init(struct layers *layers, struct teller *teller, struct shapes *shapes);
void layers_fini(struct layers *layers);

/* STATUS_OK, STATUS_BAD when a container is broken, STATUS_FULL beyond size_max or without memory;
 * from then on nothing is taken. */
enum status layers_push(struct layers *layers, struct slice bytes) THAW_CHECK;
enum status layers_finish(struct layers *layers) THAW_CHECK;

#endif
