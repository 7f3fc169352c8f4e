/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench_search [SPANS [LINES [DIRECTORY]]]: what queries cost over a store of spans and log lines
 * of the generators (spans_gen.h, lines_gen.h), all of them sealed.  The store is made in DIRECTORY
 * (left there: another run uses it again) or in a temporary one.
 *
 * Each query is told in milliseconds of its own CPU time: the first time, when dictionaries have to
 * be opened, and the best of five.  The files are in the cache of the kernel.
 */
#include "lines_gen.h"
#include "spans_gen.h"

#include "base/clock.h"
#include "base/ensure.h"
#include "base/log.h"
#include "columns/scan_query.h"
#include "ingest/otlp_decode.h"
#include "store/disk.h"
#include "store/store.h"
#include "store/writer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define START_NS     UINT64_C(1796000000000000000)
#define ARENA_SIZE   ((size_t)512 << 20)
#define BODY_SIZE    ((size_t)16 << 20)
#define REQUEST      500
#define REQUEST_LOG  480
#define GROUP        64 /* Requests of one sync. */
#define SERVICES_MAX 64
#define BUCKETS      4096

static uint64_t now_ns = START_NS;

static uint64_t wall(void)
{
    return now_ns;
}

static double cpu_ms(void)
{
    struct timespec time;
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return (double)time.tv_sec * 1e3 + (double)time.tv_nsec / 1e6;
}

/* ---- The store. ---- */

struct bench {
    struct disk disk;
    struct catalog catalog;
    struct store *store;
    struct arena arena;
    struct slice bodies[GROUP];
    size_t count; /* Of those that wait. */
};

static void apply(void *context, struct store *store, const struct frame *frame,
                  const struct batch *batch, struct frame_ref ref)
{
    (void)context;
    (void)store;
    (void)frame;
    (void)batch;
    (void)ref;
}

static void forget(void *context, uint32_t segment_last)
{
    (void)context;
    (void)segment_last;
}

/* What is saved is nothing, so that no start shows everything again. */
static enum status save(void *context, store_sink *sink, void *sink_context)
{
    (void)context;
    return sink(sink_context, SLICE("nothing")) ? STATUS_OK : STATUS_IO;
}

static enum status load(void *context, struct slice bytes, const char **reason)
{
    (void)context;
    (void)bytes;
    (void)reason;
    return STATUS_OK;
}

static void open_store(struct bench *bench, const char *directory)
{
    char error[256];
    struct store_parts parts = {
        .disk = &bench->disk,
        .catalog = &bench->catalog,
        .wall_ns = wall,
        .key = {{1, 2}},
        .id = {1},
    };
    struct store_options options = {
        .decode = otlp_decode,
        .segment_bytes_max = UINT64_C(64) << 20,
        .pending_bytes_max = UINT64_C(256) << 20,
    };
    struct store_observer observer = {.apply = apply, .forget = forget, .save = save, .load = load};
    struct slice path = slice_from(directory);
    ENSURE(disk_posix_open(&bench->disk, path, error, sizeof(error)) == STATUS_OK);
    ENSURE(catalog_lmdb_open(&bench->catalog, path, error, sizeof(error)) == STATUS_OK);
    ENSURE(store_open_parts(&bench->store, &parts, &options, &observer, error, sizeof(error)) ==
           STATUS_OK);
}

static void close_store(struct bench *bench)
{
    store_close(bench->store);
    catalog_lmdb_close(&bench->catalog);
    disk_posix_close(&bench->disk);
}

static void done(void *context, enum status status)
{
    (void)context;
    ENSURE(status == STATUS_OK || status == STATUS_EXISTS);
}

static void flush(struct bench *bench)
{
    (void)store_step(bench->store);
    while (store_step(bench->store) > 0) {
    }
    for (size_t i = 0; i < bench->count; i++) {
        free((void *)(uintptr_t)bench->bodies[i].base);
    }
    bench->count = 0;
    arena_reset(&bench->arena);
    store_seal(bench->store);
}

