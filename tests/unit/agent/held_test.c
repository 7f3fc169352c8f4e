/* SPDX-License-Identifier: Apache-2.0 */

/* Lines that wait: for the end of their invocation, within its budget, or for the next line. */
#include "core_drive.h"

#include "proto/names.h"

static struct redact redact;

static void begin_with(struct core_config more)
{
    begin(CORE_FLUSH_END, 0);
    core.config.lines = more.lines == CORE_LINES_OFF ? CORE_LINES_ALL : more.lines;
    core.config.severity_min = more.severity_min;
    core.config.severity_always = more.severity_always;
    core.config.line_budget = more.line_budget;
    core.config.slow_ns = more.slow_ns;
    core.config.sample_below = more.sample_below;
    core.config.withhold = more.withhold;
    core.config.redact = more.redact;
}

/* Everything that is sent, one body after the other. */
static unsigned char sent_bytes[4u << 20];
static size_t sent_size;

static void take(void)
{
    while (actions.send) {
        memcpy(sent_bytes + sent_size, actions.body.base, actions.body.size);
        sent_size += actions.body.size;
        answer(200);
    }
}

static void line(const char *text)
{
    tell((struct event){.type = EVENT_LINE_FUNCTION,
                        .text = {.raw = slice_from(text), .escaped = strchr(text, '\\') != NULL}});
}

static void object(const char *text)
{
    tell((struct event){.type = EVENT_LINE_FUNCTION, .object = slice_from(text)});
}

static void report(const char *id, const char *status)
{
    tell((struct event){.type = EVENT_REPORT,
                        .request_id = slice_from(id),
                        .status = slice_from(status),
                        .duration_ns = EVENT_NONE});
    take();
}

static void done_as(const char *id, const char *status, int64_t duration_ns)
{
    tell((struct event){.type = EVENT_RUNTIME_DONE,
                        .request_id = slice_from(id),
                        .status = slice_from(status),
                        .duration_ns = duration_ns});
    take();
}

static bool was_sent(const char *text)
{
    return slice_find(slice_of(sent_bytes, sent_size), slice_from(text)) != SLICE_NONE;
}

static void shut_down(const char *reason)
{
    step((struct core_input){.kind = CORE_SHUTDOWN, .shutdown = {.reason = slice_from(reason)}});
    take();
    while (!actions.exit) {
        pass(AGENT_REPORT_WAIT_NS);
        take();
    }
    assert_int_equal(core.queue.count, 0);
}

static const struct core_config on_error = {.lines = CORE_LINES_ON_ERROR, .severity_always = 17};

static void start_over(struct core_config config)
{
    sent_size = 0;
    begin_with(config);
    invoke("a");
    start("a");
}

/* An invocation that fails sends what it wrote; one that does not, only errors and how much it
 * kept back. */
