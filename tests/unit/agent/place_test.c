/* SPDX-License-Identifier: Apache-2.0 */
#include "run/place.h"

#include "lib/cm.h"

static struct place find(const char *const *environment)
{
    struct place place;
    place_find(&place, environment);
    return place;
}

static void expect(struct slice text, const char *expected)
{
    assert_true(slice_equal(text, slice_from(expected)));
}

static void test_places(void **state)
{
    (void)state;
    struct place place = find((const char *const[]){"K_SERVICE=svc", "K_REVISION=svc-1",
                                                    "GOOGLE_CLOUD_PROJECT=p", "PORT=9090", NULL});
    assert_int_equal(place.kind, PLACE_CLOUD_RUN);
    expect(place.platform, "gcp_cloud_run");
    expect(place.name, "svc");
    expect(place.version, "svc-1");
    expect(place.account, "p");
    assert_int_equal(place.port, 9090);
    place = find((const char *const[]){"K_SERVICE=svc", "KUBERNETES_SERVICE_HOST=10.0.0.1",
                                       "HOSTNAME=pod", NULL});
    assert_int_equal(place.kind, PLACE_KNATIVE);
    expect(place.platform, "");
    expect(place.instance, "pod");
    assert_int_equal(place.port, 8080);
    place = find((const char *const[]){"fprocess=x", "port=8081", "PORT=1", NULL});
    assert_int_equal(place.kind, PLACE_OPENFAAS);
    assert_string_equal(place.port_variable, "port");
    assert_int_equal(place.port, 8081);
    place = find((const char *const[]){"FUNCTIONS_CUSTOMHANDLER_PORT=7071", "K_SERVICE=x",
                                       "WEBSITE_SITE_NAME=site", "WEBSITE_INSTANCE_ID=i", NULL});
    assert_int_equal(place.kind, PLACE_AZURE);
    expect(place.provider, "azure");
    expect(place.name, "site");
    expect(place.instance, "i");
    assert_int_equal(place.port, 7071);
    place = find((const char *const[]){NULL});
    assert_int_equal(place.kind, PLACE_CONTAINER);
    assert_string_equal(place.port_variable, "PORT");
}

/* A port that is none is the default one; a longer name is another variable. */
static void test_ports(void **state)
{
    static const char *const bad[] = {"PORT=", "PORT=0", "PORT=65536", "PORT=x", "PORTS=1", "PORT"};
    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_int_equal(find((const char *const[]){bad[i], NULL}).port, 8080);
    }
    assert_int_equal(find((const char *const[]){"PORT=1", NULL}).port, 1);
    assert_int_equal(find((const char *const[]){"PORT=65535", NULL}).port, 65535);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_places),
        cmocka_unit_test(test_ports),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
