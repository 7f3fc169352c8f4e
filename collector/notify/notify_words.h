/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_NOTIFY_NOTIFY_WORDS_H
#define THAW_COLLECTOR_NOTIFY_NOTIFY_WORDS_H

#include "notify/notify_parcel.h"

#include "base/buf.h"
#include "base/json_write.h"
#include "base/slice.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What several receivers' shapes say in the same words.  Pure.
 */

/* "firing" or "resolved". */
struct slice notify_words_status(bool resolved);

/* The pairs that all alerts of a message have, those of labels or of annotations, as an object. */
void notify_words_common(struct json_write *writer, struct slice key,
                         const struct notify_message *message, bool annotations);

/* An object of pairs. */
void notify_words_pairs(struct json_write *writer, struct slice key,
                        const struct notify_pair *pairs, size_t count);

/* An instant as RFC 3339; 0 is the one that Alertmanager writes for an end that has not come. */
void notify_words_time(struct json_write *writer, struct slice key, uint64_t time_ns);

/* The page of an alert: its own address, or that of the dashboard. */
void notify_words_page(struct buf *out, struct slice external_url,
                       const struct notify_alert *alert);

/* Sixteen lower-case digits and a NUL. */
#define NOTIFY_FINGERPRINT_SIZE 16
void notify_words_fingerprint(uint64_t fingerprint, char text[NOTIFY_FINGERPRINT_SIZE + 1]);

/* How many alerts fire in a message, and how many are resolved, of those that it speaks of. */
size_t notify_words_firing(const struct notify_message *message);

/* One line: "[FIRING:2] ColdStartRate checkout us-east-1", "[RESOLVED] ...". */
void notify_words_headline(struct buf *out, const struct notify_message *message);

/* What an alert says of itself: its summary, else its name. */
struct slice notify_words_summary(const struct notify_alert *alert);

/* The highest severity of what a message tells: "critical", "error", "warning" or "info". */
struct slice notify_words_severity(const struct notify_message *message);

/* Append at most so many bytes of a text, ending in "..." where it is cut. */
void notify_words_cut(struct buf *out, struct slice text, size_t size_max);

/* The same as a value of JSON. */
void notify_words_cut_value(struct json_write *writer, struct slice text, size_t size_max);

/* The dedup key of a message's group: sixteen digits behind "thaw-", the same while it fires. */
#define NOTIFY_DEDUP_SIZE (5 + NOTIFY_FINGERPRINT_SIZE)
void notify_words_dedup(const struct notify_message *message, char text[NOTIFY_DEDUP_SIZE + 1]);

/* The next address of an alert's examples, which stand in its annotation "links" with spaces
 * between; false: that was all. */
bool notify_words_link(struct slice *links, struct slice *link);

#endif
