/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_LIB_EVERY_H
#define THAW_LIB_EVERY_H

#include "base/slice.h"

#include <stddef.h>

/*
 * Run a parser over whole families of inputs made from one good one.  Each
 * input lies in front of a guard page.  The visitor asserts what must hold for
 * any input; what it is called with lives only during the call.
 */
typedef void every_visit(struct slice input, void *context);

/* Call visit with every prefix of input, from the empty one to all of it. */
void every_prefix(struct slice input, every_visit *visit, void *context);

/* Call visit with every input that differs from this one in exactly one byte: all 255 others at
 * each place, or, from 4096 bytes on, a dozen telling ones at each place. */
void every_byte_change(struct slice input, every_visit *visit, void *context);

/* Both. */
void every_damage(struct slice input, every_visit *visit, void *context);

#endif
