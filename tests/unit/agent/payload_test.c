/* SPDX-License-Identifier: Apache-2.0 */

/* Events and answers as they were: who has asked for them, what of them leaves, and when. */
#include "core_drive.h"

#include "proto/names.h"

#define CARD "4111 1111 1111 1111"

static struct redact redact;
static unsigned char sent_bytes[1u << 20];
static size_t sent_size;
static unsigned char long_text[AGENT_CAPTURE_SIZE];

static void take(void)
{
    while (actions.send) {
        memcpy(sent_bytes + sent_size, actions.body.base, actions.body.size);
        sent_size += actions.body.size;
        answer(200);
    }
}

static bool was_sent(const char *text)
{
    return slice_find(slice_of(sent_bytes, sent_size), slice_from(text)) != SLICE_NONE;
}

static void begin_with(enum core_payloads payloads, size_t payload_max)
{
    begin(CORE_FLUSH_END, 0);
    core.config.payloads = payloads;
    core.config.payload_max = payload_max;
    sent_size = 0;
}

static void payload(const char *id, bool is_answer, struct slice bytes, uint64_t size)
{
    step((struct core_input){
        .kind = CORE_PAYLOAD,
        .more = is_answer,
        .payload = {
            .request_id = slice_from(id), .answer = is_answer, .size = size, .bytes = bytes}});
}

/* An invocation that gets "the question" and answers "the reply". */
static void live(const char *id, const char *status)
{
    struct slice question = SLICE("{\"is\":\"the question\"}");
    struct slice reply = SLICE("{\"is\":\"the reply\"}");
    invoke(id);
    start(id);
    payload(id, false, question, question.size);
    payload(id, true, reply, reply.size);
    step((struct core_input){.kind = CORE_RESPONSE, .response = {.request_id = slice_from(id)}});
    tell((struct event){.type = EVENT_RUNTIME_DONE,
                        .request_id = slice_from(id),
                        .status = slice_from(status),
                        .duration_ns = EVENT_NONE});
    take();
    tell((struct event){.type = EVENT_REPORT,
                        .request_id = slice_from(id),
                        .status = slice_from(status),
                        .duration_ns = EVENT_NONE});
    take();
    invoke("after");
    take();
}

/* Who has not asked for them gets none, and none is counted. */
static void off_unless_asked_for(void **state)
{
    (void)state;
    begin_with(CORE_PAYLOADS_OFF, 4096);
    live("a", "failure");
    assert_false(was_sent("the question") || was_sent("the reply") || was_sent("thaw.payload"));
}

/* Each is a record of its invocation that says which of both it is and how long it was. */
static void both_are_told(void **state)
{
    (void)state;
    begin_with(CORE_PAYLOADS_ALL, 4096);
    core.config.severity_min = 9;
    core.config.line_budget = 1;
    live("a", "success");
    assert_true(was_sent("{\"is\":\"the question\"}") && was_sent("{\"is\":\"the reply\"}"));
    assert_true(was_sent("thaw.payload") && was_sent("thaw.payload.size"));
    assert_true(was_sent("event") && was_sent("answer"));
    assert_int_equal(core.counters.dropped[CORE_DROP_BUDGET], 0);
}

/* On error they wait for how it ends, whatever is done with lines; lines do not wait for it. */
static void on_error_they_wait(void **state)
{
    (void)state;
    begin_with(CORE_PAYLOADS_ON_ERROR, 4096);
    live("good", "success");
    assert_false(was_sent("the question") || was_sent("the reply"));
    assert_int_equal(core.counters.held_back, 2);
    begin_with(CORE_PAYLOADS_ON_ERROR, 4096);
    live("bad", "timeout");
    assert_true(was_sent("the question") && was_sent("the reply"));
    assert_int_equal(core.counters.held_back, 0);
    begin_with(CORE_PAYLOADS_ALL, 4096);
    core.config.lines = CORE_LINES_ON_ERROR;
    live("good", "success");
    assert_true(was_sent("the question") && was_sent("the reply"));
}

