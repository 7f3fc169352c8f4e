/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_COST_COST_H
#define THAW_COLLECTOR_COST_COST_H

#include "cost/billing.h"
#include "cost/money.h"
#include "cost/prices.h"

#include "base/json_write.h"
#include "base/slice.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What invocations cost, and what of it was for what.
 *
 * The platform's billed duration is taken as it was reported, never recomputed;
 * an invocation without one has no cost yet (known is false), none is invented.
 * The parts only explain the whole: they are cut out of the billed time in a
 * fixed order and sum to it exactly,
 *
 *     billed = init + post_handler + useful + rounding
 *
 *   init          start-up that was billed.  Since 2025-08-01 the platform adds it to the
 *                 duration before it rounds; before, only some packages were billed for it.
 *                 Whether it was is read from the billed number itself, and from the date where
 *                 that leaves both open.  A suppressed init lies inside the reported duration
 *                 and is cut out of that.  A billed restore counts as init.
 *   post_handler  from the end of the runtime to the end of the last extension.
 *   useful        the rest of the reported duration: the function's own time.
 *   rounding      what was billed beyond what was used.
 *
 * and the requests come on top, and what is streamed of an answer beyond COST_STREAM_FREE_BYTES.
 * All of it is gross, at the price of the first tier; the free tier exists only for a whole account
 * (cost_net()).
 *
 * Other providers (billing.h) have the same parts; an init is billed only where it
 * lies inside the duration.  Where a processor has a price of its own, it is in the
 * parts as the memory is.  Concurrent requests that share an instance are each
 * charged in full: that is an upper bound, as no log tells what they share.
 *
 * Pure; any thread.
 */

/* A fact that nobody told.  (The same number as in model/view.h.) */
#define COST_UNKNOWN INT64_MIN

/* The parts of an amount of money. */
struct cost_parts {
    struct money useful;
    struct money rounding;
    struct money init;
    struct money post_handler;
    struct money requests;
    struct money streaming;
};

/* What of an amount was for what did not do: invocations that failed, of these those that timed
 * out, and attempts behind the first.  One may be in several of them. */
struct cost_failed {
    struct money errors, timeouts, retries;
};

/* The cost of an invocation, or of many. */
struct cost {
    struct cost_parts parts;
    struct money amount; /* Their sum. */
    struct cost_failed failed;
    uint64_t mb_ms;        /* Billed milliseconds times megabytes. */
    uint64_t cpu_milli_ms; /* Times thousandths of a processor, where that has its own price. */
    uint64_t requests;     /* Invocations that are counted here. */
    uint64_t stream_bytes; /* Of their answers, that are paid for. */
    uint64_t unknown; /* Invocations whose billed duration is not known yet: they are not in it;
                         or, of other providers than AWS, whose memory is not: then only their
                         request is in it. */
    bool assumed;     /* Some price was that of another region or architecture, or a processor
                         or an Azure plan is what is usual and nobody told. */
    bool unpriced;    /* The table had no price at all for some of it. */
};

/* The empty sum. */
struct cost cost_zero(void);

/* The facts of an invocation that its cost depends on; COST_UNKNOWN where they are not known. */
struct cost_facts {
    enum billing billing;      /* Of cloud.provider and cloud.platform: AWS where not set. */
    int64_t cpu_milli;         /* Thousandths of a vCPU; 0: not told, as the memory suggests. */
    struct slice region;       /* cloud.region */
    struct slice arch;         /* host.arch: amd64, arm64, ... */
    int64_t start_ns;          /* Of the invocation, since 1970: which price, which era.  Not known:
                                  today's, assumed. */
    int64_t billed_ms;         /* As reported. */
    int64_t memory_mb;         /* As reported, else as configured. */
    int64_t reported_ns;       /* The platform's Duration. */
    int64_t handler_ns;        /* Stands in for the Duration with post_handler_ns. */
    int64_t post_handler_ns;   /* */
    int64_t init_ns;           /* Of the init that it waited for. */
    int64_t billed_restore_ms; /* */
    bool init_inside;          /* The init lies in the Duration: its phase is "invoke". */
    int64_t stream_bytes;      /* Of its answer, that are paid for; 0 where nobody told. */
    bool failed, timed_out, retry;
};

/* Billed time cut into its parts; all of it is a whole number of milliseconds. */
struct cost_split {
    int64_t useful_ns;
    int64_t rounding_ns;
    int64_t init_ns;
    int64_t post_handler_ns;
};

