/* SPDX-License-Identifier: Apache-2.0 */
/* A core with a spool behind it, and what the next process makes of that. */
#ifndef TESTS_AGENT_SPOOL_DRIVE_H
#define TESTS_AGENT_SPOOL_DRIVE_H
#include "base/hash.h"
#include "core_drive.h"
#include "lib/memory_disk.h"
#include "spool/entry.h"
#include "spool/replay.h"
#include "spool/row.h"
#include "spool/spool.h"

#define INSTANCE "2026/11/30/[$LATEST]0123456789abcdef"

static unsigned char file_bytes[FORMAT_FILE_SIZE];
static unsigned char entries_memory[AGENT_SPOOL_ENTRIES_SIZE];
static struct memory_disk memory;
static struct spool spool;

/* What the next process would find, in a core of its own. */
static _Alignas(8) unsigned char heir_queue[AGENT_QUEUE_SIZE];
static unsigned char heir_body[AGENT_BODY_SIZE];
static unsigned char heir_record[AGENT_RECORD_MAX];
static unsigned char heir_entries[AGENT_SPOOL_ENTRIES_SIZE];
static struct core heir;

/* A process begins: its epoch is the time. */
static inline void live_with(size_t queue_size)
{
    const struct core_memory memories = {queue_memory,        queue_size,    body_memory,
                                         sizeof(body_memory), record_memory, sizeof(record_memory)};
    const struct core_config config = {
        .resource = {.function_name = SLICE("fn"), .epoch_ns = now.wall_ns},
        .flush = CORE_FLUSH_END,
        .age_max_ns = MS(120000),
        .budget_ns = MS(100),
        .lines = CORE_LINES_ALL};
    const struct disk disk = memory_disk_of(&memory);
    memset(&core, 0, sizeof(core));
    core_init(&core, &config, &memories);
    memory_disk_next_process(&memory);
    spool_init(&spool, &disk, SLICE("/tmp/spool"), entries_memory);
}

static inline void take_over(void)
{
    const struct spool_loan loan = {.half = body_memory, .salt = now.wall_ns};
    (void)spool_open(&spool, &core, now, &loan);
    core_assert(&core);
}

static inline void live(void)
{
    live_with(sizeof(queue_memory));
    take_over();
}

static inline int begin_world(void **state)
{
    (void)state;
    now = (struct core_now){.wall_ns = UINT64_C(1795000000000000000), .mono_ns = MS(1000000)};
    memory_disk_reset(&memory, file_bytes);
    return 0;
}

/* A process is killed, and the next one begins a second later. */
static inline void kill_and_live(void)
{
    now.wall_ns += MS(1000);
    now.mono_ns += MS(1000);
    live();
}

static inline void keep(bool look)
{
    spool_keep(&spool, &core, look);
    core_assert(&core);
}

/* What the shell does with a delivery: one write for all of it. */
static inline void deliver_event(struct event event)
{
    event.time_ns = event.time_ns > 0 ? event.time_ns : now.wall_ns;
    const struct core_input input = {.kind = CORE_EVENT, .more = true, .event = &event};
    core_step(&core, now, &input, &actions);
}

static inline void delivered(void)
{
    step((struct core_input){.kind = CORE_TIME});
    keep(false);
}

static inline void say(const char *text)
{
    deliver_event((struct event){.type = EVENT_LINE_FUNCTION,
                                 .text = {.raw = slice_from(text), .escaped = false}});
}

static inline void tell_init(const char *instance)
{
    deliver_event((struct event){.type = EVENT_INIT_START,
                                 .instance_id = slice_from(instance),
                                 .initialization_type = SLICE("on-demand")});
    delivered();
}

static inline void tell_invoke(const char *id)
{
    invoke(id);
    keep(true);
}

static inline void tell_of(enum event_type type, const char *id)
{
    deliver_event((struct event){.type = type, .request_id = slice_from(id)});
}

/* The answer to a batch. */
static inline void tell_answer(unsigned status)
{
    answer(status);
    keep(false);
}

/* ---- What two processes have in common. ---- */

static inline uint64_t mix(uint64_t hash, const void *bytes, size_t size)
{
    const struct hash_key key = {{hash, 1}};
    return hash_sip64(&key, slice_of(bytes, size));
}