static void failure(void **state)
{
    static const struct {
        const char *done;
        const char *report;
        bool sent;
    } rows[] = {
        {"success", "success", false}, {"error", "error", true},     {"timeout", "timeout", true},
        {"success", "timeout", true},  {"failure", "failure", true}, {"", "", false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        start_over(on_error);
        line("[INFO]\\tfirst\\n");
        line("[ERROR]\\tgrave\\n");
        line("[WARN]\\tlast\\n");
        done_as("a", rows[i].done, MS(10));
        take();
        assert_true(was_sent("grave"));
        report("a", rows[i].report);
        shut_down("spindown");
        assert_true(was_sent("first") == rows[i].sent && was_sent("last") == rows[i].sent);
        assert_int_equal(core.counters.held_back, rows[i].sent ? 0 : 2);
        assert_true(was_sent("thaw.lines.held_back") == !rows[i].sent);
    }
}

/* What comes after the end of an invocation shares its lot. */
static void late_lines(void **state)
{
    (void)state;
    for (unsigned good = 0; good < 2; good++) {
        start_over(on_error);
        done_as("a", good ? "success" : "error", MS(10));
        line("after end\\n");
        report("a", good ? "success" : "error");
        line("after report\\n");
        shut_down("spindown");
        assert_true(was_sent("after end") == !good && was_sent("after report") == !good);
    }
}

/* Slow is as good as failed, by its time or while it runs; so is a sampled trace. */
static void slow_and_sampled(void **state)
{
    struct core_config config = on_error;
    (void)state;
    config.slow_ns = MS(100);
    for (unsigned ms = 99; ms <= 101; ms++) {
        start_over(config);
        line("first\\n");
        done_as("a", "success", (int64_t)MS(ms));
        report("a", "success");
        shut_down("spindown");
        assert_true(was_sent("first") == (ms >= 100));
    }
    start_over(config);
    line("first\\n");
    now.wall_ns += MS(100);
    line("second\\n");
    assert_int_equal(core.queue.held, 0);
    for (unsigned i = 0; i < 3; i++) {
        config = on_error;
        /* The trace id of "a" is a hash; its last eight bytes decide. */
        start_over(config);
        uint64_t number = 0;
        for (size_t j = 8; j < 16; j++) {
            number = number << 8 | core.attributed->trace_id[j];
        }
        config.sample_below = number - 1 + i;
        start_over(config);
        line("first\\n");
        assert_int_equal(core.queue.held, i == 2 ? 0 : 1);
    }
}

/* What an init wrote is judged with the first invocation; a failed init speaks for itself; and what
 * the platform ends is told. */
static void init_lines(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 4; i++) {
        sent_size = 0;
        begin_with(on_error);
        tell((struct event){.type = EVENT_INIT_START});
        line("loading\\n");
        tell((struct event){.type = EVENT_INIT_REPORT,
                            .status = i == 0 ? SLICE("error") : SLICE("success"),
                            .duration_ns = EVENT_NONE});
        assert_int_equal(core.queue.held, i == 0 ? 0 : 1);
        if (i < 3) {
            invoke("a");
            start("a");
            line("running\\n");
            done_as("a", i == 1 ? "error" : "success", MS(1));
            report("a", i == 1 ? "error" : "success");
        }
        shut_down(i == 3 ? "failure" : "spindown");
        assert_true(was_sent("loading") == (i != 2));
        assert_true(was_sent("running") == (i == 1));
    }
}

/* What has not ended when everything ends may have failed. */
static void no_end(void **state)
{
    (void)state;
    start_over(on_error);
    line("first\\n");
    shut_down("spindown");
    assert_true(was_sent("first"));
}

/* What is held has a limit of its own: debug lines go first, each counted. */
static void held_limit(void **state)
{
    char text[1100];
    (void)state;
    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = 0;
    memcpy(text, "[DEBUG]\\t", 9);
    start_over(on_error);
    line("[INFO]\\tkept\\n");
    while (core.counters.dropped[CORE_DROP_HELD] == 0) {
        assert_true(core.queue.held_live <= AGENT_HELD_MAX);
        line(text);
    }
    assert_true(core.queue.held_live <= AGENT_HELD_MAX);
    done_as("a", "error", MS(1));
    take();
    assert_true(was_sent("kept"));
    shut_down("spindown");
    assert_true(was_sent("thaw.agent.dropped.held_full"));
}

/* Lines below the level that is wanted are not sent; those without one are of info. */
static void min_level(void **state)
{
    (void)state;
    start_over((struct core_config){.severity_min = 9});
    line("[DEBUG]\\tline one\\n");
    line("[INFO]\\tline two\\n");
    line("line three\\n");
    object("{\"level\":\"debug\",\"message\":\"line four\"}");
    done_as("a", "success", MS(1));
    shut_down("spindown");
    assert_true(!was_sent("line one") && was_sent("line two") && was_sent("line three") &&
                !was_sent("line four"));
    assert_int_equal(core.counters.below_level, 2);
    assert_true(was_sent("thaw.agent.lines_below_level"));
    start_over((struct core_config){.severity_min = 13});
    line("line three\\n");
    assert_int_equal(core.counters.below_level, 1);
}

