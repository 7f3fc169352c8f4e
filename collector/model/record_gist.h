/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_MODEL_RECORD_GIST_H
#define THAW_COLLECTOR_MODEL_RECORD_GIST_H

#include "model/record.h"

/*
 * What nearly everybody asks the attributes of a record for.  Who reads records from the wire looks
 * at each attribute once and writes it down (struct gist in a record), so that nobody has to search
 * them, or to have them in the cache at all.  Records that are made of something else have nothing
 * written down: then it is read when it is asked for, and means the same.
 *
 * Pure; any thread.
 */

/* The latest request id that was read: those of one request come together.  All zero: none was. */
struct gist_latest {
    struct slice text; /* As it stands there; it must be there as long as this. */
    struct id16 id;
    bool good;
};

/* Read it.  latest may be NULL. */
struct gist record_gist_read(struct attrs attrs, struct gist_latest *latest);

/* What is written down, or else what is read. */
static inline struct gist record_gist(const struct gist *gist, struct attrs attrs,
                                      struct gist_latest *latest)
{
    return gist->read ? *gist : record_gist_read(attrs, latest);
}

#endif
