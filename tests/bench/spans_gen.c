/* SPDX-License-Identifier: Apache-2.0 */
#include "spans_gen.h"
#include "attr_gen.h"

#include "base/ensure.h"
#include "base/hex.h"
#include "base/uuid.h"
#include "proto/names.h"
#include "proto/wire.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OPERATIONS_PER_SERVICE (SPANS_GEN_OPERATIONS / SPANS_GEN_SERVICES)
#define RESOURCES              (SPANS_GEN_SERVICES * SPANS_GEN_INSTANCES)
#define GAP_NS                 UINT64_C(20000000)

static const char *const services[SPANS_GEN_SERVICES] = {
    "checkout", "payment",  "inventory", "shipping", "catalogue",
    "pricing",  "customer", "session",   "search",   "notification",
};
static const char *const verbs[OPERATIONS_PER_SERVICE] = {
    "get", "put", "list", "query", "publish", "validate", "render", "settle",
};
static const char *const tiers[] = {"free", "standard", "premium"};
static const char *const systems[] = {"dynamodb", "postgresql", "redis", "s3", "sqs", "kafka"};

/* A span before it is written. */
struct spans_gen_span {
    uint64_t trace[2], id, parent, start_ns, end_ns;
    unsigned operation, user;
    unsigned bytes, rows, tier, system;
    bool failed, root;
    char request[UUID_TEXT_SIZE + 1];
    unsigned next; /* Of the same resource, plus 1. */
};

/* 2^x for any x, good to a tenth of a percent: the same on every machine. */
static double power_of_two(double x)
{
    int whole = (int)x - (x < 0);
    double rest = x - whole;
    double answer = 1 + rest * (0.6931 + rest * (0.2416 + rest * 0.0653));
    for (; whole > 0; whole--) {
        answer *= 2;
    }
    for (; whole < 0; whole++) {
        answer /= 2;
    }
    return answer;
}

uint64_t spans_gen_log_normal(struct prng *prng, uint64_t median, unsigned sigma)
{
    double normal = -6;
    for (unsigned i = 0; i < 12; i++) {
        normal += (double)(prng_next(prng) >> 11) / 9007199254740992.0;
    }
    return (uint64_t)((double)median * power_of_two(normal * sigma / 100 * 1.442695));
}

static unsigned below(struct spans_gen *gen, unsigned bound)
{
    return (unsigned)prng_below(&gen->prng, bound);
}

void spans_gen_init(struct spans_gen *gen, uint64_t seed, uint64_t start_ns)
{
    *gen = (struct spans_gen){.now_ns = start_ns};
    prng_init(&gen->prng, seed);
    for (size_t i = 0; i < SPANS_GEN_TREES; i++) {
        struct spans_gen_tree *tree = &gen->trees[i];
        for (unsigned k = 0; k < SPANS_GEN_TRANSACTION; k++) {
            tree->parents[k] = k > 0 ? below(gen, k) : 0;
            tree->operations[k] = below(gen, SPANS_GEN_OPERATIONS);
            if (k > 0 && prng_chance(&gen->prng, 1, 6)) { /* Some calls stay inside. */
                tree->operations[k] = tree->operations[tree->parents[k]] / OPERATIONS_PER_SERVICE *
                                          OPERATIONS_PER_SERVICE +
                                      below(gen, OPERATIONS_PER_SERVICE);
            }
        }
    }
    for (size_t i = 0; i < RESOURCES; i++) {
        unsigned char id[16];
        char hex[33] = {0};
        prng_fill(&gen->prng, id, sizeof(id));
        hex_encode(slice_of(id, sizeof(id)), hex);
        (void)snprintf(gen->instances[i], sizeof(gen->instances[i]), "2026/11/30/[$LATEST]%s", hex);
    }
}

static void put_int(struct buf *out, uint32_t field, struct slice key, int64_t number)
{
    size_t attr = wire_write_open(out, field);
    wire_write_bytes(out, 1, key);
    size_t value = wire_write_open(out, 2);
    wire_write_i64(out, 3, number);
    wire_write_close(out, value);
    wire_write_close(out, attr);
}