/* Of a budget the first lines, errors and the last ones are kept, and one line says what is not. */
static void budget(void **state)
{
    enum { LINES = 400 };
    char text[64];
    (void)state;
    start_over((struct core_config){.line_budget = 16384});
    for (unsigned i = 0; i < LINES; i++) {
        (void)snprintf(text, sizeof(text), "%s\\tline <%u>\\n", i == 200 ? "[ERROR]" : "[INFO]", i);
        line(text);
        core_assert(&core);
    }
    uint64_t dropped = core.counters.dropped[CORE_DROP_BUDGET];
    assert_true(dropped > 200);
    done_as("a", "success", MS(1));
    take();
    report("a", "success");
    shut_down("spindown");
    assert_true(was_sent("<0>") && was_sent("<40>") && was_sent("<200>") && was_sent("<399>"));
    assert_true(was_sent("<395>") && !was_sent("<150>") && !was_sent("<250>"));
    (void)snprintf(text, sizeof(text), "thaw: %llu lines, ", (unsigned long long)dropped);
    assert_true(was_sent(text));
    assert_true(was_sent("thaw.agent.dropped.budget") && was_sent("thaw.lines.over_budget"));
    /* The next one has its own. */
    sent_size = 0;
    start_over((struct core_config){.line_budget = 16384});
    line("small\\n");
    done_as("a", "success", MS(1));
    shut_down("spindown");
    assert_true(was_sent("small") && !was_sent("thaw: "));
}

/* Redaction that was asked for and cannot be had: no line leaves. */
static void withheld(void **state)
{
    (void)state;
    start_over((struct core_config){.withhold = true});
    line("secret\\n");
    done_as("a", "success", MS(1));
    shut_down("spindown");
    assert_false(was_sent("secret"));
    assert_int_equal(core.counters.withheld, 1);
    assert_true(was_sent("thaw.agent.lines_withheld"));
}

static struct core_config redacting(void)
{
    redact_init(&redact, REDACT_BUILT_IN);
    return (struct core_config){.redact = &redact};
}

/* Bodies, members and error types, escaped or not. */
static void redacted(void **state)
{
    (void)state;
    start_over(redacting());
    line("to john\\u0040example.com\\n");
    line("password=hunter2\\n");
    object("{\"message\":\"pay 4111111111111111\",\"mail\":\"a@b.de\",\"dbPassword\":\"xyzzy\","
           "\"pan\":4111111111111111,\"x@y.de\":1,\"level\":\"AKIAIOSFODNN7EXAMPLE\","
           "\"pin_token\":4711,\"plain\":\"stays\",\"n\":17}");
    object("{\"a\":{\"apiKey\":\"zyxwv\"},\"b\":\"c\\u0040d.de\"}");
    const struct trigger trigger = {.kind = TRIGGER_FUNCTION_URL,
                                    .path = SLICE("/users/g@h.de/orders")};
    step((struct core_input){.kind = CORE_TRIGGER,
                             .trigger = {.request_id = SLICE("a"), .trigger = &trigger}});
    tell((struct event){.type = EVENT_RUNTIME_DONE,
                        .request_id = SLICE("a"),
                        .status = SLICE("error"),
                        .error_type = SLICE("e@f.de")});
    take();
    shut_down("spindown");
    static const char *const gone[] = {"john", "hunter2", "4111",  "a@b",       "xyzzy", "x@y",
                                       "AKIA", "4711",    "zyxwv", "c\\u0040d", "e@f",   "g@h"};
    for (size_t i = 0; i < sizeof(gone) / sizeof(gone[0]); i++) {
        if (was_sent(gone[i])) {
            fail_msg("%s was sent", gone[i]);
        }
    }
    assert_true(was_sent("to [redacted:email]") && was_sent("password=[redacted:secret]"));
    assert_true(was_sent("pay [redacted:card]") && was_sent("stays"));
    assert_true(was_sent("{\"a\":{\"apiKey\":\"[redacted:secret]\"},\"b\":\"[redacted:email]\"}"));
    assert_true(was_sent("/users/******/orders"));
    assert_true(was_sent("thaw.lines.redacted") && was_sent("thaw.agent.redacted.email"));
}

/* A line that is cut in two, or in three, wherever: no part of the secret leaves, and nothing else
 * is lost.  Also where the halves come in two deliveries with a flush between them. */
