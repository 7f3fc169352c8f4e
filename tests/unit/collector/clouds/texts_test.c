/* SPDX-License-Identifier: Apache-2.0 */
/* What the platforms write themselves, and the forms of durations. */
#include "clouds/azure_text.h"
#include "clouds/fields.h"
#include "clouds/gcp_text.h"
#include "streams/log_event.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define MS INT64_C(1000000)

static struct gcp_text gcp_said(const char *text)
{
    struct gcp_text said;
    gcp_text(slice_from(text), &said);
    return said;
}

/* Every line of Google's platform that tells a fact, and some that only look like one. */
static void googles_lines(void **state)
{
    (void)state;
    struct gcp_text said = gcp_said("Function execution took 1234 ms, finished with status: 'ok'");
    assert_int_equal(said.kind, GCP_TEXT_TOOK);
    assert_int_equal(said.took_ns, 1234 * MS);
    assert_true(slice_equal(said.status, SLICE("ok")));
    said = gcp_said("Function execution took 5 ms. Finished with status code: 503\n");
    assert_int_equal(said.kind, GCP_TEXT_TOOK);
    assert_int_equal(said.took_ns, 5 * MS);
    assert_int_equal(said.http_status, 503);
    said = gcp_said("Function execution took 60001 ms. Finished with status: timeout");
    assert_int_equal(said.took_ns, 60001 * MS);
    assert_true(slice_equal(said.status, SLICE("timeout")));
    said = gcp_said("Function execution took 9 ms. Finished with status: response error.\n");
    assert_true(slice_equal(said.status, SLICE("response error")));
    said = gcp_said("Function execution took 5 ms, finished with status code: 503\n");
    assert_int_equal(said.http_status, 503);
    said = gcp_said("Function execution took 7 ms, finished with status: connection error");
    assert_true(slice_equal(said.status, SLICE("connection error")));
    assert_int_equal(gcp_said("Function execution took ms").kind, GCP_TEXT_REFUSED);
    assert_int_equal(gcp_said("Function execution started").kind, GCP_TEXT_STARTED);
    assert_int_equal(gcp_said("My Function execution started").kind, GCP_TEXT_OTHER);

    said = gcp_said("Starting new instance. Reason: AUTOSCALING - Instance started due to");
    assert_int_equal(said.kind, GCP_TEXT_INSTANCE);
    assert_true(said.asked_for);
    assert_false(gcp_said("Starting new instance. Reason: DEPLOYMENT_ROLLOUT - x").asked_for);
    assert_false(
        gcp_said("Starting new instance. Reason: MANUAL_OR_CUSTOMER_MIN_INSTANCE").asked_for);
    assert_int_equal(gcp_said("STARTUP HTTP probe succeeded after 3 attempts for container").kind,
                     GCP_TEXT_READY);
    assert_int_equal(gcp_said("Default STARTUP TCP probe failed 1 time consecutively for container "
                              "\"w\" on port 8080. The instance was not started.")
                         .kind,
                     GCP_TEXT_NOT_READY);

    said = gcp_said("Memory limit of 256M exceeded with 257M used. Consider increasing");
    assert_int_equal(said.kind, GCP_TEXT_MEMORY);
    assert_int_equal(said.memory_mb, 256);
    assert_int_equal(said.used_mb, 257);
    said = gcp_said("Memory limit of 1.5 GiB exceeded with 1600 MiB used");
    assert_int_equal(said.memory_mb, 1536);
    assert_int_equal(said.used_mb, 1600);
    said = gcp_said("Function invocation was interrupted. Error: memory limit exceeded.");
    assert_int_equal(said.kind, GCP_TEXT_MEMORY);
    assert_true(said.memory_mb == STREAMS_UNKNOWN);
    assert_int_equal(gcp_said("Memory limit of 0 MiB exceeded").kind, GCP_TEXT_REFUSED);
    assert_int_equal(gcp_said("").kind, GCP_TEXT_OTHER);
}

static struct azure_text azure_said(const char *text)
{
    struct azure_text said;
    azure_text(slice_from(text), &said);
    return said;
}

/* The two lines of Azure's host, with a reason that has quotes and commas of its own. */
static void azures_lines(void **state)
{
    (void)state;
    struct azure_text said = azure_said("Executing 'Functions.Queue' (Reason='New queue message on "
                                        "'a, Id=no', (really)', Id=7f3a)");
    assert_int_equal(said.kind, AZURE_TEXT_EXECUTING);
    assert_true(slice_equal(said.function, SLICE("Queue")));
    assert_true(slice_equal(said.id, SLICE("7f3a")));
    assert_true(slice_equal(azure_text_trigger(said.reason), SLICE("pubsub")));
    said = azure_said("Executed 'Ns.Class.Run' (Failed, Id=7f3a, Duration=12ms)");
    assert_int_equal(said.kind, AZURE_TEXT_EXECUTED);
    assert_true(slice_equal(said.function, SLICE("Run")));
    assert_false(said.succeeded);
    assert_int_equal(said.duration_ns, 12 * MS);
    said = azure_said("Executed 'Functions.X' (Succeeded, Id=7f3a)");
    assert_true(said.succeeded && said.duration_ns == STREAMS_UNKNOWN);
    assert_int_equal(azure_said("Executed 'Functions.X' (Succeeded, Id=7f3a, Duration=12s)").kind,
                     AZURE_TEXT_REFUSED);
    assert_int_equal(azure_said("Executed 'Functions.X' (Succeeded)").kind, AZURE_TEXT_OTHER);
    assert_int_equal(azure_said("Executed 'Functions.X").kind, AZURE_TEXT_OTHER);
    assert_int_equal(azure_said("Executing orders").kind, AZURE_TEXT_OTHER);
    assert_int_equal(azure_said("Executed 'x' (Perhaps, Id=1)").kind, AZURE_TEXT_OTHER);
    assert_true(slice_equal(azure_text_trigger(SLICE("Timer fired at 1")), SLICE("timer")));
    assert_int_equal(azure_text_trigger(SLICE("(null)")).size, 0);
}

/* .NET's durations, with and without days and fractions. */
static void durations_of_net(void **state)
{
    (void)state;
    int64_t ns = 0;
    assert_true(fields_duration_net(SLICE("00:00:00.1230000"), &ns) && ns == 123 * MS);
    assert_true(fields_duration_net(SLICE("00:01:02"), &ns) && ns == 62000 * MS);
    assert_true(fields_duration_net(SLICE("1.02:03:04.5"), &ns) && ns == 93784500 * MS);
    assert_false(fields_duration_net(SLICE("24:00:00"), &ns));
    assert_false(fields_duration_net(SLICE("00:60:00"), &ns));
    assert_false(fields_duration_net(SLICE("00:00:60"), &ns));
    assert_false(fields_duration_net(SLICE("-00:00:01"), &ns));
    assert_false(fields_duration_net(SLICE("9.00:00:00"), &ns));
    assert_false(fields_duration_net(SLICE("12"), &ns));
    assert_false(fields_duration_net(SLICE(""), &ns));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(googles_lines),
        cmocka_unit_test(azures_lines),
        cmocka_unit_test(durations_of_net),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
