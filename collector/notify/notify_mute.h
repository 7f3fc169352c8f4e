/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_NOTIFY_NOTIFY_MUTE_H
#define THAW_COLLECTOR_NOTIFY_NOTIFY_MUTE_H

#include "notify/notify_book.h"

#include <stdint.h>

/*
 * Which alerts are not told, although they fire: those under a silence, and those that another
 * alert inhibits.  Note it in each alert of the book, as of now.  Pure.
 */
void notify_mute_look(struct notify_book *book, uint64_t now_ns);

#endif
