/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_ALERT_ALERT_TEXT_H
#define THAW_COLLECTOR_ALERT_ALERT_TEXT_H

#include "alert/alert_book.h"

#include "base/buf.h"
#include "base/json_write.h"
#include "notify/notice.h"

/*
 * What alerts say, in words and numbers.  Everything is made of the rule and
 * the counts that were evaluated, so no text can disagree with what was
 * decided.  Pure; shared by those who are told and the API.
 */

/* Names that receivers see. */
#define ALERT_TEXT_NAME     "ColdStartRate"
#define ALERT_TEXT_SEVERITY "warning"

/* What there is to tell. */
struct alert_text {
    const struct alert_labels *labels;
    const struct alert_rule *rule;
    const struct alert_counts *counts;
    const struct alert_examples *examples;
    bool resolved;
};

/* Write the object of labels: alertname, severity, and account, region and function where known. */
void alert_text_labels(struct json_write *writer, const struct alert_labels *labels);

/* Write the object of annotations: summary, description, value, threshold, window, samples and,
 * where there are examples, their trace ids. */
void alert_text_annotations(struct json_write *writer, const struct alert_text *text);

/* The same as pairs, which live in memory of their own; labels are sorted by name. */
#define ALERT_TEXT_PAIR_COUNT_MAX 8
struct alert_text_pairs {
    struct notify_pair items[ALERT_TEXT_PAIR_COUNT_MAX];
    size_t count;
    struct buf texts;
    char memory[2048];
};
void alert_text_label_pairs(struct alert_text_pairs *pairs, const struct alert_labels *labels);
void alert_text_annotation_pairs(struct alert_text_pairs *pairs, const struct alert_text *text);

/* Append what the rule says, as an expression and as a sentence. */
void alert_text_expression(const struct alert_rule *rule, struct buf *out);
void alert_text_sentence(const struct alert_rule *rule, struct buf *out);

/* Append a duration with one unit or two: "10m", "90s", "1h30m"; and a rate: "8.23 %". */
void alert_text_duration(uint64_t duration_ns, struct buf *out);
void alert_text_rate(uint64_t ppm, struct buf *out);

/* The rate of the counts in millionths, to the nearest; 0 without samples. */
uint64_t alert_text_ppm(const struct alert_counts *counts);

#endif
