/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench_columns [RECORDS [SEED]]: what columns cost and save.  Requests of the generators
 * (spans_gen.h, lines_gen.h) are decoded, added to a table, and written as blocks; every part of
 * the blocks is told in bytes a record, every step in microseconds a record (of its own CPU time).
 */
#include "lines_gen.h"
#include "spans_gen.h"

#include "columns/block_format.h"
#include "columns/block_scan.h"
#include "columns/table_private.h"
#include "columns/varint.h"
#include "ingest/otlp_decode.h"

#include "base/ensure.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define START_NS    UINT64_C(1796000000000000000)
#define BLOCKS_MAX  4096
#define PARTS_MAX   64
#define ARENA_SIZE  ((size_t)512 << 20)
#define BODY_SIZE   ((size_t)16 << 20)
#define REQUEST     500
#define REQUEST_LOG 480

struct block_copy {
    struct slice bytes;
    struct id16 *ids;
    size_t id_count;
    size_t filter_size;
    uint32_t rows;
};

struct bench {
    struct table *table;
    struct arena arena;
    struct block_copy blocks[BLOCKS_MAX];
    size_t block_count;
    struct slice dictionary;
    size_t parts[PARTS_MAX];
    uint64_t wire;
    double decode_us, add_us;
};

static double now_us(void)
{
    struct timespec time;
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return (double)time.tv_sec * 1e6 + (double)time.tv_nsec / 1e3;
}

static struct slice copy_of(struct slice bytes)
{
    unsigned char *memory = malloc(bytes.size + 1);
    ENSURE(memory != NULL);
    memcpy(memory, bytes.base, bytes.size);
    return slice_of(memory, bytes.size);
}

static void count_parts(struct bench *bench, struct slice bytes)
{
    uint64_t rows;
    uint64_t count;
    size_t whole = bytes.size;
    size_t sum = 0;
    bytes = slice_skip(bytes, 2);
    ENSURE(varint_take(&bytes, &rows) && varint_take(&bytes, &count));
    for (uint64_t i = 0; i < count; i++) {
        uint64_t number;
        uint64_t size;
        ENSURE(varint_take(&bytes, &number) && varint_take(&bytes, &size));
        sum += size;
        if (number < PARTS_MAX) {
            bench->parts[number] += size;
        }
    }
    bench->parts[PARTS_MAX - 1] += whole - sum; /* The head. */
}

static enum status take_block(void *context, struct slice bytes, const struct block_info *info)
{
    struct bench *bench = context;
    ENSURE(bench->block_count < BLOCKS_MAX);
    struct block_copy *block = &bench->blocks[bench->block_count++];
    *block = (struct block_copy){
        .bytes = copy_of(bytes),
        .ids = malloc((info->id_count + 1) * sizeof(*block->ids)),
        .id_count = info->id_count,
        .filter_size = info->filter.size,
        .rows = info->rows,
    };
    ENSURE(block->ids != NULL);
    memcpy(block->ids, info->ids, info->id_count * sizeof(*block->ids));
    count_parts(bench, bytes);
    return STATUS_OK;
}

static enum status take_dictionary(void *context, struct slice bytes)
{
    struct bench *bench = context;
    bench->dictionary = copy_of(bytes);
    return STATUS_OK;
}

static void add_request(struct bench *bench, enum signal signal, struct slice body,
                        uint64_t arrival_ns)
{
    struct batch batch;
    arena_reset(&bench->arena);
    double begin = now_us();
    ENSURE(otlp_decode(signal, body, &bench->arena, &batch));
    double middle = now_us();
    ENSURE(table_add(bench->table, &batch, arrival_ns) == STATUS_OK);
    bench->decode_us += middle - begin;
    bench->add_us += now_us() - middle;
    bench->wire += body.size;
}

static void fill_spans(struct bench *bench, size_t count, uint64_t seed)
{
    struct spans_gen *gen = malloc(sizeof(*gen));
    struct buf body;
    ENSURE(gen != NULL);
    buf_init_growing(&body, BODY_SIZE);
    spans_gen_init(gen, seed, START_NS);
    while (gen->count < count) {
        buf_reset(&body);
        spans_gen_request(gen, REQUEST, &body);
        add_request(bench, SIGNAL_TRACES, buf_bytes(&body), gen->now_ns + 1000000000);
    }
    buf_fini(&body);
    free(gen);
}

static void fill_lines(struct bench *bench, size_t count, uint64_t seed)
{
    struct lines_gen *gen = malloc(sizeof(*gen));
    struct buf body;
    ENSURE(gen != NULL);
    buf_init_growing(&body, BODY_SIZE);
    lines_gen_init(gen, seed, START_NS);
    while (gen->count < count) {
        buf_reset(&body);
        lines_gen_request(gen, REQUEST_LOG, &body);
        add_request(bench, SIGNAL_LOGS, buf_bytes(&body), gen->now_ns + 1000000000);
    }
    buf_fini(&body);
    free(gen);
}

static const char *part_name(const struct bench *bench, unsigned number, char *memory, size_t size)
{
    static const char *const fixed[] = {"groups",   "shapes",  "starts",    "ends",    "trace ids",
                                        "span ids", "parents", "resources", "arrivals"};
    static const char *const fields[] = {
        "name", "state",   "message", "flags", "severity", "severity text", "event name",
        "seq",  "dropped", "events",  "links", "attrs",    "body"};
    if (number == PARTS_MAX - 1) {
        return "heads";
    }
    if (number < sizeof(fixed) / sizeof(fixed[0])) {
        return fixed[number];
    }
    const struct column *column = &bench->table->shapes.columns[number - PART_COLUMN];
    if (column->field != FIELD_ATTR) {
        return fields[column->field];
    }
    (void)snprintf(memory, size, SLICE_FMT, SLICE_ARG(texts_get(bench->table->texts, column->key)));
    return memory;
}

