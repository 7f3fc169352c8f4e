/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_STORE_ASIDE_H
#define THAW_STORE_ASIDE_H

#include "base/status.h"
#include "store/catalog.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Frames of one segment that are set aside, because recoveries ended by them: they are not decoded.
 * All zero is none. */
struct aside {
    uint32_t *offsets;
    size_t count;
    bool failed;
};

/* Ask the catalog.  Whatever it answers, aside_fini() must follow. */
enum status aside_read(struct aside *aside, const struct catalog *catalog,
                       uint32_t segment) THAW_CHECK;
void aside_fini(struct aside *aside);
bool aside_has(const struct aside *aside, uint32_t offset) THAW_CHECK;

#endif
