/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_PROTO_NAMES_H
#define THAW_PROTO_NAMES_H

#include "base/slice.h"

/*
 * The names of attributes, events and metrics that we write or read, each of
 * them once, in names.def.  NAME_FAAS_NAME is the slice "faas.name", and NAME_SIZE_FAAS_NAME its
 * size, by which a switch tells most names apart.
 */
#define NAME(ident, text, meaning) extern const struct slice NAME_##ident;
#include "proto/names.def"
#undef NAME

#define NAME(ident, text, meaning) NAME_SIZE_##ident = sizeof(text) - 1,
enum name_size {
#include "proto/names.def"
};
#undef NAME

#endif
