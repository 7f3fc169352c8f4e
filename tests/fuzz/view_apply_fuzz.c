/* SPDX-License-Identifier: Apache-2.0 */
#include "build.h"
#include "digest.h"
#include "model/snapshot.h"
#include "model/view.h"

#include "base/buf.h"

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define RECORDS_MAX 48

struct bytes {
    const uint8_t *data;
    size_t left;
};

static uint8_t next(struct bytes *bytes)
{
    if (bytes->left == 0) {
        return 0;
    }
    bytes->left--;
    return *bytes->data++;
}

/* A time, mostly near the others, at times absurd. */
static int64_t time_of(struct bytes *bytes)
{
    uint8_t byte = next(bytes);
    if (byte >= 250) {
        return byte == 250   ? INT64_MAX
               : byte == 251 ? INT64_MIN
               : byte == 252 ? 0
               : byte == 253 ? -1
                             : 1;
    }
    return BUILD_T0 + (int64_t)byte * 500 * BUILD_MS + (int64_t)next(bytes) * BUILD_MS;
}

static void write_log(struct build *build, struct bytes *bytes)
{
    static const char *const names[] = {"faas.invocation", "faas.instance.start",
                                        "faas.instance.stop", "thaw.platform.logs_dropped"};
    static const char *const texts[][2] = {
        {"thaw.invocation.state", "started"},
        {"thaw.invocation.state", "done"},
        {"thaw.invocation.state", "reported"},
        {"thaw.invocation.status", "success"},
        {"thaw.invocation.status", "timeout"},
        {"thaw.invocation.status", "error"},
        {"thaw.init.phase", "invoke"},
        {"thaw.init.phase", "init"},
        {"thaw.stop.reason", "timeout"},
        {"thaw.stop.reason", "failure"},
        {"thaw.xray.segment_id", "00000000000000a1"},
        {"thaw.xray.header", "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8"},
        {"thaw.initialization_type", "provisioned-concurrency"},
        {"thaw.phase", "init"},
        {"log.record.uid", "u1"},
    };
    static const char *const numbers[] = {
        "thaw.start_ns",       "thaw.done_ns", "thaw.deadline_ns", "thaw.init.start_ns",
        "thaw.init.end_ns",    "thaw.stop_ns", "thaw.handler_ns",  "thaw.billed_ms",
        "thaw.memory_size_mb", "thaw.init_ns", "thaw.reported_ns", "thaw.post_handler_ns",
        "thaw.end_ns"};
    uint8_t kind = next(bytes);
    if (kind % 5 < 4) {
        build_event(build, names[kind % 5], next(bytes));
    } else {
        build_line(build, "line", next(bytes), time_of(bytes));
    }
    if (kind & 0x40) {
        build_request(build, next(bytes) % 8, next(bytes) % 4);
    }
    if (kind & 0x80) {
        build_trace(build, next(bytes) % 8, next(bytes) % 8);
    }
    for (unsigned n = next(bytes) % 8; n > 0; n--) {
        uint8_t which = next(bytes);
        if (which & 0x80) {
            build_int(build, numbers[which % 13], which & 0x40 ? time_of(bytes) : next(bytes));
        } else {
            build_text(build, texts[which % 15][0], texts[which % 15][1]);
        }
    }
}

static void write_span(struct build *build, struct bytes *bytes)
{
    uint8_t kind = next(bytes);
    build_span(build, "span", (enum span_kind)(kind % 6), next(bytes) % 8, next(bytes) % 8,
               next(bytes) % 8);
    int64_t start_ns = time_of(bytes);
    build_span_time(build, start_ns, time_of(bytes));
    build_seq(build, next(bytes));
    if (kind & 0x40) {
        build_request(build, next(bytes) % 8, next(bytes) % 4);
    }
    for (unsigned n = kind >> 6; n > 0; n--) {
        build_link(build, next(bytes) % 8, next(bytes) % 8, n == 1 ? "m" : NULL);
    }
}

