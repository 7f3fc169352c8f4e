/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_COST_PRICES_BUILTIN_H
#define THAW_COLLECTOR_COST_PRICES_BUILTIN_H

#include <stddef.h>

/* prices/builtin.prices as it was when the program was built. */
extern const unsigned char prices_builtin_text[];
extern const size_t prices_builtin_size;

#endif
