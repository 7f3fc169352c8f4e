/* SPDX-License-Identifier: Apache-2.0 */
#include "query/path.h"

#include "lib/cm.h"
#include "world.h"

#include <stdio.h>
#include <string.h>

/*
 * Expectations are computed by hand: the comment above each test draws its spans in milliseconds.
 */
#define EPOCH UINT64_C(1799999000000000000)

static unsigned char text_memory[8192];

/* Steps as "part name start+ms", then what was waited. */
static const char *shown(struct world *world, uint64_t id, int64_t base_ns)
{
    struct transaction transaction;
    struct path_report report;
    struct buf out;
    arena_reset(&world->arena);
    assert_int_equal(transaction_read(&world->query, build_id(id), &world->arena, &transaction),
                     STATUS_OK);
    assert_true(path_report(&transaction, &world->arena, &report));
    buf_init_fixed(&out, text_memory, sizeof(text_memory));
    for (uint32_t i = 0; i < report.path.count; i++) {
        const struct path_step *step = &report.path.steps[i];
        struct slice name =
            step->span != TRANSACTION_NONE ? transaction.spans[step->span].span->name : SLICE("-");
        assert_true(i == 0 || step->start_ns == report.path.steps[i - 1].end_ns);
        buf_printf(&out, SLICE_FMT " " SLICE_FMT " %lld+%lld\n",
                   SLICE_ARG(path_part_name(step->part)), SLICE_ARG(name),
                   (long long)((step->start_ns - base_ns) / BUILD_MS),
                   (long long)((step->end_ns - step->start_ns) / BUILD_MS));
    }
    int64_t sum_ns = 0;
    buf_printf(&out, "waited");
    for (unsigned i = 0; report.wait.known && i < PATH_PARTS; i++) {
        buf_printf(&out, " %lld", (long long)(report.wait.parts_ns[i] / BUILD_MS));
        sum_ns += report.wait.parts_ns[i];
    }
    assert_true(sum_ns == report.wait.end_ns - report.wait.start_ns);
    buf_append_byte(&out, '\n');
    for (uint32_t i = 0; i < report.function_count; i++) {
        const struct path_function *function = &report.functions[i];
        buf_printf(&out, SLICE_FMT " n=%u busy=%lld path=%lld billed=%lld",
                   SLICE_ARG(function->name), function->invocations,
                   (long long)(function->busy_ns / BUILD_MS),
                   (long long)(function->path_ns / BUILD_MS), (long long)function->billed_ms);
        if (function->errors > 0 || function->cold_starts > 0) {
            buf_printf(&out, " errors=%u cold=%u", function->errors, function->cold_starts);
        }
        buf_append_byte(&out, '\n');
    }
    buf_append_byte(&out, 0);
    transaction_release(&transaction);
    return (const char *)text_memory;
}

/* An invocation that its agent tells of, times in milliseconds behind T0; init_ms 0: warm. */
struct call {
    const char *function;
    uint64_t request, trace, span, parent;
    int64_t start_ms, handler_ms, init_ms;
};

static void tell(struct world *world, const struct call *call, void (*more)(struct build *b))
{
    int64_t start_ns = BUILD_T0 + call->start_ms * BUILD_MS;
    struct build *b = build_create(SIGNAL_LOGS);
    build_agent(b, call->function, call->function, EPOCH);
    build_event(b, "faas.invocation", 1);
    build_time(b, start_ns);
    build_request(b, call->request, 1);
    build_trace(b, call->trace, call->span);
    build_text(b, "thaw.invocation.state", "reported");
    build_text(b, "thaw.invocation.status", "success");
    build_int(b, "thaw.start_ns", start_ns);
    build_int(b, "thaw.done_ns", start_ns + call->handler_ms * BUILD_MS);
    build_int(b, "thaw.handler_ns", call->handler_ms * BUILD_MS);
    build_int(b, "thaw.billed_ms", call->handler_ms + call->init_ms);
    build_int(b, "thaw.memory_size_mb", 1024);
    if (call->init_ms > 0) {
        build_bool(b, "faas.coldstart", true);
        build_int(b, "thaw.init_ns", call->init_ms * BUILD_MS);
        build_int(b, "thaw.init_start_ns", start_ns - call->init_ms * BUILD_MS);
    }
    if (call->parent != 0) {
        char parent[17];
        (void)snprintf(parent, sizeof(parent), "%016llx", (unsigned long long)call->parent);
        build_text(b, "thaw.parent_span_id", parent);
    }
    if (more != NULL) {
        more(b);
    }
    world_add(world, b);
}

