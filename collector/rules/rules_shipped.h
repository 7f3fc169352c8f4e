/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_RULES_RULES_SHIPPED_H
#define THAW_RULES_RULES_SHIPPED_H

#include <stddef.h>

/* shipped.yml as it was when the program was built. */
extern const unsigned char rules_shipped_text[];
extern const size_t rules_shipped_size;

#endif
