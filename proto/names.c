/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/names.h"

#define NAME(ident, text, meaning) const struct slice NAME_##ident = SLICE_INIT(text);
#include "proto/names.def"
#undef NAME
