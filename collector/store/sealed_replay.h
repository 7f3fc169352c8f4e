/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_STORE_SEALED_REPLAY_H
#define THAW_STORE_SEALED_REPLAY_H

#include "store/sealed.h"
#include "store/store.h"

/*
 * Show all records of a sealed segment in order of arrival: those that came in one body together,
 * as they came.  (Two bodies that arrived in the same nanosecond are shown as one.)
 *
 * All of it is in the arena at once, some hundred bytes a record: it is for starts that have no
 * other way to know what was there.
 */
enum status sealed_replay(const struct sealed *sealed, struct arena *arena, store_visit *visit,
                          void *context) THAW_CHECK;

#endif