static void print_sizes(const struct bench *bench, double rows)
{
    char memory[128];
    size_t blocks = 0;
    size_t filters = 0;
    for (size_t i = 0; i < bench->block_count; i++) {
        blocks += bench->blocks[i].bytes.size;
        filters += bench->blocks[i].filter_size;
    }
    for (unsigned i = 0; i < PARTS_MAX; i++) {
        if (bench->parts[i] > 0) {
            (void)printf("  %-28s %6.3f\n", part_name(bench, i, memory, sizeof(memory)),
                         (double)bench->parts[i] / rows);
        }
    }
    (void)printf("  %-28s %6.3f\n  %-28s %6.3f\n", "filters", (double)filters / rows, "dictionary",
                 (double)bench->dictionary.size / rows);
    (void)printf("bytes %.2f of %.0f on the wire, %zu blocks, dictionary %zu bytes\n",
                 (double)(blocks + filters + bench->dictionary.size) / rows,
                 (double)bench->wire / rows, bench->block_count, bench->dictionary.size);
}

/* ---- Reading. ---- */

static bool count_records(void *context, uint64_t arrival_ns, const struct batch *batch)
{
    size_t *count = context;
    (void)arrival_ns;
    *count += batch->span_count + batch->log_count;
    return true;
}

static double per(double begin, size_t count)
{
    return (now_us() - begin) / (double)count;
}

/* Each block by the id of a transaction in it; then all of it; then its durations; then a name. */
static void read_blocks(struct bench *bench)
{
    struct dictionary *dictionary;
    struct bytes_reader *reader = bytes_reader_create();
    struct block *block;
    size_t found = 0;
    size_t all = 0;
    double us[5] = {0};
    double begin = now_us();
    ENSURE(reader != NULL && dictionary_open(&dictionary, bench->dictionary) == STATUS_OK);
    us[0] = per(begin, 1);
    for (size_t i = 0; i < bench->block_count; i++) {
        const struct block_copy *copy = &bench->blocks[i];
        for (unsigned step = 1; step <= 4; step++) {
            const int64_t *durations_ns;
            begin = now_us();
            arena_reset(&bench->arena);
            ENSURE(block_open(&block, dictionary, copy->bytes, reader, &bench->arena) == STATUS_OK);
            enum status status =
                step == 1
                    ? block_rows(block, &copy->ids[copy->id_count / 2], 1, count_records, &found)
                : step == 2 ? block_rows(block, NULL, 0, count_records, &all)
                : step == 3 ? block_durations(block, &durations_ns)
                            : block_has(block, SLICE("user.id"), SLICE("user-01234"));
            ENSURE(status == STATUS_OK || status == STATUS_NOT_FOUND);
            us[step] += per(begin, step == 2 ? copy->rows : 1);
        }
    }
    double blocks = (double)bench->block_count;
    ENSURE(found > 0);
    (void)printf(
        "us: dictionary_open %.0f; one transaction of a block (%.1f records) %.1f, a record of "
        "all %.3f, durations of a block %.1f, block_has %.1f\n",
        us[0], (double)found / blocks, us[1] / blocks, us[2] / blocks, us[3] / blocks,
        us[4] / blocks);
    dictionary_free(dictionary);
    bytes_reader_free(reader);
}

static void run(enum signal signal, size_t count, uint64_t seed)
{
    static const struct hash_key key = {{1, 2}};
    struct bench *bench = calloc(1, sizeof(*bench));
    void *memory = malloc(ARENA_SIZE);
    ENSURE(bench != NULL && memory != NULL);
    arena_init(&bench->arena, memory, ARENA_SIZE);
    bench->table = table_create(&key);
    ENSURE(bench->table != NULL);
    if (signal == SIGNAL_TRACES) {
        fill_spans(bench, count, seed);
    } else {
        fill_lines(bench, count, seed);
    }
    struct table_sink sink = {
        .context = bench, .block = take_block, .dictionary = take_dictionary, .filter_key = &key};
    double begin = now_us();
    ENSURE(table_write(bench->table, &sink) == STATUS_OK);
    double write_us = now_us() - begin;
    double rows = (double)bench->table->row_count;
    (void)printf("%s %.0f\n", signal == SIGNAL_TRACES ? "spans" : "lines", rows);
    print_sizes(bench, rows);
    (void)printf(
        "us a record: decode %.3f, table_add %.3f, table_write %.3f; table %zu bytes each\n",
        bench->decode_us / rows, bench->add_us / rows, write_us / rows,
        (size_t)((double)table_counts(bench->table).memory / rows));
    read_blocks(bench);
    for (size_t i = 0; i < bench->block_count; i++) {
        free(bench->blocks[i].ids);
    }
    table_free(bench->table);
    free(bench);
    free(memory);
}

int main(int argc, char **argv)
{
    size_t count = argc > 1 ? (size_t)strtoul(argv[1], NULL, 10) : 200000;
    uint64_t seed = argc > 2 ? strtoul(argv[2], NULL, 10) : 1;
    run(SIGNAL_TRACES, count, seed);
    run(SIGNAL_LOGS, count, seed);
    return 0;
}