static struct build *make(struct bytes *bytes)
{
    static const char *const functions[] = {"front", "stock"};
    static const char *const instances[] = {"i1", "i2", "i3"};
    uint8_t kind = next(bytes);
    struct build *build = build_create(kind & 1 ? SIGNAL_TRACES : SIGNAL_LOGS);
    if ((kind & 0x43) == 0x40) {
        static void (*const who[])(struct build *, const char *,
                                   const char *) = {build_logs, build_logs_unknown};
        if ((kind & 0x3c) == 0x3c) {
            build_logs_pool(build, functions[0]);
        } else {
            who[kind >> 7](build, functions[kind >> 2 & 1], instances[(kind >> 3) % 3]);
        }
    } else if (kind & 2) {
        build_sdk(build, functions[kind >> 2 & 1], instances[(kind >> 3) % 3],
                  (uint64_t)BUILD_T0 + (kind >> 6), next(bytes));
    } else if (kind == 0xf0) {
        build_service(build, "shop");
    } else {
        build_agent(build, functions[kind >> 2 & 1], instances[(kind >> 3) % 3],
                    (uint64_t)BUILD_T0 + (kind >> 6));
    }
    for (unsigned n = next(bytes) % 8; n > 0; n--) {
        if (kind & 1) {
            write_span(build, bytes);
        } else {
            write_log(build, bytes);
        }
    }
    return build;
}

static const struct hash_key key = {{7, 8}};

static struct view *create(void)
{
    struct view *view = view_create(&key);
    if (view == NULL) {
        abort();
    }
    return view;
}

/* All that a view has can go. */
static void end(struct view *view)
{
    struct view_stats stats;
    free(digest_create(view));
    view_forget(view, UINT32_MAX);
    view_read_begin(view);
    view_stats(view, &stats);
    view_read_end(view);
    if (stats.invocations + stats.instances + stats.ids + stats.links + stats.rollups != 0) {
        abort();
    }
    view_free(view);
}

static bool take(void *context, struct slice bytes)
{
    buf_append(context, bytes);
    return true;
}

static void save(const struct view *view, struct buf *saved)
{
    buf_init_growing(saved, (size_t)64 << 20);
    if (view_save(view, take, saved) != STATUS_OK || buf_overflowed(saved)) {
        abort();
    }
}

/* What any frames have made can be saved, and is the same once it is loaded. */
static void round_trip(const struct view *view, struct buf *saved)
{
    struct buf again;
    const char *reason;
    struct view *loaded = create();
    save(view, saved);
    if (view_load(loaded, buf_bytes(saved), &reason) != STATUS_OK) {
        abort();
    }
    save(loaded, &again);
    if (again.size != saved->size) {
        abort();
    }
    buf_fini(&again);
    end(loaded);
}

/* A few bytes of it are others: it is refused, or is a view. */
static void twist(struct buf *saved, struct bytes *tail)
{
    const char *reason;
    struct view *loaded = create();
    for (unsigned n = 0; n < 3 && tail->left > 2; n++) {
        size_t at = next(tail);
        at = (at << 8 | next(tail)) % saved->size;
        saved->base[at] ^= next(tail);
    }
    if (view_load(loaded, buf_bytes(saved), &reason) != STATUS_OK) {
        view_free(loaded);
        return;
    }
    view_tick(loaded, (uint64_t)BUILD_T0 + UINT64_C(7200000000000));
    end(loaded);
}

/* Any batches in any order, time passing, segments going: the view keeps its invariants, and
 * answers, also once it was saved and loaded. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes bytes = {data, size};
    struct bytes tail = {data + (size > 9 ? size - 9 : 0), size > 9 ? 9 : size};
    struct view *view = create();
    for (unsigned n = 0; bytes.left > 0 && n < RECORDS_MAX; n++) {
        struct build *build = make(&bytes);
        struct view_frame frame = {.segment = n / 8, .arrival_ns = (uint64_t)BUILD_T0 + n};
        view_apply(view, &frame, build_batch(build));
        build_free(build);
        if (next(&bytes) == 0xfe) {
            view_tick(view, (uint64_t)BUILD_T0 + next(&bytes) * UINT64_C(60000000000));
        }
        if (next(&bytes) == 0xfd) {
            view_forget(view, next(&bytes) % 8);
        }
    }
    struct buf saved;
    round_trip(view, &saved);
    twist(&saved, &tail);
    buf_fini(&saved);
    end(view);
    return 0;
}