static void invoke(struct world *world, const struct call *call)
{
    tell(world, call, NULL);
}

/* The agent's SERVER span of an invocation: it tells the parent. */
static void server(struct world *world, const struct call *call)
{
    struct build *b = build_create(SIGNAL_TRACES);
    int64_t start_ns = BUILD_T0 + call->start_ms * BUILD_MS;
    build_agent(b, call->function, call->function, EPOCH);
    build_span(b, call->function, SPAN_SERVER, call->trace, call->span, call->parent);
    build_span_time(b, start_ns, start_ns + call->handler_ms * BUILD_MS);
    build_seq(b, 2);
    build_request(b, call->request, 1);
    world_add(world, b);
}

/* Its span of the init before. */
static void init(struct world *world, const struct call *call)
{
    struct build *b = build_create(SIGNAL_TRACES);
    int64_t start_ns = BUILD_T0 + call->start_ms * BUILD_MS;
    build_agent(b, call->function, call->function, EPOCH);
    build_span(b, "init", SPAN_INTERNAL, call->trace, call->span + 0x100, call->span);
    build_span_time(b, start_ns - call->init_ms * BUILD_MS, start_ns);
    build_seq(b, 3);
    build_request(b, call->request, 1);
    world_add(world, b);
}

/* Another span that the agent sends for it: handler, post_handler. */
static void part(struct world *world, const struct call *call, const char *name, uint64_t id,
                 int64_t start_ms, int64_t end_ms)
{
    struct build *b = build_create(SIGNAL_TRACES);
    build_agent(b, call->function, call->function, EPOCH);
    build_span(b, name, SPAN_INTERNAL, call->trace, id, call->span);
    build_span_time(b, BUILD_T0 + start_ms * BUILD_MS, BUILD_T0 + end_ms * BUILD_MS);
    build_seq(b, id);
    build_request(b, call->request, 1);
    world_add(world, b);
}

/* A span of the SDK of a function, in an invocation. */
static void sdk(struct world *world, const char *function, const char *name, enum span_kind kind,
                const uint64_t ids[4], int64_t start_ms, int64_t end_ms)
{
    static uint64_t block = 1;
    struct build *b = build_create(SIGNAL_TRACES);
    build_sdk(b, function, function, EPOCH, block++);
    build_span(b, name, kind, ids[0], ids[1], ids[2]);
    build_span_time(b, BUILD_T0 + start_ms * BUILD_MS, BUILD_T0 + end_ms * BUILD_MS);
    build_request(b, ids[3], 1);
    world_add(world, b);
}

/*
 * checkout         0 [================================] 100   (init -50..0)
 *   GET stock     10   [==========] 50                        CLIENT
 *   db            60                    [====] 80             INTERNAL
 *   beside        12   [====] 40                              INTERNAL
 * stock           20     [====] 45                            called by GET stock
 *
 * Back from 100: own 80..100, db 60..80, own 50..60, GET stock 45..50, stock 20..45, GET stock
 * 10..20, own 0..10, init -50..0.  beside ended at 40, while stock was waited for: it is not on it.
 */
static void test_calls(void **state)
{
    struct world *world = world_create();
    (void)state;
    const struct call checkout = {"checkout", 0x11, 0xa, 0x1, 0, 0, 100, 50};
    const struct call stock = {"stock", 0x12, 0xa, 0x2, 0x3, 20, 25, 0};
    invoke(world, &checkout);
    server(world, &checkout);
    init(world, &checkout);
    sdk(world, "checkout", "GET stock", SPAN_CLIENT, (const uint64_t[]){0xa, 0x3, 0x1, 0x11}, 10,
        50);
    sdk(world, "checkout", "db", SPAN_INTERNAL, (const uint64_t[]){0xa, 0x4, 0x1, 0x11}, 60, 80);
    sdk(world, "checkout", "beside", SPAN_INTERNAL, (const uint64_t[]){0xa, 0x5, 0x1, 0x11}, 12,
        40);
    invoke(world, &stock);
    server(world, &stock);
    assert_string_equal(shown(world, 0xa, BUILD_T0),
                        "init init -50+50\n"
                        "handler checkout 0+10\n"
                        "outside GET stock 10+10\n"
                        "handler stock 20+25\n"
                        "outside GET stock 45+5\n"
                        "handler checkout 50+10\n"
                        "handler db 60+20\n"
                        "handler checkout 80+20\n"
                        "waited 0 50 85 15 0\n"
                        "checkout n=1 busy=100 path=125 billed=150 errors=0 cold=1\n"
                        "stock n=1 busy=25 path=25 billed=25\n");
    world_free(world);
}

