/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_TESTS_INTAKE_SAMPLES_H
#define THAW_TESTS_INTAKE_SAMPLES_H

#include "intake/intake.h"

#include <stddef.h>

/* One small sample of each container, and what is to be told of it (as seen.h writes it). */
struct sample {
    const char *name;
    const char *path; /* As which it is given. */
    enum intake_format format;
    const char *input;
    const char *told;
};

extern const struct sample samples[];
extern const size_t samples_count;

#endif
