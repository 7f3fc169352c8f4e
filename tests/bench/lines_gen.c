/* SPDX-License-Identifier: Apache-2.0 */
#include "lines_gen.h"
#include "attr_gen.h"

#include "base/ensure.h"
#include "base/hex.h"
#include "base/uuid.h"
#include "proto/names.h"
#include "proto/wire.h"

#include <stdio.h>
#include <string.h>

#define GAP_NS    UINT64_C(40000000) /* Uniform up to here: 20 ms on average. */
#define NS_PER_MS UINT64_C(1000000)

static const char *const functions[LINES_GEN_FUNCTIONS] = {
    "checkout", "payment",  "inventory", "shipping", "catalogue",
    "pricing",  "customer", "session",   "search",   "notification",
};
static const char *const loggers[] = {
    "shop.orders", "shop.orders.store", "shop.http",   "shop.cache",
    "shop.auth",   "aws.sdk",           "shop.events", "shop.metrics",
};
static const char *const words[] = {
    "order",   "customer", "payment", "basket",  "warehouse", "accepted", "rejected", "the",
    "of",      "with",     "retry",   "timeout", "upstream",  "status",   "cache",    "hit",
    "miss",    "item",     "price",   "invoice", "address",   "delivery", "north",    "queue",
    "message", "batch",    "record",  "loaded",  "stored",    "verified", "token",    "session",
};

void lines_gen_init(struct lines_gen *gen, uint64_t seed, uint64_t start_ns)
{
    *gen = (struct lines_gen){.now_ns = start_ns, .epoch = start_ns};
    prng_init(&gen->prng, seed);
    for (size_t i = 0; i < LINES_GEN_TEXTS; i++) {
        struct buf text;
        size_t size = (size_t)prng_between(&gen->prng, 60, 130);
        unsigned numbers = (unsigned)prng_below(&gen->prng, 4);
        buf_init_fixed(&text, gen->texts[i], sizeof(gen->texts[i]) - 1);
        while (text.size < size) {
            buf_append_text(&text, words[prng_below(&gen->prng, 32)]);
            buf_append_text(&text, numbers > 0 && prng_chance(&gen->prng, 1, 4) ? "=# " : " ");
            numbers -= numbers > 0 && text.base[text.size - 2] == '#';
        }
    }
    for (size_t i = 0; i < sizeof(gen->instances) / sizeof(gen->instances[0]); i++) {
        unsigned char id[16];
        char hex[33] = {0};
        prng_fill(&gen->prng, id, sizeof(id));
        hex_encode(slice_of(id, sizeof(id)), hex);
        (void)snprintf(gen->instances[i], sizeof(gen->instances[i]), "2026/11/30/[$LATEST]%s", hex);
    }
}

static void put_int(struct buf *out, uint32_t field, struct slice key, uint64_t number)
{
    size_t attr = wire_write_open(out, field);
    wire_write_bytes(out, 1, key);
    size_t value = wire_write_open(out, 2);
    wire_write_u64(out, 3, number);
    wire_write_close(out, value);
    wire_write_close(out, attr);
}

static void put_body(struct lines_gen *gen, struct buf *out, const char *text)
{
    char memory[400];
    struct buf body;
    buf_init_fixed(&body, memory, sizeof(memory));
    for (; *text != '\0'; text++) {
        if (*text == '#') {
            buf_append_u64(&body,
                           prng_below(&gen->prng, prng_chance(&gen->prng, 1, 2) ? 1000 : 1000000));
        } else {
            buf_append_byte(&body, (unsigned char)*text);
        }
    }
    size_t value = wire_write_open(out, 5);
    wire_write_bytes(out, 1, buf_bytes(&body));
    wire_write_close(out, value);
}

