/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_PATTERN_PATTERN_LIMITS_H
#define THAW_COLLECTOR_PATTERN_PATTERN_LIMITS_H

/*
 * The limits of collector/pattern and their reasons.
 */

/* Bytes of a pattern.  Dashboards write one alternative per chosen value; a thousand of 60 bytes.
 */
#define PATTERN_SIZE_MAX 65536

/* Pairs of parentheses inside each other: PCRE2's compiler recurses. */
#define PATTERN_DEPTH_MAX 64

/* Steps of one match.  Honest patterns take a few for each byte of a value; 100,000 are a
 * millisecond. */
#define PATTERN_STEPS_MAX 100000

/* KiB for the places that one match may come back to. */
#define PATTERN_HEAP_KIB_MAX 1024

/* Bytes of the explanation of an error, PCRE2's own text. */
#define PATTERN_REASON_SIZE_MAX 256

#endif
