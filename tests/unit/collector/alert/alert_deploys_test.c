/* SPDX-License-Identifier: Apache-2.0 */
#include "alert/alert_deploys.h"

#include "build.h"
#include "lib/cm.h"
#include "model/view.h"

#include <stdio.h>
#include <string.h>

static const struct hash_key key = {{7, 8}};
static struct view *view;
static struct alert_deploys deploys;
static uint64_t request;

static int begin(void **state)
{
    (void)state;
    view = view_create(&key);
    alert_deploys_init(&deploys);
    request = 1;
    return view != NULL ? 0 : -1;
}

static int end(void **state)
{
    (void)state;
    alert_deploys_fini(&deploys);
    view_free(view);
    return 0;
}

/* An invocation of a version, so many minutes behind T0. */
static void invoke(const char *function, const char *version, int64_t minute)
{
    int64_t start_ns = BUILD_T0 + minute * 60000 * BUILD_MS;
    char instance[64];
    (void)snprintf(instance, sizeof(instance), "%s-%s", function, version);
    struct build *b = build_create(SIGNAL_LOGS);
    build_logs(b, function, instance);
    build_version(b, version);
    build_event(b, "faas.invocation", 0);
    build_time(b, start_ns);
    build_request(b, request++, 0);
    build_int(b, "thaw.start_ns", start_ns);
    build_text(b, "thaw.invocation.state", "reported");
    struct view_frame frame = {.segment = 1, .arrival_ns = (uint64_t)start_ns + 1000000000};
    view_apply(view, &frame, build_batch(b));
    build_free(b);
}

static void assert_found(size_t index, const char *function, const char *version, int64_t minute)
{
    const struct notify_deploy *deploy = &deploys.found[index];
    assert_true(slice_equal(deploy->function, slice_from(function)));
    assert_true(slice_equal(deploy->version, slice_from(version)));
    assert_true(deploy->at_ns == (uint64_t)(BUILD_T0 + minute * 60000 * BUILD_MS));
    assert_int_equal(deploy->source, NOTIFY_DEPLOY_VERSION);
    assert_true(deploy->region.size > 0);
}

/* The first invocation of a version that follows another is a deploy, once. */
static void a_new_version_is_a_deploy(void **state)
{
    (void)state;
    invoke("stock", "7", 0);
    assert_int_equal(alert_deploys_find(&deploys, view), 0);
    invoke("stock", "8", 30);
    assert_int_equal(alert_deploys_find(&deploys, view), 1);
    assert_found(0, "stock", "8", 30);
    invoke("stock", "8", 31);
    invoke("stock", "7", 32);
    assert_int_equal(alert_deploys_find(&deploys, view), 0);
    invoke("stock", "9", 40);
    invoke("other", "1", 41);
    assert_int_equal(alert_deploys_find(&deploys, view), 1);
    assert_found(0, "stock", "9", 40);
}

/* Where somebody begins to look, where an old version is called, and of $LATEST, there is none. */
static void not_every_version_is_new(void **state)
{
    (void)state;
    invoke("canary", "41", 0);
    invoke("canary", "42", 3);
    invoke("stock", "12", 0);
    invoke("stock", "9", 60);
    invoke("plain", "3", 0);
    invoke("plain", "$LATEST", 60);
    assert_int_equal(alert_deploys_find(&deploys, view), 0);
    invoke("canary", "43", 60);
    assert_int_equal(alert_deploys_find(&deploys, view), 1);
    assert_found(0, "canary", "43", 60);
}

/* Versions need not be numbers; what is too much for one look is found by the next. */
static void there_may_be_many(void **state)
{
    (void)state;
    enum { COUNT = ALERT_DEPLOY_COUNT_MAX + 7 };
    char name[32];
    for (unsigned i = 0; i < COUNT; i++) {
        (void)snprintf(name, sizeof(name), "f%u", i);
        invoke(name, "svc-00001-abc", 0);
        invoke(name, "svc-00002-def", 20);
    }
    assert_int_equal(alert_deploys_find(&deploys, view), ALERT_DEPLOY_COUNT_MAX);
    assert_found(0, "f0", "svc-00002-def", 20);
    assert_int_equal(alert_deploys_find(&deploys, view), 7);
    assert_int_equal(alert_deploys_find(&deploys, view), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_new_version_is_a_deploy, begin, end),
        cmocka_unit_test_setup_teardown(not_every_version_is_new, begin, end),
        cmocka_unit_test_setup_teardown(there_may_be_many, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