static void append(struct bench *bench, enum signal signal, struct slice body)
{
    unsigned char *copy = malloc(body.size);
    ENSURE(copy != NULL);
    memcpy(copy, body.base, body.size);
    struct frame frame = {
        .signal = signal, .arrival_ns = now_ns, .body = slice_of(copy, body.size)};
    struct batch *batch = arena_alloc(&bench->arena, sizeof(*batch));
    bench->bodies[bench->count++] = frame.body;
    bool records = signal != SIGNAL_METRICS;
    ENSURE(batch != NULL && (!records || otlp_decode(signal, frame.body, &bench->arena, batch)));
    store_append(bench->store, &frame, records ? batch : NULL, done, NULL);
    if (bench->count == GROUP) {
        flush(bench);
    }
}

static void fill(struct bench *bench, size_t spans, size_t lines)
{
    struct spans_gen *span_gen = malloc(sizeof(*span_gen));
    struct lines_gen *line_gen = malloc(sizeof(*line_gen));
    struct buf body;
    ENSURE(span_gen != NULL && line_gen != NULL);
    buf_init_growing(&body, BODY_SIZE);
    spans_gen_init(span_gen, 1, START_NS);
    lines_gen_init(line_gen, 1, START_NS);
    while (span_gen->count < spans || line_gen->count < lines) {
        bool of_spans = line_gen->count >= lines ||
                        (span_gen->count < spans && span_gen->now_ns <= line_gen->now_ns);
        buf_reset(&body);
        if (of_spans) {
            spans_gen_request(span_gen, REQUEST, &body);
        } else {
            lines_gen_request(line_gen, REQUEST_LOG, &body);
        }
        now_ns = (of_spans ? span_gen->now_ns : line_gen->now_ns) + 1000000000;
        append(bench, of_spans ? SIGNAL_TRACES : SIGNAL_LOGS, buf_bytes(&body));
    }
    flush(bench);
    buf_fini(&body);
    free(span_gen);
    free(line_gen);
}

/* Let the log that is written to be followed by another, and be sealed. */
static void seal_rest(struct bench *bench)
{
    static const unsigned char nothing[1] = {0};
    struct store_stats stats;
    now_ns += UINT64_C(25) * 3600 * 1000000000;
    append(bench, SIGNAL_METRICS, slice_of(nothing, sizeof(nothing)));
    flush(bench);
    do {
        store_seal(bench->store);
        store_stats(bench->store, &stats);
    } while (stats.sealed + 1 < stats.segments);
    now_ns += UINT64_C(120) * 1000000000;
    store_seal(bench->store);
    (void)printf("%u sealed segments, %.1f MB\n", stats.sealed, (double)stats.bytes / 1e6);
}

/* ---- Queries. ---- */

struct found {
    size_t count;
    struct slice request, user, word;
    uint64_t time_ns;
};

static bool see(void *context, uint64_t arrival_ns, const struct batch *batch)
{
    struct found *found = context;
    (void)arrival_ns;
    found->count++;
    if (batch->span_count > 0) {
        (void)attrs_find_text(batch->spans->attrs, SLICE("faas.invocation_id"), &found->request);
        (void)attrs_find_text(batch->spans->attrs, SLICE("user.id"), &found->user);
        found->time_ns = batch->spans->start_ns;
    }
    return true;
}

static struct found search(struct bench *bench, const struct scan_query *query, size_t most)
{
    struct found found = {.count = 0};
    struct store_hold *hold = store_hold(bench->store);
    ENSURE(hold != NULL);
    arena_reset(&bench->arena);
    ENSURE(store_search(hold, query, most, &bench->arena, see, &found) == STATUS_OK);
    store_release(hold);
    return found;
}

static void tell(const char *name, double first, double best, const char *what, size_t count)
{
    (void)printf("%-52s first %8.2f ms, best %8.2f ms  (%zu %s)\n", name, first, best, count, what);
}

static void time_search(struct bench *bench, const char *name, const struct scan_query *query,
                        size_t most)
{
    double first = 0;
    double best = 0;
    struct found found = {.count = 0};
    for (unsigned i = 0; i < 6; i++) {
        double begin = cpu_ms();
        found = search(bench, query, most);
        double took = cpu_ms() - begin;
        first = i == 0 ? took : first;
        best = i == 1 || (i > 1 && took < best) ? took : best;
    }
    tell(name, first, best, "found", found.count);
}

