/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_PROMQL_KAHAN_H
#define THAW_COLLECTOR_PROMQL_KAHAN_H

#include <math.h>

/*
 * Sums that lose little: what is rounded away is kept beside them (Kahan's summation with
 * Neumaier's exchange of the larger term).
 */
struct kahan {
    double sum, rest;
};

static inline void kahan_add(struct kahan *kahan, double value)
{
    double sum = kahan->sum + value;
    if (isinf(sum)) {
        kahan->rest = 0;
    } else if (fabs(kahan->sum) >= fabs(value)) {
        kahan->rest += (kahan->sum - sum) + value;
    } else {
        kahan->rest += (value - sum) + kahan->sum;
    }
    kahan->sum = sum;
}

static inline double kahan_value(const struct kahan *kahan)
{
    return isinf(kahan->sum) ? kahan->sum : kahan->sum + kahan->rest;
}

/*
 * A mean: of the sum as long as that does not overflow, from then on from mean to mean.
 */
struct kahan_mean {
    struct kahan kahan;
    double count;
    int stepwise; /* kahan holds the mean. */
};

static inline void kahan_mean_add(struct kahan_mean *mean, double value)
{
    mean->count += 1;
    if (!mean->stepwise) {
        struct kahan next = mean->kahan;
        kahan_add(&next, value);
        if (!isinf(next.sum) || mean->count == 1) {
            mean->kahan = next;
            return;
        }
        mean->stepwise = 1;
        mean->kahan.sum /= mean->count - 1;
        mean->kahan.rest /= mean->count - 1;
    }
    double share = (mean->count - 1) / mean->count;
    mean->kahan.sum *= share;
    mean->kahan.rest *= share;
    kahan_add(&mean->kahan, value / mean->count);
}

static inline double kahan_mean_value(const struct kahan_mean *mean)
{
    if (mean->stepwise) {
        return kahan_value(&mean->kahan);
    }
    return isinf(mean->kahan.sum) ? mean->kahan.sum
                                  : mean->kahan.sum / mean->count + mean->kahan.rest / mean->count;
}

#endif