/*
 * order            0 [==========] 40
 *   send          30         [=] 35        PRODUCER; its message is received by
 * ship           135                  [=====] 200
 *   receive      140                   [==] 150
 *
 * The path goes through the queue, 35..135; whoever called order had an answer at 40.
 */
static void test_queue(void **state)
{
    struct world *world = world_create();
    (void)state;
    const struct call order = {"order", 0x21, 0xb, 0x1, 0, 0, 40, 0};
    const struct call ship = {"ship", 0x22, 0xc, 0x2, 0, 135, 65, 0};
    invoke(world, &order);
    server(world, &order);
    sdk(world, "order", "send", SPAN_PRODUCER, (const uint64_t[]){0xb, 0x3, 0x1, 0x21}, 30, 35);
    invoke(world, &ship);
    server(world, &ship);
    struct build *b = build_create(SIGNAL_TRACES);
    build_sdk(b, "ship", "ship", EPOCH, 1);
    build_span(b, "receive", SPAN_CONSUMER, 0xc, 0x4, 0x2);
    build_span_time(b, BUILD_T0 + 140 * BUILD_MS, BUILD_T0 + 150 * BUILD_MS);
    build_request(b, 0x22, 1);
    build_link(b, 0xb, 0x3, "m1");
    world_add(world, b);
    assert_string_equal(shown(world, 0xb, BUILD_T0), "handler order 0+30\n"
                                                     "outside send 30+5\n"
                                                     "queue - 35+100\n"
                                                     "handler ship 135+5\n"
                                                     "handler receive 140+10\n"
                                                     "handler ship 150+50\n"
                                                     "waited 0 0 35 5 0\n"
                                                     "ship n=1 busy=65 path=65 billed=65\n"
                                                     "order n=1 busy=40 path=35 billed=40\n");
    world_free(world);
}

/*
 * A service without functions; two that call each other's ids are a ring, and end.
 *
 * web              0 [==========] 50
 *   a             10   [===] 30      whose child goes on behind it:
 *     b           20     [=======] 60
 *
 * The last is b: 20..60, then a 10..20, then web 0..10.
 */
static void test_service(void **state)
{
    struct world *world = world_create();
    (void)state;
    struct build *b = build_create(SIGNAL_TRACES);
    build_service(b, "web");
    build_span(b, "web", SPAN_SERVER, 0xd, 0x1, 0);
    build_span_time(b, BUILD_T0, BUILD_T0 + 50 * BUILD_MS);
    build_span(b, "a", SPAN_INTERNAL, 0xd, 0x2, 0x1);
    build_span_time(b, BUILD_T0 + 10 * BUILD_MS, BUILD_T0 + 30 * BUILD_MS);
    build_span(b, "b", SPAN_INTERNAL, 0xd, 0x3, 0x2);
    build_span_time(b, BUILD_T0 + 20 * BUILD_MS, BUILD_T0 + 60 * BUILD_MS);
    build_span(b, "one", SPAN_INTERNAL, 0xe, 0x4, 0x5);
    build_span_time(b, BUILD_T0, BUILD_T0 + 10 * BUILD_MS);
    build_span(b, "other", SPAN_INTERNAL, 0xe, 0x5, 0x4);
    build_span_time(b, BUILD_T0, BUILD_T0 + 10 * BUILD_MS);
    world_add(world, b);
    assert_string_equal(shown(world, 0xd, BUILD_T0), "handler web 0+10\n"
                                                     "handler a 10+10\n"
                                                     "handler b 20+40\n"
                                                     "waited 0 0 50 0 0\n"
                                                     "web n=0 busy=-9223372036854 path=60 "
                                                     "billed=-9223372036854775808\n");
    assert_non_null(strstr(shown(world, 0xe, BUILD_T0), "waited"));
    world_free(world);
}

/*
 * solo             0 [=========================] 100     answered at 70
 *   handler        0 [=========================] 100
 *   post_handler                           100 [====] 150   nobody waits for it
 *   GET           20     [=========] 60                   CLIENT, names no parent
 *
 * What the SDK did is within the handler, whatever it names; the one who asked waited until 70.
 */
static void answers_at_70(struct build *b)
{
    build_int(b, "thaw.response_latency_ns", 70 * BUILD_MS);
}

