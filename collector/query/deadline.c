/* SPDX-License-Identifier: Apache-2.0 */
#include "query/deadline.h"

#include <stddef.h>

/* A record takes a microsecond or a few; a hostile query a thousand times that. */
#define ASKED_MAX 32

bool deadline_over(struct deadline *deadline)
{
    deadline->asked = 0;
    deadline->over =
        deadline->over || (deadline->now_ns != NULL && deadline->now_ns() >= deadline->at_ns);
    return deadline->over;
}

bool deadline_over_soon(struct deadline *deadline)
{
    return deadline->over || (++deadline->asked >= ASKED_MAX && deadline_over(deadline));
}
