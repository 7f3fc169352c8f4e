/* SPDX-License-Identifier: Apache-2.0 */
#include "cost/prices.h"

#include "cost/cost_limits.h"
#include "cost/prices_builtin.h"
#include "cost/prices_text.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Where prices come from when a region has none of its own. */
static const struct slice regions_default[BILLING_COUNT] = {
    [BILLING_AWS] = SLICE_INIT("us-east-1"),
    [BILLING_GCP_FUNCTIONS] = SLICE_INIT("us-central1"),
    [BILLING_GCP_RUN] = SLICE_INIT("us-central1"),
    [BILLING_AZURE] = SLICE_INIT("eastus"),
    [BILLING_AZURE_FLEX] = SLICE_INIT("eastus"),
    [BILLING_AWS_EDGE] = SLICE_INIT("us-east-1"),
    [BILLING_AWS_PROVISIONED] = SLICE_INIT("us-east-1"),
};

/* The tiers of one price while it held: a run of rows that differ in their tier only. */
struct group {
    enum billing billing;
    enum price_component component;
    int arch;            /* enum price_arch or PRICES_ARCH_ANY. */
    struct slice region; /* Empty: every region. */
    uint64_t valid_from_ns;
    uint64_t valid_to_ns;
    size_t tier_first;
    size_t tier_count;
    size_t line; /* Of its first row. */
};

/* Invariant: groups are sorted, and those of one provider, component, architecture and region
 * do not overlap in time. */
struct prices {
    unsigned char *text; /* What all slices point into. */
    struct group *groups;
    size_t group_count;
    struct price_tier *tiers;
    struct prices_about about;
};

struct slice prices_builtin(void)
{
    return slice_of(prices_builtin_text, prices_builtin_size);
}

bool prices_arch(struct slice name, enum price_arch *arch)
{
    *arch = PRICE_X86_64;
    if (slice_equal(name, SLICE("arm64")) || slice_equal(name, SLICE("aarch64"))) {
        *arch = PRICE_ARM64;
        return true;
    }
    return slice_equal(name, SLICE("x86_64")) || slice_equal(name, SLICE("amd64"));
}

static int compare_u64(uint64_t one, uint64_t other)
{
    return (one > other) - (one < other);
}

static int row_compare(const void *left, const void *right)
{
    const struct prices_row *one = left;
    const struct prices_row *other = right;
    int order = (int)one->billing - (int)other->billing;
    order = order != 0 ? order : (int)one->component - (int)other->component;
    order = order != 0 ? order : one->arch - other->arch;
    order = order != 0 ? order : slice_compare(one->region, other->region);
    order = order != 0 ? order : compare_u64(one->valid_from_ns, other->valid_from_ns);
    order = order != 0 ? order : compare_u64(one->valid_to_ns, other->valid_to_ns);
    order = order != 0 ? order : compare_u64(one->tier.from, other->tier.from);
    return order != 0 ? order : compare_u64(one->line, other->line);
}

static bool same_price(const struct group *group, const struct prices_row *row)
{
    return group->billing == row->billing && group->component == row->component &&
           group->arch == row->arch && slice_equal(group->region, row->region);
}

/* Say in error what is wrong with this line. */
static enum status refuse(char *error, size_t error_size, size_t line, const char *reason)
{
    (void)snprintf(error, error_size, "price table, line %zu: %s", line, reason);
    return STATUS_BAD;
}

/* Put the sorted rows into groups.  NULL, or what is wrong with the row at *at. */
static const char *group_rows(struct prices *prices, const struct prices_row *rows, size_t count,
                              size_t *at)
{
    struct group *group = NULL;
    for (size_t i = 0; i < count; i++) {
        const struct prices_row *row = &rows[i];
        *at = i;
        bool same = group != NULL && same_price(group, row);
        if (same && row->valid_from_ns == group->valid_from_ns &&
            row->valid_to_ns == group->valid_to_ns) {
            if (row->tier.from != prices->tiers[i - 1].to) {
                return "its tier does not begin where the one before it ends";
            }
            group->tier_count++;
        } else {
            if (same && row->valid_from_ns < group->valid_to_ns) {
                return "it overlaps in time with another line of the same price";
            }
            if (row->tier.from != 0) {
                return "the first tier does not begin at 0";
            }
            group = &prices->groups[prices->group_count];
            prices->group_count++;
            *group = (struct group){.billing = row->billing,
                                    .component = row->component,
                                    .arch = row->arch,
                                    .region = row->region,
                                    .valid_from_ns = row->valid_from_ns,
                                    .valid_to_ns = row->valid_to_ns,
                                    .tier_first = i,
                                    .tier_count = 1,
                                    .line = row->line};
        }
        prices->tiers[i] = row->tier;
    }
    return NULL;
}

/* Read all rows of the text; *count of them.  STATUS_BAD has its error written. */
static enum status read_rows(struct prices *prices, struct slice text, struct prices_row *rows,
                             size_t *count, char *error, size_t error_size)
{
    struct prices_source sources[PRICES_SOURCE_COUNT_MAX];
    struct prices_text reader;
    prices_text_init(&reader, text, sources);
    for (;;) {
        switch (prices_text_next(&reader, &rows[*count])) {
        case PRICES_LINE_ROW:
            if (*count == PRICES_ROW_COUNT_MAX) {
                (void)snprintf(error, error_size, "price table: too many rows");
                return STATUS_FULL;
            }
            (*count)++;
            break;
        case PRICES_LINE_NONE:
            break;
        case PRICES_LINE_BAD:
            return refuse(error, error_size, reader.line, reader.reason);
        case PRICES_LINE_END:
            if (!reader.begun || reader.version.size == 0 || reader.date.size == 0 ||
                reader.source_count == 0 || *count == 0) {
                return refuse(error, error_size, reader.line,
                              "the table ends without a version, a date, a source or a price");
            }
            prices->about = (struct prices_about){
                .version = reader.version, .date = reader.date, .source = sources[0].title};
            return STATUS_OK;
        }
    }
}

