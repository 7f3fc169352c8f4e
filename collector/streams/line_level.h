/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_STREAMS_LINE_LEVEL_H
#define THAW_STREAMS_LINE_LEVEL_H

#include "base/slice.h"

#include <stdint.h>

/* The words and numbers that logging libraries have for how bad it is, as OTLP's severity. */

/* A word of either case; 0 if it is no such word. */
uint32_t line_level_word(struct slice word);

/* A number: 10 to 60 (pino, bunyan, Python), 0 to 7 (syslog, GELF), 100 to 600 (Monolog); 0 if it
 * is none of these. */
uint32_t line_level_number(struct slice number);

#endif