static void nobody_waits(struct build *b)
{
    build_bool(b, "thaw.trigger.caller_waits", false);
    build_text(b, "thaw.trigger", "sqs");
    build_int(b, "thaw.trigger.time_ns", BUILD_T0 - 30 * BUILD_MS);
}

static void test_within_the_handler(void **state)
{
    (void)state;
    static const struct {
        void (*more)(struct build *b);
        const char *waited, *queue;
    } cases[] = {{answers_at_70, "waited 0 0 30 40 0\n", ""},
                 {nobody_waits, "waited\n", "queue - -30+30\n"}};
    for (unsigned i = 0; i < 2; i++) {
        struct world *world = world_create();
        const struct call solo = {"solo", 0x31, 0xa, 0x1, 0, 0, 100, 0};
        tell(world, &solo, cases[i].more);
        server(world, &solo);
        part(world, &solo, "handler", 0x6, 0, 100);
        part(world, &solo, "post_handler", 0x7, 100, 150);
        sdk(world, "solo", "GET", SPAN_CLIENT, (const uint64_t[]){0xa, 0x3, 0, 0x31}, 20, 60);
        char wanted[512];
        (void)snprintf(wanted, sizeof(wanted), "%s%s%s%s", cases[i].queue,
                       "handler handler 0+20\n"
                       "outside GET 20+40\n"
                       "handler handler 60+40\n",
                       cases[i].waited, "solo n=1 busy=100 path=100 billed=100\n");
        assert_string_equal(shown(world, 0xa, BUILD_T0), wanted);
        world_free(world);
    }
}

/*
 * An init that nobody waited for, and a span whose time is absurd, are on no path; an error and a
 * cold start are counted.
 *
 * init           -50 [====] 0
 * solo                    0 [==========] 100
 */
static void fails(struct build *b)
{
    build_text(b, "thaw.invocation.status", "error");
}

static void test_beside_the_path(void **state)
{
    (void)state;
    struct world *world = world_create();
    const struct call warm = {"solo", 0x31, 0xa, 0x1, 0, 0, 100, 0};
    struct call early = warm;
    early.init_ms = 50;
    tell(world, &warm, fails);
    server(world, &warm);
    init(world, &early);
    struct build *b = build_create(SIGNAL_TRACES);
    build_sdk(b, "solo", "solo", EPOCH, 50);
    build_span(b, "absurd", SPAN_INTERNAL, 0xa, 0x9, 0x1);
    build_span_time(b, 5, 7);
    build_request(b, 0x31, 1);
    world_add(world, b);
    assert_string_equal(shown(world, 0xa, BUILD_T0), "handler solo 0+100\n"
                                                     "waited 0 0 100 0 0\n"
                                                     "solo n=1 busy=100 path=100 billed=100 "
                                                     "errors=1 cold=0\n");
    world_free(world);
}

/*
 * web              0 [===================] 100      a service
 *   GET           10   [===============] 90        CLIENT
 *     solo        20      [=====] 60
 *       a         30        [=] 35
 *         b       40             [==] 50             begins behind the end of a
 *
 * Whoever began it waited for web, not for solo alone; between a and b nobody says what was.
 */
static void test_from_a_service(void **state)
{
    (void)state;
    struct world *world = world_create();
    const struct call solo = {"solo", 0x31, 0xa, 0x1, 0x5, 20, 40, 0};
    struct build *b = build_create(SIGNAL_TRACES);
    build_service(b, "web");
    build_span(b, "web", SPAN_SERVER, 0xa, 0x4, 0);
    build_span_time(b, BUILD_T0, BUILD_T0 + 100 * BUILD_MS);
    build_span(b, "GET", SPAN_CLIENT, 0xa, 0x5, 0x4);
    build_span_time(b, BUILD_T0 + 10 * BUILD_MS, BUILD_T0 + 90 * BUILD_MS);
    world_add(world, b);
    invoke(world, &solo);
    server(world, &solo);
    sdk(world, "solo", "a", SPAN_INTERNAL, (const uint64_t[]){0xa, 0x6, 0x1, 0x31}, 30, 35);
    assert_string_equal(shown(world, 0xa, BUILD_T0), "handler web 0+10\n"
                                                     "outside GET 10+10\n"
                                                     "handler solo 20+10\n"
                                                     "handler a 30+5\n"
                                                     "handler solo 35+25\n"
                                                     "outside GET 60+30\n"
                                                     "handler web 90+10\n"
                                                     "waited 0 0 60 40 0\n"
                                                     "web n=0 busy=-9223372036854 path=60 "
                                                     "billed=-9223372036854775808\n"
                                                     "solo n=1 busy=40 path=40 billed=40\n");
    world_free(world);

    world = world_create();
    b = build_create(SIGNAL_TRACES);
    build_service(b, "web");
    build_span(b, "a", SPAN_INTERNAL, 0xb, 0x6, 0);
    build_span_time(b, BUILD_T0 + 30 * BUILD_MS, BUILD_T0 + 35 * BUILD_MS);
    build_span(b, "b", SPAN_INTERNAL, 0xb, 0x7, 0x6);
    build_span_time(b, BUILD_T0 + 40 * BUILD_MS, BUILD_T0 + 50 * BUILD_MS);
    world_add(world, b);
    assert_non_null(strstr(shown(world, 0xb, BUILD_T0), "handler a 30+5\n"
                                                        "unknown - 35+5\n"
                                                        "handler b 40+10\n"));
    world_free(world);
}

