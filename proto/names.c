/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/names.h"

#define NAME(ident, text, meaning) const struct slice NAME_##ident = SLICE_INIT(text);
#include "proto/names.def"
#undef NAME

const struct slice names_all[NAME_COUNT] = {
#define NAME(ident, text, meaning) [NAME_ID_##ident] = SLICE_INIT(text),
#include "proto/names.def"
#undef NAME
};

const char *const names_meanings[NAME_COUNT] = {
#define NAME(ident, text, meaning) [NAME_ID_##ident] = (meaning),
#include "proto/names.def"
#undef NAME
};