static void put_resource(const struct lines_gen *gen, struct buf *out, size_t instance)
{
    const char *function = functions[instance / LINES_GEN_INSTANCES];
    size_t resource = wire_write_open(out, 1);
    attr_gen_text(out, 1, NAME_SERVICE_NAME, slice_from(function));
    attr_gen_text(out, 1, NAME_CLOUD_REGION, SLICE("eu-central-1"));
    attr_gen_text(out, 1, NAME_CLOUD_ACCOUNT_ID, SLICE("123456789012"));
    attr_gen_text(out, 1, NAME_FAAS_NAME, slice_from(function));
    attr_gen_text(out, 1, NAME_FAAS_VERSION, SLICE("$LATEST"));
    attr_gen_text(out, 1, NAME_FAAS_INSTANCE, slice_from(gen->instances[instance]));
    put_int(out, 1, NAME_THAW_EPOCH, gen->epoch);
    wire_write_close(out, resource);
}

struct lines_gen_invocation {
    char request[UUID_TEXT_SIZE + 1];
    unsigned char trace[16], span[8];
    size_t instance;
    uint64_t time_ns, observed_ns;
};

static void put_line(struct lines_gen *gen, struct buf *out, struct lines_gen_invocation *of)
{
    unsigned text = (unsigned)prng_below(&gen->prng, LINES_GEN_TEXTS);
    bool error = prng_chance(&gen->prng, 1, 50);
    of->time_ns += prng_below(&gen->prng, 12) * NS_PER_MS;
    size_t line = wire_write_open(out, 2);
    wire_write_fixed64(out, 1, of->time_ns);
    wire_write_u64(out, 2, error ? 17 : 9);
    wire_write_bytes(out, 3, error ? SLICE("ERROR") : SLICE("INFO"));
    put_body(gen, out, gen->texts[text]);
    put_int(out, 6, NAME_THAW_SEQ, ++gen->seq[of->instance]);
    attr_gen_text(out, 6, NAME_THAW_SOURCE, SLICE("function"));
    attr_gen_text(out, 6, NAME_FAAS_INVOCATION_ID, slice_from(of->request));
    put_int(out, 6, NAME_THAW_ATTEMPT, 1);
    attr_gen_text(out, 6, SLICE("logger"), slice_from(loggers[text % 8]));
    put_int(out, 6, SLICE("code.line.number"), UINT64_C(10) + text * 17);
    wire_write_bytes(out, 9, slice_of(of->trace, sizeof(of->trace)));
    wire_write_bytes(out, 10, slice_of(of->span, sizeof(of->span)));
    wire_write_fixed64(out, 11, of->observed_ns);
    wire_write_close(out, line);
}

void lines_gen_request(struct lines_gen *gen, size_t count, struct buf *out)
{
    ENSURE(count > 0 && count % LINES_GEN_INVOCATION == 0);
    for (size_t i = 0; i < count; i += LINES_GEN_INVOCATION) {
        struct uuid uuid = uuid_v4(&gen->prng);
        struct lines_gen_invocation of = {
            .instance = prng_below(&gen->prng, sizeof(gen->seq) / sizeof(gen->seq[0])),
        };
        uuid_format(&uuid, of.request);
        prng_fill(&gen->prng, of.trace, sizeof(of.trace));
        prng_fill(&gen->prng, of.span, sizeof(of.span));
        gen->now_ns += prng_below(&gen->prng, GAP_NS);
        of.time_ns = gen->now_ns / NS_PER_MS * NS_PER_MS;
        of.observed_ns = gen->now_ns + prng_below(&gen->prng, 100 * NS_PER_MS);
        size_t block = wire_write_open(out, 1);
        put_resource(gen, out, of.instance);
        size_t scope_block = wire_write_open(out, 2);
        size_t scope = wire_write_open(out, 1);
        wire_write_bytes(out, 1, NAME_SCOPE_AGENT);
        wire_write_close(out, scope);
        for (size_t k = 0; k < LINES_GEN_INVOCATION; k++) {
            put_line(gen, out, &of);
        }
        wire_write_close(out, scope_block);
        wire_write_close(out, block);
    }
    gen->count += count;
    ENSURE(!buf_overflowed(out));
}