/* A longer one is cut at that size, at a character, and says what is missing. */
static void cut(void **state)
{
    (void)state;
    begin_with(CORE_PAYLOADS_ALL, 8);
    invoke("a");
    start("a");
    payload("a", false, SLICE("1234567\xc3\xa4"), 9);
    payload("a", true, SLICE("abcdefgh"), 1000000);
    done("a");
    take();
    assert_true(was_sent("1234567... (2 bytes cut)"));
    assert_true(was_sent("abcdefgh... (999992 bytes cut)"));
    assert_false(was_sent("\xc3"));
}

/* Not text: what is no UTF-8 does not make the batch invalid. */
static void bytes_become_text(void **state)
{
    (void)state;
    begin_with(CORE_PAYLOADS_ALL, 4096);
    invoke("a");
    start("a");
    payload("a", true, SLICE("<\xff\xfe>"), 4);
    payload("a", true, SLICE_EMPTY, 0);
    done("a");
    take();
    assert_true(was_sent("<\xef\xbf\xbd\xef\xbf\xbd>"));
}

/* What is redacted in lines is in these; also what the cut halves, and in JSON inside of JSON. */
static void redacted(void **state)
{
    (void)state;
    begin_with(CORE_PAYLOADS_ALL, 64);
    redact_init(&redact, REDACT_BUILT_IN);
    core.config.redact = &redact;
    memset(long_text, '.', sizeof(long_text));
    memcpy(long_text + 60, CARD, sizeof(CARD) - 1);
    invoke("a");
    start("a");
    payload("a", false, slice_of(long_text, sizeof(long_text)), 2 * sizeof(long_text));
    core.config.payload_max = AGENT_PAYLOAD_MAX;
    memset(long_text, '.', sizeof(long_text));
    memcpy(long_text + AGENT_PAYLOAD_MAX - 4, CARD, sizeof(CARD) - 1);
    payload("a", true, slice_of(long_text, sizeof(long_text)), 2 * sizeof(long_text));
    struct slice nested =
        SLICE("{\"body\":\"{\\\"password\\\":\\\"hunter2hunter2\\\",\\\"n\\\":1}\"}");
    payload("a", true, nested, nested.size);
    done("a");
    take();
    assert_false(was_sent("4111") || was_sent("hunter2"));
    assert_true(was_sent("bytes cut") && was_sent("[redacted:"));
    assert_true(core.invocations.rows[0].lines.redacted >= 2);
}

/* Where what is to be redacted is not known, nothing of it leaves; nor of what nobody invoked. */
static void withheld(void **state)
{
    (void)state;
    begin_with(CORE_PAYLOADS_ALL, 4096);
    core.config.withhold = true;
    live("a", "success");
    assert_false(was_sent("the question") || was_sent("the reply"));
    assert_int_equal(core.counters.withheld, 2);
    begin_with(CORE_PAYLOADS_ALL, 4096);
    payload("never", false, SLICE("lost"), 4);
    assert_int_equal(core.counters.events_useless, 1);
}

/* They matter least of what waits: for want of room they go, and lines stay. */
static void lines_matter_more(void **state)
{
    (void)state;
    begin_with(CORE_PAYLOADS_ALL, AGENT_PAYLOAD_MAX);
    core.failures = 3;
    core.retry_ns = UINT64_MAX;
    memset(long_text, 'x', sizeof(long_text));
    invoke("a");
    start("a");
    for (int i = 0; i < 4; i++) {
        tell((struct event){.type = EVENT_LINE_FUNCTION, .text = {.raw = SLICE("a line\n")}});
    }
    for (int i = 0; i < 60; i++) {
        payload("a", true, slice_of(long_text, AGENT_PAYLOAD_MAX), AGENT_PAYLOAD_MAX);
    }
    assert_true(core.queue.dropped > 0);
    size_t position = 0;
    size_t small = 0;
    struct queue_frame *frame;
    while ((frame = queue_next(&core.queue, &position)) != NULL) {
        small += frame->size < 1000 && frame->signal == BLOCK_LOGS;
    }
    assert_int_equal(small, 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(off_unless_asked_for),
        cmocka_unit_test(both_are_told),
        cmocka_unit_test(on_error_they_wait),
        cmocka_unit_test(cut),
        cmocka_unit_test(bytes_become_text),
        cmocka_unit_test(redacted),
        cmocka_unit_test(withheld),
        cmocka_unit_test(lines_matter_more),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
