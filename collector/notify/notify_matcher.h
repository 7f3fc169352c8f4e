/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_NOTIFY_NOTIFY_MATCHER_H
#define THAW_COLLECTOR_NOTIFY_NOTIFY_MATCHER_H

#include "notify/notice.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/slice.h"
#include "base/status.h"
#include "pattern/pattern.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * What routes, silences and inhibitions want of an alert's labels, written as Alertmanager writes
 * it: severity="critical", function=~"pay.*", env!=dev, team!~"a|b".  A label that is not there is
 * empty.  Immutable; any thread.
 */
struct notify_matcher {
    struct slice name, value;
    bool negative;
    bool regular;
    const struct pattern *pattern; /* Where regular. */
};

/*
 * Read one.  Texts and pattern live in the arena.  STATUS_BAD: it is none, and error says why;
 * STATUS_FULL: the arena is.
 */
enum status notify_matcher_parse(struct slice text, struct arena *arena,
                                 struct notify_matcher *matcher, char *error,
                                 size_t error_size) THAW_CHECK;

/* Make one of its parts, of which the texts live as long as it does. */
enum status notify_matcher_make(struct notify_matcher *matcher, struct arena *arena, char *error,
                                size_t error_size) THAW_CHECK;

/* Whether all of them match.  A pattern that takes too many steps matches nothing. */
bool notify_matchers_match(const struct notify_matcher *matchers, size_t count,
                           const struct notify_alert *alert);

/* Append it as it is written, the value in quotes. */
void notify_matcher_write(const struct notify_matcher *matcher, struct buf *out);

#endif
