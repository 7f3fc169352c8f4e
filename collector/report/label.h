/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_REPORT_LABEL_H
#define THAW_COLLECTOR_REPORT_LABEL_H

#include "report/report_limits.h"

#include "base/slice.h"

#include <stdint.h>

/* A short text that is kept by value: names, ids, first lines.  What is too long is cut behind a
 * character.  Plain value; any bytes. */
struct label {
    uint8_t size;
    unsigned char text[REPORT_LABEL_SIZE_MAX];
};

void label_set(struct label *label, struct slice text);
struct slice label_text(const struct label *label);

/* The same with what differs between occurrences taken out: numbers become "<n>", ids and other
 * long hexadecimal words "<id>", runs of white space one space; only the first line. */
void label_set_general(struct label *label, struct slice text);

#endif
