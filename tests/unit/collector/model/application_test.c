/* SPDX-License-Identifier: Apache-2.0 */
/* Which application a function is part of. */
#include "orders.h"

#include <stdio.h>

/* An invocation that an agent tells of; an empty space is not told. */
static void tell(struct frames *frames, const char *function, const char *version, uint64_t age,
                 const char *space)
{
    struct build *b = frame(frames, SIGNAL_LOGS);
    char instance[64];
    (void)snprintf(instance, sizeof(instance), "%s%s%llu", function, version,
                   (unsigned long long)age);
    build_agent(b, function, instance, EPOCH + age);
    build_version(b, version);
    if (space[0] != '\0') {
        build_resource_text(b, "service.namespace", space);
    }
    build_event(b, "faas.instance.start", 1);
    build_time(b, BUILD_T0 + (int64_t)age * 1000 * BUILD_MS);
}

static void assert_application(const struct view *view, const char *function, const char *version,
                               const char *application)
{
    for (uint32_t row = 0; row < view_function_count(view); row++) {
        struct function_facts facts;
        view_function(view, row, &facts);
        if (slice_equal(facts.name, slice_from(function)) &&
            slice_equal(facts.version, slice_from(version))) {
            assert_true(slice_equal(facts.application, slice_from(application)));
            return;
        }
    }
    fail_msg("%s:%s was not seen", function, version);
}

/* All versions are of the one that the newest process tells, in whatever order they are told of:
 * those that tell none, too.  Other functions are of no one's. */
static void of_all_versions(void **state)
{
    (void)state;
    struct frames frames = {0};
    tell(&frames, "stock", "1", 1, "shop");
    tell(&frames, "stock", "2", 3, "market");
    tell(&frames, "stock", "3", 2, "shop");
    tell(&frames, "stock", "4", 5, "");
    tell(&frames, "mail", "1", 4, "");
    struct view *view = all_orders(&frames);
    assert_application(view, "stock", "1", "market");
    assert_application(view, "stock", "2", "market");
    assert_application(view, "stock", "3", "market");
    assert_application(view, "stock", "4", "market");
    assert_application(view, "mail", "1", "");
    view_free(view);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(of_all_versions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
