/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_INTAKE_ORIGIN_H
#define THAW_INTAKE_ORIGIN_H

#include "base/slice.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * What the path of a file says of the log stream in it.  Pure.
 */

/* Room for the stream that a path names. */
#define ORIGIN_STREAM_SIZE_MAX 512

struct origin {
    struct slice group; /* Of ".../aws/lambda/name/...": points into text. */
    struct slice stream;
    struct slice function; /* The file's name without endings; empty for a part of an export. */
    char group_text[ORIGIN_STREAM_SIZE_MAX];
    char stream_text[ORIGIN_STREAM_SIZE_MAX];
};

/*
 * An object of an S3 export lies under <prefix>/<task>/<stream with - for />/000000.gz; a stream is
 * recognised by its date and version.  A folder aws/lambda/<name> on the way is its group.  What
 * the path does not say is empty.
 */
void origin_read(struct slice path, struct origin *origin);

#endif
