/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_CLI_CLI_LIMITS_H
#define THAW_COLLECTOR_CLI_CLI_LIMITS_H

/*
 * The limits of the command line and their reasons.
 */

/* Bytes of an answer that is taken: the largest transaction the collector shows, several times. */
#define CLI_ANSWER_SIZE_MAX (256u << 20)

/* Bytes of what is printed. */
#define CLI_OUTPUT_SIZE_MAX (512u << 20)

/* Words after the command. */
#define CLI_WORD_COUNT_MAX 4096

/* Columns of a table, and the narrowest that one is squeezed to. */
#define CLI_COLUMN_COUNT_MAX 12
#define CLI_COLUMN_WIDTH_MIN 8

/* The width that is assumed where no terminal tells its own. */
#define CLI_WIDTH_DEFAULT 100

/* How deep invocations are drawn inside each other; deeper ones are drawn at this depth. */
#define CLI_DEPTH_MAX 12

/* Milliseconds until a collector must have taken the connection, and have answered. */
#define CLI_CONNECT_MS_MAX 5000L
#define CLI_ANSWER_MS_MAX  60000L

#endif
