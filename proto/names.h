/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_PROTO_NAMES_H
#define THAW_PROTO_NAMES_H

#include "base/slice.h"

/*
 * The names of attributes, events and metrics that we write or read, each of
 * them once, in names.def.  NAME_FAAS_NAME is the slice "faas.name".  A slice
 * is no constant expression: static tables hold NAME_ID_FAAS_NAME and look the
 * slice up in names_all.
 */
enum name {
#define NAME(ident, text, meaning) NAME_ID_##ident,
#include "proto/names.def"
#undef NAME
    NAME_COUNT,
};

#define NAME(ident, text, meaning) extern const struct slice NAME_##ident;
#include "proto/names.def"
#undef NAME

/* All names and their meanings, by enum name. */
extern const struct slice names_all[NAME_COUNT];
extern const char *const names_meanings[NAME_COUNT];

#endif
