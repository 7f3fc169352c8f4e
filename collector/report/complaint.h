/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_REPORT_COMPLAINT_H
#define THAW_COLLECTOR_REPORT_COMPLAINT_H

#include "report/trail.h"

#include "streams/line.h"

/* How much a line says of what went wrong; COMPLAINT_NONE: nothing. */
enum complaint_rank complaint_rank(const struct line *line);

/* Keep what the line says: its type, and its message in its general form.  Where a runtime reports
 * an unhandled error as an object, the message is that object's. */
void complaint_set(struct complaint *complaint, const struct line *line);

#endif
