/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_TESTS_MODEL_DIGEST_H
#define THAW_TESTS_MODEL_DIGEST_H

#include "model/view.h"

/* All that a view tells, as text that does not depend on row numbers or on the order of arrival.
 * Free it with free().  Two views that mean the same have the same digest. */
char *digest_create(struct view *view);

/* The facts of the one attempt of a request; fails the test program when there is none. */
struct invocation_facts digest_invocation(struct view *view, uint64_t request, uint32_t attempt);

#endif