static void put_resource(const struct spans_gen *gen, struct buf *out, size_t number)
{
    char name[64];
    char arn[128];
    unsigned service = (unsigned)(number / SPANS_GEN_INSTANCES);
    (void)snprintf(name, sizeof(name), "shop-%s", services[service]);
    (void)snprintf(arn, sizeof(arn), "arn:aws:lambda:eu-central-1:123456789012:function:%s", name);
    size_t resource = wire_write_open(out, 1);
    attr_gen_text(out, 1, NAME_SERVICE_NAME, slice_from(services[service]));
    attr_gen_text(out, 1, NAME_FAAS_NAME, slice_from(name));
    attr_gen_text(out, 1, NAME_FAAS_VERSION, SLICE("$LATEST"));
    attr_gen_text(out, 1, NAME_FAAS_INSTANCE, slice_from(gen->instances[number]));
    put_int(out, 1, NAME_FAAS_MAX_MEMORY, INT64_C(134217728) << service % 4);
    attr_gen_text(out, 1, NAME_CLOUD_RESOURCE_ID, slice_from(arn));
    attr_gen_text(out, 1, NAME_CLOUD_REGION, SLICE("eu-central-1"));
    attr_gen_text(out, 1, NAME_CLOUD_ACCOUNT_ID, SLICE("123456789012"));
    wire_write_close(out, resource);
}

static void put_id(struct buf *out, uint32_t field, const void *id, size_t size)
{
    wire_write_bytes(out, field, slice_of(id, size));
}

static void put_span(struct buf *out, const struct spans_gen_span *one)
{
    char name[64];
    char user[24];
    char route[64];
    const char *service = services[one->operation / OPERATIONS_PER_SERVICE];
    const char *verb = verbs[one->operation % OPERATIONS_PER_SERVICE];
    (void)snprintf(name, sizeof(name), "shop.%s.v1.Service/%s", service, verb);
    (void)snprintf(route, sizeof(route), "/api/v1/%s/{order}/%s", service, verb);
    (void)snprintf(user, sizeof(user), "user-%05u", one->user);
    size_t span = wire_write_open(out, 2);
    put_id(out, 1, one->trace, sizeof(one->trace));
    put_id(out, 2, &one->id, sizeof(one->id));
    if (!one->root) {
        put_id(out, 4, &one->parent, sizeof(one->parent));
    }
    wire_write_bytes(out, 5, slice_from(name));
    wire_write_u64(out, 6, one->root ? 2 : 1 + one->operation % 3);
    wire_write_fixed64(out, 7, one->start_ns);
    wire_write_fixed64(out, 8, one->end_ns);
    attr_gen_text(out, 9, NAME_FAAS_INVOCATION_ID, slice_from(one->request));
    attr_gen_text(out, 9, SLICE("user.id"), slice_from(user));
    put_int(out, 9, SLICE("http.response.body.size"), one->bytes);
    put_int(out, 9, SLICE("db.response.returned_rows"), one->rows);
    attr_gen_text(out, 9, SLICE("http.route"), slice_from(route));
    attr_gen_text(out, 9, SLICE("enduser.subscription.tier"), slice_from(tiers[one->tier]));
    attr_gen_text(out, 9, SLICE("db.system.name"), slice_from(systems[one->system]));
    if (one->failed) {
        size_t status = wire_write_open(out, 15);
        wire_write_u64(out, 3, 2);
        wire_write_close(out, status);
    }
    wire_write_fixed32(out, 16, 0x101);
    wire_write_close(out, span);
}

