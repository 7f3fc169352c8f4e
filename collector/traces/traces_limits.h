/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_TRACES_LIMITS_H
#define THAW_TRACES_LIMITS_H

#include <stdint.h>

/* The limits of traces/ and their reasons. */

/* Traces of one answer: what Jaeger's page offers most, and what each asks for unless told. */
#define TRACES_LIMIT_MAX      1500
#define TRACES_JAEGER_DEFAULT 100
#define TRACES_TEMPO_DEFAULT  20

/* How far back Jaeger looks unless told: two days. */
#define TRACES_JAEGER_BACK_NS INT64_C(172800000000000)

/* Traces that are put together for one answer because they may be wanted: a millisecond each. */
#define TRACES_READ_MAX 4096

/* Spans that are wanted and read at a time while traces are looked for, and in all.  And of the
 * time for a search, the part in which they are looked for: the rest is for reading the traces. */
#define TRACES_PAGE_SPANS    2000
#define TRACES_SEARCH_SPANS  200000
#define TRACES_FIND_QUARTERS 3

/* Invocations that are looked at for the spans that would be made of them. */
#define TRACES_INVOCATIONS_MAX 200000

/* Spans whose senders are looked at to list services: some seconds; and invocations and spans, the
 * latest ones, whose names make the list of operations. */
#define TRACES_SENDERS_MAX         100000000
#define TRACES_OPERATION_SPANS     10000
#define TRACES_OPERATION_FACTS_MAX 20000

/* Names in one list. */
#define TRACES_NAMES_MAX 10000

/* Tests of one query, and senders of one trace that are told apart. */
#define TRACES_TESTS_MAX     32
#define TRACES_PROCESSES_MAX 100000

/* Spans of a trace that Tempo's search shows unless told. */
#define TRACES_TEMPO_SPANS 3

/* Transactions that a map is made of, unless told and at most, and how far back Jaeger's looks: a
 * day. */
#define TRACES_MAP_LIMIT     300
#define TRACES_MAP_LIMIT_MAX 1000
#define TRACES_MAP_BACK_NS   INT64_C(86400000000000)

/* Services of a map, who calls whom among them, bytes of their names, and calls whose durations are
 * compared. */
#define TRACES_MAP_NODES_MAX   1000
#define TRACES_MAP_EDGES_MAX   10000
#define TRACES_MAP_NAMES_SIZE  ((size_t)1 << 20)
#define TRACES_MAP_SAMPLES_MAX 500000

#endif
