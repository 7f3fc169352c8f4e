/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_SEARCH_SEARCH_LIMITS_H
#define THAW_COLLECTOR_SEARCH_SEARCH_LIMITS_H

/* The limits of search/ and their reasons. */

/* Bytes of a query: more than anybody types, and with its escapes it still fits into a URL. */
#define SEARCH_QUERY_SIZE_MAX 4096

/* Terms of a query, each of which may be put to every record; and what joins them. */
#define SEARCH_TERM_COUNT_MAX 64
#define SEARCH_NODE_COUNT_MAX 256

/* Parentheses inside of each other. */
#define SEARCH_DEPTH_MAX 32

#endif