/* What of an answer of this size (COST_UNKNOWN: 0) is paid for: a response that is not streamed
 * cannot be larger. */
int64_t cost_streamed_bytes(int64_t produced_bytes);

/* The parts of an invocation whose billed duration is known, and at most COST_BILLED_MS_MAX.  They
 * depend on no price. */
struct cost_split cost_split(const struct cost_facts *facts);

/* The cost of one invocation: requests is 1, or unknown is 1 and all money is zero, or (not of AWS)
 * both are 1 and the money is that of the request. */
struct cost cost_of_invocation(const struct prices *prices, const struct cost_facts *facts);

/* The prices of one provider in one region at one time, to be looked up once for many. */
struct cost_prices {
    enum billing billing;
    struct price_answer duration, cpu, request, stream;
    bool assumed; /* As in struct cost. */
};

struct cost_prices cost_prices(const struct prices *prices, const struct cost_facts *facts);

/* The cost of an invocation at the prices that cost_prices() has found for it. */
struct cost cost_at(const struct cost_prices *found, const struct cost_facts *facts);

/* Invocations of one function as rollups count them. */
struct cost_rollup {
    uint64_t invocations;
    uint64_t billed;    /* Those whose billed duration and memory are known: */
    uint64_t billed_ms; /* their sums. */
    uint64_t mb_ms;
    /* What of mb_ms was for what, in megabyte-microseconds; the rest was useful. */
    uint64_t init_mb_us, post_handler_mb_us, rounding_mb_us;
    uint64_t stream_bytes;
    /* What of mb_ms failed, or was tried again, and how many did. */
    uint64_t errors, errors_mb_ms, timeouts, timeouts_mb_ms, retries, retries_mb_ms;
};

/*
 * The cost of these: the same sum as that of the invocations one by one, where all of them have the
 * same memory (or are of AWS).  So are the parts, to the microsecond of each invocation.
 */
struct cost cost_rollup(const struct cost_prices *prices, const struct cost_rollup *rollup);

/* Whether every invocation in it has a known cost. */
bool cost_known(const struct cost *cost);

/* What was used of the time that was billed, 0 to 1: all but the rounding.  False where nothing is
 * billed. */
bool cost_utilisation(const struct cost *cost, double *utilisation) THAW_CHECK;

/* Add other to sum. */
void cost_add(struct cost *sum, const struct cost *other);

/*
 * The part of an invocation that `served` of its `messages` stand for (see
 * money_share()).  Every part is rounded by itself and the amount is their sum.
 * mb_ms is rounded to a whole number; requests stay those of the whole.
 */
struct cost cost_share(const struct cost *cost, uint32_t served, uint32_t messages);

/*
 * Write the value that the API calls money:
 *     {"mb_ms": 359424, "requests": 1, "amount": "0.0000060500117", "currency": "USD"}
 * or null where nothing in it is known.  What is only partly known has "unknown": n, what rests on
 * another region's price "assumed": true, what exceeds 128 bits "saturated": true, besides.
 */
void cost_write_money(struct json_write *writer, const struct cost *cost);

/* Write {"useful": "0.0000041676687", "rounding": ..., "init", "post_handler", "requests",
 * "streaming"}. */
void cost_write_parts(struct json_write *writer, const struct cost_parts *parts);

/* What one account used of one provider in one region with one architecture in one calendar month
 * (UTC). */
struct cost_usage {
    enum billing billing;
    struct slice region;
    enum price_arch arch;
    uint64_t mb_ms;
    uint64_t cpu_milli_ms;
    uint64_t requests;
    uint64_t stream_bytes;
};

struct cost_net {
    struct money gross;     /* At the first tier's price. */
    struct money net;       /* With the free tier taken off and tiers applied. */
    bool free_tier_applied; /* The table has a free tier and it took something off. */
    bool assumed;
};

/* What `net` is, in a sentence for people. */
extern const char *const cost_net_note;

/*
 * The bill of one account for one month: tiers by region and architecture, the
 * free tier once for the account, its gigabyte-seconds and requests spread over
 * the lines in proportion to their use (how the platform spreads them is not
 * published).  at_ns is any moment of the month.  Each provider is an account of
 * its own; Google takes its free quantities off as money, of each resource, at the
 * price of its first tier of regions.
 */
struct cost_net cost_net(const struct prices *prices, const struct cost_usage *lines, size_t count,
                         uint64_t at_ns);

#endif
