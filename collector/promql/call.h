/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_PROMQL_CALL_H
#define THAW_COLLECTOR_PROMQL_CALL_H

#include "promql/eval.h"

/*
 * Functions that are neither of single numbers nor of ranges alone, each as function.h has them:
 * call.c, call_labels.c (labels), call_buckets.c (histograms), and call_classic.c for those.
 */

/* --- call.c ----------------------------------------------------------------------------------- */

enum status call_absent(struct eval *eval, const struct node *call, struct grid *result);
enum status call_absent_over_time(struct eval *eval, const struct node *call, struct grid *result);
enum status call_clamp(struct eval *eval, const struct node *call, struct grid *result);
enum status call_clamp_max(struct eval *eval, const struct node *call, struct grid *result);
enum status call_clamp_min(struct eval *eval, const struct node *call, struct grid *result);
enum status call_date(struct eval *eval, const struct node *call, struct grid *result);
enum status call_pi(struct eval *eval, const struct node *call, struct grid *result);
enum status call_round(struct eval *eval, const struct node *call, struct grid *result);
enum status call_scalar(struct eval *eval, const struct node *call, struct grid *result);
enum status call_sort(struct eval *eval, const struct node *call, struct grid *result);
enum status call_sort_desc(struct eval *eval, const struct node *call, struct grid *result);
enum status call_time(struct eval *eval, const struct node *call, struct grid *result);
enum status call_timestamp(struct eval *eval, const struct node *call, struct grid *result);
enum status call_vector(struct eval *eval, const struct node *call, struct grid *result);

/* --- call_labels.c ---------------------------------------------------------------------------- */

enum status call_label_join(struct eval *eval, const struct node *call, struct grid *result);
enum status call_label_replace(struct eval *eval, const struct node *call, struct grid *result);

/* --- call_buckets.c --------------------------------------------------------------------------- */

enum status call_histogram_avg(struct eval *eval, const struct node *call, struct grid *result);
enum status call_histogram_count(struct eval *eval, const struct node *call, struct grid *result);
enum status call_histogram_fraction(struct eval *eval, const struct node *call,
                                    struct grid *result);
enum status call_histogram_quantile(struct eval *eval, const struct node *call,
                                    struct grid *result);
enum status call_histogram_stddev(struct eval *eval, const struct node *call, struct grid *result);
enum status call_histogram_stdvar(struct eval *eval, const struct node *call, struct grid *result);
enum status call_histogram_sum(struct eval *eval, const struct node *call, struct grid *result);

/* --- call_classic.c --------------------------------------------------------------------------- */

/* There was nothing that was asked for as a histogram: if there is a classic one of that name, say
 * so. */
void call_tell_classic(struct eval *eval, const struct node *histogram);

#endif