static void pieces(void **state)
{
    static const struct {
        const char *text;
        const char *secret;
    } rows[] = {
        {"mail john.doe@example.com x\n", "john.doe@example.com"},
        {"pan 4111 1111 1111 1111 x\n", "4111 1111 1111 1111"},
        {"key AKIAIOSFODNN7EXAMPLE x\n", "AKIAIOSFODNN7EXAMPLE"},
        {"password=hunter2zzy x\n", "hunter2zzy"},
        {"{\"password\":\"hunter2zzy\"} x\n", "hunter2zzy"},
        {"at postgres://u:s3cretzz@h/d x\n", "s3cretzz"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        size_t size = strlen(rows[i].text);
        for (size_t first = 1; first < size; first++) {
            for (size_t second = first; second < size; second++) {
                struct slice text = slice_from(rows[i].text);
                start_over(redacting());
                struct event event = {.type = EVENT_LINE_FUNCTION};
                event.text.raw = slice_take(text, first);
                tell(event);
                if (second > first) {
                    event.text.raw = slice_skip(slice_take(text, second), first);
                    tell(event);
                }
                event.text.raw = slice_skip(text, second);
                tell(event);
                assert_int_equal(core.queue.held, 0);
                done_as("a", "success", MS(1));
                take();
                shut_down("spindown");
                for (size_t j = 0; j + 4 <= strlen(rows[i].secret); j++) {
                    char part[5] = {0};
                    memcpy(part, rows[i].secret + j, 4);
                    if (was_sent(part)) {
                        fail_msg("%s at %zu, %zu: %s", rows[i].text, first, second, part);
                    }
                }
            }
        }
    }
}

/* A line without an end waits: for the next one, for the end of the invocation, or a second. */
static void joint_ends(void **state)
{
    (void)state;
    start_over(redacting());
    line("line one");
    assert_int_equal(core.queue.held, 1);
    line(" is long enough");
    assert_int_equal(core.queue.held, 2);
    line(" and ends\\n");
    assert_int_equal(core.queue.held, 0);
    line("line two");
    assert_true(actions.wake_mono_ns <= now.mono_ns + AGENT_JOINT_NS);
    pass(AGENT_JOINT_NS - 1);
    take();
    assert_int_equal(core.queue.held, 1);
    pass(1);
    take();
    assert_int_equal(core.queue.held, 0);
    line("line three");
    assert_int_equal(core.queue.held, 1);
    done_as("a", "success", MS(1));
    assert_int_equal(core.queue.held, 0);
    take();
    assert_true(was_sent("line one") && was_sent("line two") && was_sent("line three"));
    /* Lines that end never wait. */
    start_over(redacting());
    line("line four\\n");
    assert_int_equal(core.queue.held, 0);
}

/* A line that is longer than we keep is looked at as far as it is sent, and its end with what comes
 * next. */
static void long_lines(void **state)
{
    static char text[60000];
    (void)state;
    for (size_t cut = 0; cut <= 20; cut++) {
        start_over(redacting());
        memset(text, ' ', sizeof(text));
        /* Over the place where we cut, and over the end. */
        memcpy(text + AGENT_LINE_MAX - cut, "john.doe@example.com", 20);
        memcpy(text + sizeof(text) - cut, "john.doe@example.com", cut);
        struct event event = {.type = EVENT_LINE_FUNCTION};
        event.text.raw = slice_of(text, sizeof(text));
        tell(event);
        event.text.raw = slice_skip(SLICE("john.doe@example.com\n"), cut);
        tell(event);
        done_as("a", "success", MS(1));
        shut_down("spindown");
        assert_false(was_sent("john") || was_sent("doe") || was_sent("exam") || was_sent("ple."));
        assert_true(was_sent("bytes cut)"));
    }
}

/* A key in PEM that the function prints line by line. */
static void pem(void **state)
{
    (void)state;
    start_over(redacting());
    line("-----BEGIN PRIVATE KEY-----\\n");
    line("MIIEpAIBAAKCAQEA0Z3VS5JJcds3xfn\\n");
    line("ygWyF8PbnGy0AHB7\\n");
    line("-----END PRIVATE KEY-----\\n");
    line("started\\n");
    done_as("a", "success", MS(1));
    shut_down("spindown");
    assert_true(!was_sent("MIIE") && !was_sent("ygWy") && was_sent("started"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(failure),          cmocka_unit_test(late_lines),
        cmocka_unit_test(slow_and_sampled), cmocka_unit_test(init_lines),
        cmocka_unit_test(no_end),           cmocka_unit_test(held_limit),
        cmocka_unit_test(min_level),        cmocka_unit_test(budget),
        cmocka_unit_test(withheld),         cmocka_unit_test(redacted),
        cmocka_unit_test(pieces),           cmocka_unit_test(joint_ends),
        cmocka_unit_test(long_lines),       cmocka_unit_test(pem),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