/*
 * A batch of two messages: it could begin when the later one was sent.  What it costs is shared by
 * those whom it serves.
 *
 * order            0 [==========] 40
 *   send          10    [=] 15      PRODUCER, m1
 *   send again    30         [=] 35 PRODUCER, m2
 * ship           135                  [=====] 200      and one message of somebody else
 */
static void test_the_latest_sender(void **state)
{
    (void)state;
    struct world *world = world_create();
    const struct call order = {"order", 0x21, 0xb, 0x1, 0, 0, 40, 0};
    const struct call ship = {"ship", 0x22, 0xc, 0x2, 0, 135, 60, 0};
    invoke(world, &order);
    server(world, &order);
    sdk(world, "order", "send", SPAN_PRODUCER, (const uint64_t[]){0xb, 0x3, 0x1, 0x21}, 10, 15);
    sdk(world, "order", "send again", SPAN_PRODUCER, (const uint64_t[]){0xb, 0x4, 0x1, 0x21}, 30,
        35);
    invoke(world, &ship);
    server(world, &ship);
    struct build *b = build_create(SIGNAL_TRACES);
    build_sdk(b, "ship", "ship", EPOCH, 60);
    build_span(b, "receive", SPAN_CONSUMER, 0xc, 0x8, 0x2);
    build_span_time(b, BUILD_T0 + 140 * BUILD_MS, BUILD_T0 + 150 * BUILD_MS);
    build_request(b, 0x22, 1);
    build_link(b, 0xb, 0x3, "m1");
    build_link(b, 0xb, 0x4, "m2");
    build_link(b, 0xd, 0x5, "m3");
    world_add(world, b);
    const char *all = shown(world, 0xb, BUILD_T0);
    assert_non_null(strstr(all, "outside send again 30+5\n"
                                "queue - 35+100\n"
                                "handler ship 135+5\n"));
    struct transaction transaction;
    struct path_report report;
    arena_reset(&world->arena);
    assert_int_equal(transaction_read(&world->query, build_id(0xb), &world->arena, &transaction),
                     STATUS_OK);
    assert_true(path_report(&transaction, &world->arena, &report));
    assert_slice(report.functions[0].name, "ship");
    struct money whole = transaction.invocations[1].cost.parts.useful;
    assert_int_equal(money_compare(report.functions[0].cost.parts.useful, money_share(whole, 2, 3)),
                     0);
    transaction_release(&transaction);
    world_free(world);
}

/* Where nobody tells how long a handler took, the platform's duration is told. */
static void test_told_by_logs(void **state)
{
    (void)state;
    struct world *world = world_create();
    struct build *b = build_create(SIGNAL_LOGS);
    build_logs(b, "solo", "stream");
    build_event(b, "faas.invocation", 0);
    build_time(b, BUILD_T0);
    build_request(b, 0x31, 0);
    build_text(b, "thaw.invocation.state", "reported");
    build_int(b, "thaw.start_ns", BUILD_T0);
    build_int(b, "thaw.end_ns", BUILD_T0 + 51 * BUILD_MS);
    build_int(b, "thaw.reported_ns", 50 * BUILD_MS);
    build_int(b, "thaw.billed_ms", 50);
    world_add(world, b);
    assert_non_null(strstr(shown(world, 0x31, BUILD_T0), "solo n=1 busy=50 "));
    world_free(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_calls),
        cmocka_unit_test(test_queue),
        cmocka_unit_test(test_service),
        cmocka_unit_test(test_within_the_handler),
        cmocka_unit_test(test_beside_the_path),
        cmocka_unit_test(test_from_a_service),
        cmocka_unit_test(test_the_latest_sender),
        cmocka_unit_test(test_told_by_logs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