/* The times of a tree: a child begins inside of its parent and mostly ends there. */
static void time_tree(struct spans_gen *gen, const struct spans_gen_tree *tree,
                      struct spans_gen_span *spans)
{
    spans[0].start_ns = gen->now_ns;
    spans[0].end_ns = gen->now_ns + spans_gen_log_normal(&gen->prng, 80000000, 80);
    for (unsigned k = 1; k < SPANS_GEN_TRANSACTION; k++) {
        const struct spans_gen_span *parent = &spans[tree->parents[k]];
        uint64_t whole = parent->end_ns - parent->start_ns;
        spans[k].start_ns =
            parent->start_ns + spans_gen_log_normal(&gen->prng, whole / 8 + 1, 70) % (whole + 1);
        uint64_t left = parent->end_ns - spans[k].start_ns;
        spans[k].end_ns = spans[k].start_ns + spans_gen_log_normal(&gen->prng, left / 3 + 1, 80);
    }
}

static void make_transaction(struct spans_gen *gen, struct spans_gen_span *spans)
{
    const struct spans_gen_tree *tree = &gen->trees[below(gen, SPANS_GEN_TREES)];
    struct uuid uuid = uuid_v4(&gen->prng);
    uint64_t trace[2] = {prng_next(&gen->prng), prng_next(&gen->prng) | 1};
    unsigned user = below(gen, SPANS_GEN_USERS);
    unsigned tier = below(gen, 10);
    gen->now_ns += spans_gen_log_normal(&gen->prng, GAP_NS * 7 / 10, 85);
    memcpy(gen->last_trace, trace, sizeof(trace));
    gen->last_user = user;
    for (unsigned k = 0; k < SPANS_GEN_TRANSACTION; k++) {
        spans[k] = (struct spans_gen_span){
            .trace = {trace[0], trace[1]},
            .id = prng_next(&gen->prng) | 1,
            .parent = spans[tree->parents[k]].id,
            .operation = tree->operations[k],
            .user = user,
            .bytes = below(gen, 65536),
            .rows = below(gen, 1000000),
            .tier = tier < 7   ? 0
                    : tier < 9 ? 1
                               : 2,
            .system = prng_chance(&gen->prng, 1, 10) ? below(gen, 6) : tree->operations[k] % 6,
            .failed = prng_chance(&gen->prng, 1, 100),
            .root = k == 0,
        };
        uuid_format(&uuid, spans[k].request);
    }
    time_tree(gen, tree, spans);
}

/* Which instance of its service a span of this transaction is of. */
static size_t resource_of(const struct spans_gen_span *span)
{
    size_t service = span->operation / OPERATIONS_PER_SERVICE;
    uint64_t mixed = (span->trace[0] ^ service) * UINT64_C(0x9e3779b97f4a7c15);
    return service * SPANS_GEN_INSTANCES + (mixed >> 32) % SPANS_GEN_INSTANCES;
}

void spans_gen_request(struct spans_gen *gen, size_t count, struct buf *out)
{
    ENSURE(count > 0 && count % SPANS_GEN_TRANSACTION == 0);
    unsigned first[RESOURCES] = {0};
    struct spans_gen_span *spans = malloc(count * sizeof(*spans));
    ENSURE(spans != NULL);
    for (size_t i = 0; i < count; i += SPANS_GEN_TRANSACTION) {
        make_transaction(gen, &spans[i]);
    }
    for (size_t i = count; i > 0; i--) {
        size_t number = resource_of(&spans[i - 1]);
        spans[i - 1].next = first[number];
        first[number] = (unsigned)i;
    }
    for (size_t number = 0; number < RESOURCES; number++) {
        if (first[number] == 0) {
            continue;
        }
        size_t block = wire_write_open(out, 1);
        put_resource(gen, out, number);
        size_t scope_block = wire_write_open(out, 2);
        size_t scope = wire_write_open(out, 1);
        wire_write_bytes(out, 1, SLICE("io.opentelemetry.instrumentation.aws-lambda-core"));
        wire_write_bytes(out, 2, SLICE("1.4.2"));
        wire_write_close(out, scope);
        for (unsigned i = first[number]; i != 0; i = spans[i - 1].next) {
            put_span(out, &spans[i - 1]);
        }
        wire_write_close(out, scope_block);
        wire_write_close(out, block);
    }
    gen->count += count;
    free(spans);
    ENSURE(!buf_overflowed(out));
}