/* Everything that a process that takes over must have, as one number. */
static inline uint64_t digest_of(const struct core *of)
{
    uint64_t hash = 0;
    size_t position = 0;
    const struct queue_frame *frame;
    while ((frame = queue_next(&of->queue, &position)) != NULL) {
        const struct resource resource = lives_resource(&of->lives, frame->life, &of->resource);
        const uint64_t numbers[] = {resource.epoch_ns, frame->seq,   frame->mono_ns, frame->size,
                                    frame->signal,     frame->class, frame->block};
        hash = mix(hash, numbers, sizeof(numbers));
        hash = mix(hash, frame + 1, frame->size);
    }
    for (size_t i = 0; i < AGENT_INVOCATIONS_MAX; i++) {
        const struct invocation *row = &of->invocations.rows[i];
        unsigned char bytes[8192];
        struct buf out;
        buf_init_fixed(&out, bytes, sizeof(bytes));
        if (row->used &&
            (row->dirty || row->state != INVOCATION_REPORTED || row == of->attributed)) {
            row_write_invocation(of, row, &out);
            hash = mix(hash, bytes, out.size);
        }
    }
    for (size_t i = 0; i < AGENT_INITS_MAX; i++) {
        unsigned char bytes[2048];
        struct buf out;
        buf_init_fixed(&out, bytes, sizeof(bytes));
        if (of->inits[i].used) {
            row_write_init(&of->inits[i], &out);
            hash = mix(hash, bytes, out.size);
        }
    }
    for (size_t i = 0; i < AGENT_ATTEMPTS_MAX; i++) {
        const struct invocation_attempts *row = &of->invocations.attempts[i];
        const uint64_t numbers[] = {row->id_hash, row->start_ns, row->order, row->count};
        hash = mix(hash, numbers, sizeof(numbers));
    }
    for (size_t i = 1; i <= AGENT_DELIVERIES_MAX; i++) {
        size_t place = (of->deliveries.next + AGENT_DELIVERIES_MAX - i) % AGENT_DELIVERIES_MAX;
        hash = mix(hash, &of->deliveries.hashes[place], sizeof(uint64_t));
    }
    const uint64_t counts[] = {of->counters.sent, of->queue.dropped, of->counters.redelivered,
                               of->queue.count};
    return mix(hash, counts, sizeof(counts));
}

/* The next process, if this one were killed now.  It only looks. */
static inline void look_ahead(void)
{
    static unsigned char loaned[AGENT_SPOOL_HALF_SIZE];
    const struct core_memory memories = {heir_queue,        core.queue.size, heir_body,
                                         sizeof(heir_body), heir_record,     sizeof(heir_record)};
    struct core_config config = core.config;
    unsigned char head[FORMAT_HEAD_SIZE + TRIAL_SIZE];
    struct memory_disk before = memory;
    static struct spool other;
    config.resource.epoch_ns = now.wall_ns + 1;
    memset(&heir, 0, sizeof(heir));
    core_init(&heir, &config, &memories);
    memory_disk_next_process(&memory);
    const struct disk disk = memory_disk_of(&memory);
    const struct spool_loan loan = {.half = loaned, .salt = 43};
    memcpy(head, file_bytes, sizeof(head));
    spool_init(&other, &disk, SLICE("/tmp/spool"), heir_entries);
    (void)spool_open(&other, &heir, now, &loan);
    memcpy(file_bytes, head, sizeof(head));
    memory = before;
    core_assert(&heir);
}

/* The next process goes on exactly where this one is. */
static inline void expect_same(void)
{
    look_ahead();
    assert_true(digest_of(&heir) == digest_of(&core));
}

static const char id_one[] = "11111111-0000-4000-8000-000000000001";
static const char id_two[] = "22222222-0000-4000-8000-000000000002";

static inline void say_lines(unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        char text[64];
        (void)snprintf(text, sizeof(text), "line %u", i);
        say(text);
    }
}

/* One invocation whose batch is on its way when it is over. */
static inline void one_invocation(const char *id, unsigned lines)
{
    tell_invoke(id);
    tell_of(EVENT_START, id);
    say_lines(lines);
    delivered();
    tell_of(EVENT_RUNTIME_DONE, id);
    delivered();
}

static inline void send_all(void)
{
    while (core.exchange.in_flight > 0) {
        tell_answer(200);
    }
}

static inline void shut_down(const char *reason)
{
    step((struct core_input){.kind = CORE_SHUTDOWN, .shutdown = {.reason = slice_from(reason)}});
    keep(false);
    now.wall_ns += AGENT_REPORT_WAIT_NS;
    now.mono_ns += AGENT_REPORT_WAIT_NS;
    step((struct core_input){.kind = CORE_TIME});
    keep(false);
    send_all();
}

#endif