/* The last step of parsing, on rows that were read. */
static enum status make_groups(struct prices *prices, struct prices_row *rows, size_t count,
                               char *error, size_t error_size)
{
    prices->groups = calloc(count, sizeof(*prices->groups));
    prices->tiers = calloc(count, sizeof(*prices->tiers));
    if (prices->groups == NULL || prices->tiers == NULL) {
        (void)snprintf(error, error_size, "price table: no memory");
        return STATUS_FULL;
    }
    qsort(rows, count, sizeof(*rows), row_compare);
    size_t at = 0;
    const char *reason = group_rows(prices, rows, count, &at);
    return reason == NULL ? STATUS_OK : refuse(error, error_size, rows[at].line, reason);
}

enum status prices_parse(struct prices **prices, struct slice text, char *error, size_t error_size)
{
    *prices = NULL;
    if (text.size > PRICES_TEXT_SIZE_MAX) {
        (void)snprintf(error, error_size, "price table: larger than %zu bytes",
                       PRICES_TEXT_SIZE_MAX);
        return STATUS_FULL;
    }
    size_t line_count = 1;
    for (size_t i = 0; i < text.size; i++) {
        line_count += text.base[i] == '\n';
    }
    /* One more than there can be rows: the reader fills a row before it knows the line is one. */
    size_t row_max = line_count < PRICES_ROW_COUNT_MAX ? line_count : PRICES_ROW_COUNT_MAX;
    struct prices_row *rows = calloc(row_max + 1, sizeof(*rows));
    struct prices *made = calloc(1, sizeof(*made));
    unsigned char *copy = malloc(text.size + 1);
    enum status status = STATUS_FULL;
    size_t count = 0;
    if (rows == NULL || made == NULL || copy == NULL) {
        (void)snprintf(error, error_size, "price table: no memory");
        goto free_rows;
    }
    made->text = copy;
    copy = NULL;
    if (text.size > 0) {
        memcpy(made->text, text.base, text.size);
    }
    status = read_rows(made, slice_of(made->text, text.size), rows, &count, error, error_size);
    if (status == STATUS_OK) {
        status = make_groups(made, rows, count, error, error_size);
    }
    if (status == STATUS_OK) {
        *prices = made;
        made = NULL;
    }

free_rows:
    free(rows);
    free(copy);
    prices_free(made);
    return status;
}

/* Read a whole file into *text of at most *size bytes, which becomes what it has. */
static enum status read_file(const char *path, unsigned char *text, size_t *size)
{
    FILE *file = fopen(path, "rbe");
    if (file == NULL) {
        return STATUS_IO;
    }
    *size = fread(text, 1, *size, file);
    enum status status = ferror(file) != 0 ? STATUS_IO : STATUS_OK;
    (void)fclose(file);
    return status;
}

enum status prices_load(struct prices **prices, struct slice path, char *error, size_t error_size)
{
    *prices = NULL;
    if (path.size == 0) {
        return prices_parse(prices, prices_builtin(), error, error_size);
    }
    char name[4096];
    if (!slice_copy_text(path, name, sizeof(name))) {
        (void)snprintf(error, error_size, "price table: the path is too long");
        return STATUS_BAD;
    }
    /* One byte more than allowed, so that a text which is too long is seen to be. */
    size_t size = PRICES_TEXT_SIZE_MAX + 1;
    unsigned char *text = malloc(size);
    if (text == NULL) {
        (void)snprintf(error, error_size, "price table: no memory");
        return STATUS_FULL;
    }
    enum status status = read_file(name, text, &size);
    if (status != STATUS_OK) {
        (void)snprintf(error, error_size, "price table %s: %s", name, strerror(errno));
    } else {
        status = prices_parse(prices, slice_of(text, size), error, error_size);
    }
    free(text);
    return status;
}

void prices_free(struct prices *prices)
{
    if (prices == NULL) {
        return;
    }
    free(prices->text);
    free(prices->groups);
    free(prices->tiers);
    free(prices);
}

/* The first group of a provider's component, or where it would be: a report asks for every
 * invocation. */
static size_t first_group(const struct prices *prices, const struct price_key *key)
{
    size_t low = 0;
    size_t high = prices->group_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct group *group = &prices->groups[middle];
        bool before = group->billing < key->billing ||
                      (group->billing == key->billing && group->component < key->component);
        low = before ? middle + 1 : low;
        high = before ? high : middle;
    }
    return low;
}

static bool find_in_region(const struct prices *prices, const struct price_key *key,
                           struct slice region, struct price_answer *answer)
{
    for (size_t i = first_group(prices, key); i < prices->group_count; i++) {
        const struct group *group = &prices->groups[i];
        if (group->billing != key->billing || group->component != key->component) {
            return false;
        }
        if (key->at_ns >= group->valid_from_ns && key->at_ns < group->valid_to_ns &&
            (group->arch == PRICES_ARCH_ANY || group->arch == (int)key->arch) &&
            (group->region.size == 0 || slice_equal(group->region, region))) {
            answer->tiers = &prices->tiers[group->tier_first];
            answer->tier_count = group->tier_count;
            return true;
        }
    }
    return false;
}

struct price_answer prices_find(const struct prices *prices, const struct price_key *key)
{
    struct price_answer answer = {.tier_count = 0};
    if (!find_in_region(prices, key, key->region, &answer)) {
        answer.assumed = find_in_region(prices, key, regions_default[key->billing], &answer);
    }
    return answer;
}

struct prices_about prices_about(const struct prices *prices)
{
    return prices->about;
}
