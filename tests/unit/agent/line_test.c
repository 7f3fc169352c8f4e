/* SPDX-License-Identifier: Apache-2.0 */
#include "core/core.h"

#include "lib/cm.h"

static _Alignas(16) unsigned char queue_memory[AGENT_QUEUE_SIZE];
static unsigned char body_memory[AGENT_BODY_SIZE];
static unsigned char record_memory[AGENT_RECORD_MAX];
static struct core core;
static struct core_actions actions;

static const struct core_now now = {.wall_ns = UINT64_C(1795000000000000000),
                                    .mono_ns = UINT64_C(1000000000000)};

static void step(struct core_input input)
{
    core_step(&core, now, &input, &actions);
    core_assert(&core);
}

static void tell(struct event event)
{
    event.time_ns = now.wall_ns;
    step((struct core_input){.kind = CORE_EVENT, .event = &event});
}

/* The batch of logs with this one JSON line, of an invocation "a". */
static struct slice sent_line(const char *object)
{
    const struct core_memory memory = {queue_memory,  sizeof(queue_memory),
                                       body_memory,   sizeof(body_memory),
                                       record_memory, sizeof(record_memory)};
    const struct core_config config = {.resource = {.function_name = SLICE("fn"), .epoch_ns = 1},
                                       .flush = CORE_FLUSH_END,
                                       .age_max_ns = AGENT_NS_MS(120000),
                                       .budget_ns = AGENT_NS_MS(100),
                                       .lines = CORE_LINES_ALL};
    memset(&core, 0, sizeof(core));
    core_init(&core, &config, &memory);
    step((struct core_input){
        .kind = CORE_INVOKE,
        .invoke = {.request_id = SLICE("a"), .deadline_ns = now.wall_ns + AGENT_NS_MS(3000)}});
    tell((struct event){.type = EVENT_START, .request_id = SLICE("a")});
    tell((struct event){.type = EVENT_LINE_FUNCTION, .object = slice_from(object)});
    tell((struct event){.type = EVENT_RUNTIME_DONE, .request_id = SLICE("a")});
    assert_true(actions.send && actions.signal == BLOCK_LOGS);
    return actions.body;
}

/* Members of a JSON line become attributes, except those by which a line says whose it is: these
 * are the agent's to write. */
static void identity_is_not_copied(void **state)
{
    (void)state;
    struct slice body = sent_line("{\"message\":\"retry\",\"shop.order\":\"mine\","
                                  "\"faas.invocation_id\":\"theirs\",\"thaw.seq\":\"forged\","
                                  "\"thaw.phase\":\"init\",\"thaw.anything\":true,"
                                  "\"thawed\":\"kept\"}");
    assert_true(slice_find(body, SLICE("mine")) != SLICE_NONE);
    assert_true(slice_find(body, SLICE("kept")) != SLICE_NONE);
    assert_true(slice_find(body, SLICE("theirs")) == SLICE_NONE);
    assert_true(slice_find(body, SLICE("forged")) == SLICE_NONE);
    assert_true(slice_find(body, SLICE("thaw.phase")) == SLICE_NONE);
    assert_true(slice_find(body, SLICE("thaw.anything")) == SLICE_NONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(identity_is_not_copied),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