/* Durations of each service, in buckets of 2 %. */
struct spread {
    struct slice services[SERVICES_MAX];
    char names[SERVICES_MAX][64];
    uint64_t counts[SERVICES_MAX][BUCKETS];
    size_t service_count;
    uint64_t resources_id;
    uint32_t *of_resource;
    uint32_t resource_count;
    uint64_t spans;
};

static uint32_t service_of(struct spread *spread, struct slice name)
{
    for (size_t i = 0; i < spread->service_count; i++) {
        if (slice_equal(spread->services[i], name)) {
            return (uint32_t)i;
        }
    }
    size_t at = spread->service_count++;
    ENSURE(at < SERVICES_MAX && slice_copy_text(name, spread->names[at], sizeof(spread->names[0])));
    spread->services[at] = slice_from(spread->names[at]);
    return (uint32_t)at;
}

/* 64 buckets for each power of two. */
static unsigned bucket_of(uint64_t value)
{
    if (value < 64) {
        return (unsigned)value;
    }
    unsigned shift = 63 - (unsigned)__builtin_clzll(value) - 6;
    return shift * 64 + 64 + (unsigned)(value >> shift) - 64;
}

static uint64_t bucket_begin(unsigned bucket)
{
    return bucket < 64 ? bucket : (uint64_t)(bucket % 64 + 64) << (bucket / 64 - 1);
}

static bool add_up(void *context, const struct store_measures *measures)
{
    struct spread *spread = context;
    if (measures->resources_id != spread->resources_id || spread->of_resource == NULL) {
        free(spread->of_resource);
        spread->of_resource =
            malloc((measures->resource_count + 1) * sizeof(spread->of_resource[0]));
        ENSURE(spread->of_resource != NULL);
        for (uint32_t i = 0; i < measures->resource_count; i++) {
            spread->of_resource[i] = service_of(spread, measures->resources[i].service);
        }
        spread->resources_id = measures->resources_id;
    }
    for (uint32_t i = 0; i < measures->count; i++) {
        uint32_t service = spread->of_resource[measures->senders[i]];
        spread->counts[service][bucket_of((uint64_t)measures->durations_ns[i]) % BUCKETS]++;
    }
    spread->spans += measures->count;
    return true;
}

static uint64_t part_of(const uint64_t *counts, double part)
{
    uint64_t all = 0;
    for (unsigned i = 0; i < BUCKETS; i++) {
        all += counts[i];
    }
    uint64_t below = 0;
    unsigned at = 0;
    while (at + 1 < BUCKETS && (double)(below + counts[at]) < part * (double)all) {
        below += counts[at++];
    }
    return bucket_begin(at);
}

static void time_spread(struct bench *bench)
{
    struct scan_query query = {.signals = SCAN_SPANS, .to_ns = UINT64_MAX};
    double first = 0;
    double best = 0;
    struct spread *spread = NULL;
    for (unsigned i = 0; i < 6; i++) {
        if (spread != NULL) {
            free(spread->of_resource);
        }
        free(spread);
        spread = calloc(1, sizeof(*spread));
        ENSURE(spread != NULL);
        double begin = cpu_ms();
        struct store_hold *hold = store_hold(bench->store);
        ENSURE(hold != NULL && store_measure(hold, &query, STORE_DURATIONS | STORE_SENDERS, add_up,
                                             spread) == STATUS_OK);
        store_release(hold);
        double took = cpu_ms() - begin;
        first = i == 0 ? took : first;
        best = i == 1 || (i > 1 && took < best) ? took : best;
    }
    tell("count and 95th percentile of durations by service", first, best, "spans",
         (size_t)spread->spans);
    (void)printf("  %s: 95 %% below %.1f ms\n", spread->names[0],
                 (double)part_of(spread->counts[0], 0.95) / 1e6);
    free(spread->of_resource);
    free(spread);
}

