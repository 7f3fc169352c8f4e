/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLUMNS_INTS_FORMAT_H
#define THAW_COLUMNS_INTS_FORMAT_H

/* The first byte of a column of integers (ints.h), for who writes and who reads it. */
enum { METHOD_CONSTANT, METHOD_RUNS, METHOD_PACKED, METHOD_PLANES };
enum { METHOD_MASK = 3, WITH_DELTA = 4, WITH_SCALE = 8, WITH_ALL = 15 };

/* The widest that bits are packed: one load of eight bytes holds each. */
#define PACKED_WIDTH_MAX 56

#endif
