/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench_records spans|lines [RECORDS [SEED]]: what taking a record in costs from the body on:
 * to decode it, to hash the body, and to show it to the view and the index of ids.  Requests of
 * the generators (spans_gen.h, lines_gen.h), as load_gen sends them, in nanoseconds a record of the
 * thread's own CPU time, each step for itself.  Instructions, of the steps alone:
 *
 *     valgrind --tool=callgrind --toggle-collect=step_decode --toggle-collect=step_hash
 *              --toggle-collect=step_apply bench_records spans 20000
 */
#include "lines_gen.h"
#include "spans_gen.h"

#include "ingest/otlp_decode.h"
#include "model/view.h"
#include "store/index.h"

#include "base/ensure.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define START_NS    UINT64_C(1796000000000000000)
#define ARENA_SIZE  ((size_t)512 << 20)
#define BODY_SIZE   ((size_t)16 << 20)
#define REQUEST     500
#define REQUEST_LOG 480

struct bench {
    struct arena arena;
    struct batch batch;
    struct view *view;
    struct index *index;
    struct hash_bulk bulk;
    struct frame_ref ref;
    struct hash_128 hash;
    enum signal signal;
    uint64_t arrival_ns;
};

void step_decode(struct bench *bench, struct slice body);
void step_hash(struct bench *bench, struct slice body);
void step_apply(struct bench *bench);

__attribute__((noinline)) void step_decode(struct bench *bench, struct slice body)
{
    arena_reset(&bench->arena);
    ENSURE(otlp_decode(bench->signal, body, &bench->arena, &bench->batch));
}

__attribute__((noinline)) void step_hash(struct bench *bench, struct slice body)
{
    bench->hash = hash_bulk128(&bench->bulk, body);
}

static void note(void *context, struct id16 id)
{
    struct bench *bench = context;
    ENSURE(index_note(bench->index, id, bench->ref));
}

__attribute__((noinline)) void step_apply(struct bench *bench)
{
    struct view_frame frame = {
        .segment = bench->ref.segment,
        .arrival_ns = bench->arrival_ns,
        .note = note,
        .context = bench,
    };
    view_apply(bench->view, &frame, &bench->batch);
}

static double now_ns(void)
{
    struct timespec now;
    ENSURE(clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now) == 0);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static void make(enum signal signal, void *gen, struct buf *body, uint64_t *at_ns)
{
    buf_reset(body);
    if (signal == SIGNAL_TRACES) {
        spans_gen_request(gen, REQUEST, body);
        *at_ns = ((struct spans_gen *)gen)->now_ns;
    } else {
        lines_gen_request(gen, REQUEST_LOG, body);
        *at_ns = ((struct lines_gen *)gen)->now_ns;
    }
    ENSURE(!buf_overflowed(body));
}

static void run(struct bench *bench, void *gen, size_t count)
{
    struct buf body;
    double decode_ns = 0;
    double hash_ns = 0;
    double apply_ns = 0;
    size_t done = 0;
    size_t bytes = 0;
    buf_init_growing(&body, BODY_SIZE);
    while (done < count) {
        make(bench->signal, gen, &body, &bench->arrival_ns);
        bench->arrival_ns += 1000000000;
        double begin = now_ns();
        step_decode(bench, buf_bytes(&body));
        double decoded = now_ns();
        step_hash(bench, buf_bytes(&body));
        double hashed = now_ns();
        step_apply(bench);
        decode_ns += decoded - begin;
        hash_ns += hashed - decoded;
        apply_ns += now_ns() - hashed;
        bench->ref.offset += 64;
        done += bench->batch.span_count + bench->batch.log_count;
        bytes += body.size;
    }
    (void)printf("ns: decode %.0f, hash %.0f, apply %.0f (%zu records of %zu bytes)\n",
                 decode_ns / (double)done, hash_ns / (double)done, apply_ns / (double)done, done,
                 bytes / done);
    buf_fini(&body);
}

int main(int argc, char **argv)
{
    static const struct hash_key key = {{1, 2}};
    if (argc < 2) {
        (void)fprintf(stderr, "usage: bench_records spans|lines [RECORDS [SEED]]\n");
        return 100;
    }
    size_t count = argc > 2 ? strtoul(argv[2], NULL, 10) : 1000000;
    uint64_t seed = argc > 3 ? strtoul(argv[3], NULL, 10) : 77;
    struct bench *bench = calloc(1, sizeof(*bench));
    void *memory = malloc(ARENA_SIZE);
    ENSURE(bench != NULL && memory != NULL);
    arena_init(&bench->arena, memory, ARENA_SIZE);
    hash_bulk_init(&bench->bulk, &key);
    bench->view = view_create(&key);
    bench->signal = strcmp(argv[1], "spans") == 0 ? SIGNAL_TRACES : SIGNAL_LOGS;
    ENSURE(bench->view != NULL && index_create(&bench->index, &key) == STATUS_OK);
    bench->ref.segment = 1;
    ENSURE(index_open(bench->index, bench->ref.segment) == STATUS_OK);
    void *gen = bench->signal == SIGNAL_TRACES ? malloc(sizeof(struct spans_gen))
                                               : malloc(sizeof(struct lines_gen));
    ENSURE(gen != NULL);
    if (bench->signal == SIGNAL_TRACES) {
        spans_gen_init(gen, seed, START_NS);
    } else {
        lines_gen_init(gen, seed, START_NS);
    }
    run(bench, gen, count);
    free(gen);
    index_free(bench->index);
    view_free(bench->view);
    free(memory);
    free(bench);
    return 0;
}
