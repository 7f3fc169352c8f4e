/* SPDX-License-Identifier: Apache-2.0 */

/* Both directions of a connection to the Runtime API, whole and in pieces: what is told does not
 * depend on how the bytes arrive, nor on whether bodies are seen, and any bytes may.  0xff begins
 * the next turn: up, down, up. */
#include "base/ensure.h"
#include "proxy/proxy.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

#define TOLD_MAX 65536

static struct proxy proxy;

/* What was told, with joined data. */
struct told {
    size_t size;
    unsigned char bytes[TOLD_MAX];
};

static struct told told[2];
static enum proxy_fact_kind under_way[2];
static bool blind; /* Data is neither shown, as far as may be, nor noted. */

static void note(struct told *into, struct slice bytes)
{
    bytes = slice_take(bytes, TOLD_MAX - into->size);
    if (bytes.size > 0) {
        memcpy(into->bytes + into->size, bytes.base, bytes.size);
    }
    into->size += bytes.size;
}

static void hear(void *context, const struct proxy_fact *fact)
{
    struct told *into = context;
    const struct slice texts[] = {fact->request_id, fact->trace_id, fact->client_context,
                                  fact->content_type, fact->error_type};
    unsigned char kind = (unsigned char)('0' + fact->kind);
    size_t way = fact->kind >= PROXY_ANSWER && fact->kind <= PROXY_ANSWER_END ? 1 : 0;
    ENSURE(fact->connection == 3);
    switch (fact->kind) {
    case PROXY_EVENT:
    case PROXY_ANSWER:
        ENSURE(under_way[way] == PROXY_GONE);
        under_way[way] = fact->kind;
        break;
    case PROXY_EVENT_DATA:
    case PROXY_ANSWER_DATA:
        ENSURE(under_way[way] == fact->kind - 1 && fact->data.size > 0);
        note(into, blind ? SLICE_EMPTY : fact->data);
        return;
    case PROXY_EVENT_END:
    case PROXY_ANSWER_END:
        ENSURE(under_way[way] == fact->kind - 2);
        under_way[way] = PROXY_GONE;
        break;
    case PROXY_ASKED:
    case PROXY_INIT_ERROR:
        break;
    case PROXY_GONE:
        ENSURE(under_way[0] != PROXY_GONE || under_way[1] != PROXY_GONE);
        under_way[0] = under_way[1] = PROXY_GONE;
        break;
    }
    note(into, slice_of(&kind, 1));
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        note(into, texts[i]);
    }
}

static bool want(void *context, size_t connection, bool answer)
{
    (void)context;
    (void)answer;
    ENSURE(connection == 3);
    return false;
}

static struct slice pass(enum relay_way way, struct slice part, bool unseen)
{
    uint64_t body = unseen ? proxy_unseen(&proxy, 3, way) : 0;
    if (body == 0) {
        proxy_passed(&proxy, 3, way, part);
        return part;
    }
    part = slice_take(part, body < part.size ? (size_t)body : part.size);
    proxy_skipped(&proxy, 3, way, part.size);
    return part;
}

static void run(struct told *into, struct slice input, size_t step, bool unseen)
{
    enum relay_way way = RELAY_UP;
    bool more = true;
    into->size = 0;
    under_way[0] = under_way[1] = PROXY_GONE;
    proxy_init(&proxy, hear, want, into);
    proxy_opened(&proxy, 3);
    while (more) {
        struct slice part;
        more = slice_cut(input, 0xff, &part, &input);
        while (part.size > 0) {
            part = slice_skip(part, pass(way, slice_take(part, step), unseen).size);
        }
        way = way == RELAY_UP ? RELAY_DOWN : RELAY_UP;
    }
    proxy_ended(&proxy, 3, RELAY_DOWN);
    proxy_closed(&proxy, 3);
    ENSURE(!proxy_idle(&proxy, 3));
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    struct slice input = slice_of(data, size);
    for (int turn = 0; turn < 2; turn++) {
        blind = turn == 1;
        run(&told[0], input, size + 1, false);
        run(&told[1], input, size % 7 + 1, blind);
        ENSURE(slice_equal(slice_of(told[0].bytes, told[0].size),
                           slice_of(told[1].bytes, told[1].size)));
    }
    return 0;
}