static void ask(struct bench *bench)
{
    struct scan_condition conditions[2];
    struct scan_query query = {
        .signals = SCAN_SPANS,
        .to_ns = UINT64_MAX,
        .conditions = conditions,
    };
    struct found latest = search(bench, &query, 1);
    char request[64];
    char user[64];
    query.to_ns = START_NS + (latest.time_ns - START_NS) / 2;
    struct found middle = search(bench, &query, 1);
    ENSURE(slice_copy_text(middle.request, request, sizeof(request)) &&
           slice_copy_text(middle.user, user, sizeof(user)));
    query.to_ns = UINT64_MAX;
    query.condition_count = 1;
    conditions[0] = (struct scan_condition){
        .test = SCAN_ATTR, .key = SLICE("user.id"), .text = slice_from(user)};
    time_search(bench, "latest 20 of one user of 20,000", &query, 20);
    conditions[0] = (struct scan_condition){
        .test = SCAN_ATTR, .key = SLICE("faas.invocation_id"), .text = slice_from(request)};
    time_search(bench, "latest 20 of one transaction, an attribute", &query, 20);
    conditions[0].text = SLICE("no such request");
    time_search(bench, "latest 20 of a value that no span has", &query, 20);
    query.condition_count = 2;
    conditions[0] = (struct scan_condition){.test = SCAN_SERVICE, .text = SLICE("checkout")};
    conditions[1] =
        (struct scan_condition){.test = SCAN_NAME, .text = SLICE("shop.checkout.v1.Service/put")};
    time_search(bench, "latest 20 of one service and operation", &query, 20);
    conditions[1] =
        (struct scan_condition){.test = SCAN_DURATION_MIN, .duration_ns = UINT64_C(2000000000)};
    time_search(bench, "latest 20 of one service of 2 s or longer", &query, 20);
    time_spread(bench);
}

/* Ids that no record has, one and a thousand. */
static void time_ids(struct bench *bench)
{
    static struct id16 ids[1000];
    struct frame_ref refs[16];
    struct prng prng;
    prng_init(&prng, 99);
    prng_fill(&prng, ids, sizeof(ids));
    for (size_t count = 1; count <= 1000; count *= 1000) {
        double best = 0;
        double first = 0;
        size_t found = 0;
        for (unsigned i = 0; i < 6; i++) {
            struct store_hold *hold = store_hold(bench->store);
            ENSURE(hold != NULL);
            double begin = cpu_ms();
            found = store_find(hold, ids, count, refs, 16);
            double took = cpu_ms() - begin;
            store_release(hold);
            first = i == 0 ? took : first;
            best = i == 1 || (i > 1 && took < best) ? took : best;
        }
        tell(count == 1 ? "an id that no record has" : "a thousand such ids", first, best, "found",
             found);
    }
}

static void ask_lines(struct bench *bench)
{
    struct scan_condition condition = {.test = SCAN_WORDS, .text = SLICE("timeout")};
    struct scan_query query = {
        .signals = SCAN_LINES,
        .to_ns = UINT64_MAX,
        .conditions = &condition,
        .condition_count = 1,
    };
    time_search(bench, "lines: latest 20 with a word of many", &query, 20);
    condition.text = SLICE("nowhere");
    time_search(bench, "lines: latest 20 with a word of none", &query, 20);
    condition.text = SLICE("48213");
    time_search(bench, "lines: latest 20 with a rare number", &query, 20);
    condition.test = SCAN_TEXT;
    condition.text = SLICE("imeou");
    time_search(bench, "lines: latest 20 with a part of a word", &query, 20);
}

int main(int argc, char **argv)
{
    size_t spans = argc > 1 ? (size_t)strtoul(argv[1], NULL, 10) : 2000000;
    size_t lines = argc > 2 ? (size_t)strtoul(argv[2], NULL, 10) : 1000000;
    char temporary[] = "/tmp/bench_search-XXXXXX";
    struct bench *bench = calloc(1, sizeof(*bench));
    void *memory = malloc(ARENA_SIZE);
    struct store_stats stats;
    log_set_level(LOG_OFF);
    ENSURE(bench != NULL && memory != NULL && (argc > 3 || mkdtemp(temporary) != NULL));
    arena_init(&bench->arena, memory, ARENA_SIZE);
    open_store(bench, argc > 3 ? argv[3] : temporary);
    store_stats(bench->store, &stats);
    if (stats.frames == 0) {
        fill(bench, spans, lines);
        seal_rest(bench);
    }
    if (spans > 0) {
        ask(bench);
    }
    time_ids(bench);
    if (lines > 0) {
        ask_lines(bench);
    }
    close_store(bench);
    if (argc <= 3) {
        char command[128];
        (void)snprintf(command, sizeof(command), "rm -rf '%s'", temporary);
        (void)!system(command);
    }
    free(memory);
    free(bench);
    return 0;
}
