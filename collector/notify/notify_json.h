/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_NOTIFY_NOTIFY_JSON_H
#define THAW_COLLECTOR_NOTIFY_NOTIFY_JSON_H

#include "notify/notify_book.h"

#include "base/json_write.h"

/*
 * What the API says of messages (docs/reference/api.md).  Pure.
 */

/* Members of an alert's object: "notifications", those messages that tell of it, the latest first,
 * "silenced_by" and "inhibited_by". */
void notify_json_of_alert(struct json_write *writer, const struct notify_book *book,
                          uint64_t fingerprint);

/* The answers of GET notifications and silences, each the latest first. */
void notify_json_messages(struct json_write *writer, const struct notify_book *book,
                          uint64_t now_ns);
void notify_json_silences(struct json_write *writer, const struct notify_book *book,
                          uint64_t now_ns);

/* The answer of GET deploys, the latest first: those of a span of time, and of a function or all.
 * False without memory. */
struct notify_json_wanted {
    uint64_t from_ns, to_ns;
    struct slice function; /* Empty: any. */
    uint64_t limit;
};
bool notify_json_deploys(struct json_write *writer, const struct notify_book *book,
                         const struct notify_json_wanted *wanted) THAW_CHECK;

#endif
