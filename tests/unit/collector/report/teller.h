/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_TESTS_TELLER_H
#define THAW_TESTS_TELLER_H

#include "report/report.h"

#include "base/buf.h"
#include "base/slice.h"
#include "cost/prices.h"
#include "streams/stream_sink.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Tells a report what log streams would. */
struct teller {
    struct prices *prices;
    struct report *report;
    struct buf out;
    struct stream_source source; /* Of what is told next. */
};

/* 2025-09-01T00:00:00Z: since August inits are billed. */
#define TELLER_BEGIN_NS INT64_C(1756684800000000000)
#define TELLER_MS       INT64_C(1000000)
#define TELLER_S        INT64_C(1000000000)

void teller_begin(struct teller *teller);
void teller_end(struct teller *teller);

/* An invocation that went well: request number n of the source, 1 s after the one before; 100 ms,
 * billed 100 ms, 64 of 128 MB.  To be changed before it is told. */
struct stream_invocation teller_invocation(struct teller *teller, unsigned number);
void teller_tell(struct teller *teller, const struct stream_invocation *invocation);

/* A line of it: of the application, at this severity. */
void teller_line(struct teller *teller, const struct stream_invocation *invocation,
                 uint32_t severity, const char *text);
/* An exception of this type that the runtime says it ended with. */
void teller_exception(struct teller *teller, const struct stream_invocation *invocation,
                      const char *type, const char *text);

/* Finish, and write it.  Valid until the end. */
struct slice teller_json(struct teller *teller);
struct slice teller_text(struct teller *teller, size_t width);
struct slice teller_html(struct teller *teller);

/* Whether it is in there. */
bool teller_has(struct slice text, const char *part);

#endif
