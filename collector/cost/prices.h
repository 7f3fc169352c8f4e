/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_COST_PRICES_H
#define THAW_COLLECTOR_COST_PRICES_H

#include "cost/billing.h"
#include "cost/money.h"

#include "base/slice.h"
#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The price table: dated data, not code.  It is parsed once from a text (the
 * one built in, or a file that the user names) and read-only from then on; any
 * thread may read it.  Its format is docs/reference/prices.md.
 *
 * The table says what a thing cost at a time in a region.  What it does not
 * know it does not guess silently: a region without a price of its own gets the
 * price of its provider's own first region (us-east-1, us-central1), and the answer says so.
 */
struct prices;

/* What a price is for. */
enum price_component {
    PRICE_DURATION,      /* A gigabyte-second of a function that runs. */
    PRICE_CPU,           /* A second of a gigahertz or vCPU of it, where that is billed apart. */
    PRICE_IDLE_CPU,      /* The same of an instance that is kept and does nothing. */
    PRICE_REQUEST,       /* An invocation. */
    PRICE_PROVISIONED,   /* A gigabyte-second of an instance that is kept ready (AWS). */
    PRICE_STORAGE,       /* A gigabyte-second of storage beyond what every function has. */
    PRICE_SNAPSHOT,      /* A gigabyte-second of a snapshot that is kept. */
    PRICE_RESTORE,       /* A gigabyte of a snapshot that an instance is started from. */
    PRICE_STREAM,        /* A gigabyte of answers, beyond what each has for nothing. */
    PRICE_FREE_DURATION, /* Gigabyte-seconds of an account's month, up to `to`, that cost nothing.
                          */
    PRICE_FREE_CPU,      /* The same for a processor's seconds */
    PRICE_FREE_REQUEST,  /* and for requests, */
    PRICE_FREE_STREAM,   /* and for gigabytes of answers. */
};

enum price_arch {
    PRICE_X86_64,
    PRICE_ARM64,
};

/* What is asked. */
struct price_key {
    enum billing billing;
    enum price_component component;
    enum price_arch arch;
    struct slice region;
    uint64_t at_ns; /* When it was used, since 1970. */
};

/* A step of a price: it holds for the units from `from` up to and without `to` of a month. */
struct price_tier {
    uint64_t from;
    uint64_t to; /* UINT64_MAX: no end. */
    struct price price;
};

/* The steps of one component, first to last, without gaps. */
struct price_answer {
    const struct price_tier *tiers; /* In the table's memory. */
    size_t tier_count; /* 0: the table has no such price, not even for the first region. */
    bool assumed;      /* The region has none of its own: these are the first region's. */
};

/* Where the table is from: for the page that shows money. */
struct prices_about {
    struct slice version; /* "builtin-2026-11-23" */
    struct slice date;    /* "2026-11-23" */
    struct slice source;  /* "AWS Lambda pricing page" */
};

/* The text of the table that is built in. */
struct slice prices_builtin(void);

/*
 * Parse a table.  The text may go away afterwards.  STATUS_BAD with a sentence
 * (line, what is wrong) in error, STATUS_FULL if a limit of cost_limits.h is
 * exceeded or there is no memory.
 */
enum status prices_parse(struct prices **prices, struct slice text, char *error,
                         size_t error_size) THAW_CHECK;

/* The table of a file, or the built-in one where path is empty.  STATUS_IO if it cannot be read. */
enum status prices_load(struct prices **prices, struct slice path, char *error,
                        size_t error_size) THAW_CHECK;

/* NULL is fine. */
void prices_free(struct prices *prices);

/* Look up a component. */
struct price_answer prices_find(const struct prices *prices, const struct price_key *key);

struct prices_about prices_about(const struct prices *prices);

/* The architecture that a name stands for: amd64, x86_64, arm64, aarch64.  False for any other,
 * the empty one included, and *arch is x86_64. */
bool prices_arch(struct slice name, enum price_arch *arch);

#endif
